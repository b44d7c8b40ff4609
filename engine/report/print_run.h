/* Lines about a run, from its value (report_run.h). */
#ifndef REPORT_PRINT_RUN_H
#define REPORT_PRINT_RUN_H

#include "engine/report/report_style.h"

/* One line when a task ends, pends or is held: `03:04:11  isolate  web-01  isolated  1.2 s  why`. */
void print_task_line(const struct value *task, const char *label, int64_t at_ms,
                     const struct report_style *style, struct buf *out);
/* A step that ended without a target. */
void print_step_line(const struct value *step, int64_t at_ms, const struct report_style *style,
                     struct buf *out);

/* The last lines of a run: counts, who is open to the network, the next command. */
void print_run_end(const struct value *run, const struct report_style *style, struct buf *out);

/* `show`: the whole of it on one screen. */
void print_show(const struct value *run, const struct report_style *style, struct buf *out);

/* `plan`: what would be done to what, and why not. */
void print_plan(const struct value *run, const struct report_style *style, struct buf *out);

/* What it was watched doing: the lines of its tasks in the order of time, then its end. */
void print_watch(const struct value *run, const struct report_style *style, struct buf *out);

/* `soarctl retry R-204 ws-07`, from the words in `next`. */
void print_command(const struct value *words, const struct report_style *style, struct buf *out);

#endif
