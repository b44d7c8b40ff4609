/* What is said of evidence: to the writer, for its manifest; to the journal; to the run that had it
 * collected. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/loop/loop_evidence.h"

static void put(struct value_builder *map, const char *key, const struct value *value)
{
    if (value && value->kind != VALUE_NULL)
        value_put_text(map, key, *value);
}

static void put_some(struct value_builder *map, const struct value *from, const char *const *keys)
{
    for (size_t i = 0; keys[i]; i++)
        put(map, keys[i], value_get(from, keys[i]));
}

static const char *digest_of(const struct value *text, struct arena *arena)
{
    char hex[DIGEST_HEX];

    digest_sha256_hex(text->text, text->len, hex);
    return arena_string(arena, hex);
}

/* What runs there. A helper's own digest is known to its worker alone: it comes with the answer. */
static struct value tool_of(const struct effect *effect, struct arena *arena)
{
    const struct value *args = &effect->call.args;
    const struct value *script = value_get(args, "script");
    struct value_builder tool;

    value_build(&tool, arena);
    value_put_text(
        &tool, "name",
        value_text(arena, value_get_string(args, "helper", script ? "script" : effect->call.function->name)));
    if (script && script->kind == VALUE_STRING)
        value_put_text(&tool, "script_sha256", value_static(digest_of(script, arena)));
    return value_end_map(&tool);
}

/* As they were sent: a script's arguments; of a function without a script, all that is a word. */
static struct value argv_of(const struct value *args, struct arena *arena)
{
    const struct value *given = value_get(args, "args");
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < value_count(given); i++)
        if (value_at(given, i)->kind == VALUE_STRING)
            value_push(&list, *value_at(given, i));
    for (size_t i = 0; !value_get(args, "script") && i < value_count(args); i++)
        if (args->map->keys[i].kind == VALUE_STRING && args->map->values[i].kind == VALUE_STRING)
            value_push(&list, value_text(arena, arena_printf(arena, "%s=%s", args->map->keys[i].text,
                                                             args->map->values[i].text)));
    return value_end_list(&list);
}

static struct value host_of(const struct run_task *task, struct arena *arena)
{
    static const char *const known[] = {"name", "fqdn", "address", "port", "os",
                                        "via",  "tags", "facts",   NULL};
    struct value_builder host;

    value_build(&host, arena);
    put_some(&host, &task->target, known);
    put(&host, "id", &task->found_id);
    put(&host, "found", &task->facts);
    return value_end_map(&host);
}

/* Numbers of bytes come as text from an expression. */
static void put_bytes(struct value_builder *map, const char *key, const struct value *args, const char *name)
{
    const struct value *given = value_get(args, name);
    int64_t bytes = value_get_int(args, name, 0);

    if (given && given->kind == VALUE_STRING)
        bytes = strtoll(given->text, NULL, 10);
    if (bytes > 0)
        value_put_text(map, key, value_int(bytes));
}

struct value say_begun(const struct loop *loop, const struct live *live, const struct effect *effect,
                       const char *id, struct arena *arena)
{
    static const char *const said[] = {"name", "form", NULL};
    const struct value *args = &effect->call.args;
    const struct run_task *task = effect->task;
    const struct pack_provider *provider = run_task_provider_now(task);
    struct value_builder body;

    (void)loop;
    value_build(&body, arena);
    value_put_text(&body, "evidence", value_text(arena, id));
    value_put_text(&body, "try", value_int(task->tries));
    value_put_text(&body, "position", value_int(effect->call.position));
    put_some(&body, args, said);
    value_put_text(&body, "action", value_static(task->pack->name));
    value_put_text(&body, "provider", value_static(provider ? provider->name : ""));
    value_put_text(&body, "function", value_static(effect->call.function->name));
    value_put_text(&body, "by", value_text(arena, value_get_string(&live->run->started, "by", "")));
    value_put_text(&body, "host", host_of(task, arena));
    value_put_text(&body, "tool", tool_of(effect, arena));
    value_put_text(&body, "argv", argv_of(args, arena));
    put_bytes(&body, "expected_bytes", args, "expected");
    put_bytes(&body, "limit_bytes", args, "limit");
    if (task->undo)
        value_put_text(&body, "way", value_static("undo"));
    return value_end_map(&body);
}

struct value say_keep(const struct collecting *collecting)
{
    static const char *const said[] = {"name", "form", "action", "provider",       "function",    "by",
                                       "host", "tool", "argv",   "expected_bytes", "limit_bytes", NULL};
    struct value_builder args;

    value_build(&args, collecting->arena);
    value_put_text(&args, "id", value_static(collecting->id));
    value_put_text(&args, "run", value_static(collecting->task->run->id));
    value_put_text(&args, "step", value_static(collecting->task->step->name));
    value_put_text(&args, "target", value_static(collecting->task->key));
    put_some(&args, &collecting->begun, said);
    return value_end_map(&args);
}

/* Neither well, nor what a broken pipe, or a kill of ours, may have made of it. */
static bool is_final(enum soar_class class)
{
    return class != SOAR_DONE && class != SOAR_TRANSIENT && class != SOAR_UNKNOWN;
}

bool say_stopped(struct collecting *collecting, const struct soar_answer *answer)
{
    const char *ended = value_get_string(&collecting->sum, "ended", "");
    const char *why = value_get_string(&collecting->sum, "why", answer->why);
    bool no_room = strcmp(ended, "full") == 0 || strcmp(ended, "reserve") == 0;

    if (strcmp(ended, "end") == 0)
        return true;
    bool again = answer->class == SOAR_TRANSIENT || answer->class == SOAR_UNKNOWN;

    if (collecting->heard && is_final(collecting->answer.class))
        return false; /* the collector failed before, by itself */
    collecting->failed = true;
    collecting->failed_class = again || strcmp(ended, "late") == 0 ? SOAR_TRANSIENT : SOAR_PERMANENT;
    collecting->failed_why =
        arena_printf(collecting->arena, "evidence: %s%s", no_room ? "no room: " : "", why);
    return false;
}

/* What the collector says of it; *ret_why, if it isn't whole. */
static bool is_whole(const struct collecting *collecting, const char **ret_why)
{
    const struct value *result = &collecting->result;
    int64_t exit = value_get_int(result, "exit", 0);
    int64_t kept = value_get_int(&collecting->sum, "bytes", 0);
    int64_t sent = value_get_int(result, "bytes", kept);

    *ret_why = "";
    if (collecting->failed)
        *ret_why = collecting->failed_why;
    else if (collecting->answer.class != SOAR_DONE)
        *ret_why = *collecting->answer.why ? collecting->answer.why : "the collector failed";
    else if (exit != 0)
        *ret_why = arena_printf(collecting->arena, "it ended with status %lld", (long long)exit);
    else if (sent != kept)
        *ret_why = arena_printf(collecting->arena, "%lld bytes were sent, and %lld came", (long long)sent,
                                (long long)kept);
    return !**ret_why;
}

static void put_tool(struct value_builder *args, const struct collecting *collecting)
{
    const struct value *before = value_get(&collecting->begun, "tool");
    const struct value *script = value_get(&collecting->result, "script_sha256");
    const struct value *helper = value_get(&collecting->result, "helper_sha256");
    struct value_builder tool;

    if (value_get(&collecting->result, "tool")) {
        put(args, "tool", value_get(&collecting->result, "tool"));
    } else if (script || helper) {
        value_build(&tool, collecting->arena);
        put(&tool, "name", value_get(before, "name"));
        put(&tool, "sha256", helper ? helper : script);
        put(&tool, "script_sha256", script);
        value_put_text(args, "tool", value_end_map(&tool));
    }
}

struct value say_seal(const struct collecting *collecting)
{
    const struct value *result = &collecting->result;
    struct value_builder args;
    const char *why;
    bool whole = is_whole(collecting, &why);

    value_build(&args, collecting->arena);
    value_put_text(&args, "id", value_static(collecting->id));
    value_put_text(&args, "whole", value_bool(whole));
    if (!whole)
        value_put_text(&args, "why", value_static(why));
    put(&args, "exit", value_get(result, "exit"));
    put(&args, "their_time", value_get(result, "time"));
    put(&args, "their_bytes", value_get(result, "bytes"));
    put(&args, "their_sha256", value_get(result, "sha256"));
    put_tool(&args, collecting);
    put(&args, "argv", value_get(result, "argv"));
    return value_end_map(&args);
}

/* Why it isn't whole: the writer's word, else what kept it from its work. */
static const char *why_partial(const struct collecting *collecting)
{
    const char *said = value_get_string(&collecting->sealed, "why", "");
    const char *own = "";

    if (collecting->lost_why)
        return arena_printf(collecting->arena, "it could not be salvaged: %s", collecting->lost_why);
    if (*said)
        return said;
    return collecting->heard && !is_whole(collecting, &own) ? own : "nothing of it was kept";
}

struct value say_kept(const struct collecting *collecting, struct arena *arena)
{
    static const char *const said[] = {
        "sha256", "stored_bytes", "stored_sha256", "file", "record", "record_sha256", NULL};
    const struct value *sealed = &collecting->sealed;
    bool whole = value_get_bool(sealed, "whole", false) || loop_breaks(collecting->loop, "part-is-whole");
    struct value_builder body;

    value_build(&body, arena);
    value_put_text(&body, "evidence", value_text(arena, collecting->id));
    put(&body, "try", value_get(&collecting->begun, "try"));
    value_put_text(&body, "whole", value_bool(whole));
    if (!whole)
        value_put_text(&body, "why", value_text(arena, why_partial(collecting)));
    value_put_text(&body, "bytes", value_int(value_get_int(sealed, "bytes", 0)));
    put_some(&body, sealed, said);
    if (collecting->task->undo)
        value_put_text(&body, "way", value_static("undo"));
    struct value map = value_end_map(&body);

    return value_copy(arena, &map);
}

/* The collector's own fields, and the evidence as packs see it under kept.evidence, too. */
static const char *result_text(struct collecting *collecting)
{
    static const char *const said[] = {"bytes", "sha256", NULL};
    const struct value *result = &collecting->result;
    struct value_builder all, evidence;

    value_build(&evidence, collecting->arena);
    value_put_text(&evidence, "id", value_static(collecting->id));
    value_put_text(&evidence, "whole", value_bool(value_get_bool(&collecting->sealed, "whole", false)));
    put_some(&evidence, &collecting->sealed, said);
    value_build(&all, collecting->arena);
    for (size_t i = 0; i < value_count(result); i++)
        value_put(&all, result->map->keys[i], result->map->values[i]);
    value_put_text(&all, "evidence", value_end_map(&evidence));
    struct value map = value_end_map(&all);

    return json_text(collecting->arena, &map);
}

/* A collector that is in doubt about what it collected has changed nothing: it is made again. One that is
 * content with a stream of which the writer isn't, too. */
struct soar_answer say_answer(struct collecting *collecting)
{
    struct soar_answer answer = collecting->answer;
    const char *why = "";
    bool told_whole = is_whole(collecting, &why);

    answer.result = result_text(collecting);
    if (collecting->failed) {
        answer.class = collecting->failed_class;
        answer.why = collecting->failed_why;
    } else if (answer.class == SOAR_UNKNOWN) {
        answer.class = SOAR_TRANSIENT;
    } else if (answer.class == SOAR_DONE && value_get_int(&collecting->result, "exit", 0) == 0 &&
               (!told_whole || !value_get_bool(&collecting->sealed, "whole", false))) {
        answer.class = SOAR_TRANSIENT;
        answer.why = why_partial(collecting);
    }
    return answer;
}
