/* The ledger's memory, its keys, and the fold: which part of it an event is for. */
#include "engine/ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/ledger/ledger_parts.h"

struct ledger *ledger_new(void)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);

    if (!ledger)
        abort();
    ledger->spends = spends_new();
    ledger->locks = locks_new();
    ledger->answer = arena_new();
    return ledger;
}

static void free_changes(struct ledger *ledger)
{
    struct changes *all[] = {&ledger->changed_rows,   &ledger->changed_holders, &ledger->gone_holders,
                             &ledger->changed_asks,   &ledger->changed_taken,   &ledger->changed_heard,
                             &ledger->changed_pauses, &ledger->changed_evidence};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->items);
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    for (size_t i = 0; i < ledger->gone_holders.count; i++)
        holder_free(ledger->gone_holders.items[i]);
    named_free(&ledger->rows, ledger_entry_free);
    named_free(&ledger->releases, free);
    heap_free(&ledger->ends);
    named_free(&ledger->open_holds, free);
    named_free(&ledger->open_ends, free);
    named_free(&ledger->asks, ask_free);
    named_free(&ledger->taken, taken_free);
    named_free(&ledger->heard, heard_free);
    named_free(&ledger->pauses, pause_free);
    named_free(&ledger->evidence, evidence_free);
    for (size_t i = 0; i < ledger->gone_count; i++) {
        free(ledger->gone[i].key);
        free(ledger->gone[i].run);
    }
    free(ledger->gone);
    free_changes(ledger);
    arena_free(ledger->answer);
    spends_free(ledger->spends);
    locks_free(ledger->locks);
    free(ledger);
}

char *ledger_join(struct arena *arena, const char *const *parts, size_t count)
{
    BUF_SCOPED out = {0};

    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_char(&out, '/');
        text_key_part(&out, parts[i]);
    }
    return arena_string(arena, buf_string(&out));
}

char *ledger_key(struct arena *arena, const char *target, const char *action, const char *provider,
                 const char *place)
{
    return ledger_join(arena, (const char *const[]){target, action, provider, place}, 4);
}

void ledger_gone(struct ledger *ledger, enum soar_view view, const char *key, const char *run)
{
    struct gone_key gone = {.view = view, .key = strdup(key), .run = strdup(run)};

    if (!gone.key || !gone.run)
        abort();
    ledger->gone = ledger_grow(ledger->gone, ledger->gone_count, &ledger->gone_size, sizeof *ledger->gone);
    ledger->gone[ledger->gone_count++] = gone;
}

static char *task_path(struct arena *arena, const struct event *event)
{
    bool undo = value_is_string(value_get(&event->body, "way"), "undo");

    return ledger_join(
        arena, (const char *const[]){event->step, event->item, event->target, undo ? "undo" : "do"}, 4);
}

/* Of one budget, or of several at once: its own and its source's. */
static void spend(struct ledger *ledger, const struct event *event)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *said = value_get(&event->body, "spend");
    bool list = said && said->kind == VALUE_LIST;
    const char *target = value_get_string(value_get(&event->body, "containment"), "target", event->target);

    if (!said || value_is_string(value_get(&event->body, "way"), "undo"))
        return;
    for (size_t i = 0; i < (list ? value_count(said) : 1); i++) {
        const struct value *budget = list ? value_at(said, i) : said;

        if (budget->kind == VALUE_STRING)
            spends_add(ledger->spends, budget->text, target, event->run, task_path(arena, event),
                       event->at_ms, true);
    }
}

void ledger_apply(struct ledger *ledger, const struct event *event)
{
    if (event->kind == EVENT_CALL_INTENDED)
        spend(ledger, event);
    contain_apply(ledger, event);
    asks_apply(ledger, event);
    alerts_apply(ledger, event);
    pauses_apply(ledger, event);
    evidence_apply(ledger, event);
}

void ledger_prune(struct ledger *ledger, int64_t now_ms, int64_t longest_window_ms)
{
    spends_prune(ledger, now_ms - longest_window_ms);
    alerts_prune(ledger, now_ms);
    pauses_prune(ledger, now_ms);
    asks_prune(ledger, now_ms);
}
