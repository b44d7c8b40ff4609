/* The front's life: started, told its configuration, lost, started again. It is killed by its pid and reaped
 * here; it ends by itself when this end of the stream is closed. */
#include "soard/front_link.h"

#include <errno.h>
#include <event2/buffer.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/world.h"
#include "soar/front.h"
#include "soard/daemon.h"
#include "soard/front_part.h"

enum {
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MAX_MS = 30 * 1000,
    HEALTHY_MS = 60 * 1000, /* who lived so long is started again as quickly as the first time */
    READY_MS = 10 * 1000,
    END_MS = 2000, /* for its clients to get their answers */
    END_STEP_MS = 10,
};

static void arm(struct front_link *link, int64_t ms)
{
    struct timeval span = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    evtimer_add(link->timer, &span);
}

static int64_t boot_ms(void)
{
    const struct world *world = world_system();

    return world->boot_ms(world->arg);
}

/* Its socket is closed by now. At last it is killed: a process that doesn't end would keep the address. */
static void reap(pid_t pid, int64_t wait_ms)
{
    for (int64_t waited = 0; waited < wait_ms; waited += END_STEP_MS) {
        if (waitpid(pid, NULL, WNOHANG) == pid)
            return;
        nanosleep(&(struct timespec){.tv_nsec = END_STEP_MS * 1000000L}, NULL);
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static void shut(struct front_link *link, int64_t wait_ms)
{
    if (!link->child.pid)
        return;
    shutdown(link->child.fd, SHUT_RDWR); /* at once: the stream is freed by the next turn of the base */
    bufferevent_free(link->stream);
    reap(link->child.pid, wait_ms);
    front_read_noise(link->child.errors, EV_READ, link); /* its last words */
    event_free(link->noise);
    close(link->child.errors);
    arena_free(link->message_arena);
    buf_clear(&link->noise_line);
    link->stream = NULL;
    link->noise = NULL;
    link->message_arena = NULL;
    link->child = (struct pool_child){0};
    link->ready = false;
    link->told_once = false;
    front_slots_clear(link);
    evtimer_del(link->timer);
}

void front_lose(struct front_link *link, const char *why)
{
    if (link->ready && boot_ms() - link->ready_at_ms >= HEALTHY_MS)
        link->backoff_ms = 0;
    shut(link, 0);
    if (link->draining || link->daemon->stopping)
        return;
    link->backoff_ms = link->backoff_ms ? link->backoff_ms * 2 : BACKOFF_FIRST_MS;
    if (link->backoff_ms > BACKOFF_MAX_MS)
        link->backoff_ms = BACKOFF_MAX_MS;
    if (!link->failure[0])
        snprintf(link->failure, sizeof link->failure, "the front %s", why);
    log_error("the front %s; it is started again in %" PRId64 " s; what was answered is kept", why,
              link->backoff_ms / 1000);
    arm(link, link->backoff_ms);
}

void front_breach(struct front_link *link, const char *what)
{
    front_lose(link, what);
}

static void on_stream(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        front_lose(arg, "ended");
}

static void wiped(const void *bytes, size_t len, void *arg)
{
    (void)bytes;
    struct front_settings settings = {.line = arg, .len = len};

    front_settings_done(&settings);
}

/* The stream takes the line over, and wipes it when it was sent. */
static void send_settings(struct front_link *link, struct front_settings *settings)
{
    struct evbuffer *output = bufferevent_get_output(link->stream);

    if (evbuffer_add_reference(output, settings->line, settings->len, wiped, settings->line))
        front_settings_done(settings);
    *settings = (struct front_settings){0};
}

static int start(struct front_link *link, struct front_settings *settings, struct soar_err *err)
{
    char *libexec = pool_libexec(NULL);
    int answer = pool_spawn(libexec, NULL, "front", 0, &link->child, err);

    free(libexec);
    if (answer) {
        link->child = (struct pool_child){0};
        front_settings_done(settings);
        return -1;
    }
    link->stream = bufferevent_socket_new(link->daemon->base, link->child.fd, BEV_OPT_CLOSE_ON_FREE);
    link->noise =
        event_new(link->daemon->base, link->child.errors, EV_READ | EV_PERSIST, front_read_noise, link);
    if (!link->stream || !link->noise)
        abort();
    bufferevent_setcb(link->stream, front_read, NULL, on_stream, link);
    bufferevent_setwatermark(link->stream, EV_READ, 0, FRONT_LINE_BYTES + FRONT_BODY_BYTES);
    bufferevent_enable(link->stream, EV_READ | EV_WRITE);
    event_add(link->noise, NULL);
    send_settings(link, settings);
    arm(link, READY_MS);
    return 0;
}

/* Reads the secrets and starts. */
static int begin(struct front_link *link, const struct site *site, struct soar_err *err)
{
    struct front_settings settings = {0};

    return front_settings_read(site, &settings, err) || start(link, &settings, err) ? -1 : 0;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct front_link *link = arg;
    struct soar_err err = {0};

    (void)fd;
    (void)what;
    if (link->child.pid) {
        front_lose(link, "was not ready in time");
        return;
    }
    link->restarts++;
    if (begin(link, link->daemon->now->site, &err) == 0)
        return;
    snprintf(link->failure, sizeof link->failure, "%s", err.text);
    front_lose(link, "can't be started");
    log_error("front: %s", err.text);
}

int front_open(struct daemon *daemon, struct soar_err *err)
{
    struct front_link *link = calloc(1, sizeof *link);

    if (!link)
        abort();
    daemon->front = link;
    link->daemon = daemon;
    link->timer = evtimer_new(daemon->base, on_timer, link);
    if (!link->timer)
        abort();
    return daemon->now->site->listen ? begin(link, daemon->now->site, err) : 0;
}

int front_reload(struct daemon *daemon, const struct site *site, struct soar_err *err)
{
    struct front_link *link = daemon->front;
    struct front_settings settings = {0};

    if (!site->listen) {
        shut(link, END_MS);
        evtimer_del(link->timer);
        link->failure[0] = '\0';
        return 0;
    }
    if (front_settings_read(site, &settings, err))
        return -1;
    if (link->child.pid)
        send_settings(link, &settings);
    else if (start(link, &settings, err))
        return -1;
    return 0;
}

void front_drain(struct front_link *link)
{
    static const char line[] = "{\"type\":\"drain\"}\n";

    link->draining = true;
    evtimer_del(link->timer);
    front_send(link, line, strlen(line));
}

bool front_quiet(const struct front_link *link)
{
    return !link->stream ||
           (link->documents == 0 && evbuffer_get_length(bufferevent_get_output(link->stream)) == 0);
}

void front_close(struct daemon *daemon)
{
    struct front_link *link = daemon->front;

    if (!link)
        return;
    shut(link, END_MS);
    event_free(link->timer);
    buf_done(&link->noise_line);
    arena_free(link->counts_arena);
    free(link);
    daemon->front = NULL;
}

void front_status(const struct front_link *link, struct front_status *ret_status)
{
    *ret_status = (struct front_status){
        .wanted = link->daemon->now->site->listen != NULL,
        .ready = link->ready,
        .address = link->address,
        .failure = link->failure,
        .restarts = link->restarts,
        .unanswered = link->unanswered,
        .counts = link->counts_arena ? &link->counts : NULL,
    };
}
