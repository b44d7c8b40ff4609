/* `journal verify` and `journal export`. Verify has two halves: the store walks its chain; then every run is
 * folded anew from its events, and the rows the fold would write are compared with the ones that stand in the
 * views. */
#include <string.h>

#include "engine/base/json.h"
#include "engine/loop/views.h"
#include "engine/verbs/verb_parts.h"

enum { HEAD_CHARS = 64 };

struct compare {
    struct verb_context *context;
    struct value_builder problems;
    struct ledger *fresh;
    int64_t at_ms; /* of the last event, or of the clock's last mark: what was over by then may be gone */
    int64_t runs;
    int64_t rows;
    int64_t count; /* of problems; only the first are told */
};

enum { PROBLEMS_TOLD = 20 };

static void tell(struct compare *compare, const char *text)
{
    if (compare->count++ < PROBLEMS_TOLD)
        value_push(&compare->problems, value_text(compare->context->arena, text));
}

struct found {
    const struct soar_row *wanted;
    bool same;
    bool seen;
};

/* When a containment was last seen so moves without an event: of that the fold knows nothing. */
static struct value but_for_seen(const struct value *body, struct arena *arena)
{
    struct value_builder rest;

    value_build(&rest, arena);
    for (size_t i = 0; i < value_count(body); i++)
        if (!value_is_string(&body->map->keys[i], "seen"))
            value_put(&rest, body->map->keys[i], body->map->values[i]);
    return value_end_map(&rest);
}

static bool same_body(const struct soar_row *left, const struct soar_row *right)
{
    ARENA_SCOPED arena = arena_new();
    struct value a, b;

    if (strcmp(left->body, right->body) == 0)
        return true;
    if (json_parse(arena, left->body, strlen(left->body), &a, NULL) ||
        json_parse(arena, right->body, strlen(right->body), &b, NULL))
        return false;
    if (left->view == SOAR_VIEW_CONTAINMENT && a.kind == VALUE_MAP && b.kind == VALUE_MAP) {
        a = but_for_seen(&a, arena);
        b = but_for_seen(&b, arena);
    }
    return value_equal(&a, &b);
}

static int is_same(void *arg, const struct soar_row *row)
{
    struct found *found = arg;
    const struct soar_row *wanted = found->wanted;

    found->seen = true;
    found->same = strcmp(row->run, wanted->run) == 0 && strcmp(row->state, wanted->state) == 0 &&
                  row->at_ms == wanted->at_ms && same_body(row, wanted);
    return 1;
}

static int compare_row(struct compare *compare, const struct soar_row *wanted, bool *ret_seen,
                       struct soar_err *err)
{
    struct soar_store *store = compare->context->store;
    struct soar_query query = {.view = wanted->view, .key = wanted->key};
    struct found found = {.wanted = wanted};

    if (store->ops->rows(store, &query, is_same, &found, err))
        return -1;
    compare->rows++;
    *ret_seen = found.seen;
    if (!found.same && (found.seen || !ledger_row_may_go(wanted, compare->at_ms)))
        tell(compare,
             arena_printf(compare->context->arena, "view %s, row %s: %s", soar_view_name(wanted->view),
                          wanted->key, found.seen ? "is not what the events say" : "is missing"));
    return 0;
}

static int compare_run(struct compare *compare, const char *id, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct view_rows rows;
    struct run *run = NULL;
    struct soar_err why = {0};
    bool seen = false;
    int answer = 0;

    if (loop_fold(compare->context->loop, id, &run, &why)) {
        tell(compare, arena_printf(compare->context->arena, "run %s can't be folded: %s", id, why.text));
        return 0;
    }
    views_begin(&rows, arena);
    views_run_all(&rows, run);
    for (size_t i = 0; i < rows.count && answer == 0; i++)
        answer = compare_row(compare, &rows.rows[i], &seen, err);
    run_free(run);
    compare->runs++;
    return answer;
}

struct ids {
    struct arena *arena;
    const char **ids;
    size_t count;
    size_t size;
};

/* Runs by their first event: the view may have lost one. */
static int take_id(void *arg, const struct soar_event *event)
{
    struct ids *ids = arg;

    if (event->n != 1 || strcmp(event->run, "-") == 0)
        return 0;
    if (ids->count == ids->size) {
        size_t size = ids->size ? ids->size * 2 : 64;
        const char **more = arena_array(ids->arena, size, sizeof *more);
        for (size_t i = 0; i < ids->count; i++)
            more[i] = ids->ids[i];
        ids->ids = more;
        ids->size = size;
    }
    ids->ids[ids->count++] = arena_string(ids->arena, event->run);
    return 0;
}

static int compare_views(struct compare *compare, struct soar_err *err)
{
    struct soar_store *store = compare->context->store;
    struct ids ids = {.arena = compare->context->arena};

    if (store->ops->events(store, NULL, 1, take_id, &ids, err))
        return -1;
    for (size_t i = 0; i < ids.count; i++)
        if (compare_run(compare, ids.ids[i], err))
            return -1;
    return 0;
}

/* The ledger spans runs: it is folded from all events in the order of their commits. */
static int take_event(void *arg, const struct soar_event *stored)
{
    struct compare *compare = arg;
    ARENA_SCOPED arena = arena_new();
    struct soar_row *rows = NULL;
    size_t count = 0;
    struct event event;
    struct soar_err why = {0};

    if (event_read(arena, stored, &event, &why))
        tell(compare, arena_printf(compare->context->arena, "%s", why.text));
    else
        ledger_apply(compare->fresh, &event);
    compare->at_ms = stored->at_ms > compare->at_ms ? stored->at_ms : compare->at_ms;
    /* What was freed leaves the ledger with its rows, as it did when it was written: the next holder begins
     * anew. */
    ledger_rows(compare->fresh, arena, &rows, &count);
    return 0;
}

static int count_row(void *arg, const struct soar_row *row)
{
    (void)row;
    ++*(size_t *)arg;
    return 0;
}

/* Rows that stand in a view though no event speaks of them. */
static int compare_count(struct compare *compare, enum soar_view view, size_t known, struct soar_err *err)
{
    struct soar_store *store = compare->context->store;
    struct soar_query query = {.view = view};
    size_t stored = 0;

    if (store->ops->rows(store, &query, count_row, &stored, err))
        return -1;
    if (stored > known)
        tell(compare, arena_printf(compare->context->arena, "view %s has %zu rows, the events make %zu",
                                   soar_view_name(view), stored, known));
    return 0;
}

/* The engine lets go of rows without an event; its mark of the clock says when it last could. */
static int take_mark(void *arg, const struct soar_row *row)
{
    struct compare *compare = arg;

    compare->at_ms = row->at_ms > compare->at_ms ? row->at_ms : compare->at_ms;
    return 0;
}

static int compare_ledger(struct compare *compare, struct soar_err *err)
{
    static const enum soar_view views[] = {SOAR_VIEW_CONTAINMENT, SOAR_VIEW_HOLDER, SOAR_VIEW_ASK,
                                           SOAR_VIEW_DEDUP,       SOAR_VIEW_TIMER,  SOAR_VIEW_EVIDENCE};
    struct soar_store *store = compare->context->store;
    size_t known[SOAR_VIEW_COUNT] = {0};
    ARENA_SCOPED arena = arena_new();
    struct soar_row *rows = NULL;
    size_t count = 0;
    bool seen = false;

    compare->fresh = ledger_new();
    int answer = store->ops->rows(store, &(struct soar_query){.view = SOAR_VIEW_RUN, .key = "-"}, take_mark,
                                  compare, err);
    if (answer == 0)
        answer = store->ops->events(store, NULL, 1, take_event, compare, err);
    ledger_all_rows(compare->fresh, arena, &rows, &count);
    for (size_t i = 0; i < count && answer == 0; i++) {
        if (rows[i].view == SOAR_VIEW_SPEND) /* old ones are dropped there when their window is over */
            continue;
        answer = compare_row(compare, &rows[i], &seen, err);
        known[rows[i].view] += seen;
    }
    for (size_t i = 0; i < sizeof views / sizeof views[0] && answer == 0; i++)
        answer = compare_count(compare, views[i], known[views[i]], err);
    ledger_free(compare->fresh);
    return answer;
}

static struct value verdict_value(const struct soar_verdict *verdict, const struct compare *compare,
                                  struct value problems, struct arena *arena)
{
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "events", value_int(verdict->events));
    value_put_text(&map, "runs", value_int(verdict->runs));
    value_put_text(&map, "alerts", value_int(verdict->alerts));
    value_put_text(&map, "texts", value_int(verdict->texts));
    value_put_text(&map, "chains", value_int(verdict->chains));
    value_put_text(&map, "folded", value_int(compare->runs));
    value_put_text(&map, "rows", value_int(compare->rows));
    value_put_text(&map, "head", value_text(arena, verdict->head.hash));
    value_put_text(&map, "seq", value_int(verdict->head.seq));
    value_put_text(&map, "problems", problems);
    value_put_text(&map, "problem_count", value_int(verdict->problem_count + compare->count));
    return value_end_map(&map);
}

static int known_head(const struct value *request, struct soar_head *ret_head, struct soar_err *err)
{
    const char *hash = verb_text(request, "head");

    if (hash && strlen(hash) != HEAD_CHARS)
        return soar_err_set(err, SOAR_INVALID, "--head %s: expected %d hex digits", hash, HEAD_CHARS);
    if (hash)
        memcpy(ret_head->hash, hash, HEAD_CHARS);
    return 0;
}

/* soard goes on writing, and would stand still for as long as the whole record is read. */
static int check_quiet(const struct verb_context *context, const char *verb, struct soar_err *err)
{
    if (!context->remote)
        return 0;
    return soar_err_set(err, SOAR_UNSUPPORTED,
                        "%s reads the whole record, and soard is writing it: do it with --state DIR on a "
                        "copy, or while soard is stopped (docs/operating.md)",
                        verb);
}

VERB_FN(verb_journal_verify)
{
    struct soar_store *store = context->store;
    struct compare compare = {.context = context};
    struct soar_verdict *verdict = arena_alloc(context->arena, sizeof *verdict);
    struct soar_head head = {0};

    if (check_quiet(context, "journal verify", err))
        return -1;
    if (!store->ops->verify)
        return soar_err_set(err, SOAR_UNSUPPORTED, "this journal has no chain to verify");
    if (known_head(request, &head, err) ||
        store->ops->verify(store, head.hash[0] ? &head : NULL, verdict, err))
        return -1;
    value_build(&compare.problems, context->arena);
    for (int64_t i = 0; i < verdict->problem_count && i < SOAR_PROBLEMS_MAX; i++)
        value_push(&compare.problems, value_text(context->arena, verdict->problems[i].text));
    if (compare_views(&compare, err) || compare_ledger(&compare, err))
        return -1;
    struct value problems = value_end_list(&compare.problems);
    *ret_answer = verdict_value(verdict, &compare, problems, context->arena);
    context->exit = verdict->problem_count + compare.count > 0 ? EXIT_FAILED : EXIT_DONE;
    return 0;
}

VERB_FN(verb_journal_export)
{
    (void)request;
    (void)ret_answer;
    if (check_quiet(context, "journal export", err))
        return -1;
    if (!context->store->ops->export)
        return soar_err_set(err, SOAR_UNSUPPORTED, "this journal can't be exported");
    return context->store->ops->export(context->store, context->out, err);
}
