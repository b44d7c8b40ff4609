/* The pool of workers that fetch is one of its own: neither its bounds nor its trouble are a run's. A server
 * that hangs is the business of a timer; nothing here waits. */
#include "soard/repositories.h"

#include <event2/event.h>
#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/loop/pool.h"
#include "engine/verbs/sources.h"
#include "soard/daemon.h"
#include "soard/tell.h"

enum { AT_ONCE = 4 }; /* repositories that are fetched: each a worker with a pack in memory */

static void changed(void *arg, const char *name)
{
    struct daemon *daemon = arg;
    BUF_SCOPED mistakes = {0};

    (void)name;
    daemon_replace(daemon, wiring_again(daemon->now, &mistakes));
    tell_lines(LOG_WARNING_LEVEL, &mistakes);
}

static void wake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

int repositories_open(struct daemon *daemon, struct soar_err *err)
{
    const struct pool_options options = {.base = daemon->base, .workers_max = AT_ONCE};
    struct sources_config config = {.world = world_system(),
                                    .state = daemon->state_dir,
                                    .loop = daemon->loop,
                                    .changed = changed,
                                    .arg = daemon,
                                    .caller = pool_new(&options, err)};

    if (!config.caller)
        return -1;
    daemon->sources = sources_new(&config);
    daemon->ask = evtimer_new(daemon->base, wake, NULL);
    if (!daemon->ask)
        return soar_err_set(err, SOAR_PERMANENT, "no timer can be made");
    repositories_use(daemon, "soard");
    return 0;
}

void repositories_close(struct daemon *daemon)
{
    sources_free(daemon->sources);
    if (daemon->ask)
        event_free(daemon->ask);
    daemon->sources = NULL;
    daemon->ask = NULL;
}

void repositories_use(struct daemon *daemon, const char *by)
{
    const struct wiring *now = daemon->now;
    const struct sources_site with = {.site = now->site, .policy = now->policy, .shelf = now->shelf};

    sources_use(daemon->sources, &with, by);
}

void repositories_turned(struct daemon *daemon)
{
    const struct world *world = world_system();

    if (daemon->stopping)
        return;
    sources_turn(daemon->sources);
    int64_t due_ms = sources_due(daemon->sources);

    if (due_ms == INT64_MAX)
        return;
    int64_t left_ms = due_ms - world->boot_ms(world->arg);
    struct timeval span = {.tv_sec = left_ms > 0 ? left_ms / 1000 : 0,
                           .tv_usec = left_ms > 0 ? left_ms % 1000 * 1000 : 0};

    evtimer_add(daemon->ask, &span);
}
