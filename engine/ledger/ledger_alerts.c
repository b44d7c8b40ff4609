/* The fold of alerts: dedup keys with the runs that took them, and what was answered to a request.
 *
 * A key is taken as its event says, with a window of its own: a more severe alert that took it over has it
 * from then on. What was answered is kept as the text it was journaled as; it is read again only when the
 * same request comes again. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/ledger/ledger_parts.h"

static char *copy(const char *text)
{
    char *twin = strdup(text);

    if (!twin)
        abort();
    return twin;
}

struct taken *taken_set(struct ledger *ledger, const char *key, const char *run, int64_t until_ms,
                        int64_t severity)
{
    struct taken *taken = named_find(&ledger->taken, key);

    if (!taken) {
        taken = calloc(1, sizeof *taken);
        if (!taken)
            abort();
        taken->named.name = copy(key);
        named_add(&ledger->taken, &taken->named);
    }
    free(taken->run);
    taken->run = copy(run);
    taken->until_ms = until_ms;
    taken->severity = severity;
    return taken;
}

struct heard *heard_set(struct ledger *ledger, const char *key, const char *body, int64_t until_ms, size_t of)
{
    struct heard *heard = named_find(&ledger->heard, key);

    if (!heard) {
        heard = calloc(1, sizeof *heard);
        if (!heard)
            abort();
        heard->named.name = copy(key);
        named_add(&ledger->heard, &heard->named);
    }
    free(heard->body);
    heard->body = copy(body);
    heard->until_ms = until_ms;
    heard->of = of;
    return heard;
}

void taken_free(void *arg)
{
    struct taken *taken = arg;

    free((char *)taken->named.name);
    free(taken->run);
    free(taken);
}

void heard_free(void *arg)
{
    struct heard *heard = arg;

    free((char *)heard->named.name);
    free(heard->body);
    free(heard);
}

static char *part_key(struct arena *arena, const char *source, const char *request, int64_t part)
{
    return ledger_join(
        arena, (const char *const[]){source, "", request, arena_printf(arena, "%lld", (long long)part)}, 4);
}

static void take(struct ledger *ledger, const char *source, const struct value *start, struct arena *arena)
{
    const char *dedup = value_get_string(start, "dedup", "");
    const char *parts[] = {source, value_get_string(start, "playbook", ""), dedup};
    struct taken *taken;

    if (!*dedup)
        return;
    taken = taken_set(ledger, ledger_join(arena, parts, 3), value_get_string(start, "run", ""),
                      value_get_int(start, "until", 0), value_get_int(start, "severity", 0));
    changes_add(&ledger->changed_taken, taken, &taken->changed);
}

void alerts_apply(struct ledger *ledger, const struct event *event)
{
    const struct value *body = &event->body;
    const char *source = value_get_string(body, "source", "");
    const char *request = value_get_string(body, "request", "");
    const struct value *starts = value_get(body, "starts");

    if (event->kind != EVENT_ALERT_RECEIVED)
        return;
    ARENA_SCOPED arena = arena_new();

    for (size_t i = 0; i < value_count(starts); i++)
        if (value_at(starts, i))
            take(ledger, source, value_at(starts, i), arena);
    if (!*request)
        return;
    struct heard *heard = heard_set(ledger, part_key(arena, source, request, value_get_int(body, "part", 0)),
                                    json_text(arena, body), value_get_int(body, "repeat_until", 0),
                                    (size_t)value_get_int(body, "of", 1));

    changes_add(&ledger->changed_heard, heard, &heard->changed);
}

const char *ledger_duplicate(const struct ledger *ledger, const char *source, const char *playbook,
                             const char *dedup, int severity, int64_t now_ms)
{
    ARENA_SCOPED arena = arena_new();
    const struct taken *taken =
        named_find(&ledger->taken, ledger_join(arena, (const char *const[]){source, playbook, dedup}, 3));

    return taken && now_ms < taken->until_ms && taken->severity >= severity ? taken->run : NULL;
}

static const struct heard *part_of(const struct ledger *ledger, const char *source, const char *request,
                                   int64_t part, int64_t now_ms)
{
    ARENA_SCOPED arena = arena_new();
    const struct heard *heard = named_find(&ledger->heard, part_key(arena, source, request, part));

    return heard && now_ms < heard->until_ms ? heard : NULL;
}

const struct value *ledger_heard(struct ledger *ledger, const char *source, const char *request,
                                 int64_t now_ms)
{
    int64_t from = part_of(ledger, source, request, 0, now_ms) ? 0 : 1;
    const struct heard *first = part_of(ledger, source, request, from, now_ms);
    struct value_builder bodies;

    if (!first || !*request)
        return NULL;
    arena_free(ledger->answer);
    ledger->answer = arena_new();
    value_build(&bodies, ledger->answer);
    for (size_t i = 0; i < first->of; i++) {
        const struct heard *heard = part_of(ledger, source, request, from + (int64_t)i, now_ms);
        struct value body;

        if (!heard || heard->of != first->of ||
            json_parse(ledger->answer, heard->body, strlen(heard->body), &body, NULL))
            return NULL;
        value_push(&bodies, body);
    }
    ledger->answer_value = value_end_list(&bodies);
    return &ledger->answer_value;
}

struct pruning {
    struct ledger *ledger;
    int64_t now_ms;
};

static bool taken_is_over(const void *item, const void *arg)
{
    const struct taken *taken = item;
    const struct pruning *pruning = arg;

    if (taken->changed || taken->until_ms > pruning->now_ms)
        return false;
    ledger_gone(pruning->ledger, SOAR_VIEW_DEDUP, taken->named.name, taken->run);
    return true;
}

static bool heard_is_over(const void *item, const void *arg)
{
    const struct heard *heard = item;
    const struct pruning *pruning = arg;

    if (heard->changed || heard->until_ms > pruning->now_ms)
        return false;
    ledger_gone(pruning->ledger, SOAR_VIEW_DEDUP, heard->named.name, "");
    return true;
}

void alerts_prune(struct ledger *ledger, int64_t now_ms)
{
    struct pruning pruning = {ledger, now_ms};

    named_sweep(&ledger->taken, taken_is_over, &pruning, taken_free);
    named_sweep(&ledger->heard, heard_is_over, &pruning, heard_free);
}
