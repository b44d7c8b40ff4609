/* soard at work: turns the loop, does in between what signals and people asked for, and comes to a clean end:
 * the front drains, nothing begins, calls that are out get a few seconds. What is then still out is found as
 * unknown by the next start, which looks before it does anything. */
#include <event2/event.h>
#include <stdio.h>

#include "engine/base/log.h"
#include "engine/loop/drive.h"
#include "soard/api.h"
#include "soard/daemon.h"
#include "soard/desk.h"
#include "soard/front_link.h"
#include "soard/notify.h"
#include "soard/repositories.h"
#include "soard/socket.h"

enum { STOP_MS = 5000 }; /* well below the service manager's patience of 90 s */

void daemon_ask_stop(struct daemon *daemon)
{
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    log_info("stopping: nothing begins any more; calls that are out have %d s", STOP_MS / 1000);
    notify_say(daemon->notify, "STOPPING=1\nSTATUS=stopping");
    front_drain(daemon->front);
    loop_wind_down(daemon->loop);
    struct timeval span = {.tv_sec = STOP_MS / 1000};
    evtimer_add(daemon->grace, &span);
}

static void on_grace(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *daemon = arg;

    (void)fd;
    (void)what;
    daemon->stop = 1;
}

void daemon_ask_reload(struct daemon *daemon, const char *by)
{
    daemon->reload = true;
    snprintf(daemon->reload_by, sizeof daemon->reload_by, "%s", by);
}

const char *daemon_not_ready(const struct daemon *daemon)
{
    struct soar_err why;
    int64_t for_ms;

    if (daemon->stopping)
        return "soard is stopping";
    if (daemon->store->ops->stalled && daemon->store->ops->stalled(daemon->store, &why, &for_ms))
        return "the journal can't be written now";
    return NULL;
}

static void take_up_reload(struct daemon *daemon)
{
    struct soar_err err = {0};

    daemon->reload = false;
    if (daemon->stopping)
        return;
    daemon->reload_failed = daemon_reload(daemon, daemon->reload_by, &err) != 0;
}

static bool turned(void *arg)
{
    struct daemon *daemon = arg;
    bool moved = false;

    if (daemon->reload)
        take_up_reload(daemon);
    if (daemon->old)
        daemon_forget_old(daemon);
    repositories_turned(daemon);
    moved = desk_turned(daemon) || moved;
    front_state(daemon);
    if (daemon->stopping && loop_quiet(daemon->loop) && front_quiet(daemon->front))
        daemon->stop = 1;
    return moved;
}

int daemon_run(struct daemon *daemon, struct soar_err *err)
{
    struct soar_err why = {0};

    daemon->grace = evtimer_new(daemon->base, on_grace, daemon);
    if (!daemon->grace)
        return soar_err_set(err, SOAR_PERMANENT, "no timer can be made");
    int answer = loop_drive_on(daemon->loop, daemon->base, turned, daemon, &daemon->stop);
    event_free(daemon->grace);
    daemon->grace = NULL;
    if (answer == 0)
        return 0;
    loop_failed(daemon->loop, &why);
    return soar_err_set(err, why.class, "the journal can't be written, so soard ends at once: %s", why.text);
}
