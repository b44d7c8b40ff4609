/* Everything that is open while one command runs, and the stages that open it.
 *
 * main() opens what the verb needs, stage by stage, calls the verb, and closes what is open in reverse: one
 * table, no second teardown. A stage that fails says why; those below it are then closed as after a run that
 * went well. */
#ifndef SOARCTL_APP_H
#define SOARCTL_APP_H

#include "engine/report/report_live.h"
#include "engine/verbs/verb.h"
#include "soarctl/args.h"

struct event;

struct app {
    const struct args *args;
    struct arena *arena; /* outlives all that is open */
    enum verb_needs needs;
    bool told;        /* live lines are wanted */
    bool *said_local; /* what is missing without soard was said */
    struct report_style style;
    struct buf mistakes; /* of files */

    struct site *site; /* NULL: none */
    struct pack_shelf *shelf;
    struct policy *policy;
    struct event_base *base;
    struct event *signals[2];
    int stop; /* a signal came */
    const char *state_dir;
    struct soar_store *store;
    struct soar_caller *caller;
    struct report_live *live;
    struct loop_watch watch;
    struct loop *loop;
};

/* Opens what `needs` asks for, in args' places; then the context for the verb is filled. */
int app_open(struct app *app, struct soar_err *err) __attribute__((warn_unused_result));
void app_close(struct app *app);
void app_context(struct app *app, struct verb_context *ret_context);

/* Where the record is: --state, SOAR_STATE, the configuration's, the usual place. */
const char *app_state_dir(const struct app *app);

/* app_state.c: stages of the journal, the real one and a plan's. */
int app_open_store(struct app *app, struct soar_err *err);
void app_close_store(struct app *app);

/* app_files.c: stages of what the operator wrote. */
int app_open_site(struct app *app, struct soar_err *err);
int app_open_packs(struct app *app, struct soar_err *err);
int app_open_policy(struct app *app, struct soar_err *err);

#endif
