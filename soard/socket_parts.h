/* What the socket's two files share. */
#ifndef SOARD_SOCKET_PARTS_H
#define SOARD_SOCKET_PARTS_H

#include "soard/daemon.h"

struct evconnlistener;
struct socket_session;

struct socket_server {
    struct daemon *daemon;
    struct evconnlistener *listener;
    const char *path;
    const char *link; /* in the state directory, if the socket is elsewhere; NULL: none */
    struct socket_session *sessions;
    size_t count;
};

/* Of one person at most a quarter, so that nobody keeps the others out: somebody must be able to say `pause`.
 */
enum { SOCKET_SESSIONS_MAX = 128, SOCKET_SESSIONS_OF_ONE = 32 };

void session_begin(struct socket_server *server, int fd); /* takes the descriptor */
void session_end(struct socket_session *session);

#endif
