/* What people are told a task is: the one table from outcomes, waits and doubts to words.
 *
 * The words are the pack's own verb (`isolated`, `disabled, reset`), in CAPITALS only where something is not
 * contained or needs a person. */
#ifndef REPORT_REPORT_WORDS_H
#define REPORT_REPORT_WORDS_H

#include "engine/run/run.h"

/* What a task counts as in the last line of a run. */
enum report_count {
    COUNT_DONE,
    COUNT_ALREADY,
    COUNT_PART,
    COUNT_TRIED, /* not yet: tried again */
    COUNT_HELD,
    COUNT_FAILED,
    COUNT_REFUSED,
    COUNT_DOUBT,
    COUNT_SKIPPED,
    COUNT_MOVING, /* under way right now */
    COUNT_BEGUN,  /* not begun yet */
    COUNT_COUNT
};

const char *report_count_name(enum report_count count);   /* in JSON: "in_doubt" */
const char *report_count_people(enum report_count count); /* said: "in doubt" */

struct report_words {
    const char *says; /* "NOT ISOLATED" */
    enum report_count count;
    bool alarm; /* it needs a look */
    bool open;  /* what was asked for is not so (or not surely) */
};

/* What this task is now, in words. Memory from the arena. */
void report_task_words(const struct run_task *task, struct arena *arena, struct report_words *ret_words);

/* The verb of a pack: what a target is when done, or undone. "done" where the pack is unknown. */
const char *report_verb(const struct pack *pack, bool undo);
/* The verb of one provider, done with these arguments: "disabled, reset". */
const char *report_way_verb(const struct pack *pack, const struct pack_provider *provider,
                            const struct value *args, struct arena *arena);
/* The same of a task: once it is done, the verb of the provider that did it. */
const char *report_task_verb(const struct run_task *task, struct arena *arena);

/* What a pack says of `proved`: false for "no; by a stand-in", with the rest of it ("by a stand-in"). */
bool report_is_proved(const char *proved, const char **ret_rest);

/* A step as a line begins with it: its name, and the action too where the name is only a number. */
const char *report_step_label(const char *name, const char *action, struct arena *arena);

/* A run's state for people: running, waiting, trying, paused, stopping, in part, completed, failed, stopped.
 * driven: somebody goes on with it; else what hasn't ended is paused, whatever it was doing. */
const char *report_run_words(const struct run *run, bool driven);

#endif
