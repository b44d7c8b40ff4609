/* A run while it moves: one line when a task ends, is held or has to wait, and on a terminal a line below for
 * each that moves.
 *
 * Its two functions have the shape of a loop's watch (engine/loop/loop.h). It writes through `write`, at
 * once, and never more than LIVE_MOVING_MAX lines of movement. */
#ifndef REPORT_REPORT_LIVE_H
#define REPORT_REPORT_LIVE_H

#include "engine/report/report_style.h"
#include "engine/run/run.h"

struct report_live;

struct report_live_config {
    void (*write)(void *arg, const char *text, size_t len);
    void *arg;
    bool terminal;             /* may move the cursor */
    struct report_style style; /* its now_ms is not used: lines have the times of their events */
};

struct report_live *report_live_new(const struct report_live_config *config)
    __attribute__((warn_unused_result));
void report_live_free(struct report_live *live);

/* arg: the live. */
void report_live_event(void *arg, const struct run *run, const struct event *event);
void report_live_progress(void *arg, const struct run_task *task, const char *stage, const char *json);

/* Takes the lines of movement away: what is printed next stands on a clean line. */
void report_live_clear(struct report_live *live);

#endif
