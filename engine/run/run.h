/* The run: a pure state machine, the fold of its journal events.
 *
 * As it should go: the loop makes a run with run_new() from a playbook (or, for a release, from
 * containments), appends run.started, and from then on asks run_next() what should happen: events to journal,
 * locks to take, calls to make. It does that, tells the run what came of it (run_locked, run_judged,
 * run_heard), and asks again until the list is empty; then it sleeps until run_due(). Each event goes through
 * run_apply(), live and on restart alike.
 *
 * As it goes wrong: nothing here knows of crashes. After one, the loop folds the journal with run_apply(),
 * answers each call that was intended and not answered with `unknown`, and asks run_next() as on any other
 * day. What was only in the scratch of a try (locks, progress, answers of reads) is gone, and a new try
 * begins by looking.
 *
 * No clock, no I/O, no randomness: time comes in as `now`. A run belongs to one thread. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "engine/action/attempt.h"
#include "engine/base/event.h"
#include "engine/playbook/playbook.h"
#include "engine/policy/policy.h"

/* A recheck looks at a containment that is in force, as its holder's run pinned it, and puts it back if it is
 * not; it holds nothing itself. */
enum run_kind { RUN_PLAYBOOK, RUN_RELEASE, RUN_RECHECK, RUN_KIND_COUNT };
enum run_mode { MODE_REAL, MODE_DRY, MODE_PLAN }; /* dry: reads only; plan: no call at all */
enum run_state { RUN_NEW, RUN_RUNNING, RUN_CANCELLING, RUN_ROLLING_BACK, RUN_ENDED };
enum run_result {
    RESULT_NONE,
    RESULT_COMPLETED,
    RESULT_PARTIAL,
    RESULT_FAILED,
    RESULT_CANCELLED,
    RESULT_COUNT
};
enum step_state { STEP_WAITING, STEP_OPEN, STEP_PASSED, STEP_ENDED };
enum step_result {
    STEP_NONE,
    STEP_SUCCEEDED,
    STEP_PARTIAL,
    STEP_FAILED,
    STEP_REFUSED,
    STEP_UNSUPPORTED,
    STEP_SKIPPED,
    STEP_RESULT_COUNT
};
enum task_state {
    TASK_WAITING, /* for its lane, its lock, or a new try */
    TASK_WEIGHED, /* looked at; the guard-rails are next */
    TASK_HELD,    /* a person is asked */
    TASK_ACTING,  /* a call was intended */
    TASK_PROVING, /* the last call is done */
    TASK_RESTING, /* until a time, for another try */
    TASK_PENDING, /* a standing order: offline, underway, in doubt */
    TASK_ENDED,
    TASK_STATE_COUNT
};
enum task_pending { PENDING_NONE, PENDING_UNDERWAY, PENDING_DOUBT, PENDING_OFFLINE, PENDING_COUNT };

const char *run_kind_name(enum run_kind kind);
enum run_kind run_kind_of(const struct value *started); /* by the body of run.started */
const char *run_state_name(enum run_state state);
const char *run_result_name(enum run_result result);
const char *step_result_name(enum step_result result);
const char *task_state_name(enum task_state state);
const char *task_pending_name(enum task_pending pending);

struct run;
struct trial; /* the scratch of one try (engine/run/trial.h) */

/* What the ledger says when a task gets its lock. */
struct run_grant {
    bool row;           /* the ledger has this containment (perhaps or held) */
    struct value prior; /* of the row, or null */
    struct value kept;  /* of the row: a map */
    bool barred;        /* a release has barred this target since the task was opened */
    const char *others; /* runs that hold it besides the one(s) being freed: "R-209, R-211"; NULL: none */
    const char *holder; /* a run that holds it, for "already isolated, by R-198"; NULL: none */
};

struct run_freed {
    const char *rule; /* "": any */
    const struct run_freed *next;
};

/* What a call of a task collects, or has collected. */
struct run_evidence {
    const char *id;     /* "E-77" */
    struct value begun; /* the body of evidence.begun */
    int64_t begun_ms;
    bool kept; /* the writer has answered: what follows is known */
    bool whole;
    const char *why; /* it isn't whole */
    int64_t bytes;
    const char *sha256; /* "" where nothing was kept */
    int64_t kept_ms;
    struct run_evidence *next;
};

struct run_task {
    struct run *run;
    struct run_step *step;
    size_t index;    /* in run->tasks: a number for its life */
    const char *key; /* the target's, as it was called: "host:web-01", "user:corp-ad/jdoe" */
    const char *row; /* its canonical key, once find has said who it is: "user:corp-ad/6acde85a-…"; or NULL */
    const char *name; /* as people know it */
    const char *item;
    bool undo;
    struct value target; /* as frozen in step.opened */
    const struct pack *pack;
    const struct run_about *about; /* of a release or recheck: the containment it is for, else NULL */
    size_t provider;               /* index in the pack */
    bool provider_set;
    const char *place; /* where it began: run_task_place() says where it is at */
    struct value args; /* canonical, as journaled */

    enum task_state state;
    int tries;    /* the last try's number */
    int failures; /* retries used up */
    int64_t opened_ms;
    int64_t due_ms; /* resting, pending: when to look again */
    enum task_pending pending;
    int pendings;
    int64_t pending_until_ms;
    const char *why; /* the latest reason, for people */

    bool intended;     /* it had an intent, ever */
    bool in_doubt;     /* an intent's answer is unknown and no look has decided since */
    bool wrote;        /* a writing call was done */
    int open_position; /* of the call intended and not ended; 0: none */
    int open_try;
    int64_t open_deadline_ms;
    int64_t acted_ms;      /* when the last writing call was done */
    int64_t lost_until_ms; /* a call whose answer is unknown may still act until then */
    uint64_t once_done;
    uint64_t once_skip;
    int doubt_position;           /* a `once` whose answer is unknown; 0: none */
    enum attempt_verdict verdict; /* of the last look */
    struct value found_id;
    struct value facts;
    struct value kept;
    struct value prior;
    const char *ask;               /* held: whose answer it waits for */
    const char *held_by;           /* the rule it was held by the last time */
    const struct run_freed *freed; /* rules that people let it pass */
    bool denied;                   /* people said no */
    bool said_done;                /* people said: it is done (a doubt that no look could decide) */
    bool end_known;                /* task.opened said how it ends (outcome, why) */
    bool again;                    /* a person said: make the call in doubt again */

    struct run_evidence *evidence; /* in the order of beginning: only the last can be open */

    enum task_outcome outcome; /* once ended */
    bool absent;               /* ended, for its place doesn't know the target */
    bool would;                /* ended, since a plan does nothing: in earnest it would have gone on */
    struct value holder;       /* map or null: as in task.ended */
    int64_t ended_ms;

    int64_t changed_n;   /* the last event of its own */
    bool barred;         /* a release was asked for meanwhile: scratch */
    struct trial *trial; /* scratch; NULL between tries */
};

struct run_step {
    struct run *run;
    size_t index;
    const char *name;
    const char *action;
    const struct pack *pack;
    const struct playbook_step *plan; /* NULL for a release's or recheck's */
    enum step_state state;
    enum step_result result;
    bool enough; /* enough targets are changed or already */
    bool skipped_by_when;
    struct value targets; /* as in step.opened */
    const char *why;
    size_t task_count;
    size_t task_size;
    struct run_task **tasks;
    size_t trial_count; /* of its tasks, going on now: scratch */
    int64_t opened_ms;
    int64_t ended_ms;
};

/* A containment a release or recheck is for: the ledger's key, and how it was done. */
struct run_about {
    const char *target;
    const char *name;
    const char *action;
    const char *provider;
    const char *place;
    const struct pack *pack; /* as the holder's run pinned it */
    struct value args;
    struct value host; /* the target as it was frozen then */
    size_t free_count; /* runs whose holders end when it is clear; of a recheck: none */
    const char *const *free_runs;
};

/* What a run needs of the world when it is made; all of it but id and `about`, which are copied, outlives the
 * run. */
struct run_input {
    const char *id;
    enum run_kind kind;
    const struct playbook *playbook; /* NULL for a release or recheck */
    size_t about_count;
    const struct run_about *about;
    const struct site *site;
    int64_t offline_ms;       /* how long an offline host is tried */
    int64_t offline_every_ms; /* first pause; doubles to ten times that */
    bool never_look;          /* of tests: the deliberate bug of acting without a look */
    /* Our addresses as this host sees them: from the configuration, else from our own routes. A list of {ip,
     * family}. */
    struct value (*management)(void *arg, const struct site_host *host, struct arena *arena);
    void *arg;
};

struct run {
    struct arena *arena; /* owned */
    struct run_input input;
    const char *id;
    enum run_mode mode;
    enum run_state state;
    enum run_result result;
    int64_t n; /* the last event applied */
    int64_t started_ms;
    int64_t ended_ms;
    int64_t changed_n; /* the last event the views have seen (engine/loop) */
    struct value vars;
    struct value alert;
    struct value started; /* the body of run.started */
    struct value only;    /* list of target names a retry is for, or null */
    const char *stop_why; /* no further step begins */
    size_t step_count;
    struct run_step *steps;
    size_t task_count;
    size_t task_size;
    struct run_task **tasks;
    void *tasks_by_key; /* tsearch(3) */
    int64_t calls;      /* numbers given to calls so far: scratch */
};

/* Have people said yes to what this rule stopped? */
bool run_task_freed(const struct run_task *task, const char *rule);

struct run *run_new(const struct run_input *input) __attribute__((warn_unused_result));
void run_free(struct run *run);

/* Does the event fit where the run stands? A journal from a disk is asked this before run_apply(), which
 * asserts it. */
int run_check(const struct run *run, const struct event *event, struct soar_err *err)
    __attribute__((warn_unused_result));

/* What an event means. The event's strings must outlive the call only: what is kept is copied. */
void run_apply(struct run *run, const struct event *event);

enum effect_kind {
    EFFECT_EVENT,  /* journal this, and apply it at once */
    EFFECT_LOCK,   /* take the task's lock; run_locked() when it has it */
    EFFECT_UNLOCK, /* give it back, at at_ms at the earliest */
    EFFECT_GRANT,  /* another provider's turn: what the ledger says of it; run_locked() again, the lock stays
                    */
    EFFECT_JUDGE,  /* guard-rails: run_judged() in this same turn */
    EFFECT_CALL,   /* make this call; run_heard() when it is answered. A write only when all events so far are
                      durable */
    EFFECT_CLOSE,  /* the task's worker isn't needed any more */
    EFFECT_ASK,    /* open a question for people in the run's own stream; run_apply of its event goes on */
    EFFECT_COUNT
};

struct effect {
    enum effect_kind kind;
    struct run_task *task; /* NULL for events of the run or a step */
    enum event_kind event;
    const char *step;
    const char *item;
    const char *target; /* of CALL: where in its pack the call stands */
    struct value body;
    struct attempt_call call; /* of CALL */
    int64_t at_ms;            /* of UNLOCK: a lost call may act until then; of CALL: its deadline */
    int64_t number;           /* of CALL: what run_heard() is given back */
};

struct effect_list {
    struct arena *arena; /* of one turn */
    size_t count;
    size_t size;
    struct effect *items;
};

/* What should happen next. An event in the list must be applied before the next call of run_next(); the list
 * is empty when there is nothing to do before run_due() or an answer. */
void run_next(struct run *run, int64_t now_ms, struct effect_list *effects);
/* The same for one task: the loop asks right after run_judged(), so that verdict and intent are one step. */
void run_next_of(struct run_task *task, int64_t now_ms, struct effect_list *effects);
/* When to ask again; INT64_MAX: only an answer, a lock or a person can move it. */
int64_t run_due(const struct run *run);
/* Nothing of it is out, and all that isn't ended waits for a person. */
bool run_waits_for_person(const struct run *run);

void run_locked(struct run_task *task, const struct run_grant *grant, int64_t now_ms);
void run_judged(struct run_task *task, const struct policy_answer *answer);
void run_heard(struct run_task *task, int64_t number, const struct soar_answer *answer, int64_t now_ms);

/* Its evidence that is begun and not kept, or NULL: no try begins before it is kept. */
const struct run_evidence *run_task_collecting(const struct run_task *task);

/* The key of a task in the views and in task.id: "step/item/target/way". */
const char *run_task_path(const struct run_task *task, struct arena *arena);
const struct pack_provider *run_task_provider(const struct run_task *task); /* NULL before one was chosen */
/* The canonical key, as far as it is known: the ledger's rows, locks and budgets go by it. */
const char *run_task_row(const struct run_task *task);
/* Is the task about this target, by its canonical key, or as a row's frozen target (`host`) was called? */
bool run_task_is_of(const struct run_task *task, const char *target, const struct value *host);
/* As people tell it from others: "jdoe@corp-ad"; its name, where it has no place. */
const char *run_task_called(const struct run_task *task, struct arena *arena);
/* Where it works by that provider: a directory's, host's or service's name; "": at its target itself. */
const char *run_task_place(const struct run_task *task);
/* The one its try is at: before task.checked another than the journal knows. */
const struct pack_provider *run_task_provider_now(const struct run_task *task);
struct run_task *run_task_find(const struct run *run, const char *step, const char *item, const char *target,
                               bool undo);

/* Events the loop writes for people and on restart. */
void run_event_unknown(const struct run_task *task, const char *why, struct effect *ret_effect,
                       struct arena *arena);

/* In a plan or dry run a task that a rule would stop for people ends as skipped, and its reason begins like
 * this. */
#define RUN_WOULD_BE_HELD "would be held by "

/* Names in expressions of a playbook: alert, vars, steps, run and (per task) target. */
struct value run_steps_value(const struct run *run, struct arena *arena);

#endif
