/* A copy is made while the object is checked: what lands under its name is what the record says, or nothing
 * does. Records are copied as bytes, since bytes were signed. */
#include "state/evidence_export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/evidence_frame.h"
#include "state/evidence_verify.h"

static const char readme[] =
    "Evidence, exported by soar " SOAR_VERSION ".\n\n"
    "records.jsonl   one line for each evidence here: what it is, of which machine, from when, by whom, and "
    "its hashes\n"
    "signing.pub     the public key that the records are signed with: compare it with a copy from elsewhere\n"
    "E-N.zst         the bytes as they were stored (zstd); or\n"
    "E-N.raw         as they were collected\n\n"
    "To check record 1 (sed -n 1p; 2p for the second line, and so on):\n\n"
    "    sed -n 1p records.jsonl | sed 's/,\"signature\":\"[^\"]*\"}$//' | tr -d '\\n' >signed\n"
    "    sed -n 1p records.jsonl | sed 's/.*,\"signature\":\"\\([^\"]*\\)\"}$/\\1/' | openssl base64 -d -A "
    ">signature\n"
    "    openssl pkeyutl -verify -pubin -inkey signing.pub -rawin -in signed -sigfile signature\n\n"
    "and that its file is the one the record speaks of:\n\n"
    "    sha256sum E-N.zst                \"stored_sha256\" in the record\n"
    "    zstd -dc E-N.zst | sha256sum     \"sha256\" in the record\n"
    "    sha256sum E-N.raw                \"sha256\" in the record\n\n"
    "\"whole\": false means that the collection was cut short; \"why\" says how. \"before\" is the SHA-256 "
    "of the line\n"
    "that stood before it in the manifest of the store.\n";

struct job {
    const struct evidence_export *export;
    int to; /* the new directory */
    int out;
    uint64_t copied;
};

static int put_file(const struct job *job, const char *name, const void *bytes, size_t len, int flags,
                    struct soar_err *err)
{
    int fd = openat(job->to, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    if (fd < 0)
        return evidence_fail(err, name, "cannot be made", errno);
    int failed = evidence_write_all(fd, bytes, len) || fsync(fd) ? errno : 0;
    close(fd);
    return failed ? evidence_fail(err, name, "cannot be written", failed) : 0;
}

static int put_key(const struct job *job, struct soar_err *err)
{
    uint8_t public[ED25519_PUBLIC_BYTES];
    BUF_SCOPED text = {0};
    if (evidence_key_public(job->export->dir, public, err))
        return -1;
    ed25519_public_pem(public, &text);
    return put_file(job, "signing.pub", text.data, text.len, O_EXCL, err);
}

struct want {
    const char *id;
    struct buf line;
};

static int take_line(void *arg, const struct evidence_line *line)
{
    struct want *want = arg;
    struct value record;
    size_t signed_len;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    ARENA_SCOPED arena = arena_new();
    if (!evidence_record_read(arena, line->text, line->len, &record, &signed_len, signature) ||
        !value_is_string(value_get(&record, "evidence"), want->id))
        return 0;
    buf_add(&want->line, line->text, line->len);
    return 1;
}

static int taken(void *arg, const void *bytes, size_t len)
{
    struct job *job = arg;
    return evidence_write_all(job->out, bytes, len);
}

static int moved(void *arg, uint64_t bytes, uint64_t stored_bytes)
{
    const struct job *job = arg;
    (void)stored_bytes;
    return job->export->moved ? job->export->moved(job->export->arg, bytes) : 0;
}

static int copy_stored(struct job *job, int from, struct soar_err *err)
{
    static char block[1024 * 1024];
    off_t at = 0;
    for (;;) {
        ssize_t got = pread(from, block, sizeof block, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return soar_err_set(err, SOAR_PERMANENT, "cannot be read: %s", strerror(errno));
        if (got == 0)
            return 0;
        if (evidence_write_all(job->out, block, (size_t)got))
            return soar_err_set(err, SOAR_PERMANENT, "the copy cannot be written: %s", strerror(errno));
        at += got;
    }
}

/* What is read to be checked is what was copied: of a stored one, the copy itself. */
static int copy_checked(struct job *job, int from, const struct value *record, struct soar_err *err)
{
    struct evidence_frame frame;
    struct evidence_watch watch = {.moved = moved, .taken = job->export->raw ? taken : NULL, .arg = job};
    if (!job->export->raw && copy_stored(job, from, err))
        return -1;
    errno = 0;
    if (evidence_frame_read(job->export->raw ? from : job->out, &watch, &frame, err))
        return errno ? soar_err_wrap(err, "%s", strerror(errno)) : -1;
    if (!frame.whole || !value_is_string(value_get(record, "stored_sha256"), frame.sum.stored_sha256) ||
        !value_is_string(value_get(record, "sha256"), frame.sum.sha256))
        return soar_err_set(err, SOAR_PERMANENT, "is not what its record says: see `evidence verify`");
    if (fsync(job->out))
        return soar_err_set(err, SOAR_PERMANENT, "the copy cannot be synced: %s", strerror(errno));
    job->copied = job->export->raw ? frame.sum.bytes : frame.sum.stored_bytes;
    return 0;
}

static int copy_object(struct job *job, const char *name, const struct value *record, struct soar_err *err)
{
    const char *object = evidence_record_object(record);
    int from = -1;
    job->copied = 0;
    if (object == NULL)
        return soar_err_set(err, SOAR_PERMANENT, "its record names an object that can't be its own");
    if (object[0] && evidence_object_open(job->export->dir, object, &from, err))
        return -1;
    job->out = openat(job->to, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    int rc = job->out < 0 ? evidence_fail(err, name, "cannot be made", errno) : 0;
    if (rc == 0 && from >= 0 && (rc = copy_checked(job, from, record, err)) != 0)
        soar_err_wrap(err, "%s", object);
    if (job->out >= 0)
        close(job->out);
    if (from >= 0)
        close(from);
    if (rc && job->out >= 0)
        unlinkat(job->to, name, 0);
    return rc;
}

static int export_one(struct job *job, const char *id, struct value_builder *files, struct soar_err *err)
{
    struct want want = {.id = id};
    struct value record, signed_record;
    size_t signed_len;
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    struct value_builder map;
    struct arena *arena = files->arena;
    const char *name = arena_printf(arena, "%s.%s", id, job->export->raw ? "raw" : "zst");
    buf_init(&want.line, 0);
    int answer = evidence_manifest_each(job->export->dir, take_line, &want, err);
    if (answer <= 0 ||
        !evidence_record_read(arena, want.line.data, want.line.len, &record, &signed_len, signature)) {
        buf_done(&want.line);
        return answer < 0 ? -1 : soar_err_set(err, SOAR_INVALID, "it has no record in the manifest");
    }
    signed_record = record;
    buf_char(&want.line, '\n');
    int rc = copy_object(job, name, &signed_record, err);
    if (rc == 0)
        rc = put_file(job, "records.jsonl", want.line.data, want.line.len, O_APPEND, err);
    buf_done(&want.line);
    if (rc)
        return -1;
    value_build(&map, arena);
    value_put_text(&map, "evidence", value_text(arena, id));
    value_put_text(&map, "file", value_text(arena, name));
    value_put_text(&map, "bytes", value_int((int64_t)job->copied));
    value_put_text(
        &map, "sha256",
        value_text(arena, value_get_string(&record, job->export->raw ? "sha256" : "stored_sha256", "")));
    value_put_text(&map, "whole", value_bool(value_get_bool(&record, "whole", false)));
    value_push(files, value_end_map(&map));
    return 0;
}

static int export_all(struct job *job, struct value_builder *files, struct soar_err *err)
{
    if (put_key(job, err) || put_file(job, "README.txt", readme, sizeof readme - 1, O_EXCL, err))
        return -1;
    for (size_t i = 0; i < value_count(job->export->ids); i++) {
        const struct value *id = value_at(job->export->ids, i);
        if (id->kind != VALUE_STRING || !evidence_is_id(id->text))
            return soar_err_set(err, SOAR_INVALID, "%.60s is no evidence: expected E-1 or another number",
                                id->kind == VALUE_STRING ? id->text : "that");
        if (export_one(job, id->text, files, err))
            return soar_err_wrap(err, "%s", id->text);
    }
    return fsync(job->to) ? evidence_fail(err, job->export->to, "cannot be synced", errno) : 0;
}

int evidence_export(const struct evidence_export *export, struct arena *arena, struct value *ret_files,
                    struct soar_err *err)
{
    struct job job = {.export = export, .to = -1, .out = -1};
    struct value_builder files;
    if (mkdir(export->to, 0700)) {
        int why = errno;
        evidence_fail(err, export->to, "cannot be made", why);
        if (err)
            err->class = SOAR_INVALID;
        return -1;
    }
    job.to = open(export->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (job.to < 0)
        return evidence_fail(err, export->to, "cannot be opened", errno);
    value_build(&files, arena);
    int rc = export_all(&job, &files, err);
    close(job.to);
    *ret_files = value_end_list(&files);
    return rc;
}
