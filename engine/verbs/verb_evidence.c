/* `evidence list`: what was collected, by the journal's own word. Whether the files are still what they were
 * is another question, which soarctl answers by reading them (`evidence verify`). */
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/report/report_style.h"
#include "engine/verbs/verb_parts.h"

struct listing {
    struct arena *arena;
    struct value_builder list;
};

static int take_row(void *arg, const struct soar_row *row)
{
    struct listing *listing = arg;
    struct value_builder map;
    struct value body;

    value_build(&map, listing->arena);
    value_put_text(&map, "evidence", value_text(listing->arena, row->key));
    value_put_text(&map, "state", value_text(listing->arena, row->state));
    value_put_text(&map, "run", value_text(listing->arena, row->run));
    value_put_text(&map, "begun", value_int(row->at_ms));
    if (json_parse(listing->arena, row->body, strlen(row->body), &body, NULL) == 0 && body.kind == VALUE_MAP)
        for (size_t i = 0; i < body.map->count; i++)
            value_put(&map, body.map->keys[i], body.map->values[i]);
    value_push(&listing->list, value_end_map(&map));
    return 0;
}

VERB_FN(verb_evidence_list)
{
    struct soar_query query = {.view = SOAR_VIEW_EVIDENCE, .run = verb_text(request, "run"), .by_time = true};
    struct listing listing = {.arena = context->arena};
    struct value_builder map;

    value_build(&listing.list, context->arena);
    if (context->store->ops->rows(context->store, &query, take_row, &listing, err))
        return -1;
    value_build(&map, context->arena);
    value_put_text(&map, "evidence", value_end_list(&listing.list));
    *ret_answer = value_end_map(&map);
    return 0;
}

static const char *text(struct arena *arena, const struct value *one, const char *key)
{
    const char *found = value_get_string(one, key, "");

    return *found ? report_outside(arena, found) : "-";
}

static const char *size_text(struct arena *arena, const struct value *one)
{
    BUF_SCOPED out = {0};
    int64_t bytes = value_get_int(one, "bytes", -1);

    if (bytes < 0)
        return "-";
    text_size(&out, bytes);
    return arena_string(arena, buf_string(&out));
}

/* A machine by its name, as everywhere else; --json has the key. */
static const char *called(struct arena *arena, const struct value *one)
{
    const char *target = text(arena, one, "target");
    const char *name = strchr(target, ':');
    return name ? name + 1 : target;
}

void verb_print_evidence_list(const struct value *answer, const struct report_style *style, struct buf *out)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *list = value_get(answer, "evidence");

    if (value_count(list) == 0)
        buf_text(out, "No evidence was collected.\n");
    for (size_t i = 0; i < value_count(list); i++) {
        const struct value *one = value_at(list, i);
        const char *state = text(arena, one, "state"), *why = value_get_string(one, "why", "");

        buf_printf(out, "%-7s %s  %-20s %-10s %10s  %s  ", text(arena, one, "evidence"),
                   report_when_text(arena, style, value_get_int(one, "begun", 0)), called(arena, one),
                   text(arena, one, "name"), size_text(arena, one), text(arena, one, "run"));
        report_alarm(out, style, strcmp(state, "partial") ? state : "PARTIAL", strcmp(state, "partial") == 0);
        buf_printf(out, "%s%s\n", *why ? ": " : "", report_outside(arena, why));
    }
    if (value_count(list) > 0)
        buf_printf(out, "      are the files what they were: %s evidence verify\n", style->tool);
}
