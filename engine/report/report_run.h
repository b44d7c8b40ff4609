/* A run as a value: what show, the end of a run, a plan and the console read. One more reader of the same
 * fold.
 *
 * The map: run, playbook, digest, state, result, says, mode, started, ended, by, reason, case, alert,
 * stop_why, steps: [{step, label, action, state, result, why, tasks: [{target, key, item, way, state,
 * outcome, pending, says, count, alarm, open, containment, network, provider, place, tries, why, verdict,
 * kept, remains, evidence, ask, until, at, opened, ended, by_run}]}], counts {…}, open: [{target, says,
 * why}], exit, next: [command words without the program's name]. Times are milliseconds since 1970. driven:
 * somebody goes on with it after this. */
#ifndef REPORT_REPORT_RUN_H
#define REPORT_REPORT_RUN_H

#include "engine/run/run.h"

struct value report_run(const struct run *run, bool driven, struct arena *arena);

/* A task alone, as in the list above. */
struct value report_task(const struct run_task *task, struct arena *arena);

/* The exit code of a run as it stands: 0 done, 1 failed or refused, 3 waits for a person, 4 in part or still
 * trying. */
int report_run_exit(const struct run *run);

#endif
