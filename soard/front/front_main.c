/* soar-front: soard's HTTP face. It has no arguments, opens no file and keeps nothing; include/soar/front.h
 * is the whole of what it is told and says. It must not be started by hand but to be tested: without soard on
 * standard input it ends at once. */
#include <event2/event.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "soard/front/front_harden.h"
#include "soard/front/server.h"

static int serve(struct event_base *base)
{
    struct soar_err err;
    struct server *server = server_new(base);
    if (link_open(&server->link, base, STDIN_FILENO, STDOUT_FILENO, &err) != 0)
        server_end(server, err.text);
    else
        event_base_dispatch(base);
    int exit_code = server->exit_code;
    server_free(server);
    return exit_code;
}

int main(int argc, char **argv)
{
    (void)argv;
    struct soar_err err;
    if (argc > 1) {
        fputs("soar-front is started by soard and takes no arguments\n", stderr);
        return 2;
    }
    if (front_harden(&err) != 0) {
        log_error("front: %s", err.text);
        return 1;
    }
    struct event_base *base = event_base_new();
    if (base == NULL) {
        log_error("front: no event loop");
        return 1;
    }
    int exit_code = serve(base);
    event_base_free(base);
    libevent_global_shutdown();
    return exit_code;
}
