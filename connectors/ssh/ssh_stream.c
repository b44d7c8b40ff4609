/* One of the two output streams of the loader, fed as it comes, cut at any byte.
 *
 * It keeps LIMIT_ANSWER_BYTES and counts the rest. It never keeps more than a mark's length beyond that,
 * whatever the far side sends: that is what bounds a hostile host. */
#include "connectors/ssh/ssh_stream.h"

#include <string.h>

#include "connectors/ssh/ssh_loader.h"
#include "engine/base/limits.h"

enum { CHATTER_BYTES = 1024, EXIT_DIGITS_MAX = 3 };

void ssh_stream_init(struct ssh_stream *stream, const char *nonce)
{
    *stream = (struct ssh_stream){.nonce = nonce};
    buf_init(&stream->hold, 0);
    buf_init(&stream->chatter, CHATTER_BYTES);
    buf_init(&stream->text, LIMIT_ANSWER_BYTES);
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

/* The first len bytes held are no mark. */
static void release(struct ssh_stream *stream, size_t len)
{
    if (stream->begun)
        keep(&stream->text, stream->hold.data, len, &stream->cut);
    else
        keep(&stream->chatter, stream->hold.data, len, NULL);
    buf_drop_front(&stream->hold, len);
}

/* A nonce stands at the front. True if it was a mark and is gone; *ret_short if more bytes are needed to
 * tell. */
static bool take_mark(struct ssh_stream *stream, bool *ret_short)
{
    const char *at = stream->hold.data + LOADER_NONCE_LEN;
    size_t left = stream->hold.len - LOADER_NONCE_LEN, digits = 0;
    int number = 0;
    while (digits < left && digits < EXIT_DIGITS_MAX && at[digits] >= '0' && at[digits] <= '9')
        number = number * 10 + (at[digits++] - '0');
    *ret_short = digits == left;
    if (*ret_short || at[digits] != '\n' || (digits > 0) != stream->begun)
        return false;
    stream->ended = stream->begun;
    stream->begun = true;
    stream->exit = number;
    buf_drop_front(&stream->hold, LOADER_NONCE_LEN + digits + 1);
    return true;
}

void ssh_stream_add(struct ssh_stream *stream, const char *bytes, size_t len)
{
    if (stream->ended)
        return; /* a process the script left behind: nobody's answer */
    buf_add(&stream->hold, bytes, len);
    while (!stream->ended && stream->hold.len > 0) {
        const char *mark = memmem(stream->hold.data, stream->hold.len, stream->nonce, LOADER_NONCE_LEN);
        if (mark == NULL) {
            size_t tail = LOADER_NONCE_LEN - 1;
            release(stream, stream->hold.len > tail ? stream->hold.len - tail : 0);
            return;
        }
        bool more = false;
        release(stream, (size_t)(mark - stream->hold.data));
        if (!take_mark(stream, &more)) {
            if (more)
                return;
            release(stream, 1);
        }
    }
}

void ssh_stream_eof(struct ssh_stream *stream)
{
    if (!stream->ended && stream->hold.len > 0)
        release(stream, stream->hold.len);
}
