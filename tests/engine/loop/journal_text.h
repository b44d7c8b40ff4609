/* A journal as text: a line of JSON for each pinned text, each event, and each row that the fold made of
 * them. */
#ifndef TESTS_LOOP_JOURNAL_TEXT_H
#define TESTS_LOOP_JOURNAL_TEXT_H

#include "engine/base/json.h"
#include "soar/store.h"

static inline void journal_put(struct value_builder *line, const char *key, const char *text)
{
    value_put_text(line, key, value_static(text));
}

static inline struct value journal_event(struct arena *arena, const struct soar_event *event)
{
    struct value_builder line;

    value_build(&line, arena);
    journal_put(&line, "run", event->run);
    value_put_text(&line, "n", value_int(event->n));
    value_put_text(&line, "at", value_int(event->at_ms));
    journal_put(&line, "kind", event->kind);
    journal_put(&line, "step", event->step);
    journal_put(&line, "item", event->item);
    journal_put(&line, "target", event->target);
    journal_put(&line, "body", event->body);
    return value_end_map(&line);
}

static inline struct value journal_row(struct arena *arena, const struct soar_row *row)
{
    struct value_builder line;

    value_build(&line, arena);
    value_put_text(&line, "view", value_int(row->view));
    journal_put(&line, "key", row->key);
    journal_put(&line, "run", row->run);
    journal_put(&line, "state", row->state);
    value_put_text(&line, "at", value_int(row->at_ms));
    journal_put(&line, "body", row->body);
    return value_end_map(&line);
}

static inline struct value journal_text(struct arena *arena, const struct soar_text *text)
{
    struct value_builder line;

    value_build(&line, arena);
    journal_put(&line, "digest", text->digest);
    journal_put(&line, "kind", text->kind);
    journal_put(&line, "name", text->name);
    journal_put(&line, "origin", text->origin);
    journal_put(&line, "body", text->body);
    return value_end_map(&line);
}

#endif
