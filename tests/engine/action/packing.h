/* What the tests of this room share: packs from texts, attempts whose calls are answered from a script. */
#ifndef TESTS_PACKING_H
#define TESTS_PACKING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/action/attempt.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"

static inline struct value json(struct arena *arena, const char *text)
{
    struct value value = value_null();
    struct soar_err err = {0};
    if (json_parse(arena, text, strlen(text), &value, &err) < 0) {
        fail_msg("%s: %s", text, err.text);
    }
    return value;
}

/* What the reader said, one line each: "12:5: error: …". */
static inline const char *told(struct arena *arena, const struct diag_list *diags)
{
    const char *text = "";
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    diag_print(diags, &shown);
    text = arena_string(arena, buf_string(&shown));
    return text;
}

static inline struct pack *loaded(struct arena *arena, const char *text)
{
    struct diag_list diags;
    diag_init(&diags, arena, "pack.yaml");
    struct pack *pack = pack_load(arena, text, strlen(text), "pack.yaml", &diags);
    if (pack == NULL) {
        fail_msg("%s", told(arena, &diags));
    }
    return pack;
}

static inline char *file_text(struct arena *arena, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    struct soar_err err = {0};
    const char *whole = arena_printf(arena, "%s/tests/engine/action/%s", SOAR_SOURCE_DIR, path);
    if (file_read(arena, whole, LIMIT_FILE_BYTES, &text, &len, &err) < 0) {
        fail_msg("%s", err.text);
    }
    return text;
}

/* A pack whose only provider goes via ssh and has these phases. */
static inline struct pack *with_phases(struct arena *arena, const char *phases)
{
    static const char head[] =
        "action: Test_It\n"
        "summary: A test.\n"
        "per: host\n"
        "params: {address: {type: ip, default: 192.0.2.7}, names: {type: list of word, default: []}}\n"
        "providers:\n"
        "  one:\n"
        "    via: ssh\n";
    return loaded(arena, arena_printf(arena, "%s%s", head, phases));
}

static inline struct attempt_input input_for(struct arena *arena, const struct pack *pack)
{
    struct attempt_input input = {
        .pack = pack, .provider = &pack->providers[0], .run_id = "R-1", .task_id = "T-1"};
    struct value none = value_null();
    struct soar_err err = {0};
    input.target =
        json(arena, "{\"key\": \"host:web-01\", \"name\": \"web-01\", \"os\": \"linux\", \"port\": 22,"
                    " \"management\": [\"192.0.2.1\", \"2001:db8::1\"], \"facts\": {}}");
    assert_int_equal(pack_arguments(pack, &none, arena, &input.with, &err), 0);
    return input;
}

/* One answer: its class, and its result as JSON. The list ends with a NULL result. */
struct reply {
    enum soar_class class;
    const char *result;
};

/* Walks a phase, giving the replies in order. The calls made, one line each: "ssh.read {…}"; at the end the
 * judgement, the verdict and why. */
static inline const char *walked(struct arena *arena, struct attempt *attempt, enum pack_phase phase,
                                 const struct reply *replies, int64_t now_ms)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    struct attempt_call call;
    int64_t at_ms = now_ms;
    enum attempt_ask ask;
    size_t next = 0;
    attempt_begin(attempt, phase, now_ms);
    while ((ask = attempt_next(attempt, now_ms, &call, &at_ms)) != ATTEMPT_ENDED) {
        const char *why = "";
        if (ask == ATTEMPT_WAIT) {
            buf_printf(&out, "wait %lld\n", (long long)(at_ms - now_ms));
            now_ms = at_ms;
            continue;
        }
        buf_printf(&out, "%s %s\n", call.function->name, json_text(arena, &call.args));
        if (replies == NULL || replies[next].result == NULL) {
            fail_msg("no reply for %s", buf_string(&out));
        }
        const struct soar_answer answer = {
            .class = replies[next].class, .result = replies[next].result, .why = ""};
        next++;
        attempt_answer(attempt, &answer, now_ms, NULL, &why);
    }
    const struct attempt_result *result = attempt_result(attempt);
    buf_printf(&out, "%s %s%s%s%s\n", pack_judgement_name(result->judgement),
               attempt_verdict_name(result->verdict), result->refused ? " refused" : "",
               *result->why ? ": " : "", result->why);
    return arena_string(arena, buf_string(&out));
}

#define DONE(result)                                                                                         \
    {                                                                                                        \
        SOAR_DONE, result                                                                                    \
    }
#define OUT(out)                                                                                             \
    {                                                                                                        \
        SOAR_DONE, "{\"exit\": 0, \"out\": \"" out "\", \"err\": \"\"}"                                      \
    }
#define END                                                                                                  \
    {                                                                                                        \
        SOAR_DONE, NULL                                                                                      \
    }

#endif
