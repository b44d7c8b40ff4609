/* soard's messages and what they make of the front: a configuration taken in, a state noted, answers passed
 * on, the end. What soard says wrong is an end, too: a front that guesses would be worse than one that is
 * started anew. */
#include "soard/front/server.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/text.h"
#include "engine/base/world.h"
#include "soard/front/conn.h"

static const struct timeval count_every = {.tv_sec = 1};

int64_t server_boot_ms(void)
{
    const struct world *world = world_system();
    return world->boot_ms(world->arg);
}

int64_t server_wall_ms(void)
{
    const struct world *world = world_system();
    return world->wall_ms(world->arg);
}

static void on_count(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;
    (void)fd, (void)what;
    if (server->ending || (!server->counts.changed && server->open == server->open_counted))
        return;
    struct buf line;
    buf_init(&line, 0);
    counts_write(&server->counts, server->open, &line);
    link_send(&server->link, &line, NULL);
    server->counts.changed = false;
    server->open_counted = server->open;
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;
    (void)fd, (void)what;
    event_base_loopbreak(server->base);
}

struct server *server_new(struct event_base *base)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        abort();
    server->base = base;
    server->accepting = true; /* until soard says otherwise: a document only waits for its answer */
    strcpy(server->why, "starting");
    server->addresses = calloc(1, sizeof *server->addresses);
    server->count_timer = event_new(base, -1, EV_PERSIST, on_count, server);
    server->end_timer = evtimer_new(base, on_end, server);
    if (server->addresses == NULL || server->count_timer == NULL || server->end_timer == NULL ||
        event_add(server->count_timer, &count_every) != 0)
        abort();
    address_table_init(server->addresses);
    TAILQ_INIT(&server->waiting);
    TAILQ_INIT(&server->bodies);
    TAILQ_INIT(&server->busy);
    server->link.message = server_message;
    server->link.end = server_end;
    server->link.arg = server;
    return server;
}

static void free_all(struct conn_list *list)
{
    while (!TAILQ_EMPTY(list))
        conn_free(TAILQ_FIRST(list));
}

void server_free(struct server *server)
{
    server_stop_listening(server);
    free_all(&server->waiting);
    free_all(&server->busy);
    link_close(&server->link);
    event_free(server->count_timer);
    event_free(server->end_timer);
    pending_done(&server->pending);
    counts_done(&server->counts);
    front_config_drop(server->config);
    address_table_done(server->addresses);
    free(server->addresses);
    free(server);
}

void server_closed(struct server *server)
{
    if (server->ending && server->open == 0)
        event_base_loopbreak(server->base);
}

/* Soard said its last word: what it answered is still written, and what it didn't answer is told so. */
static void end_softly(struct server *server)
{
    const struct timeval after = {.tv_sec = SERVER_END_MS / 1000, .tv_usec = SERVER_END_MS % 1000 * 1000};
    if (server->ending)
        return;
    server->draining = true;
    server->ending = true;
    server_stop_listening(server);
    link_mute(&server->link);
    event_add(server->end_timer, &after);
    conn_end(server);
    server_closed(server);
}

void server_end(void *arg, const char *why)
{
    struct server *server = arg;
    if (why == NULL && server->config != NULL) {
        end_softly(server);
        return;
    }
    if (why != NULL)
        log_error("front: %s", why);
    server->exit_code = why != NULL;
    event_base_loopbreak(server->base);
}

/* Without a configuration there is nothing to go on with; with one, the one in force stays. */
static void say_failed(struct server *server, const struct soar_err *err)
{
    struct buf line;
    buf_init(&line, 0);
    buf_text(&line, "{\"type\":\"failed\",\"why\":");
    json_quote(&line, err->text, strlen(err->text));
    buf_text(&line, "}\n");
    link_send(&server->link, &line, NULL);
    if (server->config != NULL)
        return;
    link_flush(&server->link);
    server_end(server, err->text);
}

static void take_config(struct server *server, const struct value *message, const char *body, size_t len)
{
    (void)body, (void)len;
    struct front_config *config;
    struct soar_err err;
    if (server->draining)
        return;
    if (front_config_read(message, server->config, &config, &err) != 0) {
        say_failed(server, &err);
        return;
    }
    bool moved = server->config == NULL || strcmp(server->config->address, config->address) != 0;
    if (moved && server_listen(server, config->address, &err) != 0) {
        front_config_drop(config);
        say_failed(server, &err);
        return;
    }
    front_config_drop(server->config);
    server->config = config;
    server_say_ready(server);
}

static void take_answer(struct server *server, const struct value *message, const char *body, size_t len)
{
    struct conn *conn;
    if (!pending_take(&server->pending, value_get_int(message, "id", 0), &conn)) {
        server_end(server, "soard answered what nobody asked");
        return;
    }
    if (conn != NULL)
        conn_answered(conn, message, body, len);
}

static void take_state(struct server *server, const struct value *message, const char *body, size_t len)
{
    (void)body, (void)len;
    server->accepting = value_get_bool(message, "accepting", false);
    server->ready = value_get_bool(message, "ready", false);
    const char *why = value_get_string(message, "why", "");
    BUF_SCOPED shown;
    buf_init(&shown, SERVER_WHY_BYTES - 1);
    text_visible(&shown, why, strlen(why));
    memcpy(server->why, buf_string(&shown), shown.len + 1);
}

static void take_drain(struct server *server, const struct value *message, const char *body, size_t len)
{
    (void)message, (void)body, (void)len;
    server->draining = true;
    strcpy(server->why, "soar is stopping");
    server_stop_listening(server);
    conn_drain(server);
}

static const struct {
    const char *type;
    void (*take)(struct server *server, const struct value *message, const char *body, size_t len);
} messages[] = {
    {"config", take_config},
    {"answer", take_answer},
    {"state", take_state},
    {"drain", take_drain},
};

void server_message(void *arg, const struct value *message, const char *body, size_t len)
{
    struct server *server = arg;
    const char *type = value_get_string(message, "type", "");
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        if (strcmp(messages[i].type, type) == 0) {
            messages[i].take(server, message, body, len);
            return;
        }
    }
    server_end(server, "soard sent a message of an unknown type");
}
