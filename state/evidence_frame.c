/* zstd's frame (RFC 8878, 3.1.1): a header, blocks of three bytes that say their length, a last one. The
 * decoder is given one block after the other, so that after each of them what came out is known to be of
 * whole blocks. Nothing in the file is believed: lengths are bounded by the format. */
#include "state/evidence_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum {
    BLOCK_MAX = 128 * 1024,   /* of a block's content: the format's */
    HEADER_MAX = 18,          /* of a frame */
    CHECKSUM = 0x04,          /* in the header's flags: four bytes behind the last block */
    READ_BYTES = 1024 * 1024, /* of the file at once */
    WINDOW_LOG_MAX = 27,      /* as zstd(1) takes without being asked: 128 MiB */
};

struct reader {
    int fd;
    uint64_t at; /* of data[0] in the file */
    size_t start, len;
    uint8_t *data;
    int error; /* errno */
};

/* Up to `want` bytes in one piece; fewer only at the file's end. */
static size_t peek(struct reader *reader, size_t want)
{
    if (reader->len >= want || reader->error)
        return reader->len < want ? reader->len : want;
    memmove(reader->data, reader->data + reader->start, reader->len);
    reader->at += reader->start;
    reader->start = 0;
    while (reader->len < want) {
        ssize_t got = pread(reader->fd, reader->data + reader->len, READ_BYTES - reader->len,
                            (off_t)(reader->at + reader->len));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            reader->error = errno;
        if (got <= 0)
            break;
        reader->len += (size_t)got;
    }
    return reader->len < want ? reader->len : want;
}

static const uint8_t *at(const struct reader *reader)
{
    return reader->data + reader->start;
}

static void drop(struct reader *reader, size_t len)
{
    reader->start += len;
    reader->len -= len;
}

/* Bytes of the frame's header; 0: it is none, or is cut. */
static size_t header_bytes(struct reader *reader, uint8_t *ret_flags)
{
    static const uint8_t magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    static const size_t dictionary[] = {0, 1, 2, 4}, size[] = {0, 2, 4, 8};
    size_t have = peek(reader, HEADER_MAX);
    const uint8_t *bytes = at(reader);
    if (have < 6 || memcmp(bytes, magic, sizeof magic) != 0)
        return 0;
    uint8_t what = bytes[4];
    bool single = what & 0x20;
    size_t len = (single ? 5 : 6) + dictionary[what & 3] + size[what >> 6];
    if (single && what >> 6 == 0)
        len++;
    *ret_flags = what;
    return have < len ? 0 : len;
}

struct walk {
    struct reader reader;
    ZSTD_DCtx *decoder;
    uint8_t *out;
    struct digest *raw, *stored;
    const struct evidence_watch *watch;
    struct evidence_frame frame;
    bool ended;    /* its last block was there: what follows is none of it */
    uint8_t flags; /* of the frame's header; 0: as the writer makes it */
};

/* Gives the decoder so many bytes of the file. false: they are no frame's. What comes out is hashed at once:
 * a block is told wrong before any of it comes out, or not at all. */
static bool decode(struct walk *walk, size_t len, int *ret_stopped)
{
    ZSTD_inBuffer in = {at(&walk->reader), len, 0};
    size_t more = 1;
    do {
        ZSTD_outBuffer out = {walk->out, BLOCK_MAX, 0};
        more = ZSTD_decompressStream(walk->decoder, &out, &in);
        if (ZSTD_isError(more))
            return false;
        digest_raw(walk->raw, walk->out, out.pos);
        walk->frame.sum.bytes += out.pos;
        if (walk->watch && walk->watch->taken && out.pos)
            *ret_stopped |= walk->watch->taken(walk->watch->arg, walk->out, out.pos);
        if (out.pos < out.size && in.pos == in.size)
            break;
    } while (more > 0 || in.pos < in.size);
    digest_raw(walk->stored, at(&walk->reader), len);
    drop(&walk->reader, len);
    walk->frame.good_bytes += len;
    return in.pos == in.size;
}

/* The next block's bytes with its header's; 0: it is cut, or none. */
static size_t block_bytes(struct reader *reader, bool *ret_last)
{
    if (peek(reader, 3) < 3)
        return 0;
    const uint8_t *bytes = at(reader);
    uint32_t head = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    unsigned type = head >> 1 & 3;
    size_t len = type == 1 ? 1 : head >> 3; /* 1: one byte, repeated */
    if (type == 3 || head >> 3 > BLOCK_MAX)
        return 0;
    *ret_last = head & 1;
    return peek(reader, 3 + len) < 3 + len ? 0 : 3 + len;
}

static int blocks(struct walk *walk, struct soar_err *err)
{
    bool last = false;
    int stopped = 0;
    uint64_t told = 0;
    while (!last) {
        size_t len = block_bytes(&walk->reader, &last);
        if (len == 0 || !decode(walk, len, &stopped))
            return 0;
        if (walk->watch && walk->watch->moved && walk->frame.good_bytes - told >= READ_BYTES) {
            told = walk->frame.good_bytes;
            stopped |= walk->watch->moved(walk->watch->arg, walk->frame.sum.bytes, told);
        }
        if (stopped)
            return soar_err_set(err, SOAR_TRANSIENT, "given up before its end");
    }
    if (walk->flags & CHECKSUM && (peek(&walk->reader, 4) < 4 || !decode(walk, 4, &stopped)))
        return 0;
    walk->ended = true;
    walk->frame.whole = peek(&walk->reader, 1) == 0;
    return 0;
}

static int walk_file(struct walk *walk, struct soar_err *err)
{
    int stopped = 0;
    size_t header = header_bytes(&walk->reader, &walk->flags);
    if (header > 0 && decode(walk, header, &stopped) && blocks(walk, err))
        return -1;
    if (walk->reader.error)
        return soar_err_set(err, SOAR_PERMANENT, "cannot be read: %s", strerror(walk->reader.error));
    return 0;
}

static void begin(struct walk *walk, int fd, const struct evidence_watch *watch)
{
    *walk = (struct walk){.reader = {.fd = fd, .data = malloc(READ_BYTES)},
                          .decoder = ZSTD_createDCtx(),
                          .out = malloc(BLOCK_MAX),
                          .raw = digest_new(),
                          .stored = digest_new(),
                          .watch = watch};
    if (walk->reader.data == NULL || walk->out == NULL || walk->decoder == NULL)
        abort();
    ZSTD_DCtx_setParameter(walk->decoder, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
}

static void hex_end(struct digest *digest, char ret_hex[DIGEST_HEX])
{
    uint8_t bytes[DIGEST_BYTES];
    digest_end(digest, bytes);
    digest_hex(bytes, ret_hex);
}

static void end(struct walk *walk)
{
    hex_end(walk->raw, walk->frame.sum.sha256);
    hex_end(walk->stored, walk->frame.sum.stored_sha256);
    ZSTD_freeDCtx(walk->decoder);
    free(walk->reader.data);
    free(walk->out);
}

static int look(int fd, struct walk *walk, struct soar_err *err)
{
    struct stat st;
    int rc = walk_file(walk, err);
    if (rc == 0 && fstat(fd, &st))
        rc = soar_err_set(err, SOAR_PERMANENT, "cannot be read: %s", strerror(errno));
    if (rc == 0) {
        walk->frame.cut_bytes = (uint64_t)st.st_size - walk->frame.good_bytes;
        walk->frame.sum.stored_bytes = walk->frame.good_bytes;
    }
    return rc;
}

int evidence_frame_read(int fd, const struct evidence_watch *watch, struct evidence_frame *ret_frame,
                        struct soar_err *err)
{
    struct walk walk;
    begin(&walk, fd, watch);
    int rc = look(fd, &walk, err);
    end(&walk);
    if (rc == 0)
        *ret_frame = walk.frame;
    return rc;
}

/* A full disk may refuse the three bytes: then the cut has made room for them, if only in the page it cut. */
static int close_frame(int fd, struct walk *walk, struct soar_err *err)
{
    static const uint8_t last_block[3] = {1, 0, 0};
    struct evidence_frame *frame = &walk->frame;
    bool nothing = frame->sum.bytes == 0;
    size_t put = nothing || walk->ended ? 0 : sizeof last_block;
    if (walk->flags && !walk->ended) /* it says its size or checksum, which would be wrong now */
        return soar_err_set(err, SOAR_PERMANENT,
                            "is not of this writer's making, and not whole: it is left alone");
    if (nothing)
        frame->good_bytes = 0;
    if (ftruncate(fd, (off_t)frame->good_bytes) ||
        (put && pwrite(fd, last_block, put, (off_t)frame->good_bytes) != (ssize_t)put))
        return soar_err_set(err, SOAR_PERMANENT, "cannot be mended: %s", strerror(errno));
    if (nothing) { /* a header alone is nothing */
        uint8_t none[DIGEST_BYTES];
        digest_end(walk->stored, none);
        walk->stored = digest_new();
    }
    digest_raw(walk->stored, last_block, put);
    frame->good_bytes += put;
    frame->sum.stored_bytes = frame->good_bytes;
    frame->whole = !nothing;
    return 0;
}

int evidence_frame_mend(int fd, const struct evidence_watch *watch, struct evidence_frame *ret_frame,
                        struct soar_err *err)
{
    struct walk walk;
    begin(&walk, fd, watch);
    int rc = look(fd, &walk, err);
    if (rc == 0 && !walk.frame.whole)
        rc = close_frame(fd, &walk, err);
    if (rc == 0 && fsync(fd))
        rc = soar_err_set(err, SOAR_PERMANENT, "cannot be synced: %s", strerror(errno));
    end(&walk);
    if (rc == 0)
        *ret_frame = walk.frame;
    return rc;
}
