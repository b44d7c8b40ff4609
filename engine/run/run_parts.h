/* What the files of this room share; nobody else includes it. */
#ifndef RUN_RUN_PARTS_H
#define RUN_RUN_PARTS_H

#include "engine/base/limits.h"
#include "engine/run/run.h"

enum trial_stage {
    TRIAL_LOCK, /* waits for its lock */
    TRIAL_NAME, /* guard-rails by name, before the first call */
    TRIAL_FIND,
    TRIAL_CHECK,
    TRIAL_WEIGH, /* task.checked was journaled: what follows from it */
    TRIAL_ACT,   /* apply, or revert for an undo */
    TRIAL_VERIFY,
};

/* The scratch of one try. A crash ends it, and nothing of it is missed: the next try begins by looking. */
struct trial {
    struct arena *arena;
    struct attempt *attempt;
    int number;
    size_t provider;
    const char *row; /* whose lock it has or waits for; NULL: the task's own */
    int moves;       /* how often find has named another */
    enum trial_stage stage;
    bool begun;   /* the stage's phase was begun */
    bool judging; /* the guard-rails were asked; judged says what they answered */
    bool judged;
    bool allowed; /* they allowed writing in this try */
    struct policy_answer verdict;
    struct run_grant grant;
    int64_t deadline_ms;     /* of the try */
    int64_t wake_ms;         /* a poll's; 0: none */
    int64_t verify_since_ms; /* the first look of verify where nothing was done by this task; 0: none yet */
    int64_t verify_until_ms; /* 0: no verify is going on */
    int64_t call_number;     /* of the call that is out; 0: none */
    int64_t call_deadline_ms;
    struct attempt_call call; /* asked for; out once intended (a write) or at once (a read) */
    bool call_waits;          /* a write that waits for its judgement */
    bool heard;
    struct soar_answer answer; /* copied into the arena */
    bool wrote;                /* a write was intended in this try */
    bool lost;                 /* a write's answer is unknown: it may still act until call_deadline_ms */
};

/* effects.c: what run_next() puts into the list. */
struct effect *effect_add(struct effect_list *list, enum effect_kind kind, struct run_task *task);
void effect_run_event(struct effect_list *list, enum event_kind kind, struct value_builder *body);
void effect_step_event(struct effect_list *list, const struct run_step *step, enum event_kind kind,
                       struct value_builder *body);
void effect_task_event(struct effect_list *list, struct run_task *task, enum event_kind kind,
                       struct value_builder *body);
/* Has this task ended, or does it end by what is in the list? Then with this body. */
const struct value *effect_end_of(const struct effect_list *list, const struct run_task *task);
bool effect_has_event(const struct effect_list *list); /* then run_next() must stop and be asked again */

/* run_order.c: what waits for what. */
enum step_gate { GATE_WAIT, GATE_OPEN, GATE_SKIP };
enum step_gate step_gate(const struct run_step *step, const char **ret_why);
bool step_all_passed(const struct run_step *step);
bool step_all_ended(const struct run_step *step);
bool task_lane_free(const struct run_task *task);
bool task_passed(const struct run_task *task);
bool step_undoes(const struct run_step *step);   /* a release's */
bool task_rechecks(const struct run_task *task); /* it holds nothing: it looks after what others hold */
enum pack_per step_per(const struct run_step *step);
enum step_result step_judge(const struct run_step *step, bool *ret_enough);
enum run_result run_judge(const struct run *run);

/* run_targets.c: what a step is for. -1: why. An empty list is an error. */
int step_targets(const struct run_step *step, struct arena *arena, struct value *ret_targets,
                 struct soar_err *err);

/* A list of targets in the making. */
struct target_list {
    const struct run_step *step;
    struct arena *arena;
    struct value_builder items;
    struct value_builder keys; /* a set: each target once */
};
void target_add(struct target_list *list, const char *key, const char *name, struct value_builder *target);
/* By its key, its name, or its name at a place: is it among those that the run is for alone? */
bool target_is_wanted(const struct run *run, const char *key, const char *name, const char *placed);
void target_copy(struct value_builder *target, struct arena *arena,
                 const struct value *map); /* begins with it */
/* It will end like this, before anybody speaks to it. */
void target_ends(struct value_builder *target, struct arena *arena, enum task_outcome outcome,
                 const char *why);
char *target_key(struct arena *arena, const char *kind, const char *name); /* "kind:name" in lower case */
/* The machine meant by an alert's host; NULL with how a task on it ends, and why. */
const struct site_host *target_host(struct target_list *list, const struct value *host, const char *name,
                                    enum task_outcome *ret_outcome, const char **ret_why);
bool target_os_fits(const struct target_list *list, const char *os);

/* How a name that can be nobody's is shown: too long a one is cut, between characters. */
const char *target_shown(struct arena *arena, const char *name);

/* run_users.c: a person, at each place where a provider works at his account. */
void targets_add_user(struct target_list *list, const struct value *item);

/* run_addresses.c: an address, or those of a host of an alert, at each service that works on addresses. */
void targets_add_address(struct target_list *list, const struct value *item);

/* run_place.c: where a target is worked at, as it was frozen: a directory, a host where an account is, a
 * service. */
const struct value *place_map(const struct value *target,
                              const char *kind); /* "directory", "host", "service"; or NULL */
/* The place of a task by this provider: "" for a host's own. */
const char *place_of(const struct value *target, const struct pack_provider *provider);
struct attempt_at place_at(const struct value *target, const struct pack_provider *provider);
/* attempt_choose() with what was frozen; where the site has two services of the kind it asks for, DENIED is
 * the error's class. */
int place_choose(const struct pack *pack, size_t from, const struct value *target, struct arena *arena,
                 size_t *ret_index, struct soar_err *err);
/* The canonical key of a person at a place, by the id that find has given: "user:PLACE/ID"; as it was called
 * where there is none. */
const char *place_row(const struct run_task *task, const struct value *id, struct arena *arena);
/* What a task of this release or recheck is called: as the row's target was when it was frozen. */
const char *about_key(const struct run_about *about);
/* run_person.c: is this account the alert's person's? WAIT: not all directories have looked for him yet.
 * UNSURE: held by person_rule until people say so, with why. */
enum person_verdict { PERSON_SURE, PERSON_UNSURE, PERSON_WAIT };
extern const char person_rule[];
enum person_verdict person_judge(const struct run_task *task, struct arena *arena, const char **ret_why);
/* The tasks of the same name in its step, side by side in run->tasks. */
void task_siblings(const struct run_task *task, size_t *ret_first, size_t *ret_end);
/* The services that the pack asks for, into a target. */
void place_put_services(const struct run_step *step, struct value_builder *target);
bool pack_works_at(const struct pack *pack, enum pack_over over);

/* run_told.c: what a step gave, a line for each target. */
const char *step_told(const struct run_step *step, struct arena *arena);

/* run_scope.c: names in a playbook's expressions. */
struct run_scope {
    const struct run *run;
    const struct value *target; /* or NULL */
    struct cel_scope scope;     /* points to this struct: don't move it */
};
void run_scope_init(struct run_scope *scope, const struct run *run, const struct value *target);

/* step_next.c, task_next.c, trial.c */
void step_next(struct run_step *step, int64_t now_ms, struct effect_list *effects);
void task_next(struct run_task *task, int64_t now_ms, struct effect_list *effects);
int64_t task_due(const struct run_task *task);
void trial_begin(struct run_task *task, struct effect_list *effects, int64_t now_ms);
void trial_next(struct run_task *task, int64_t now_ms, struct effect_list *effects);
void trial_close(struct run_task *task, struct effect_list *effects, int64_t now_ms);
void trial_fail(struct run_task *task, enum soar_class class, const char *why, int64_t now_ms,
                struct effect_list *effects);

/* Into what the ledger is told: whose row it is, where that isn't the event's own target. */
void trial_name_target(const struct run_task *task, struct value_builder *row);
void trial_attempt_again(struct run_task *task); /* with the trial's provider, from find */
void trial_free(struct run_task *task);
void trial_weigh(struct run_task *task, int64_t now_ms, struct effect_list *effects);
bool trial_phase_over(struct run_task *task, int64_t now_ms, struct effect_list *effects);
void trial_pend(struct run_task *task, enum task_pending pending, const char *why, int64_t now_ms,
                struct effect_list *effects);

/* run_evidence.c */
void evidence_begun(struct run_task *task, const struct event *event);
void evidence_kept(struct run_task *task, const struct event *event);
int evidence_check(const struct run_task *task, const struct event *event, struct soar_err *err);
bool task_call_collects(const struct run_task *task, int position);
/* What it was to collect is not there yet, and that is all: nothing about it is in doubt. */
bool task_only_lacks_evidence(const struct run_task *task);

/* task_end.c */
void task_end(struct run_task *task, enum task_outcome outcome, const char *why, int64_t now_ms,
              struct effect_list *effects);

void task_end_absent(struct run_task *task, enum task_outcome outcome, const char *why, int64_t now_ms,
                     struct effect_list *effects);
/* In a plan: what it would do in earnest stands in `why`. */
void task_end_would(struct run_task *task, const char *why, int64_t now_ms,
                    struct effect_list *effects); /* its place doesn't know the target */

/* run_apply.c: the containment that a task.opened of a release is for, or NULL. */
const struct run_about *run_about_of(const struct run *run, const struct event *opened);

struct run_step *run_step_find(const struct run *run, const char *name);
struct run_task *step_task(const struct run_step *step, const char *item, const char *key, bool undo);
struct run_task *task_add(struct run_step *step, const char *key, const char *item, bool undo);
struct value value_merge(struct arena *arena, const struct value *under, const struct value *over);

#endif
