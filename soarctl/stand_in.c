/* The stand-in's connections: bytes in, requests to who hears them, answers out. */
#include "soarctl/stand_in.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum { URL_BYTES = 40 };

struct talk { /* one connection */
    struct stand_in *server;
    struct bufferevent *stream;
    bool hangs;
    bool told_to_go_on;
    TAILQ_ENTRY(talk) entry;
};

struct stand_in {
    struct evconnlistener *listener;
    char url[URL_BYTES];
    struct stand_in_play play;
    TAILQ_HEAD(, talk) talks;
};

static void end_talk(struct talk *talk)
{
    TAILQ_REMOVE(&talk->server->talks, talk, entry);
    bufferevent_free(talk->stream);
    free(talk);
}

static void bad(struct talk *talk, const char *why)
{
    static const char answer[] = "HTTP/1.1 400 No request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    const struct stand_in_play *play = &talk->server->play;

    bufferevent_disable(talk->stream, EV_READ);
    bufferevent_write(talk->stream, answer, sizeof answer - 1);
    if (play->bad)
        play->bad(play->arg, why);
}

/* False: the connection is gone. */
static bool heard(struct talk *talk, const struct contract_request *request)
{
    const struct stand_in_play *play = &talk->server->play;
    const struct contract_answer *answer = play->hear ? play->hear(play->arg, request) : NULL;
    BUF_SCOPED out = {0};

    if (answer && answer->cut) {
        end_talk(talk);
        return false;
    }
    if (answer && answer->hang) {
        talk->hangs = true;
        return true;
    }
    stand_in_print(answer, &out);
    bufferevent_write(talk->stream, buf_string(&out), out.len);
    return true;
}

static void on_bytes(struct bufferevent *stream, void *arg)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct talk *talk = arg;
    struct evbuffer *in = bufferevent_get_input(stream);

    while (evbuffer_get_length(in) && !talk->hangs) {
        ARENA_SCOPED arena = arena_new();
        size_t len = evbuffer_get_length(in);
        struct contract_request request;
        const char *why = NULL;
        bool waits = false;
        size_t used = 0;
        int whole =
            stand_in_read(arena, (const char *)evbuffer_pullup(in, -1), len, &request, &used, &waits, &why);

        if (whole < 0) {
            bad(talk, why);
            return;
        }
        if (whole == 0) {
            if (waits && !talk->told_to_go_on)
                bufferevent_write(stream, go_on, sizeof go_on - 1);
            talk->told_to_go_on = waits;
            return;
        }
        talk->told_to_go_on = false;
        evbuffer_drain(in, used);
        if (!heard(talk, &request))
            return;
    }
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        end_talk(arg);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int len,
                          void *arg)
{
    struct stand_in *server = arg;
    struct talk *talk = calloc(1, sizeof *talk);

    (void)from;
    (void)len;
    if (!talk)
        abort();
    talk->server = server;
    talk->stream = bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    if (!talk->stream)
        abort();
    TAILQ_INSERT_TAIL(&server->talks, talk, entry);
    bufferevent_setcb(talk->stream, on_bytes, NULL, on_event, talk);
    bufferevent_enable(talk->stream, EV_READ | EV_WRITE);
}

struct stand_in *stand_in_new(struct event_base *base, struct soar_err *err)
{
    struct stand_in *server = calloc(1, sizeof *server);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;

    if (!server)
        abort();
    TAILQ_INIT(&server->talks);
    server->listener =
        evconnlistener_new_bind(base, on_connection, server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                -1, (struct sockaddr *)&at, sizeof at);
    if (!server->listener ||
        getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&at, &len)) {
        soar_err_set(err, SOAR_PERMANENT, "the stand-in can't listen on 127.0.0.1: %s", strerror(errno));
        stand_in_free(server);
        return NULL;
    }
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%u", (unsigned)ntohs(at.sin_port));
    return server;
}

void stand_in_play(struct stand_in *server, const struct stand_in_play *play)
{
    struct talk *next = NULL;

    for (struct talk *talk = TAILQ_FIRST(&server->talks); talk; talk = next) {
        next = TAILQ_NEXT(talk, entry);
        end_talk(talk);
    }
    server->play = play ? *play : (struct stand_in_play){0};
}

void stand_in_free(struct stand_in *server)
{
    if (!server)
        return;
    stand_in_play(server, NULL);
    if (server->listener)
        evconnlistener_free(server->listener);
    free(server);
}

const char *stand_in_url(const struct stand_in *server)
{
    return server->url;
}

bool stand_in_hangs(const struct stand_in *server)
{
    const struct talk *talk;

    TAILQ_FOREACH(talk, &server->talks, entry)
    {
        if (talk->hangs)
            return true;
    }
    return false;
}
