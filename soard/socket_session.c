/* One connection, one request, one answer. The peer is known by its uid and by nothing it says; what it says
 * is bounded and held against the verb's parameters; what it doesn't read is bounded, too: live lines are
 * dropped before the answer is. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/log.h"
#include "soard/desk.h"
#include "soard/socket.h"
#include "soard/socket_parts.h"

enum {
    ASK_S = 10,                 /* for the request to arrive */
    READ_S = 60,                /* for a piece of the answer to be read */
    UNREAD_BYTES = 1024 * 1024, /* of live lines */
    PERSON_BYTES = 256,
    PASSWD_BYTES = 4096
};

struct socket_session {
    struct socket_server *server;
    struct bufferevent *events;
    struct desk_case *asked; /* NULL: nothing yet, or answered */
    bool closing;            /* ends when all is written */
    uid_t uid;
    unsigned roles;
    char by[PERSON_BYTES];
    struct socket_session *next;
};

void session_end(struct socket_session *session)
{
    struct socket_server *server = session->server;

    for (struct socket_session **at = &server->sessions; *at; at = &(*at)->next)
        if (*at == session) {
            *at = session->next;
            server->count--;
            break;
        }
    if (session->asked)
        desk_leave(session->asked);
    bufferevent_free(session->events);
    free(session);
}

static void send_line(struct socket_session *session, struct value_builder *map)
{
    BUF_SCOPED out = {0};
    struct value line = value_end_map(map);

    json_print(&out, &line);
    buf_char(&out, '\n');
    bufferevent_write(session->events, out.data, out.len);
}

static void send_error(struct socket_session *session, const struct soar_err *err, const char *mistakes)
{
    ARENA_SCOPED arena = arena_new();
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "error", value_text(arena, err->text));
    value_put_text(&map, "class", value_static(soar_class_name(err->class)));
    if (*mistakes)
        value_put_text(&map, "mistakes", value_text(arena, mistakes));
    session->closing = true;
    send_line(session, &map);
}

static void on_live(void *arg, const char *text, size_t len)
{
    struct socket_session *session = arg;
    ARENA_SCOPED arena = arena_new();
    struct value_builder map;

    if (evbuffer_get_length(bufferevent_get_output(session->events)) > UNREAD_BYTES)
        return;
    value_build(&map, arena);
    value_put_text(&map, "live", value_string(arena, text, len));
    send_line(session, &map);
}

static void on_done(void *arg, const struct desk_answer *answer)
{
    struct socket_session *session = arg;
    ARENA_SCOPED arena = arena_new();
    struct value_builder map;

    session->asked = NULL;
    if (answer->err->class != SOAR_DONE) {
        send_error(session, answer->err, answer->mistakes);
        return;
    }
    value_build(&map, arena);
    value_put_text(&map, "answer", *answer->answer);
    value_put_text(&map, "exit", value_int(answer->exit));
    if (*answer->mistakes)
        value_put_text(&map, "mistakes", value_text(arena, answer->mistakes));
    session->closing = true;
    send_line(session, &map);
}

static void read_style(const struct value *style, struct arena *arena, struct desk_request *ret_request)
{
    const struct world *world = world_system();

    ret_request->style = (struct report_style){
        .now_ms = world->wall_ms(world->arg),
        .offset_s = (int)value_get_int(style, "offset_s", 0),
        .color = value_get_bool(style, "color", false),
        .tool = arena_string(arena, value_get_string(style, "tool", "soarctl")),
    };
    ret_request->terminal = value_get_bool(style, "terminal", false);
    ret_request->live = value_get_bool(style, "live", false) ? on_live : NULL;
}

/* From the line to what the desk is asked. */
static int read_request(struct socket_session *session, struct arena *arena, const char *line, size_t len,
                        struct desk_request *ret_request, struct soar_err *err)
{
    struct value document;

    if (json_parse(arena, line, len, &document, err))
        return soar_err_wrap(err, "the request");
    const char *name = value_get_string(&document, "verb", "");
    const struct value *request = value_get(&document, "request");
    const struct verb *verb = verb_find(name);
    bool preview = value_get_bool(&document, "preview", false);

    if (!verb || (preview && !verb->preview))
        return soar_err_set(err, SOAR_INVALID, "soard %s knows no verb '%.40s'", SOAR_VERSION, name);
    *ret_request = (struct desk_request){
        .verb = verb,
        .preview = preview,
        .request = request ? *request : value_null(),
        .arena = arena,
        .by = arena_string(arena, session->by),
        .roles = session->roles,
        .done = on_done,
        .arg = session,
    };
    read_style(value_get(&document, "style"), arena, ret_request);
    return verb_check_request(verb, &ret_request->request, err);
}

static void take_line(struct socket_session *session, const char *line, size_t len)
{
    struct arena *arena = arena_new();
    struct desk_request request;
    struct soar_err err = {0};

    if (read_request(session, arena, line, len, &request, &err)) {
        arena_free(arena);
        err.class = SOAR_INVALID;
        send_error(session, &err, "");
        return;
    }
    bufferevent_set_timeouts(session->events, NULL, &(struct timeval){.tv_sec = READ_S});
    session->asked = desk_begin(session->server->daemon, &request);
}

static void on_read(struct bufferevent *events, void *arg)
{
    struct socket_session *session = arg;
    struct evbuffer *input = bufferevent_get_input(events);
    size_t len = 0;

    if (session->asked || session->closing) { /* one request is what a connection is for */
        evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    char *line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);
    if (line && len <= SOCKET_LINE_BYTES) {
        take_line(session, line, len);
    } else if (line || evbuffer_get_length(input) > SOCKET_LINE_BYTES) {
        struct soar_err err = {0};
        soar_err_set(&err, SOAR_INVALID, "the request is beyond %d bytes", SOCKET_LINE_BYTES);
        send_error(session, &err, "");
    }
    free(line);
}

static void on_written(struct bufferevent *events, void *arg)
{
    struct socket_session *session = arg;

    (void)events;
    if (session->closing)
        session_end(session);
}

/* Gone, or too slow. */
static void on_end(struct bufferevent *events, short what, void *arg)
{
    (void)events;
    (void)what;
    session_end(arg);
}

/* Root and soard's own account may do whatever they like to this machine; but to be an approver is to be a
 * person, and these are none. */
static int know_peer(struct socket_session *session, int fd, struct soar_err *err)
{
    struct ucred peer;
    socklen_t len = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
        return soar_err_set(err, SOAR_DENIED, "the system does not say who you are");
    session->uid = peer.uid;
    const struct site_person *person = site_person_of_uid(session->server->daemon->now->site, peer.uid);
    if (peer.uid == 0 || peer.uid == geteuid()) {
        char texts[PASSWD_BYTES];
        struct passwd entry, *found = NULL;
        getpwuid_r(peer.uid, &entry, texts, sizeof texts, &found);
        session->roles = ROLE_VIEWER | ROLE_OPERATOR | ROLE_ADMIN;
        snprintf(session->by, sizeof session->by, "%.128s (uid %u)",
                 person  ? person->name
                 : found ? found->pw_name
                         : "somebody",
                 peer.uid);
        return 0;
    }
    if (!person)
        return soar_err_set(err, SOAR_DENIED, "uid %u is nobody here; add them under `people:`", peer.uid);
    session->roles = person->roles;
    snprintf(session->by, sizeof session->by, "%.128s (uid %u)", person->name, peer.uid);
    return 0;
}

static bool has_too_many(const struct socket_session *session)
{
    size_t count = 0;

    for (const struct socket_session *one = session->server->sessions; one; one = one->next)
        count += one->uid == session->uid;
    return session->uid != 0 && session->uid != geteuid() && count > SOCKET_SESSIONS_OF_ONE;
}

void session_begin(struct socket_server *server, int fd)
{
    struct socket_session *session = calloc(1, sizeof *session);
    struct soar_err err = {0};

    if (!session)
        abort();
    *session = (struct socket_session){.server = server, .next = server->sessions};
    session->events = bufferevent_socket_new(server->daemon->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!session->events)
        abort();
    server->sessions = session;
    server->count++;
    bufferevent_setcb(session->events, on_read, on_written, on_end, session);
    bufferevent_setwatermark(session->events, EV_READ, 0, SOCKET_LINE_BYTES + 2);
    bufferevent_set_timeouts(session->events, &(struct timeval){.tv_sec = ASK_S},
                             &(struct timeval){.tv_sec = READ_S});
    if (know_peer(session, fd, &err)) {
        log_warning("socket: %s", err.text);
        send_error(session, &err, "");
    } else if (has_too_many(session)) {
        soar_err_set(&err, SOAR_TRANSIENT, "%d requests of yours are being served: try again later",
                     SOCKET_SESSIONS_OF_ONE);
        send_error(session, &err, "");
    }
    bufferevent_enable(session->events, EV_READ | EV_WRITE);
}
