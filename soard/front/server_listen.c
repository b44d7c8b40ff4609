/* The listening socket. A new address is bound before the old one is left, so a configuration that can't be
 * bound changes nothing. When descriptors run out, whoever waits longest makes room, and listening rests. */
#include <errno.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "soard/front/conn.h"

enum { BACKLOG = 4096 };

static const struct timeval rest = {.tv_usec = 100 * 1000};

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len,
                      void *arg)
{
    struct server *server = arg;
    (void)listener, (void)len;
    if (server->config == NULL)
        close(fd);
    else
        conn_accept(server, fd, address);
}

static void on_rested(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;
    (void)fd, (void)what;
    if (server->listener != NULL)
        evconnlistener_enable(server->listener);
}

static void on_accept_failed(struct evconnlistener *listener, void *arg)
{
    struct server *server = arg;
    log_warning("front: cannot accept a connection: %s", strerror(errno));
    conn_evict(server, NULL);
    evconnlistener_disable(listener);
    event_add(server->listen_again, &rest);
}

static size_t descriptors(void)
{
    struct rlimit now;
    size_t most = getrlimit(RLIMIT_NOFILE, &now) == 0 ? (size_t)now.rlim_cur : 1024;
    return most > SERVER_DESCRIPTORS ? most - SERVER_DESCRIPTORS : 1;
}

int server_listen(struct server *server, const char *address, struct soar_err *err)
{
    struct sockaddr_storage where;
    socklen_t len = from_endpoint_parse(address, &where);
    if (len == 0)
        return soar_err_set(err, SOAR_INVALID, "%s is no address with a port", address);
    if (server->listen_again == NULL)
        server->listen_again = evtimer_new(server->base, on_rested, server);
    struct evconnlistener *listener = evconnlistener_new_bind(
        server->base, on_accept, server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
        BACKLOG, (struct sockaddr *)&where, (int)len);
    if (listener == NULL || server->listen_again == NULL)
        return soar_err_set(err, SOAR_PERMANENT, "cannot listen on %s: %s", address, strerror(errno));
    evconnlistener_set_error_cb(listener, on_accept_failed);
    if (server->listener != NULL)
        evconnlistener_free(server->listener);
    server->listener = listener;
    return 0;
}

void server_stop_listening(struct server *server)
{
    if (server->listener != NULL)
        evconnlistener_free(server->listener);
    server->listener = NULL;
    if (server->listen_again != NULL)
        event_free(server->listen_again);
    server->listen_again = NULL;
}

void server_say_ready(struct server *server)
{
    struct sockaddr_storage bound = {0};
    socklen_t len = sizeof bound;
    char text[FROM_TEXT];
    size_t wanted = (size_t)server->config->limits.connections;
    server->open_max = wanted < descriptors() ? wanted : descriptors();
    if (server->open_max < wanted)
        log_warning("front: %zu connections at once, not %zu: no more descriptors are allowed",
                    server->open_max, wanted);
    getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&bound, &len);
    struct from_address address = from_socket((struct sockaddr *)&bound);
    from_text(&address, text);
    in_port_t port = bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                 : ((struct sockaddr_in *)&bound)->sin_port;
    struct buf line;
    buf_init(&line, 0);
    bool six = address.family == 6;
    buf_printf(&line, "{\"type\":\"ready\",\"address\":\"%s%s%s\",\"port\":%u}\n", six ? "[" : "", text,
               six ? "]" : "", (unsigned)ntohs(port));
    link_send(&server->link, &line, NULL);
}
