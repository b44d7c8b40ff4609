/* Property: what a host sends is told apart the same way however it is cut into pieces, and no byte of the
 * script's output is lost, doubled or made up. Method: the input is a host's stream, its first byte the size
 * of the pieces, with each 'N' standing for the nonce; into memory and into a sink. */
#include <stdlib.h>
#include <string.h>

#include "connectors/ssh/ssh_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char nonce[] = "0123456789abcdef0123456789abcdef";

static int sink(void *arg, const char *bytes, size_t len)
{
    buf_add(arg, bytes, len);
    return 0;
}

struct told {
    struct ssh_stream stream;
    struct buf sunk;
};

static void feed(struct told *told, const struct buf *bytes, size_t piece, bool to_sink)
{
    ssh_stream_init(&told->stream, nonce);
    buf_init(&told->sunk, 0);
    if (to_sink)
        ssh_stream_sink(&told->stream, sink, &told->sunk);
    for (size_t at = 0; at < bytes->len; at += piece)
        ssh_stream_add(&told->stream, bytes->data + at, bytes->len - at < piece ? bytes->len - at : piece);
    ssh_stream_eof(&told->stream);
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const struct buf *a, const struct buf *b)
{
    must(a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    BUF_SCOPED bytes;
    buf_init(&bytes, 0);
    for (size_t i = 1; i < size; i++)
        data[i] == 'N' ? buf_text(&bytes, nonce) : buf_char(&bytes, (char)data[i]);
    for (int to_sink = 0; to_sink < 2; to_sink++) {
        struct told whole, pieces;
        feed(&whole, &bytes, bytes.len + 1, to_sink);
        feed(&pieces, &bytes, data[0] + 1U, to_sink);
        must(whole.stream.begun == pieces.stream.begun && whole.stream.ended == pieces.stream.ended);
        must(!whole.stream.ended || whole.stream.exit == pieces.stream.exit);
        same(&whole.stream.text, &pieces.stream.text);
        same(&whole.stream.chatter, &pieces.stream.chatter);
        same(&whole.sunk, &pieces.sunk);
        must(whole.sunk.len == 0 || memmem(bytes.data, bytes.len, whole.sunk.data, whole.sunk.len));
        ssh_stream_done(&whole.stream);
        ssh_stream_done(&pieces.stream);
        buf_done(&whole.sunk);
        buf_done(&pieces.sunk);
    }
    return 0;
}
