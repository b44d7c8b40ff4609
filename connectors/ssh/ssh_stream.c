/* One of the two output streams of the loader, fed as it comes, cut at any byte.
 *
 * Without a sink it keeps LIMIT_ANSWER_BYTES and counts the rest. It never keeps more than one read and a
 * mark's length beyond that, whatever the far side sends: that is what bounds a hostile host. */
#include "connectors/ssh/ssh_stream.h"

#include <string.h>

#include "connectors/ssh/ssh_loader.h"
#include "engine/base/limits.h"

enum {
    CHATTER_BYTES = 1024,
    EXIT_DIGITS_MAX = 3,
    ROOM_BYTES = 16 * 1024,
    SINK_ROOM_BYTES = 4 * 1024 * 1024, /* what may be under way: 40 MB/s over 100 ms */
};

void ssh_stream_init(struct ssh_stream *stream, const char *nonce)
{
    *stream = (struct ssh_stream){.nonce = nonce};
    buf_init(&stream->hold, 0);
    buf_init(&stream->chatter, CHATTER_BYTES);
    buf_init(&stream->text, LIMIT_ANSWER_BYTES);
}

void ssh_stream_sink(struct ssh_stream *stream, ssh_sink_fn sink, void *arg)
{
    stream->sink = sink;
    stream->sink_arg = arg;
}

void ssh_stream_done(struct ssh_stream *stream)
{
    buf_done(&stream->hold);
    buf_done(&stream->chatter);
    buf_done(&stream->text);
}

static void keep(struct buf *buf, const char *bytes, size_t len, uint64_t *cut)
{
    size_t room = buf->max - buf->len, fits = len < room ? len : room;
    buf_add(buf, bytes, fits);
    if (cut)
        *cut += len - fits;
}

/* These bytes are no mark. */
static void release(struct ssh_stream *stream, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    if (!stream->begun)
        keep(&stream->chatter, bytes, len, NULL);
    else if (stream->sink == NULL)
        keep(&stream->text, bytes, len, &stream->cut);
    else if (!stream->full)
        stream->full = stream->sink(stream->sink_arg, bytes, len) != 0;
}

enum mark { MARK_NONE, MARK_SHORT, MARK_BEGIN, MARK_END };

/* A nonce stands at `at`: what is it, and how long? SHORT: more bytes are needed to tell. */
static enum mark read_mark(struct ssh_stream *stream, const char *at, size_t left, size_t *ret_len)
{
    size_t n = LOADER_NONCE_LEN;
    int number = 0;
    while (n < left && n < LOADER_NONCE_LEN + EXIT_DIGITS_MAX && at[n] >= '0' && at[n] <= '9')
        number = number * 10 + (at[n++] - '0');
    if (n == left)
        return MARK_SHORT;
    bool end = n > LOADER_NONCE_LEN;
    if (at[n++] != '\n' || end != stream->begun || (end && stream->sink && n < left))
        return MARK_NONE;
    if (end)
        stream->exit = number;
    *ret_len = n;
    return end ? MARK_END : MARK_BEGIN;
}

/* How many of these bytes are done with; the rest may be a part of a mark. */
static size_t sift(struct ssh_stream *stream, const char *bytes, size_t len)
{
    size_t at = 0, from = 0, mark_len = 0; /* from: where the next nonce may begin */
    while (!stream->full) {
        const char *mark = memmem(bytes + from, len - from, stream->nonce, LOADER_NONCE_LEN);
        if (mark == NULL) {
            size_t tail = len - from < LOADER_NONCE_LEN - 1 ? len - from : LOADER_NONCE_LEN - 1;
            release(stream, bytes + at, len - tail - at);
            return len - tail;
        }
        size_t where = (size_t)(mark - bytes);
        enum mark kind = read_mark(stream, mark, len - where, &mark_len);
        if (kind == MARK_NONE) {
            from = where + 1;
            continue;
        }
        release(stream, bytes + at, where - at);
        if (kind == MARK_SHORT)
            return where;
        stream->begun = true;
        stream->ended = kind == MARK_END && !stream->full;
        if (stream->ended)
            return stream->sink ? where : len;
        at = from = where + mark_len;
    }
    return len;
}

static void look(struct ssh_stream *stream)
{
    stream->ended = false;
    buf_drop_front(&stream->hold, sift(stream, stream->hold.data, stream->hold.len));
}

char *ssh_stream_room(struct ssh_stream *stream, size_t *ret_size)
{
    *ret_size = stream->sink ? SINK_ROOM_BYTES : ROOM_BYTES;
    buf_reserve(&stream->hold, *ret_size);
    return stream->hold.data + stream->hold.len;
}

void ssh_stream_came(struct ssh_stream *stream, size_t len)
{
    if (len == 0 || stream->full || (stream->ended && stream->sink == NULL))
        return; /* behind the end: of a process the script left behind, nobody's answer */
    stream->hold.len += len;
    look(stream);
}

void ssh_stream_add(struct ssh_stream *stream, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t room;
        char *to = ssh_stream_room(stream, &room);
        size_t part = len < room ? len : room;
        memcpy(to, bytes, part);
        ssh_stream_came(stream, part);
        bytes += part;
        len -= part;
    }
}

void ssh_stream_eof(struct ssh_stream *stream)
{
    if (stream->ended || stream->hold.len == 0)
        return;
    release(stream, stream->hold.data, stream->hold.len);
    buf_clear(&stream->hold);
}
