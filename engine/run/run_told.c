/* What a step gave, in words for a ticket or a message: a line for the step and one for each target, as they
 * stand when they are asked for.
 *
 * Names and reasons come from outside: what could break a line or hide one is written out as text. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/run/run_parts.h"

static void add_visible(struct buf *out, const char *before, const char *text)
{
    if (*text == '\0')
        return;
    buf_text(out, before);
    text_visible(out, text, strlen(text));
}

static const char *done_word(const struct run_task *task)
{
    const struct pack_provider *provider = run_task_provider_now(task);

    return provider && provider->verb ? provider->verb : task->pack ? task->pack->verb : "done";
}

static void add_end(struct buf *out, const struct run_task *task)
{
    const struct pack_provider *provider = run_task_provider_now(task);
    bool done = task->outcome == OUTCOME_CHANGED || task->outcome == OUTCOME_ALREADY;

    buf_text(out, done ? done_word(task) : task_outcome_name(task->outcome));
    if (task->outcome == OUTCOME_ALREADY)
        buf_text(out, " already");
    if (done && provider)
        buf_printf(out, ", by %s", provider->name);
    add_visible(out, ": ", task->why ? task->why : "");
}

static void add_task(struct buf *out, const struct run_task *task, struct arena *arena)
{
    add_visible(out, "\n- ", run_task_called(task, arena));
    add_visible(out, ", ", value_get_string(&task->target, "os", ""));
    buf_text(out, ": ");
    if (task->would) {
        buf_text(out, task->why ? task->why : "");
    } else if (task->state == TASK_ENDED) {
        add_end(out, task);
    } else {
        buf_printf(out, "not over yet (%s)", task_state_name(task->state));
        add_visible(out, ": ", task->why ? task->why : "");
    }
}

const char *step_told(const struct run_step *step, struct arena *arena)
{
    BUF_SCOPED out;

    buf_init(&out, 0);
    buf_printf(&out, "%s, %s: %s", step->name, step->action,
               step->result == STEP_NONE ? "not over yet" : step_result_name(step->result));
    add_visible(&out, ": ", step->why ? step->why : "");
    for (size_t i = 0; i < step->task_count; i++)
        add_task(&out, step->tasks[i], arena);
    return arena_copy(arena, buf_string(&out), out.len);
}
