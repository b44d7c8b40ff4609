/* The stages in one table: what is opened for which verb, and the way back. Here, and nowhere else, rooms are
 * wired to each other. */
#include "soarctl/app.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/loop/pool.h"
#include "soarctl/output.h"
#include "soarctl/self.h"
#include "soarctl/test.h"

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct app *app = arg;

    (void)number;
    (void)what;
    if (app->stop)
        _exit(EXIT_PARTLY); /* asked twice: the record is whole at any moment */
    app->stop = 1;
    event_base_loopbreak(app->base);
}

static int open_events(struct app *app, struct soar_err *err)
{
    static const int numbers[] = {SIGINT, SIGTERM};

    app->base = event_base_new();
    if (!app->base)
        return soar_err_set(err, SOAR_PERMANENT, "no event loop: the system has no means to wait");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && app->needs == NEEDS_DRIVE; i++) {
        app->signals[i] = evsignal_new(app->base, numbers[i], on_signal, app);
        if (app->signals[i])
            event_add(app->signals[i], NULL);
    }
    return 0;
}

static void close_events(struct app *app)
{
    for (size_t i = 0; i < sizeof app->signals / sizeof app->signals[0]; i++)
        if (app->signals[i])
            event_free(app->signals[i]);
    if (app->base)
        event_base_free(app->base);
    app->signals[0] = app->signals[1] = NULL;
    app->base = NULL;
}

static int open_workers(struct app *app, struct soar_err *err)
{
    struct pool_options options = {.base = app->base, .plugins = app->site ? app->site->plugins : NULL};

    if (app->needs == NEEDS_READ)
        return 0;
    app->caller = pool_new(&options, err);
    return app->caller ? 0 : -1;
}

static void close_workers(struct app *app)
{
    if (app->caller)
        app->caller->ops->free(app->caller);
    app->caller = NULL;
}

/* The first thing that happens to a run is told after what is missing here. */
static void on_event(void *arg, const struct run *run, const struct event *event)
{
    struct app *app = arg;

    if (!run)
        return;
    output_local(app->args, app->said_local);
    report_live_event(app->live, run, event);
}

static void on_progress(void *arg, const struct run_task *task, const char *stage, const char *json)
{
    report_live_progress(((struct app *)arg)->live, task, stage, json);
}

static int open_live(struct app *app, struct soar_err *err)
{
    struct report_live_config config = {
        .write = output_write, .terminal = output_terminal(), .style = app->style};

    (void)err;
    if (!app->told)
        return 0;
    app->live = report_live_new(&config);
    app->watch = (struct loop_watch){.event = on_event, .progress = on_progress, .arg = app};
    return 0;
}

static void close_live(struct app *app)
{
    report_live_free(app->live);
    app->live = NULL;
}

static int open_loop(struct app *app, struct soar_err *err)
{
    struct loop_config config = {
        .store = app->store,
        .caller = app->caller,
        .world = world_system(),
        .site = app->site,
        .policy = app->policy,
        .shelf = app->shelf,
        .watch = app->live ? &app->watch : NULL,
        .state = app_state_dir(app),
        .idle = app->needs == NEEDS_READ,
        .park = true,
    };

    app->loop = loop_new(&config);
    return loop_start(app->loop, err);
}

/* What is queued in the store is answered while the loop is there to hear it. */
static void close_loop(struct app *app)
{
    if (app->loop)
        loop_stop(app->loop);
    app_close_store(app);
    loop_free(app->loop);
    app->loop = NULL;
}

/* From which need on a stage is opened. */
static const struct {
    const char *name;
    enum verb_needs from;
    int (*open)(struct app *app, struct soar_err *err);
    void (*close)(struct app *app); /* NULL: the arena has it */
} stages[] = {
    {"site", NEEDS_PACKS, app_open_site, NULL},
    {"packs", NEEDS_PACKS, app_open_packs, NULL},
    {"policy", NEEDS_READ, app_open_policy, NULL},
    {"events", NEEDS_READ, open_events, close_events},
    {"state", NEEDS_READ, app_open_store, app_close_store},
    {"workers", NEEDS_READ, open_workers, close_workers},
    {"live", NEEDS_READ, open_live, close_live},
    {"loop", NEEDS_READ, open_loop, close_loop},
};

enum { STAGE_COUNT = sizeof stages / sizeof stages[0] };

int app_open(struct app *app, struct soar_err *err)
{
    for (size_t i = 0; i < STAGE_COUNT; i++)
        if (app->needs >= stages[i].from && stages[i].open(app, err))
            return -1;
    return 0;
}

/* Closing what was not opened does nothing, so one way back serves every way in. */
void app_close(struct app *app)
{
    for (size_t i = STAGE_COUNT; i-- > 0;)
        if (stages[i].close)
            stages[i].close(app);
}

void app_context(struct app *app, struct verb_context *ret_context)
{
    *ret_context = (struct verb_context){
        .arena = app->arena,
        .site = app->site,
        .policy = app->policy,
        .shelf = app->shelf,
        .store = app->store,
        .loop = app->loop,
        .base = app->base,
        .stop = &app->stop,
        .by = self_person(app->arena),
        .state = app_state_dir(app),
        .out = stdout,
        .tests = &test_kind,
        .program = app,
        .mistakes = &app->mistakes,
        .exit = EXIT_DONE,
    };
}
