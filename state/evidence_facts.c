/* Records are for people who weren't there: each key says one thing, in an order that reads as a story (what,
 * for whom, from where, with what, when, how much). Keys that nobody told are left out, never made up. */
#include "state/evidence_facts.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"

bool evidence_is_whole(const struct value *verdict, const struct evidence_sum *sum, const char *stopped,
                       struct arena *arena, const char **ret_why)
{
    int64_t their_bytes = value_get_int(verdict, "their_bytes", -1);
    const char *their_hash = value_get_string(verdict, "their_sha256", sum->sha256);
    const char *why = value_get_string(verdict, "why", "");
    *ret_why = "";
    if (stopped[0])
        *ret_why = arena_string(arena, stopped);
    else if (!value_get_bool(verdict, "whole", false))
        *ret_why = why[0] ? arena_string(arena, why) : "the collector didn't say that it was whole";
    else if (their_bytes >= 0 && (uint64_t)their_bytes != sum->bytes)
        *ret_why = arena_printf(arena, "the collector sent %" PRId64 " bytes, %" PRIu64 " arrived",
                                their_bytes, sum->bytes);
    else if (strcasecmp(their_hash, sum->sha256) != 0)
        *ret_why = "the collector's SHA-256 of what it sent is not that of what arrived";
    return (*ret_why)[0] == '\0';
}

static void put_told(struct value_builder *map, const struct value *from, const char *const *keys)
{
    for (; *keys; keys++) {
        const struct value *value = value_get(from, *keys);
        if (value && value->kind != VALUE_NULL)
            value_put_text(map, *keys, *value);
    }
}

static void put_time(struct value_builder *map, const char *key, int64_t at_ms)
{
    BUF_SCOPED text = {0};
    if (at_ms <= 0)
        return;
    text_time_utc(&text, at_ms);
    value_put_text(map, key, value_text(map->arena, buf_string(&text)));
}

void evidence_facts_build(const struct evidence_facts *facts, struct value_builder *map)
{
    static const char *const first[] = {"name",     "run",      "step", "target", "host", "by", "action",
                                        "provider", "function", "tool", "argv",   "form", NULL};
    static const char *const last[] = {"expected_bytes", "limit_bytes", NULL};
    static const char *const theirs[] = {"tool",        "argv",         "exit", "their_time",
                                         "their_bytes", "their_sha256", NULL};
    struct arena *arena = map->arena;
    value_put_text(map, "evidence", value_text(arena, facts->id));
    value_put_text(map, "whole", value_bool(facts->whole));
    value_put_text(map, "why", value_text(arena, facts->why));
    put_told(map, facts->told, first);
    put_time(map, "begun", facts->begun_ms);
    put_time(map, "ended", facts->ended_ms);
    if (facts->took_ms >= 0)
        value_put_text(map, "took_ms", value_int(facts->took_ms));
    put_time(map, "salvaged", facts->salvaged_ms);
    if (facts->verdict)
        put_told(map, facts->verdict, theirs);
    put_told(map, facts->told, last);
    value_put_text(map, "bytes", value_int((int64_t)facts->sum.bytes));
    value_put_text(map, "sha256", value_text(arena, facts->sum.sha256));
}

struct value evidence_facts_answer(struct arena *arena, const struct value *record, const char *line_sha256)
{
    static const char *const keys[] = {"whole",        "why",           "bytes", "sha256",
                                       "stored_bytes", "stored_sha256", NULL};
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "id", value_text(arena, value_get_string(record, "evidence", "")));
    put_told(&map, record, keys);
    value_put_text(&map, "file", value_text(arena, value_get_string(record, "object", "")));
    value_put_text(&map, "record", value_int(value_get_int(record, "n", 0)));
    value_put_text(&map, "record_sha256", value_text(arena, line_sha256));
    return value_end_map(&map);
}
