/* What was handed to the engine and has no answer yet: the window. A place stays taken until the engine
 * answers, also when the client has gone: it is the engine's load that is bounded. */
#ifndef FRONT_PENDING_H
#define FRONT_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;

struct pending_one {
    int64_t id;        /* 0: free */
    struct conn *conn; /* NULL: it has gone */
    size_t bytes;
    bool api;
    size_t next_free;
};

struct pending_use {
    size_t count;
    size_t bytes;
};

struct pending {
    struct pending_one *all;
    size_t size;
    size_t free;  /* index of the first free one; size: none */
    int64_t turn; /* ids never come back: an answer that is late meets nobody */
    struct pending_use documents;
    struct pending_use api;
};

/* Returns the id. The caller has looked at the window before. */
int64_t pending_add(struct pending *pending, struct conn *conn, size_t bytes, bool api);
/* Frees the place; true: it was taken, and *ret_conn is who waits, or NULL. */
bool pending_take(struct pending *pending, int64_t id, struct conn **ret_conn);
void pending_forget(struct pending *pending, int64_t id); /* the client has gone */
void pending_done(struct pending *pending);

#endif
