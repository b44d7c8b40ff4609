/* Runs made by hand for the tests of this room: one step, one pack, any number of tasks in any state. No
 * loop, no store. */
#ifndef TESTS_REPORT_TELLING_H
#define TESTS_REPORT_TELLING_H

#include <string.h>

#include "engine/report/report_style.h"
#include "engine/run/run.h"

#define HOSTILE                                                                                              \
    "web\x1b[2J\xe2\x80\xae-01\n\x9b" /* escape, clear screen, right-to-left override, newline, a C1 byte */

enum { TELLING_TASKS = 8 };
#define TELLING_NOW INT64_C(1795320250000) /* 2026-11-22 04:04:10 UTC, a Sunday */

struct telling {
    struct arena *arena;
    struct pack pack;
    struct pack_provider provider;
    struct playbook playbook;
    struct playbook_step plan;
    struct run run;
    struct run_step step;
    struct run_task tasks[TELLING_TASKS];
    struct run_task *listed[TELLING_TASKS];
    struct report_style style;
};

static inline void telling_init(struct telling *telling, struct arena *arena)
{
    *telling = (struct telling){.arena = arena};
    telling->provider = (struct pack_provider){.name = "linux-nftables"};
    telling->pack = (struct pack){.name = "Isolate_Endpoint",
                                  .lock = "network",
                                  .verb = "isolated",
                                  .undone = "released",
                                  .provider_count = 1,
                                  .providers = &telling->provider,
                                  .containment = true};
    telling->plan =
        (struct playbook_step){.name = "isolate", .action = "Isolate_Endpoint", .pack = &telling->pack};
    telling->playbook = (struct playbook){
        .name = "Contain", .digest = "4f1c9a2b4f1c9a2b", .step_count = 1, .steps = &telling->plan};
    telling->step = (struct run_step){.run = &telling->run,
                                      .name = "isolate",
                                      .action = "Isolate_Endpoint",
                                      .pack = &telling->pack,
                                      .plan = &telling->plan,
                                      .state = STEP_OPEN,
                                      .tasks = telling->listed};
    telling->run = (struct run){.arena = arena,
                                .input = {.kind = RUN_PLAYBOOK, .playbook = &telling->playbook},
                                .id = "R-204",
                                .state = RUN_RUNNING,
                                .started_ms = TELLING_NOW - 60000,
                                .step_count = 1,
                                .steps = &telling->step,
                                .tasks = telling->listed};
    telling->style = (struct report_style){.now_ms = TELLING_NOW, .offset_s = 3600, .tool = "soarctl"};
}

static inline struct run_task *telling_add(struct telling *telling, const char *name, enum task_state state)
{
    struct run_task *task = &telling->tasks[telling->run.task_count];

    *task = (struct run_task){.run = &telling->run,
                              .step = &telling->step,
                              .key = arena_printf(telling->arena, "host:%s", name),
                              .name = name,
                              .item = "",
                              .pack = &telling->pack,
                              .provider_set = true,
                              .place = "",
                              .state = state,
                              .tries = 1,
                              .opened_ms = TELLING_NOW - 1200,
                              .why = ""};
    telling->listed[telling->run.task_count++] = task;
    telling->step.task_count++;
    return task;
}

static inline struct run_task *telling_end(struct telling *telling, const char *name,
                                           enum task_outcome outcome)
{
    struct run_task *task = telling_add(telling, name, TASK_ENDED);

    task->outcome = outcome;
    task->ended_ms = TELLING_NOW;
    return task;
}

/* No byte that moves a cursor, and no character that hides or turns another. */
static inline bool telling_is_plain(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if ((*at < 0x20 && *at != '\n') || *at == 0x7F)
            return false;
    return !strstr(text, "\xe2\x80\xae") && !strstr(text, "\x9b");
}

#endif
