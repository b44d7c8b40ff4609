/* The stages of soard in one table: what is opened in which order, and the way back. Here, and nowhere else,
 * its rooms are wired to each other. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/log.h"
#include "engine/loop/pool.h"
#include "soarctl/files.h"
#include "soard/api.h"
#include "soard/daemon.h"
#include "soard/desk.h"
#include "soard/front_link.h"
#include "soard/notify.h"
#include "soard/repositories.h"
#include "soard/signals.h"
#include "soard/socket.h"
#include "soard/tell.h"
#include "state/journal_sqlite.h"

static int open_files(struct daemon *daemon, struct soar_err *err)
{
    BUF_SCOPED mistakes = {0};
    int answer = wiring_load(daemon->config_file, &daemon->now, &mistakes, err);

    if (answer == 0)
        log_set_format(daemon->now->site->log_json ? LOG_JSON : LOG_TEXT);
    tell_lines(answer ? LOG_ERROR_LEVEL : LOG_WARNING_LEVEL, &mistakes);
    return answer;
}

static void close_files(struct daemon *daemon)
{
    wiring_free(daemon->now); /* the latest first: it may share with an older one */
    daemon->now = NULL;
    while (daemon->old) {
        struct wiring *next = daemon->old->next;

        wiring_free(daemon->old);
        daemon->old = next;
    }
}

static int open_events(struct daemon *daemon, struct soar_err *err)
{
    daemon->base = event_base_new();
    if (!daemon->base)
        return soar_err_set(err, SOAR_PERMANENT, "no event loop: the system has no means to wait");
    return signals_open(daemon, err);
}

static void close_events(struct daemon *daemon)
{
    signals_close(daemon);
    if (daemon->base)
        event_base_free(daemon->base);
    daemon->base = NULL;
}

static int open_state(struct daemon *daemon, struct soar_err *err)
{
    struct journal_options options = {0};

    daemon->state_dir = arena_string(daemon->arena, files_state_dir(daemon->arena, NULL, daemon->now->site));
    if (files_make_parents(daemon->state_dir, err))
        return -1;
    return journal_open(daemon->state_dir, &options, &daemon->store, err);
}

static void close_state(struct daemon *daemon)
{
    if (daemon->store)
        daemon->store->ops->close(daemon->store);
    daemon->store = NULL;
}

static int open_workers(struct daemon *daemon, struct soar_err *err)
{
    struct pool_options options = {.base = daemon->base, .plugins = daemon->now->site->plugins};

    daemon->caller = pool_new(&options, err);
    return daemon->caller ? 0 : -1;
}

static void close_workers(struct daemon *daemon)
{
    if (daemon->caller)
        daemon->caller->ops->free(daemon->caller);
    daemon->caller = NULL;
}

static void on_event(void *arg, const struct run *run, const struct event *event)
{
    struct daemon *daemon = arg;

    tell_event(daemon, run, event);
    for (struct daemon_watcher *watcher = daemon->watchers, *next; watcher; watcher = next) {
        next = watcher->next; /* it may leave */
        if (watcher->watch.event)
            watcher->watch.event(watcher->watch.arg, run, event);
    }
}

static void on_progress(void *arg, const struct run_task *task, const char *stage, const char *json)
{
    struct daemon *daemon = arg;

    for (struct daemon_watcher *watcher = daemon->watchers, *next; watcher; watcher = next) {
        next = watcher->next;
        if (watcher->watch.progress)
            watcher->watch.progress(watcher->watch.arg, task, stage, json);
    }
}

static int open_loop(struct daemon *daemon, struct soar_err *err)
{
    daemon->watch = (struct loop_watch){.event = on_event, .progress = on_progress, .arg = daemon};
    struct loop_config config = {
        .store = daemon->store,
        .caller = daemon->caller,
        .world = world_system(),
        .site = daemon->now->site,
        .policy = daemon->now->policy,
        .shelf = daemon->now->shelf,
        .watch = &daemon->watch,
        .state = daemon->state_dir,
        .forget = true,
        .recheck = true,
    };

    daemon->loop = loop_new(&config);
    return loop_start(daemon->loop, err);
}

/* What is queued in the store is answered while the loop is there to hear it. */
static void close_loop(struct daemon *daemon)
{
    if (daemon->loop)
        loop_stop(daemon->loop);
    close_state(daemon);
    loop_free(daemon->loop);
    daemon->loop = NULL;
}

static const struct {
    const char *name;
    int (*open)(struct daemon *daemon, struct soar_err *err); /* NULL: it needs nothing */
    void (*close)(struct daemon *daemon);
} stages[] = {
    {"files", open_files, close_files},
    {"events", open_events, close_events},
    {"desk", desk_open, desk_close},
    {"state", open_state, close_state},
    {"workers", open_workers, close_workers},
    {"loop", open_loop, close_loop},
    {"repositories", repositories_open, repositories_close},
    {"api", NULL, api_close},
    {"front", front_open, front_close},
    {"socket", socket_open, socket_close},
};

enum { STAGE_COUNT = sizeof stages / sizeof stages[0] };

int daemon_open(struct daemon *daemon, struct soar_err *err)
{
    const struct world *world = world_system();

    daemon->started_wall_ms = world->wall_ms(world->arg);
    daemon->started_boot_ms = world->boot_ms(world->arg);
    for (size_t i = 0; i < STAGE_COUNT; i++)
        if (stages[i].open && stages[i].open(daemon, err))
            return -1;
    return 0;
}

/* Closing what was not opened does nothing, so one way back serves every way in. */
void daemon_close(struct daemon *daemon)
{
    for (size_t i = STAGE_COUNT; i-- > 0;)
        stages[i].close(daemon);
}

void daemon_watch(struct daemon *daemon, struct daemon_watcher *watcher)
{
    watcher->next = daemon->watchers;
    daemon->watchers = watcher;
}

void daemon_unwatch(struct daemon *daemon, struct daemon_watcher *watcher)
{
    for (struct daemon_watcher **at = &daemon->watchers; *at; at = &(*at)->next)
        if (*at == watcher) {
            *at = watcher->next;
            return;
        }
}
