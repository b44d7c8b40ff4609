/* One attempt at one task: walks the statements of a provider's phases, asks for calls, judges their answers.
 *
 * Pure: no clock, no I/O. The caller (engine/run) keeps the attempt in the scratch of one try; nothing of it
 * is journaled but what it leads to. As it goes: attempt_new(); attempt_begin(FIND), then attempt_next()
 * until it says ENDED, giving each CALL's answer to attempt_answer(); then CHECK, perhaps APPLY, then VERIFY
 * (falls back to the statements of check), each begun the same way. What a phase found stands in
 * attempt_result() until the next one begins. Names bound by `as` and `let` live to the end of the attempt.
 *
 * An error in an expression ends the phase as JUDGED_PERMANENT with the pack's place and the name. */
#ifndef ACTION_ATTEMPT_H
#define ACTION_ATTEMPT_H

#include "engine/action/pack.h"
#include "soar/call.h"

struct attempt;

enum attempt_verdict {
    VERDICT_NONE,
    VERDICT_SO,
    VERDICT_UNDERWAY,
    VERDICT_CLEAR,
    VERDICT_PARTLY,
    VERDICT_COUNT
};
const char *attempt_verdict_name(enum attempt_verdict verdict);

struct attempt_input {
    const struct pack *pack;
    const struct pack_provider *provider;
    struct value with;      /* canonical parameters */
    struct value target;    /* map: key, id, name, fqdn, os, address, port, management, facts */
    struct value directory; /* map or null */
    struct value service;   /* map or null */
    struct value host;      /* map or null: of a task at a host (`over: hosts`) */
    const char *run_id;
    const char *task_id; /* of this try */
    struct value prior;  /* the ledger's, or null: then `prior` statements are evaluated */
    struct value kept;   /* map: this task's over the ledger's */
    uint64_t once_done;  /* bit N: the `once` call at position N of apply is done */
    uint64_t once_skip;  /* bit N: in doubt and to be counted as done */
    int64_t timeout_ms;  /* of the try, from the playbook's step; 0: the provider's */
};

enum attempt_ask { ATTEMPT_CALL, ATTEMPT_WAIT, ATTEMPT_ENDED };

struct attempt_call {
    const struct pack_statement *statement;
    int position;
    const struct function *function;
    struct value args; /* rendered: what goes to the worker; a `secret` inside is {"secret": NAME} */
    int64_t deadline_ms;
};

struct attempt_result {
    enum pack_judgement judgement; /* DONE: the phase ran to its end (or `already`, `underway`, absent …) */
    const char *why;               /* when it isn't DONE */
    enum attempt_verdict verdict;  /* of check and verify */
    struct value kept;             /* map: what this phase kept (merged over all its statements) */
    struct value prior;            /* map or null: from find and check */
    struct value id;               /* of find: string or null */
    struct value facts;            /* map */
    bool refused;                  /* a `refuse`, or two that match: why says it */
    bool wrote;                    /* a writing call was asked for in this phase */
    int64_t retry_after_ms; /* when it isn't DONE: the far side asked us to wait so long; 0: it didn't */
};

struct attempt *attempt_new(struct arena *arena, const struct attempt_input *input);
void attempt_begin(struct attempt *attempt, enum pack_phase phase, int64_t now_ms);
/* What to do now. CALL: make it, then attempt_answer(). WAIT: call again at *ret_at_ms. */
enum attempt_ask attempt_next(struct attempt *attempt, int64_t now_ms, struct attempt_call *ret_call,
                              int64_t *ret_at_ms);
/* The answer to the last CALL. ret_kept (may be NULL) gets what this statement kept, as a map; the returned
 * judgement is of this call alone: what goes into call.ended. */
enum pack_judgement attempt_answer(struct attempt *attempt, const struct soar_answer *answer, int64_t now_ms,
                                   struct value *ret_kept, const char **ret_why);
const struct attempt_result *attempt_result(const struct attempt *attempt);

/* The place in the target's world changed its mind: adds to target.id and facts after find (done by
 * attempt_next itself for `one`); this one sets what a later try inherits from the journal (task.checked). */
void attempt_set_found(struct attempt *attempt, const struct value *id, const struct value *facts);

/* The provider that fits: its `when` over target (and directory, service or host) holds. -1 with UNSUPPORTED
 * and why if none. `from` is the first index to look at (after an earlier one said absent or unsupported). */
struct attempt_at { /* each a map, or NULL (or null): what the site has at the task's place */
    const struct value *directory;
    const struct value *service;
    const struct value *host;
};
int attempt_choose(const struct pack *pack, size_t from, const struct value *target,
                   const struct attempt_at *at, struct arena *arena, size_t *ret_index, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
