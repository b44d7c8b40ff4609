/* What a sender is told of each alert: its id here, the runs it started, and why it did not start others. The
 * same verdicts give the same bytes, so a repetition is answered as the first time. */
#include "engine/base/json.h"
#include "soard/document.h"

static struct value runs_of(const struct value *starts, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < value_count(starts); i++)
        value_push(&list, value_text(arena, value_get_string(value_at(starts, i), "run", "")));
    return value_end_list(&list);
}

/* Of each entry what concerns the sender: keys of dedup and windows stay here. */
static struct value pick(const struct value *entries, const char *const *keys, struct arena *arena)
{
    struct value_builder list;

    value_build(&list, arena);
    for (size_t i = 0; i < value_count(entries); i++) {
        struct value_builder map;
        value_build(&map, arena);
        for (size_t k = 0; keys[k]; k++) {
            const struct value *value = value_get(value_at(entries, i), keys[k]);
            if (value)
                value_put_text(&map, keys[k], *value);
        }
        value_push(&list, value_end_map(&map));
    }
    return value_end_list(&list);
}

static struct value one(const struct value *verdict, struct arena *arena)
{
    static const char *const start_keys[] = {"playbook", "run", NULL};
    static const char *const not_keys[] = {"playbook", "why", "duplicate_of", NULL};
    const struct value *refused = value_get(verdict, "refused");
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "id", value_text(arena, value_get_string(verdict, "alert", "")));
    value_put_text(&map, "runs", runs_of(value_get(verdict, "starts"), arena));
    value_put_text(&map, "started", pick(value_get(verdict, "starts"), start_keys, arena));
    value_put_text(&map, "not", pick(value_get(verdict, "not"), not_keys, arena));
    if (refused)
        value_put_text(&map, "refused", *refused);
    return value_end_map(&map);
}

int document_answer(const struct value *verdicts, struct arena *arena, struct buf *out)
{
    size_t count = value_count(verdicts);
    size_t refused = 0;
    struct value_builder list;
    struct value_builder body;

    value_build(&list, arena);
    for (size_t i = 0; i < count; i++) {
        const struct value *verdict = value_at(verdicts, i);
        refused += value_get(verdict, "refused") != NULL;
        value_push(&list, one(verdict, arena));
    }
    bool all = count > 0 && refused == count;
    value_build(&body, arena);
    if (all) {
        value_put_text(&body, "type", value_static("about:blank"));
        value_put_text(&body, "title", value_static("Unprocessable Content"));
        value_put_text(&body, "status", value_int(422));
        value_put_text(&body, "detail", value_static("No alert of this document can be used."));
    }
    value_put_text(&body, "alerts", value_end_list(&list));
    struct value whole = value_end_map(&body);
    json_print(out, &whole);
    buf_char(out, '\n');
    return all ? 422 : 202;
}
