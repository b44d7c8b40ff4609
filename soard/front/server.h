/* The front as a whole: one event loop, one link to soard, many connections.
 *
 * Memory, with C connections (limits.connections), under a sender who does his worst:
 *   idle connection    1.5 KiB, with TLS about 20 KiB (handshake done, buffers released)
 *   header being read  + 16 KiB and 2 KiB of fields, and 64 KiB of input read ahead
 *   bodies being read  SERVER_READING_BYTES in all, twice that in buffers that double; the oldest makes room
 *   handed to soard    window_bytes of documents, SERVER_API_BYTES of the API's bodies
 *   answers            one a connection in progress; soard's are as long as FRONT_BODY_BYTES
 * C = 10,000 idle with TLS: 200 MiB. All of them in the middle of a header at once: 0.9 GiB at most, for as
 * long as header_ms. Every other number is fixed. FRONT_ADDRESS_SPACE_MIB is the last word. */
#ifndef FRONT_SERVER_H
#define FRONT_SERVER_H

#include <event2/event.h>
#include <sys/queue.h>

#include "soard/front/address_table.h"
#include "soard/front/counts.h"
#include "soard/front/front_config.h"
#include "soard/front/link.h"
#include "soard/front/pending.h"

enum {
    SERVER_READING_BYTES = 64 * 1024 * 1024, /* bodies that are not whole; four of the largest */
    SERVER_API_BODY = 1024 * 1024,
    SERVER_API_WINDOW = 64, /* requests of people that wait for the engine */
    SERVER_API_BYTES = 16 * 1024 * 1024,
    SERVER_ANSWER_MS = 60 * 1000, /* the engine has so long; its disk may be slow */
    SERVER_WRITE_MS = 30 * 1000,  /* a client has so long to read an answer */
    SERVER_LINGER_MS = 2 * 1000,  /* so that an answer is read before the connection is cut */
    SERVER_END_MS = 1000,         /* soard waits twice that for our end */
    SERVER_LINGER_BYTES = 1024 * 1024,
    SERVER_DESCRIPTORS = 32, /* kept for ourselves */
    SERVER_WHY_BYTES = 512
};

TAILQ_HEAD(conn_list, conn);

struct evconnlistener;

struct server {
    struct event_base *base;
    struct link link;
    struct front_config *config; /* NULL before the first one */
    struct evconnlistener *listener;
    struct event *listen_again;
    struct event *count_timer;
    struct address_table *addresses;
    struct pending pending;
    struct counts counts;
    struct conn_list waiting; /* for a whole request, the longest first */
    struct conn_list bodies;  /* being read, the oldest first */
    struct conn_list busy;    /* the others */
    size_t open;
    size_t open_counted;
    size_t open_max;
    size_t reading_bytes;
    bool draining;
    bool ending; /* soard is gone, and the answers being written are the last */
    struct event *end_timer;
    bool accepting;
    bool ready;
    char why[SERVER_WHY_BYTES];
    int exit_code;
};

struct server *server_new(struct event_base *base);
void server_free(struct server *server);

/* A connection was closed: with the last one the front may end. */
void server_closed(struct server *server);

/* For link_open: every message of soard's, and its end. */
link_message_fn server_message;
link_end_fn server_end;

int64_t server_boot_ms(void);
int64_t server_wall_ms(void);

/* server_listen.c */
int server_listen(struct server *server, const char *address, struct soar_err *err)
    __attribute__((warn_unused_result));
void server_stop_listening(struct server *server);
void server_say_ready(struct server *server);

#endif
