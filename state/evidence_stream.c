/* The one place where evidence is data in our memory: a megabyte in, one out, and what zstd has at work in a
 * thread of its own while this one reads and hashes. What is written is pushed to the disk as it goes and
 * leaves the page cache, so that a dump neither fills memory nor makes the journal's sync wait for gigabytes.
 * If the disk refuses something, what is stored isn't what was hashed: then the part is mended, and its sums
 * are taken from the file. */
#include "state/evidence_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
    BLOCK_BYTES = 1024 * 1024,    /* read at once; as much as a pipe may hold without privileges */
    PUSH_BYTES = 8 * 1024 * 1024, /* written before the kernel is asked to begin with them */
    ROOM_BYTES = 4 * 1024 * 1024, /* written between two looks at the room */
    LEVEL = 1,                    /* level 3 costs half the speed for a tenth of the size */
    PATIENCE_MS = 250,            /* between two words of progress */
};

struct stream {
    const struct evidence_flow *flow;
    ZSTD_CCtx *encoder;
    uint8_t *in, *out;
    struct digest *raw, *stored;
    struct evidence_sum sum;
    uint64_t room; /* what may be written before the next look */
    uint64_t pushed;
    enum evidence_end end;
    struct soar_err *why;
    bool refused; /* a write failed: the sums say more than the file holds */
};

const char *evidence_end_name(enum evidence_end end)
{
    static const char *const names[EVIDENCE_END_COUNT] = {
        [EVIDENCE_ENDED] = "end", [EVIDENCE_LIMIT] = "limit", [EVIDENCE_RESERVE] = "reserve",
        [EVIDENCE_FULL] = "full", [EVIDENCE_LATE] = "late",   [EVIDENCE_FAILED] = "failed",
    };
    return names[end];
}

static int stop(struct stream *stream, enum evidence_end end)
{
    stream->end = end;
    return -1;
}

static int stop_failed(struct stream *stream, const char *what)
{
    bool full = errno == ENOSPC || errno == EDQUOT;
    if (full)
        soar_err_set(stream->why, SOAR_PERMANENT, "the disk is full: %s", strerror(errno));
    else
        soar_err_set(stream->why, SOAR_PERMANENT, "%s failed: %s", what, strerror(errno));
    return stop(stream, full ? EVIDENCE_FULL : EVIDENCE_FAILED);
}

/* Begins with what was written last and waits for what was before: so at most twice PUSH_BYTES are dirty. Not
 * every file system can; the sync at the end is what counts. */
static void push(struct stream *stream)
{
    int fd = stream->flow->part;
    off_t last = (off_t)stream->pushed, before = last - PUSH_BYTES;
    (void)sync_file_range(fd, last, PUSH_BYTES, SYNC_FILE_RANGE_WRITE);
    if (before >= 0) {
        (void)sync_file_range(fd, before, PUSH_BYTES,
                              SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                  SYNC_FILE_RANGE_WAIT_AFTER);
        (void)posix_fadvise(fd, before, PUSH_BYTES, POSIX_FADV_DONTNEED);
    }
    stream->pushed += PUSH_BYTES;
}

static int put(struct stream *stream, const uint8_t *bytes, size_t len)
{
    if (evidence_write_all(stream->flow->part, bytes, len)) {
        stream->refused = true;
        return stop_failed(stream, "writing");
    }
    digest_raw(stream->stored, bytes, len);
    stream->sum.stored_bytes += len;
    stream->room -= stream->room < len ? stream->room : len;
    while (stream->sum.stored_bytes - stream->pushed >= PUSH_BYTES)
        push(stream);
    return 0;
}

/* Looked at again when as much was written as might have been left. */
static int check_room(struct stream *stream)
{
    if (stream->room > 0)
        return 0;
    uint64_t room = evidence_dir_room(stream->flow->dir, stream->flow->reserve);
    stream->room = room < ROOM_BYTES ? room : ROOM_BYTES;
    if (room > ROOM_BYTES) /* what the encoder still holds fits, too */
        return 0;
    soar_err_set(stream->why, SOAR_PERMANENT,
                 "the disk is full up to its reserve of %" PRIu64 " MiB (evidence: reserve)",
                 stream->flow->reserve >> 20);
    return stop(stream, EVIDENCE_RESERVE);
}

static int encode(struct stream *stream, const uint8_t *bytes, size_t len, ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = {bytes, len, 0};
    size_t left = 1;
    while (directive == ZSTD_e_end ? left > 0 : in.pos < in.size) {
        ZSTD_outBuffer out = {stream->out, BLOCK_BYTES, 0};
        left = ZSTD_compressStream2(stream->encoder, &out, &in, directive);
        if (ZSTD_isError(left)) {
            soar_err_set(stream->why, SOAR_PERMANENT, "compressing failed: %s", ZSTD_getErrorName(left));
            stream->refused = true;
            return stop(stream, EVIDENCE_FAILED);
        }
        if (out.pos > 0 && put(stream, stream->out, out.pos))
            return -1;
    }
    return 0;
}

static int take(struct stream *stream, size_t len)
{
    uint64_t left = stream->flow->limit - stream->sum.bytes;
    bool over = len > left;
    if (over)
        len = (size_t)left;
    digest_raw(stream->raw, stream->in, len);
    stream->sum.bytes += len;
    if (encode(stream, stream->in, len, ZSTD_e_continue))
        return -1;
    if (!over)
        return 0;
    soar_err_set(stream->why, SOAR_PERMANENT, "more than the limit of %" PRIu64 " bytes came",
                 stream->flow->limit);
    return stop(stream, EVIDENCE_LIMIT);
}

/* 1: there is something to read; 0: not yet. */
static int wait_input(struct stream *stream)
{
    struct pollfd poll_in = {.fd = stream->flow->in, .events = POLLIN};
    int64_t left = stream->flow->deadline_ms - stream->flow->now_ms();
    if (left <= 0) {
        soar_err_set(stream->why, SOAR_PERMANENT, "its time was over before its end");
        return stop(stream, EVIDENCE_LATE);
    }
    int found = poll(&poll_in, 1, left < PATIENCE_MS ? (int)left : PATIENCE_MS);
    if (found < 0 && errno != EINTR)
        return stop_failed(stream, "waiting");
    return found > 0;
}

static int flow_once(struct stream *stream)
{
    const struct evidence_watch *watch = stream->flow->watch;
    int ready = wait_input(stream);
    if (watch && watch->moved && watch->moved(watch->arg, stream->sum.bytes, stream->sum.stored_bytes)) {
        soar_err_set(stream->why, SOAR_PERMANENT, "given up before its end");
        return stop(stream, EVIDENCE_LATE);
    }
    if (ready <= 0)
        return ready;
    if (check_room(stream))
        return -1;
    ssize_t got = read(stream->flow->in, stream->in, BLOCK_BYTES);
    if (got < 0 && errno != EINTR && errno != EAGAIN)
        return stop_failed(stream, "reading");
    if (got == 0)
        return stop(stream, EVIDENCE_ENDED);
    return got < 0 ? 0 : take(stream, (size_t)got);
}

static void begin(struct stream *stream, const struct evidence_flow *flow, struct soar_err *why)
{
    *stream = (struct stream){.flow = flow,
                              .encoder = ZSTD_createCCtx(),
                              .in = malloc(BLOCK_BYTES),
                              .out = malloc(BLOCK_BYTES),
                              .raw = digest_new(),
                              .stored = digest_new(),
                              .why = why};
    if (stream->encoder == NULL || stream->in == NULL || stream->out == NULL)
        abort();
    ZSTD_CCtx_setParameter(stream->encoder, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(stream->encoder, ZSTD_c_nbWorkers,
                           1);                        /* refused where zstd has no threads: fine */
    (void)fcntl(flow->in, F_SETPIPE_SZ, BLOCK_BYTES); /* as much as may be: fewer turns */
    why->class = SOAR_DONE;
    why->text[0] = '\0';
}

static void end(struct stream *stream)
{
    uint8_t bytes[DIGEST_BYTES];
    digest_end(stream->raw, bytes);
    digest_hex(bytes, stream->sum.sha256);
    digest_end(stream->stored, bytes);
    digest_hex(bytes, stream->sum.stored_sha256);
    ZSTD_freeCCtx(stream->encoder);
    free(stream->in);
    free(stream->out);
}

/* An empty one has no frame: it is no object. */
static void finish(struct stream *stream)
{
    if (!stream->refused && stream->sum.bytes > 0) {
        enum evidence_end ended = stream->end;
        if (encode(stream, NULL, 0, ZSTD_e_end) == 0)
            stream->end = ended;
    }
}

int evidence_stream(const struct evidence_flow *flow, struct evidence_sum *ret_sum,
                    enum evidence_end *ret_end, struct soar_err *ret_why, struct soar_err *err)
{
    struct stream stream;
    begin(&stream, flow, ret_why);
    while (flow_once(&stream) == 0)
        ;
    close(flow->in);
    finish(&stream);
    if (!stream.refused && fsync(flow->part))
        stop_failed(&stream, "syncing");
    end(&stream);
    *ret_end = stream.end;
    *ret_sum = stream.sum;
    if (!stream.refused && stream.end != EVIDENCE_FAILED)
        return 0;
    struct evidence_frame frame;
    if (evidence_frame_mend(flow->part, NULL, &frame, err))
        return soar_err_wrap(err, "%s", ret_why->text);
    *ret_sum = frame.sum;
    return 0;
}
