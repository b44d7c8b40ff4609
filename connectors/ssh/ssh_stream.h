/* What comes back from the loader, told apart: chatter before the script, the script's output, its end. */
#ifndef CONNECTORS_SSH_STREAM_H
#define CONNECTORS_SSH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct ssh_stream {
    const char *nonce;
    struct buf hold;    /* bytes that may be a part of a mark */
    struct buf chatter; /* the first of what came before the script */
    struct buf text;    /* the script's, as much as is kept */
    uint64_t cut;       /* the script's bytes beyond that */
    bool begun;
    bool ended;
    int exit; /* once ended */
};

void ssh_stream_init(struct ssh_stream *stream, const char *nonce);
void ssh_stream_done(struct ssh_stream *stream);
void ssh_stream_add(struct ssh_stream *stream, const char *bytes, size_t len);
void ssh_stream_eof(struct ssh_stream *stream);

#endif
