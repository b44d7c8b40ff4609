/* ssh.collect: a script whose output goes to descriptor 3 as it comes, and never into memory.
 *
 * The script changes nothing at the host that matters, so a collection that broke off may simply be made
 * anew: it is TRANSIENT, and never UNKNOWN. It is answered DONE only if the loader's end was heard on both
 * streams. When the reader of the pipe is slow, nothing more is read from the host: then its script waits. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connectors/ssh/ssh.h"
#include "connectors/ssh/ssh_answer.h"
#include "connectors/ssh/ssh_helper.h"
#include "engine/base/digest.h"

enum { PROGRESS_MS = 500 };

struct collection {
    struct ssh *ssh;
    struct worker_call *call;
    struct ssh_script script;
    char script_hex[DIGEST_HEX];
    char helper_hex[DIGEST_HEX]; /* "" without one */
    uint64_t expected, limit, bytes;
    int64_t told_ms;         /* when the last progress was */
    struct soar_err stopped; /* why no more was taken */
};

const struct ssh_helper *ssh_helper_find(const char *name)
{
    const struct ssh_helper *helper = ssh_helpers();
    while (helper->name && strcmp(helper->name, name) != 0)
        helper++;
    return helper->name ? helper : NULL;
}

/* A number, as such or as the text that an expression gave. */
static int count_arg(const struct worker_call *call, const char *name, uint64_t otherwise, uint64_t *ret,
                     struct soar_err *err)
{
    const struct value *value = value_get(call->args, name);
    char *end = NULL;
    *ret = otherwise;
    if (value == NULL || value->kind == VALUE_NULL)
        return 0;
    if (value->kind == VALUE_INT && value->integer >= 0) {
        *ret = (uint64_t)value->integer;
        return 0;
    }
    if (value->kind == VALUE_STRING && value->len > 0 && value->len < 19 &&
        strspn(value->text, "0123456789") == value->len) {
        *ret = strtoull(value->text, &end, 10);
        return 0;
    }
    return soar_err_set(err, SOAR_INVALID, "%s is not a number of bytes", name);
}

static void tell_progress(struct collection *it)
{
    int64_t now = worker_now_ms();
    if (now - it->told_ms < PROGRESS_MS)
        return;
    it->told_ms = now;
    ARENA_SCOPED arena = arena_new(); /* the call's own lives as long as the stream */
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "bytes", value_int((int64_t)it->bytes));
    struct value fields = value_end_map(&map);
    worker_progress(it->call, &fields);
}

static int write_all(struct collection *it, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(it->ssh->evidence, bytes, len);
        if (put > 0) {
            bytes += put;
            len -= (size_t)put;
            it->bytes += (uint64_t)put;
        } else if (put < 0 && errno == EPIPE) {
            return soar_err_set(&it->stopped, SOAR_TRANSIENT, "the evidence writer ended");
        } else if (put < 0 && errno != EAGAIN && errno != EINTR) {
            return soar_err_set(&it->stopped, SOAR_TRANSIENT, "the evidence's pipe: %s", strerror(errno));
        } else if (ssh_wait_room(it->ssh, it->ssh->evidence, &it->stopped)) {
            return -1;
        }
    }
    return 0;
}

static int take(void *arg, const char *bytes, size_t len)
{
    struct collection *it = arg;
    bool over = len > it->limit - it->bytes;
    if (write_all(it, bytes, over ? (size_t)(it->limit - it->bytes) : len))
        return -1;
    tell_progress(it);
    return over ? soar_err_set(&it->stopped, SOAR_PERMANENT,
                               "more came than the %" PRIu64 " bytes it may have, and was not taken",
                               it->limit)
                : 0;
}

static int prepare(struct collection *it, struct soar_err *err)
{
    struct ssh_script *script = &it->script;
    const struct value *name;
    if (it->ssh->evidence < 0)
        return soar_err_set(err, SOAR_INVALID, "there is no pipe for the evidence as descriptor 3");
    if (ssh_args_script(&it->ssh->peer, it->call, script, err) ||
        ssh_args_text(it->call, "helper", &name, err) ||
        count_arg(it->call, "expected", 0, &it->expected, err) ||
        count_arg(it->call, "limit", UINT64_MAX, &it->limit, err))
        return -1;
    script->straight = true;
    digest_sha256_hex(script->text, script->len, it->script_hex);
    if (name) {
        const struct ssh_helper *helper = ssh_helper_find(name->text);
        if (helper == NULL)
            return soar_err_set(err, SOAR_INVALID, "soar-ssh was built without a helper %s", name->text);
        script->helper = helper->bytes;
        script->helper_len = helper->len;
        digest_sha256_hex(helper->bytes, helper->len, it->helper_hex);
    }
    ssh_args_installed(&it->ssh->peer, it->call->arena, script);
    return 0;
}

static int judge(const struct collection *it, const struct ssh_stream *out, const struct ssh_stream *errors,
                 struct value *ret_result, struct soar_err *err)
{
    if (out->exit == 0 && it->bytes < it->expected)
        return soar_err_set(err, SOAR_TRANSIENT, "the script ended well, with %" PRIu64 " bytes to come",
                            it->expected - it->bytes);
    struct value_builder map;
    value_build(&map, it->call->arena);
    value_put_text(&map, "exit", value_int(out->exit));
    ssh_answer_errors(&map, errors);
    value_put_text(&map, "bytes", value_int((int64_t)it->bytes));
    value_put_text(&map, "script_sha256", value_text(it->call->arena, it->script_hex));
    if (it->helper_hex[0])
        value_put_text(&map, "helper_sha256", value_text(it->call->arena, it->helper_hex));
    *ret_result = value_end_map(&map);
    return 0;
}

static int run(struct collection *it, struct value *ret_result, struct soar_err *err)
{
    struct ssh *ssh = it->ssh;
    char nonce[LOADER_NONCE_LEN + 1];
    struct ssh_stream out, errors;
    if (!ssh->open && ssh_open(ssh, it->call->secrets, err))
        return -1;
    ssh_loader_nonce(nonce);
    ssh_stream_init(&out, nonce);
    ssh_stream_init(&errors, nonce);
    ssh_stream_sink(&out, take, it);
    int rc = ssh_script_run(ssh, &it->script, it->call, &out, &errors, err);
    if (out.full)
        *err = it->stopped;
    else if (rc == 0)
        rc = judge(it, &out, &errors, ret_result, err);
    ssh_stream_done(&out);
    ssh_stream_done(&errors);
    return rc ? soar_err_wrap(err, "after %" PRIu64 " bytes", it->bytes) : 0;
}

int ssh_collect(struct ssh *ssh, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    struct collection it = {.ssh = ssh, .call = call};
    int rc = prepare(&it, err);
    if (ssh->evidence >= 0) {
        fcntl(ssh->evidence, F_SETFL, O_NONBLOCK);
        rc = rc ? rc : run(&it, ret_result, err);
        close(ssh->evidence); /* or its reader would wait for more */
        ssh->evidence = -1;
    }
    return rc;
}
