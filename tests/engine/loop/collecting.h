/* A pack that collects, its model, and what stands on the disk of it. */
#ifndef TESTS_LOOP_COLLECTING_H
#define TESTS_LOOP_COLLECTING_H

#include "tests/engine/loop/life.h"

static const char collect_pack[] =
    "action: Collect_State\n"
    "summary: Takes what a host knows of itself as evidence.\n"
    "per: host\n"
    "lock: state\n"
    "done: collected\n"
    "providers:\n"
    "  state:\n"
    "    via: ssh\n"
    "    timeout: 6h\n"
    "    proved: \"no\"\n"
    "    check:\n"
    "      - so: kept.?evidence.?whole.orValue(false)\n"
    "    apply:\n"
    "      - ssh.collect: {script: \"tar -c /proc\", args: [\"a b\"], name: state.tar,\n"
    "                      form: tar}\n"
    "        deadline: 4h\n";

static const char collect_model[] = "action: Collect_State\n"
                                    "providers:\n"
                                    "  state:\n"
                                    "    start: {taken: 0}\n"
                                    "    effects: [{in: apply, set: {taken: 1}}]\n"
                                    "    contained: \"true\"\n";

#define COLLECT STEPS "  - {step: collect, action: Collect_State}\n"

static inline void collecting_open(struct story *story, struct life *life)
{
    story_open(story, NULL);
    stage_pack(&story->stage, collect_pack, collect_model);
    life_init(life, story);
}

static inline const struct run_task *collecting_task(const struct run *run)
{
    const struct run_task *task = run_task_find(run, "collect", "", "host:web-01", false);

    assert_non_null(task);
    return task;
}

#endif
