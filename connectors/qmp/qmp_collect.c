/* A dump's bytes to descriptor 3, where the evidence writer reads.
 *
 * All of the file goes out whatever it is; then it must have been a whole dump and must not have grown
 * meanwhile, or the call fails, and what went out is kept as partial evidence. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connectors/qmp/qmp.h"

enum { EVIDENCE = 3, BLOCK_BYTES = 256 * 1024 };

static int put(const char *bytes, size_t len, struct soar_err *err)
{
    while (len > 0) {
        ssize_t written = write(EVIDENCE, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return soar_err_set(err, SOAR_TRANSIENT, "the evidence store takes no more: %s", strerror(errno));
        bytes += written;
        len -= (size_t)written;
    }
    return 0;
}

static void say_progress(struct worker_call *call, uint64_t done, uint64_t all)
{
    ARENA_SCOPED arena = arena_new();
    struct value_builder fields;
    value_build(&fields, arena);
    value_put_text(&fields, "bytes", value_int((int64_t)done));
    value_put_text(&fields, "of", value_int((int64_t)all));
    struct value map = value_end_map(&fields);
    worker_progress(call, &map);
}

static int copy(int fd, uint64_t all, struct worker_call *call, uint64_t *ret_done, struct soar_err *err)
{
    char *block = malloc(BLOCK_BYTES);
    int rc = 0;
    if (block == NULL)
        abort();
    while (rc == 0 && *ret_done < all) {
        size_t wanted = all - *ret_done < BLOCK_BYTES ? (size_t)(all - *ret_done) : BLOCK_BYTES;
        ssize_t got = read(fd, block, wanted);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            rc = soar_err_set(err, SOAR_TRANSIENT, "cannot read the dump on: %s",
                              got ? strerror(errno) : "it became shorter");
        else if (worker_now_ms() >= call->deadline_ms)
            rc = soar_err_set(err, SOAR_TRANSIENT, "collecting took too long");
        else
            rc = put(block, (size_t)got, err);
        if (rc == 0) {
            *ret_done += (uint64_t)got;
            say_progress(call, *ret_done, all);
        }
    }
    free(block);
    return rc;
}

static int judge(int fd, uint64_t bytes, const char *told, struct soar_err *err)
{
    struct stat st;
    if (fstat(fd, &st) || (uint64_t)st.st_size != bytes)
        return soar_err_set(err, SOAR_TRANSIENT, "the dump was still being written");
    if (!qmp_elf_whole(fd, bytes))
        return soar_err_set(err, SOAR_TRANSIENT, "the dump is not whole: it ends after %" PRIu64 " bytes%s%s",
                            bytes, *told ? ": " : "", told);
    return 0;
}

static int limit_of(const struct value *given, uint64_t *ret_limit, struct soar_err *err)
{
    if (given == NULL)
        return 0;
    if (given->kind != VALUE_STRING || given->len == 0 || given->len > 18 ||
        strspn(given->text, "0123456789") != given->len)
        return soar_err_set(err, SOAR_INVALID, "the limit is no number of bytes");
    *ret_limit = strtoull(given->text, NULL, 10);
    return 0;
}

int qmp_collect(const struct qmp_peer *peer, struct worker_call *call, struct value *ret_result,
                struct soar_err *err)
{
    const char *name;
    uint64_t bytes = 0, done = 0;
    uint64_t limit = UINT64_MAX;
    int fd;
    if (qmp_dir_name(value_get(call->args, "file"), "file", &name, err) ||
        limit_of(value_get(call->args, "limit"), &limit, err))
        return -1;
    if (fcntl(EVIDENCE, F_GETFD) < 0)
        return soar_err_set(err, SOAR_INVALID, "qmp.collect was given no descriptor to write to");
    if (qmp_dir_read(peer, name, &fd, &bytes, err))
        return -1;
    worker_sending(call);
    uint64_t all = bytes < limit ? bytes : limit;
    int rc = copy(fd, all, call, &done, err);
    if (rc == 0 && all < bytes)
        rc = soar_err_set(err, SOAR_PERMANENT,
                          "the dump has %" PRIu64 " bytes, and %" PRIu64 " are the limit", bytes, all);
    if (rc == 0)
        rc = judge(fd, bytes, value_get_string(call->args, "told", ""), err);
    close(fd);
    close(EVIDENCE);
    if (rc)
        return soar_err_wrap(err, "%s", name);
    struct value_builder result;
    value_build(&result, call->arena);
    value_put_text(&result, "bytes", value_int((int64_t)done));
    *ret_result = value_end_map(&result);
    return 0;
}
