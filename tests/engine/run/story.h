/* A story on the simulator's stage: hosts, a playbook, an alert that names them; then what came of it.
 *
 * The engine is the real one, the targets are models: what a test says is read from the run's state and from
 * the events on the disk. */
#ifndef TESTS_RUN_STORY_H
#define TESTS_RUN_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "engine/base/json.h"
#include "tests/sim/stage.h"

#define ALERT(hosts)                                                                                         \
    "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[" hosts "],\"user_id\":"         \
    "\"jdoe\"}"
#define WEB   ALERT("\"web-01\"")
#define BOTH  ALERT("\"web-01\",\"web-02\"")
#define STEPS "playbook_name: Story\ntrigger: Any\nactions:\n"

struct story {
    struct stage stage;
    struct soar_err err;
};

/* web-01 and web-02 on Linux, ws-07 on Windows. */
static inline void story_open_with(struct story *story, const struct stage_options *options,
                                   const char *policy)
{
    *story = (struct story){.err = {.text = ""}};
    stage_open(&story->stage, options, policy);
    stage_host(&story->stage, "web-01", "linux");
    stage_host(&story->stage, "web-02", "linux");
    stage_host(&story->stage, "ws-07", "windows");
}

static inline void story_open(struct story *story, const char *policy)
{
    story_open_with(story, &(struct stage_options){.seed = 1}, policy);
}

static inline void story_close(struct story *story)
{
    stage_close(&story->stage);
}

static inline struct loop *story_loop(const struct story *story)
{
    return rehearsal_loop(story->stage.rehearsal);
}

static inline const struct run *story_run(struct story *story, size_t index)
{
    const struct run *run = rehearsal_run_at(story->stage.rehearsal, index);

    assert_non_null(run);
    return run;
}

static inline void story_go_on(struct story *story)
{
    if (rehearsal_run(story->stage.rehearsal, &story->err))
        fail_msg("%s", story->err.text);
}

static inline void story_pass(struct story *story, int64_t ms)
{
    if (rehearsal_pass(story->stage.rehearsal, ms, &story->err))
        fail_msg("%s", story->err.text);
}

static inline void story_begin(struct story *story, const char *playbook, const char *alert)
{
    if (stage_run(&story->stage, stage_playbook(&story->stage, playbook), alert, &story->err))
        fail_msg("%s", story->err.text);
}

static inline void story_play(struct story *story, const char *playbook, const char *alert)
{
    story_begin(story, playbook, alert);
    story_go_on(story);
}

static inline void story_fault(struct story *story, const struct fake_fault *fault)
{
    fake_world_fault(story->stage.world, fault);
}

static inline void story_promises(struct story *story)
{
    if (rehearsal_check(story->stage.rehearsal, &story->err))
        fail_msg("%s", story->err.text);
}

static inline void story_release(struct story *story)
{
    if (stage_release_all(&story->stage, &story->err))
        fail_msg("%s", story->err.text);
    story_go_on(story);
}

static inline const struct run_task *story_task(struct story *story, size_t run, const char *step,
                                                const char *host)
{
    const char *key = arena_printf(story->stage.arena, "host:%s", host);
    const struct run_task *task = run_task_find(story_run(story, run), step, "", key, false);

    assert_non_null(task);
    return task;
}

static inline const struct run_task *story_undo(struct story *story, size_t run, const char *host)
{
    const struct run *in = story_run(story, run);

    for (size_t i = 0; i < in->task_count; i++)
        if (in->tasks[i]->undo && strcmp(in->tasks[i]->name, host) == 0)
            return in->tasks[i];
    fail_msg("nothing was undone on %s", host);
    return NULL;
}

static inline void story_ends(const struct run_task *task, enum task_outcome outcome, const char *why)
{
    if (task->state != TASK_ENDED || task->outcome != outcome || (why && !strstr(task->why, why)))
        fail_msg("%s on %s is %s, %s: %s", task->step->name, task->key, task_state_name(task->state),
                 task_outcome_name(task->outcome), task->why);
}

static inline void story_step(struct story *story, size_t run, const char *step, enum step_result result)
{
    const struct run *in = story_run(story, run);

    for (size_t i = 0; i < in->step_count; i++)
        if (strcmp(in->steps[i].name, step) == 0) {
            assert_int_equal(in->steps[i].state, STEP_ENDED);
            assert_string_equal(step_result_name(in->steps[i].result), step_result_name(result));
            return;
        }
    fail_msg("no step %s", step);
}

/* How many events of a kind are on the disk, with this target ("": any) and this in the body. */
static inline int story_events(const struct story *story, const char *kind, const char *target,
                               const char *with)
{
    const struct memory_disk *disk = rehearsal_disk(story->stage.rehearsal);
    int count = 0;

    for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
        const struct soar_event *event = memory_disk_event(disk, i);

        count += strcmp(event->kind, kind) == 0 && strstr(event->target, target) != NULL &&
                 strstr(event->body, with) != NULL;
    }
    return count;
}

/* The place of the first such event in the order of the disk; -1: none. */
static inline long story_place(const struct story *story, const char *kind, const char *step,
                               const char *target)
{
    const struct memory_disk *disk = rehearsal_disk(story->stage.rehearsal);

    for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
        const struct soar_event *event = memory_disk_event(disk, i);

        if (strcmp(event->kind, kind) == 0 && strcmp(event->step, step) == 0 &&
            strstr(event->target, target) != NULL)
            return (long)i;
    }
    return -1;
}

static inline void story_answer(struct story *story, const char *ask, const char *answer)
{
    if (loop_answer(story_loop(story), ask, answer, "ana", "", &story->err))
        fail_msg("%s", story->err.text);
    story_go_on(story);
}

#endif
