/* What comes back from the loader, told apart: chatter before the script, the script's output, its end.
 *
 * The output is kept as text; or it goes to a sink as it comes, and then it may be anything, also an image of
 * the memory in which the loader's mark stands: a mark counts as the end only as long as nothing follows it.
 */
#ifndef CONNECTORS_SSH_STREAM_H
#define CONNECTORS_SSH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

/* Takes bytes of the output, all of them, however long that needs; -1: no more. */
typedef int (*ssh_sink_fn)(void *arg, const char *bytes, size_t len);

struct ssh_stream {
    const char *nonce;
    struct buf hold;    /* bytes that may be a part of a mark */
    struct buf chatter; /* the first of what came before the script */
    struct buf text;    /* the script's, as much as is kept */
    uint64_t cut;       /* the script's bytes beyond that */
    ssh_sink_fn sink;   /* instead of text; or NULL */
    void *sink_arg;
    bool full; /* the sink takes no more */
    bool begun;
    bool ended; /* with a sink: so far, if nothing follows */
    int exit;   /* once ended */
};

void ssh_stream_init(struct ssh_stream *stream, const char *nonce);
void ssh_stream_sink(struct ssh_stream *stream, ssh_sink_fn sink, void *arg);
void ssh_stream_done(struct ssh_stream *stream);
void ssh_stream_add(struct ssh_stream *stream, const char *bytes, size_t len);
void ssh_stream_eof(struct ssh_stream *stream);

/* The same without a copy: where to read to, and how many bytes came there. */
char *ssh_stream_room(struct ssh_stream *stream, size_t *ret_size);
void ssh_stream_came(struct ssh_stream *stream, size_t len);

#endif
