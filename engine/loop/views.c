/* Rows of the run and task views, and the row of the engine's own stream.
 * A row holds what a list must show without folding a run: everything else is read from its events. */
#include "engine/loop/views.h"

#include <string.h>

#include "engine/base/json.h"

void views_begin(struct view_rows *rows, struct arena *arena)
{
    *rows = (struct view_rows){.arena = arena};
}

static struct soar_row *add(struct view_rows *rows)
{
    rows->rows = arena_grow(rows->arena, rows->rows, rows->count, &rows->size, sizeof *rows->rows);
    return &rows->rows[rows->count++];
}

static struct value outcome_counts(const struct run *run, struct arena *arena)
{
    int64_t counts[OUTCOME_COUNT] = {0};
    struct value_builder builder;

    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->state == TASK_ENDED)
            counts[run->tasks[i]->outcome]++;
    value_build(&builder, arena);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (counts[i])
            value_put_text(&builder, task_outcome_name((enum task_outcome)i), value_int(counts[i]));
    return value_end_map(&builder);
}

static void run_row(struct view_rows *rows, const struct run *run)
{
    struct soar_row *row = add(rows);
    struct value_builder body;
    struct value map;
    const struct playbook *playbook = run->input.playbook;

    value_build(&body, rows->arena);
    value_put_text(&body, "kind", value_static(run_kind_name(run->input.kind)));
    value_put_text(&body, "playbook", value_static(playbook ? playbook->name : ""));
    value_put_text(&body, "result", value_static(run_result_name(run->result)));
    value_put_text(&body, "n", value_int(run->n));
    value_put_text(&body, "ended", value_int(run->ended_ms));
    value_put_text(&body, "by", value_static(value_get_string(&run->started, "by", "")));
    value_put_text(&body, "reason", value_static(value_get_string(&run->started, "reason", "")));
    value_put_text(&body, "case", value_static(value_get_string(&run->started, "case", "")));
    value_put_text(&body, "counts", outcome_counts(run, rows->arena));
    map = value_end_map(&body);
    *row = (struct soar_row){.view = SOAR_VIEW_RUN,
                             .key = run->id,
                             .run = run->id,
                             .state = run_state_name(run->state),
                             .at_ms = run->started_ms,
                             .body = json_text(rows->arena, &map)};
}

static void task_row(struct view_rows *rows, const struct run_task *task)
{
    struct soar_row *row = add(rows);
    struct value_builder body;
    struct value map;
    const struct pack_provider *provider = run_task_provider(task);

    value_build(&body, rows->arena);
    value_put_text(&body, "step", value_static(task->step->name));
    value_put_text(&body, "action", value_static(task->step->action));
    value_put_text(&body, "target", value_static(task->key));
    value_put_text(&body, "name", value_static(task->name));
    value_put_text(&body, "provider", value_static(provider ? provider->name : ""));
    value_put_text(&body, "outcome",
                   value_static(task->state == TASK_ENDED ? task_outcome_name(task->outcome) : ""));
    value_put_text(&body, "pending", value_static(task_pending_name(task->pending)));
    value_put_text(&body, "doubt", value_bool(task->in_doubt));
    value_put_text(&body, "why", value_static(task->why));
    map = value_end_map(&body);
    *row = (struct soar_row){
        .view = SOAR_VIEW_TASK,
        .key = arena_printf(rows->arena, "%s/%s", task->run->id, run_task_path(task, rows->arena)),
        .run = task->run->id,
        .state = task_state_name(task->state),
        .at_ms = task->ended_ms ? task->ended_ms : task->due_ms,
        .body = json_text(rows->arena, &map)};
}

void views_run_all(struct view_rows *rows, const struct run *run)
{
    run_row(rows, run);
    for (size_t i = 0; i < run->task_count; i++)
        task_row(rows, run->tasks[i]);
}

void views_run(struct view_rows *rows, struct run *run)
{
    if (run->changed_n == run->n || run->mode != MODE_REAL)
        return;
    run_row(rows, run);
    for (size_t i = 0; i < run->task_count; i++)
        if (run->tasks[i]->changed_n > run->changed_n)
            task_row(rows, run->tasks[i]);
    run->changed_n = run->n;
}

void views_ledger(struct view_rows *rows, struct ledger *ledger)
{
    struct soar_row *more;
    size_t count;

    ledger_rows(ledger, rows->arena, &more, &count);
    for (size_t i = 0; i < count; i++)
        *add(rows) = more[i];
}

/* Where the clock stands now, on which boot: the next life goes on from there. */
void views_engine(struct view_rows *rows, int64_t n, const struct clock *clock)
{
    struct soar_row *row = add(rows);
    struct value_builder body;
    struct value map;
    int64_t boot_ms = clock->world->boot_ms(clock->world->arg);

    value_build(&body, rows->arena);
    value_put_text(&body, "n", value_int(n));
    value_put_text(&body, "boot", value_text(rows->arena, clock->world->boot_id(clock->world->arg)));
    value_put_text(&body, "boot_ms", value_int(boot_ms));
    value_put_text(&body, "ahead_ms", value_int(clock->ahead_ms));
    map = value_end_map(&body);
    *row = (struct soar_row){.view = SOAR_VIEW_RUN,
                             .key = "-",
                             .run = "-",
                             .state = "engine",
                             .at_ms = clock->base_ms + (boot_ms - clock->boot_ms),
                             .body = json_text(rows->arena, &map)};
}
