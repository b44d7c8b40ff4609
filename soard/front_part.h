/* What the files of the front's link share; nobody else includes it. */
#ifndef SOARD_FRONT_PART_H
#define SOARD_FRONT_PART_H

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "engine/base/buf.h"
#include "engine/loop/pool_spawn.h"
#include "soard/front_link.h"
#include "soard/front_settings.h"
#include "soard/front_wire.h"

enum {
    FRONT_SLOTS = 4096,                    /* requests without an answer: four windows of documents */
    FRONT_HELD_BYTES = 128 * 1024 * 1024,  /* their bodies: more than a front's own windows let through */
    FRONT_UNREAD_BYTES = 64 * 1024 * 1024, /* answers that a front leaves lying: it is dead, then */
    FRONT_MESSAGES_AT_ONCE = 64,           /* before others have their turn */
};

/* A request that waits for its answer. Its number is made of the slot and of a count, so that an answer to a
 * front that is gone fits nobody. */
struct front_slot {
    uint64_t id; /* ours; 0: free */
    uint64_t theirs;
    bool document;
    size_t bytes; /* of its body */
};

struct front_link {
    struct daemon *daemon;
    struct pool_child child; /* pid 0: there is none */
    struct bufferevent *stream;
    struct event *noise; /* its standard error */
    struct buf noise_line;
    int64_t noise_s; /* the second of the boot clock that these two count in */
    size_t noise_lines;
    size_t noise_left_out;
    struct event *timer; /* the next start, or how long `ready` is waited for */
    bool ready;
    bool draining;
    bool told_accepting; /* as it was last told */
    bool told_once;
    int64_t backoff_ms;
    int64_t ready_at_ms; /* of the boot clock */
    int64_t restarts;
    char address[320];
    char failure[SOAR_ERR_TEXT_MAX];
    struct arena *message_arena; /* of a message whose body is still to come; NULL: none */
    struct front_message message;
    struct arena *counts_arena;
    struct value counts;
    struct front_slot slots[FRONT_SLOTS];
    uint64_t next_id;
    size_t unanswered;
    size_t documents; /* of them */
    size_t held_bytes;
};

/* front_link.c */
void front_breach(struct front_link *link, const char *what); /* it broke the contract: ended, started anew */
void front_lose(struct front_link *link, const char *why);    /* it is gone */

/* front_read.c: what it says. */
void front_read(struct bufferevent *stream, void *arg);
void front_read_noise(evutil_socket_t fd, short what, void *arg);

/* front_answer.c */
/* 0: all are taken, or their bodies are too much. */
uint64_t front_slot_take(struct front_link *link, const struct front_message *message);
void front_slots_clear(struct front_link *link);
void front_send(struct front_link *link, const char *bytes, size_t len);

#endif
