/* Any bytes as a pack: it is refused or read, and what was read can be walked without a mistake of ours. The
 * answers are taken from the same bytes, so that judging is fed, too. */
#include <stdint.h>
#include <string.h>

#include "engine/action/attempt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const replies[] = {"null", "{\"exit\": 0, \"out\": \"so\", \"err\": \"\"}",
                                      "{\"exit\": 1, \"out\": \"\", \"err\": \"no\\n\"}", "{}", "[1"};

static void walk(struct arena *arena, struct attempt *attempt, enum pack_phase phase, const uint8_t *data,
                 size_t size)
{
    struct attempt_call call;
    int64_t now_ms = 0;
    int64_t at_ms = 0;
    size_t next = 0;
    attempt_begin(attempt, phase, now_ms);
    for (int turns = 0; turns < 200; turns++) {
        enum attempt_ask ask = attempt_next(attempt, now_ms, &call, &at_ms);
        uint8_t byte = size > 0 ? data[next++ % size] : 0;
        const char *why;
        struct value kept;
        if (ask == ATTEMPT_ENDED) {
            return;
        }
        if (ask == ATTEMPT_WAIT) {
            now_ms = at_ms;
            continue;
        }
        const struct soar_answer answer = {
            .class = byte % SOAR_CLASS_COUNT, .result = replies[byte / 16 % 5], .why = "x"};
        attempt_answer(attempt, &answer, now_ms, &kept, &why);
    }
    /* A poll of a day may go on: let it. */
    (void)arena;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_SCOPED arena = arena_new();
    struct diag_list diags;
    diag_init(&diags, arena, "pack");
    const struct pack *pack = pack_load(arena, (const char *)data, size, "pack", &diags);
    if (pack == NULL) {
        return 0;
    }
    struct attempt_input input = {
        .pack = pack, .provider = &pack->providers[0], .run_id = "R", .task_id = "T"};
    struct value none = value_null();
    struct soar_err err;
    if (pack_arguments(pack, &none, arena, &input.with, &err) < 0) {
        return 0;
    }
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        walk(arena, attempt_new(arena, &input), (enum pack_phase)phase, data, size);
    }
    return 0;
}
