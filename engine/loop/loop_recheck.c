/* Rechecks: every containment of ours in force is looked at again when its time has come.
 *
 * A look is a run that lives in memory alone: it only reads (its workers can't write), takes no lock, and not
 * one of its events is journaled or told. What it sees as the ledger says it moves "last seen". Found
 * otherwise, a run of kind recheck begins, which is journaled like any other, looks once more, and puts back
 * what is open. A look that fails is no answer: it is made again at the next time. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/loop/loop_parts.h"

/* What the ledger doesn't know of a row: a look that is out, or one that must wait. Ordered by key. */
struct recheck {
    char *key;
    uint64_t look;      /* the serial of the one that is out; 0: none */
    bool now;           /* a person asked */
    int64_t not_before; /* after a look that failed, or while a task is at it */
    int64_t began_ms;
};

static size_t place_of(const struct rechecks *rechecks, const char *key)
{
    size_t low = 0;
    size_t high = rechecks->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(rechecks->items[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct recheck *find(const struct rechecks *rechecks, const char *key)
{
    size_t at = place_of(rechecks, key);

    return at < rechecks->count && strcmp(rechecks->items[at].key, key) == 0 ? &rechecks->items[at] : NULL;
}

static struct recheck *find_or_add(struct rechecks *rechecks, const char *key)
{
    size_t at = place_of(rechecks, key);
    struct recheck *found = find(rechecks, key);

    if (found)
        return found;
    if (rechecks->count == rechecks->size) {
        rechecks->size = rechecks->size ? rechecks->size * 2 : 16;
        rechecks->items = realloc(rechecks->items, rechecks->size * sizeof *rechecks->items);
        if (!rechecks->items)
            abort();
    }
    memmove(rechecks->items + at + 1, rechecks->items + at, (rechecks->count - at) * sizeof *rechecks->items);
    rechecks->items[at] = (struct recheck){.key = strdup(key)};
    if (!rechecks->items[at].key)
        abort();
    rechecks->count++;
    return &rechecks->items[at];
}

static void drop_stale(struct rechecks *rechecks, int64_t now_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < rechecks->count; i++) {
        struct recheck *one = &rechecks->items[i];

        if (one->look || one->now || one->not_before > now_ms)
            rechecks->items[kept++] = *one;
        else
            free(one->key);
    }
    rechecks->count = kept;
}

void rechecks_free(struct loop *loop)
{
    for (size_t i = 0; i < loop->rechecks.count; i++)
        free(loop->rechecks.items[i].key);
    free(loop->rechecks.items);
}

bool row_is_at_work(const struct loop *loop, const struct ledger_row *row)
{
    for (size_t r = 0; r < loop->live_count; r++) {
        const struct run *run = loop->lives[r]->run;

        if (run->state == RUN_ENDED || run->mode != MODE_REAL)
            continue;
        for (size_t i = 0; i < run->input.about_count; i++)
            if (strcmp(row->target, run->input.about[i].target) == 0 &&
                strcmp(row->action, run->input.about[i].action) == 0)
                return true;
        for (size_t i = 0; i < run->task_count; i++)
            if (run->tasks[i]->state != TASK_ENDED && run->tasks[i]->pack &&
                run_task_is_of(run->tasks[i], row->target, &row->host) &&
                strcmp(row->action, run->tasks[i]->pack->name) == 0)
                return true;
    }
    return false;
}

int about_of_row(struct loop *loop, const struct ledger_row *row, const char *frees, struct arena *arena,
                 struct run_about *ret_about, struct soar_err *err)
{
    const struct pack *pack = loop_pack(loop, row->pack, err);
    const char **runs = arena_array(arena, 1, sizeof *runs);

    if (!pack)
        return soar_err_wrap(err, "%s: %s", row->name, row->action);
    runs[0] = frees ? arena_string(arena, frees) : NULL;
    *ret_about = (struct run_about){.target = arena_string(arena, row->target),
                                    .name = arena_string(arena, row->name),
                                    .action = arena_string(arena, row->action),
                                    .provider = arena_string(arena, row->provider),
                                    .place = arena_string(arena, row->place),
                                    .pack = pack,
                                    .args = value_copy(arena, &row->args),
                                    .host = value_copy(arena, &row->host),
                                    .free_count = frees ? 1 : 0,
                                    .free_runs = runs};
    return 0;
}

/* What was taken in one second is not all looked at again in one second; and none later than its time. */
static int64_t spread_ms(const struct ledger_row *row, int64_t every_ms)
{
    uint8_t digest[DIGEST_BYTES];

    digest_sha256(row->key, strlen(row->key), digest);
    return every_ms / 10 * digest[0] / 255;
}

/* In force, and ours to put back. */
static bool is_watched(const struct ledger_row *row)
{
    return row->held && row->ours && row->holder_count > 0;
}

static int64_t due_of(const struct loop *loop, const struct ledger_row *row, const struct recheck *one)
{
    int64_t every_ms = loop->rechecks.every_ms;

    if (!is_watched(row) || (one && one->look))
        return INT64_MAX;
    if (one && one->now)
        return one->not_before;
    if (every_ms <= 0)
        return INT64_MAX;
    int64_t due_ms = row->seen_ms + every_ms - spread_ms(row, every_ms);

    return one && one->not_before > due_ms ? one->not_before : due_ms;
}

enum { AT_WORK_MS = 1000 }; /* somebody is at it: it will be seen by him, or by us soon after */

static uint64_t begin_look(struct loop *loop, const struct run_about *about)
{
    struct arena *arena = batch_arena(loop);
    struct effect started = {.kind = EFFECT_EVENT, .event = EVENT_RUN_STARTED};
    struct run_input input =
        run_input_of(loop, arena_printf(arena, "look-%llu", (unsigned long long)loop->next_serial));
    struct value_builder body;

    input.kind = RUN_RECHECK;
    input.about = about;
    input.about_count = 1;
    struct live *live = lives_adopt_look(loop, run_new(&input));

    value_build(&body, arena);
    value_put_text(&body, "kind", value_static(run_kind_name(RUN_RECHECK)));
    value_put_text(&body, "mode", value_static("dry"));
    started.body = value_end_map(&body);
    loop_emit(loop, live, &started);
    return live->serial;
}

static bool look_at(struct loop *loop, const struct ledger_row *row)
{
    struct rechecks *rechecks = &loop->rechecks;
    struct recheck *one = find_or_add(rechecks, row->key);
    struct run_about about;
    struct soar_err err = {0};

    if (row_is_at_work(loop, row)) {
        one->not_before = loop_now(loop) + AT_WORK_MS;
        return false;
    }
    if (about_of_row(loop, row, NULL, batch_arena(loop), &about, &err)) {
        one->not_before = loop_now(loop) + (rechecks->every_ms ? rechecks->every_ms : AT_WORK_MS);
        one->now = false;
        return false;
    }
    one->now = false;
    one->began_ms = loop_now(loop);
    one->look = begin_look(loop, &about);
    rechecks->looking++;
    return true;
}

static void sooner(int64_t *due_ms, int64_t other_ms)
{
    if (other_ms < *due_ms)
        *due_ms = other_ms;
}

/* Looks at what is due, from where the last turn stopped, so that nobody is left out when they are many. A
 * row that comes later can't be due before nine tenths of the time are over. */
static bool scan(struct loop *loop, int64_t now_ms)
{
    struct rechecks *rechecks = &loop->rechecks;
    size_t count = ledger_row_count(loop->ledger);
    int64_t next_ms =
        rechecks->every_ms > 0 ? now_ms + rechecks->every_ms - rechecks->every_ms / 10 : INT64_MAX;
    bool began = false;

    drop_stale(rechecks, now_ms);
    for (size_t i = 0; i < count; i++) {
        size_t at = (rechecks->from + i) % count;
        const struct ledger_row *row = ledger_row_at(loop->ledger, at);
        int64_t due_ms = due_of(loop, row, find(rechecks, row->key));

        if (due_ms > now_ms) {
            sooner(&next_ms, due_ms);
        } else if (rechecks->looking == LIMIT_RECHECKS) {
            rechecks->from = at;
            next_ms = INT64_MAX; /* the end of a look says when to go on */
            break;
        } else if (look_at(loop, row)) {
            began = true;
        } else {
            sooner(&next_ms, due_of(loop, row, find(rechecks, row->key)));
        }
    }
    rechecks->scan_ms = next_ms;
    return began;
}

bool rechecks_turn(struct loop *loop)
{
    struct rechecks *rechecks = &loop->rechecks;
    int64_t now_ms = loop_now(loop);
    int64_t every_ms;

    if (!loop->config.recheck || loop->ending)
        return false;
    every_ms = policy_recheck_every_ms(loop->config.policy);
    if (every_ms != rechecks->every_ms)
        rechecks->scan_ms = 0;
    rechecks->every_ms = every_ms;
    return now_ms >= rechecks->scan_ms && scan(loop, now_ms);
}

int64_t rechecks_due(const struct loop *loop)
{
    return loop->config.recheck && !loop->ending ? loop->rechecks.scan_ms : INT64_MAX;
}

void loop_recheck_now(struct loop *loop, const char *key)
{
    for (size_t i = 0; i < ledger_row_count(loop->ledger); i++) {
        const struct ledger_row *row = ledger_row_at(loop->ledger, i);

        if ((!key || strcmp(row->key, key) == 0) && is_watched(row)) {
            struct recheck *one = find_or_add(&loop->rechecks, row->key);

            one->now = true;
            one->not_before = 0;
        }
    }
    loop->rechecks.scan_ms = 0;
}

bool look_is_over(const struct live *live)
{
    const struct run *run = live->run;

    return run->state == RUN_ENDED || (run->task_count == 1 && (run->tasks[0]->state == TASK_PENDING ||
                                                                run->tasks[0]->state == TASK_RESTING));
}

/* What a look has come to. It acts on nothing: open, it ends with what it would do, or may not. */
static enum attempt_verdict verdict_of(const struct run *look)
{
    const struct run_task *task = look->task_count == 1 ? look->tasks[0] : NULL;

    if (!task || task->state != TASK_ENDED)
        return VERDICT_NONE;
    if (task->outcome == OUTCOME_ALREADY)
        return VERDICT_SO;
    bool weighed = task->outcome == OUTCOME_SKIPPED || task->outcome == OUTCOME_REFUSED;

    return weighed && (task->verdict == VERDICT_CLEAR || task->verdict == VERDICT_PARTLY) ? task->verdict
                                                                                          : VERDICT_NONE;
}

static void begin_recheck(struct loop *loop, const struct run_about *about, enum attempt_verdict verdict)
{
    struct run *run = NULL;
    struct loop_request request = {.about = about,
                                   .about_count = 1,
                                   .recheck = true,
                                   .found = attempt_verdict_name(verdict),
                                   .by = "soar",
                                   .reason = "recheck"};

    if (loop_request(loop, &request, &run, NULL) == 0 && verdict != VERDICT_SO)
        loop->counts.broken++;
}

/* The row as the look found it is what the ledger says, or it is journaled. What somebody did meanwhile has
 * been seen by him. */
static bool weigh(struct loop *loop, const struct ledger_row *row, const struct recheck *one,
                  const struct run_about *about, enum attempt_verdict verdict)
{
    bool open = verdict == VERDICT_CLEAR || verdict == VERDICT_PARTLY;
    bool told = row->broken_ms && !policy_puts_back(loop->config.policy);

    if (loop->ending || loop_stalled(loop))
        return false;
    if ((!open && verdict != VERDICT_SO) || row->seen_ms > one->began_ms)
        return false;
    if (row_is_at_work(loop, row))
        return false;
    if (verdict == VERDICT_SO && !row->broken_ms) {
        ledger_seen(loop->ledger, row->key, loop_now(loop));
        return true;
    }
    if (!open || !told)
        begin_recheck(loop, about, verdict);
    return false;
}

static struct recheck *find_look(const struct rechecks *rechecks, uint64_t serial)
{
    for (size_t i = 0; i < rechecks->count; i++)
        if (rechecks->items[i].look == serial)
            return &rechecks->items[i];
    return NULL;
}

void rechecks_looked(struct loop *loop, struct live *live)
{
    struct rechecks *rechecks = &loop->rechecks;
    struct recheck *one = find_look(rechecks, live->serial);
    const struct ledger_row *row = ledger_row(loop->ledger, one->key);
    enum attempt_verdict verdict = verdict_of(live->run);

    live->looked = true;
    loop->counts.rechecks++;
    rechecks->looking--;
    rechecks->scan_ms = 0;
    one->look = 0;
    if (row && row->held && !weigh(loop, row, one, &live->run->input.about[0], verdict))
        one->not_before = loop_now(loop) + rechecks->every_ms - spread_ms(row, rechecks->every_ms);
}
