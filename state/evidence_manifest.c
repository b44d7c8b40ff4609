/* The manifest's file. Writers take turns by a lock on it; one write, one sync, a record.
 *
 * The one thing to know: room for the next records is taken ahead, so that an evidence whose dump has filled
 * the disk still gets its record. */
#include "state/evidence_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"

enum { AHEAD_BYTES = LIMIT_EVIDENCE_RECORD_BYTES };

static const char name[] = "manifest.jsonl";

static int open_locked(const struct evidence_dir *dir, int flags, short lock_type, int *ret_fd,
                       struct soar_err *err)
{
    struct flock lock = {.l_type = lock_type, .l_whence = SEEK_SET};
    int fd = openat(dir->fd, name, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return evidence_fail(err, name, "cannot be opened", errno);
    while (fcntl(fd, F_OFD_SETLKW, &lock)) {
        if (errno == EINTR)
            continue;
        evidence_fail(err, name, "cannot be locked", errno);
        close(fd);
        return -1;
    }
    *ret_fd = fd;
    return 0;
}

struct reading {
    int (*fn)(void *arg, const struct evidence_line *line);
    void *arg;
    struct buf text; /* read and not yet handed over */
    int64_t lines;
    bool skipping; /* a line that is longer than any record: its rest */
};

/* A line too long for a record is handed over by its beginning: it is none, whatever follows. */
static int hand_over(struct reading *reading, size_t len, bool torn)
{
    int answer = 0;
    if (!reading->skipping) {
        char saved = reading->text.data[len];
        reading->text.data[len] = '\0';
        struct evidence_line line = {
            .number = ++reading->lines, .text = reading->text.data, .len = len, .torn = torn};
        answer = reading->fn(reading->arg, &line);
        reading->text.data[len] = saved;
    }
    return answer;
}

static int hand_over_all(struct reading *reading)
{
    char *end = NULL;
    int answer = 0;
    while (answer == 0 && reading->text.len > 0 &&
           (end = memchr(reading->text.data, '\n', reading->text.len)) != NULL) {
        size_t len = (size_t)(end - reading->text.data);
        answer = hand_over(reading, len, false);
        reading->skipping = false;
        buf_drop_front(&reading->text, len + 1);
    }
    if (answer == 0 && reading->text.len > LIMIT_EVIDENCE_RECORD_BYTES) {
        answer = hand_over(reading, reading->text.len, false);
        reading->skipping = true;
        buf_clear(&reading->text);
    }
    return answer;
}

static int each(int fd, struct reading *reading, struct soar_err *err)
{
    char block[64 * 1024];
    off_t at = 0;
    int answer = 0;
    buf_init(&reading->text, 0);
    while (answer == 0) {
        ssize_t got = pread(fd, block, sizeof block, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            answer = evidence_fail(err, name, "cannot be read", errno);
        if (got <= 0)
            break;
        at += got;
        buf_add(&reading->text, block, (size_t)got);
        answer = hand_over_all(reading);
    }
    if (answer == 0 && reading->text.len > 0)
        answer = hand_over(reading, reading->text.len, true);
    buf_done(&reading->text);
    return answer;
}

int evidence_manifest_each(const struct evidence_dir *dir, int (*fn)(void *arg, const struct evidence_line *),
                           void *arg, struct soar_err *err)
{
    struct soar_err why = {0};
    struct reading reading = {.fn = fn, .arg = arg};
    int fd = -1;
    if (open_locked(dir, O_RDONLY, F_RDLCK, &fd, &why)) {
        if (why.class == SOAR_ABSENT)
            return 0;
        return soar_err_set(err, why.class, "%s", why.text);
    }
    int answer = each(fd, &reading, err);
    close(fd);
    return answer;
}

struct find {
    const char *id;
    struct arena *arena;
    struct value *record;
    char *sha256;
};

static int is_it(void *arg, const struct evidence_line *line)
{
    struct find *find = arg;
    struct value record;
    size_t signed_len;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    ARENA_SCOPED arena = arena_new();
    if (memmem(line->text, line->len, find->id, strlen(find->id)) == NULL ||
        !evidence_record_read(arena, line->text, line->len, &record, &signed_len, signature) ||
        !value_is_string(value_get(&record, "evidence"), find->id))
        return 0;
    *find->record = value_copy(find->arena, &record);
    digest_sha256_hex(line->text, line->len, find->sha256);
    return 1;
}

int evidence_manifest_find(const struct evidence_dir *dir, const char *id, struct arena *arena,
                           struct value *ret_record, char ret_sha256[DIGEST_HEX], struct soar_err *err)
{
    struct find find = {.id = id, .arena = arena, .record = ret_record, .sha256 = ret_sha256};
    int answer = evidence_manifest_each(dir, is_it, &find, err);
    if (answer == 0)
        return soar_err_set(err, SOAR_ABSENT, "%s has no record", id);
    return answer > 0 ? 0 : -1;
}

/* What stands at the end of the file. */
struct tail {
    off_t size; /* of all whole lines */
    int64_t n;
    char before[DIGEST_HEX];
    char *torn; /* what follows them; NULL: nothing */
    size_t torn_len;
};

static int take_line(void *arg, const struct evidence_line *line)
{
    struct tail *tail = arg;
    static const char begin[] = "{\"n\":";
    if (line->torn) {
        tail->torn = malloc(line->len);
        if (tail->torn == NULL)
            abort();
        memcpy(tail->torn, line->text, line->len);
        tail->torn_len = line->len;
        return 0;
    }
    bool numbered = line->len > sizeof begin && memcmp(line->text, begin, sizeof begin - 1) == 0;
    int64_t n = numbered ? strtoll(line->text + sizeof begin - 1, NULL, 10) : 0;
    tail->n = n > tail->n ? n : tail->n + 1; /* a line somebody spoiled has a number, too */
    digest_sha256_hex(line->text, line->len, tail->before);
    return 0;
}

static int read_tail(int fd, struct tail *ret_tail, struct soar_err *err)
{
    struct stat st;
    struct reading reading = {.fn = take_line, .arg = ret_tail};
    *ret_tail = (struct tail){0};
    memset(ret_tail->before, '0', DIGEST_HEX - 1);
    if (each(fd, &reading, err))
        return -1;
    if (fstat(fd, &st))
        return evidence_fail(err, name, "cannot be read", errno);
    ret_tail->size = st.st_size - (off_t)ret_tail->torn_len;
    return 0;
}

/* A record that misses only its newline is one. */
static bool is_record(const struct tail *tail, const struct ed25519 *key)
{
    struct value record;
    size_t signed_len;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    ARENA_SCOPED arena = arena_new();
    return evidence_record_read(arena, tail->torn, tail->torn_len, &record, &signed_len, signature) &&
           ed25519_verify(ed25519_public(key), tail->torn, signed_len, signature);
}

static int put_aside(const struct evidence_dir *dir, const struct tail *tail, char *ret_name, size_t size,
                     struct soar_err *err)
{
    char hex[DIGEST_HEX];
    digest_sha256_hex(tail->torn, tail->torn_len, hex);
    snprintf(ret_name, size, "manifest.torn-%" PRId64 "-%.8s", (int64_t)tail->size, hex);
    int fd = openat(dir->fd, ret_name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return evidence_fail(err, ret_name, "cannot be made", errno);
    int failed =
        evidence_write_all(fd, tail->torn, tail->torn_len) || fsync(fd) || fsync(dir->fd) ? errno : 0;
    close(fd);
    return failed ? evidence_fail(err, ret_name, "cannot be written", failed) : 0;
}

/* Adds to `extra` what the next record says of it. */
static int mend(const struct evidence_dir *dir, int fd, struct tail *tail, const struct ed25519 *key,
                struct buf *extra, struct soar_err *err)
{
    char aside[64], hex[DIGEST_HEX];
    if (tail->torn == NULL)
        return 0;
    if (is_record(tail, key)) {
        struct evidence_line line = {.text = tail->torn, .len = tail->torn_len};
        if (pwrite(fd, "\n", 1, tail->size + (off_t)tail->torn_len) != 1)
            return evidence_fail(err, name, "cannot be mended", errno);
        tail->size += (off_t)tail->torn_len + 1;
        return take_line(tail, &line);
    }
    if (put_aside(dir, tail, aside, sizeof aside, err))
        return -1;
    if (ftruncate(fd, tail->size) || fsync(fd))
        return evidence_fail(err, name, "cannot be mended", errno);
    digest_sha256_hex(tail->torn, tail->torn_len, hex);
    buf_printf(extra, ",\"repaired\":{\"file\":\"%s\",\"bytes\":%zu,\"sha256\":\"%s\"}", aside,
               tail->torn_len, hex);
    fprintf(stderr,
            "%s: its last line was cut off in the middle of being written; its %zu bytes are now in %s\n",
            name, tail->torn_len, aside);
    return 0;
}

static void add_signed(struct buf *line, const struct ed25519 *key)
{
    uint8_t signature[ED25519_SIGNATURE_BYTES], text[EVIDENCE_SIGNATURE_TEXT + 1];
    ed25519_sign(key, line->data, line->len, signature);
    EVP_EncodeBlock(text, signature, sizeof signature);
    buf_printf(line, ",\"signature\":\"%s\"}", (const char *)text);
}

/* What a failed write has left is taken back, so that the next one needn't mend. */
static int write_line(int fd, off_t at, struct buf *line, struct soar_err *err)
{
    size_t put = 0;
    int failed = 0;
    buf_char(line, '\n');
    while (put < line->len && !failed) {
        ssize_t got = pwrite(fd, line->data + put, line->len - put, at + (off_t)put);
        if (got < 0 && errno != EINTR)
            failed = errno;
        put += got > 0 ? (size_t)got : 0;
    }
    if (!failed && fsync(fd))
        failed = errno;
    if (failed && ftruncate(fd, at))
        failed = errno;
    if (failed)
        return evidence_fail(err, name, "cannot be written", failed);
    (void)fallocate(fd, FALLOC_FL_KEEP_SIZE, at + (off_t)line->len, AHEAD_BYTES);
    return 0;
}

static int add(const struct evidence_dir *dir, int fd, struct tail *tail, const struct ed25519 *key,
               const char *body, size_t len, struct buf *line, struct soar_err *err)
{
    char key_name[DIGEST_HEX];
    BUF_SCOPED extra = {0};
    if (mend(dir, fd, tail, key, &extra, err))
        return -1;
    evidence_key_name(ed25519_public(key), key_name);
    buf_printf(line, "{\"n\":%" PRId64 ",\"before\":\"%s\",", tail->n + 1, tail->before);
    buf_add(line, body + 1, len - 2);
    buf_text(line, buf_string(&extra));
    buf_printf(line, ",\"key\":\"%s\"", key_name);
    add_signed(line, key);
    if (line->failed || line->len > LIMIT_EVIDENCE_RECORD_BYTES)
        return soar_err_set(err, SOAR_INVALID, "a record of more than %d bytes", LIMIT_EVIDENCE_RECORD_BYTES);
    return write_line(fd, tail->size, line, err);
}

int evidence_manifest_add(const struct evidence_dir *dir, const struct ed25519 *key, const char *body,
                          size_t len, int64_t *ret_n, char ret_sha256[DIGEST_HEX], struct soar_err *err)
{
    struct tail tail = {0};
    int fd = -1;
    BUF_SCOPED line;
    buf_init(&line, LIMIT_EVIDENCE_RECORD_BYTES + 1);
    if (len < 3 || body[0] != '{' || body[len - 1] != '}')
        return soar_err_set(err, SOAR_INVALID, "a record that is no JSON object");
    if (open_locked(dir, O_RDWR | O_CREAT, F_WRLCK, &fd, err))
        return -1;
    int rc = read_tail(fd, &tail, err);
    if (rc == 0 && tail.size == 0 && fsync(dir->fd)) /* its own name */
        rc = evidence_fail(err, name, "cannot sync its directory", errno);
    if (rc == 0)
        rc = add(dir, fd, &tail, key, body, len, &line, err);
    close(fd);
    free(tail.torn);
    if (rc)
        return -1;
    *ret_n = tail.n + 1;
    digest_sha256_hex(line.data, line.len - 1, ret_sha256);
    return 0;
}
