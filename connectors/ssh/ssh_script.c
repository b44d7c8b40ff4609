/* One script on one channel: the payload goes out up to the byte that lets the script start, then `sending`
 * is said, then that byte goes.
 *
 * So a connection that breaks earlier has changed nothing, and the worker may say so. The call ends when the
 * loader has said on both streams that the script is over; a process that it left behind with its output open
 * keeps nobody waiting. */
#include "connectors/ssh/ssh.h"

#include <stdlib.h>
#include <string.h>

#include "connectors/worker/powershell.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

enum { BATCH_BYTES = 256 * 1024 }; /* the library reads little at once; a sink likes more */

static int open_channel(struct ssh *ssh, struct soar_err *err)
{
    const char *command = ssh->peer.windows ? powershell_command()
                                            : ssh_loader_command(ssh->peer.sudo && ssh->peer.scripts == NULL);
    int rc;
    ssh->channel = ssh_channel_new(ssh->session);
    ssh->kept_ms = worker_now_ms();
    if (ssh->channel == NULL)
        return ssh_fail(ssh, "channel", err);
    while ((rc = ssh_channel_open_session(ssh->channel)) == SSH_AGAIN)
        if (ssh_wait(ssh, "channel", err))
            return -1;
    if (rc != SSH_OK)
        return ssh_fail(ssh, "channel", err);
    while ((rc = ssh_channel_request_exec(ssh->channel, command)) == SSH_AGAIN)
        if (ssh_wait(ssh, "command", err))
            return -1;
    return rc == SSH_OK ? 0 : ssh_fail(ssh, "command", err);
}

/* The host said that no more comes. A channel counts as closed, too, when the connection is gone. */
static bool at_end(const struct ssh *ssh)
{
    return ssh_is_connected(ssh->session) &&
           (ssh_channel_is_eof(ssh->channel) || ssh_channel_is_closed(ssh->channel));
}

/* Takes what has come on one stream. 0: nothing more now; -1: the connection is gone, or the sink full. */
static int drain(struct ssh *ssh, bool is_errors, struct ssh_stream *stream)
{
    int got = 1;
    while (got > 0 && worker_now_ms() < ssh->deadline_ms) { /* an endless talker: ssh_wait() ends it */
        size_t room, filled = 0;
        char *to = ssh_stream_room(stream, &room);
        size_t most = room < BATCH_BYTES ? room : BATCH_BYTES; /* the window grows to the room */
        while (filled < most && (got = ssh_channel_read_timeout(ssh->channel, to + filled,
                                                                (uint32_t)(room - filled), is_errors, 0)) > 0)
            filled += (size_t)got;
        ssh_stream_came(stream, filled);
        if (stream->full || (got < 0 && got != SSH_AGAIN && !at_end(ssh)))
            return -1;
    }
    return 0;
}

/* Reading one stream takes in what comes for the other, which then no longer shows on the socket: look until
 * nothing came from there. */
static int drain_both(struct ssh *ssh, struct ssh_stream *out, struct ssh_stream *errors,
                      struct soar_err *err)
{
    uint64_t heard;
    do {
        heard = ssh->heard.in_bytes;
        if (drain(ssh, false, out) || drain(ssh, true, errors))
            return ssh_fail(ssh, "script", err);
    } while (heard != ssh->heard.in_bytes && worker_now_ms() < ssh->deadline_ms);
    return 0;
}

static int send_bytes(struct ssh *ssh, const char *bytes, size_t len, struct ssh_stream *out,
                      struct ssh_stream *errors, struct soar_err *err)
{
    while (len > 0) {
        int put = ssh_channel_write(ssh->channel, bytes, (uint32_t)len);
        if (put > 0) {
            bytes += put;
            len -= (size_t)put;
            continue;
        }
        if (drain_both(ssh, out, errors, err)) /* its window is full: it may wait for us to read */
            return -1;
        if (at_end(ssh)) /* which shows only when all that came before is read */
            return 0;    /* it ended before it had read all; finish() says why */
        if (put < 0 && put != SSH_AGAIN)
            return ssh_fail(ssh, "sending the script", err);
        if (ssh_wait(ssh, "sending the script", err))
            return -1;
    }
    return 0;
}

static int read_all(struct ssh *ssh, struct ssh_stream *out, struct ssh_stream *errors, struct soar_err *err)
{
    while (!out->ended || !errors->ended) {
        if (drain_both(ssh, out, errors, err))
            return -1;
        if (at_end(ssh))
            break;
        if ((!out->ended || !errors->ended) && ssh_wait(ssh, "script", err))
            return -1;
    }
    ssh_stream_eof(out);
    ssh_stream_eof(errors);
    return 0;
}

/* Waits for the exit status that comes behind the end of output, when the loader did not say one. -1: none
 * came. */
static int exit_status(struct ssh *ssh)
{
    struct soar_err ignored;
    int64_t whole = ssh->deadline_ms, soon = worker_now_ms() + 2000;
    int status;
    ssh->deadline_ms = soon < whole ? soon : whole;
    while ((status = ssh_channel_get_exit_status(ssh->channel)) < 0 && !ssh_channel_is_closed(ssh->channel))
        if (ssh_wait(ssh, "end", &ignored))
            break;
    ssh->deadline_ms = whole;
    return status;
}

static int never_began(const struct ssh_stream *out, const struct ssh_stream *errors, int status,
                       struct soar_err *err)
{
    BUF_SCOPED said;
    buf_init(&said, 0);
    const struct buf *chatter = errors->chatter.len ? &errors->chatter : &out->chatter;
    text_visible(&said, buf_string(chatter), chatter->len < 300 ? chatter->len : 300);
    if (status <= 0) /* none came: the server may have died with the script begun */
        return soar_err_set(err, SOAR_TRANSIENT, "the session ended before the script said that it began: %s",
                            buf_string(&said));
    if (!strncmp(buf_string(&errors->chatter), "sudo:", 5))
        return soar_err_set(err, SOAR_DENIED, "%s", buf_string(&said));
    return soar_err_set(err, SOAR_PERMANENT, "the account's shell did not start the script (exit %d): %s",
                        status, buf_string(&said));
}

static int finish(struct ssh *ssh, struct ssh_stream *out, const struct ssh_stream *errors, int64_t seconds,
                  struct soar_err *err)
{
    if (out->ended)
        return 0;
    int status = exit_status(ssh);
    if (!out->begun)
        return never_began(out, errors, status, err);
    if (ssh->peer.windows && status >= 0 && status != POWERSHELL_TOO_LONG) { /* its loader says no end */
        out->exit = status;
        out->ended = true;
        return 0;
    }
    if (status == 124 || status == 137)
        return soar_err_set(err, SOAR_TRANSIENT, "the script was ended there after %lld s",
                            (long long)seconds);
    return soar_err_set(err, SOAR_TRANSIENT, "the script's end was not heard (exit %d)", status);
}

/* A channel that is done is closed without waiting; the next call opens another. */
static void drop_channel(struct ssh *ssh, bool usable)
{
    if (!usable) {
        ssh_close(ssh);
        return;
    }
    ssh_channel_free(ssh->channel);
    ssh->channel = NULL;
    if (!ssh_is_connected(ssh->session))
        ssh_close(ssh);
}

static int exchange(struct ssh *ssh, const struct buf *payload, size_t start, struct worker_call *call,
                    struct ssh_stream *out, struct ssh_stream *errors, struct soar_err *err)
{
    if (open_channel(ssh, err) || send_bytes(ssh, payload->data, start, out, errors, err))
        return -1;
    worker_sending(call);
    if (send_bytes(ssh, payload->data + start, payload->len - start, out, errors, err))
        return -1;
    if (ssh->peer.windows &&
        ssh_channel_send_eof(ssh->channel) == SSH_ERROR) /* PowerShell reads to the end */
        return ssh_fail(ssh, "sending the script", err);
    return read_all(ssh, out, errors, err);
}

static int make_payload(const struct ssh *ssh, const struct ssh_script *script, const char *nonce,
                        int64_t seconds, struct buf *payload, size_t *ret_start, struct soar_err *err)
{
    struct powershell_script text = {.text = script->text, .len = script->len, .values = script->values};
    if (!ssh->peer.windows)
        return ssh_loader_payload(payload, script, nonce, seconds, ret_start, err);
    if (powershell_payload(payload, &text, nonce, seconds * 1000, err))
        return -1;
    *ret_start = payload->len - 2; /* the line that says that all has come */
    return 0;
}

int ssh_script_run(struct ssh *ssh, const struct ssh_script *script, struct worker_call *call,
                   struct ssh_stream *out, struct ssh_stream *errors, struct soar_err *err)
{
    int64_t seconds =
        (ssh->deadline_ms - worker_now_ms() - 1000) / 1000; /* who ignores TERM gets KILL 1 s later */
    if (seconds < 1)
        seconds = 1;
    BUF_SCOPED payload;
    buf_init(&payload, 4 * (size_t)LIMIT_LINE_BYTES);
    size_t start = 0;
    if (make_payload(ssh, script, out->nonce, seconds, &payload, &start, err))
        return -1;
    bool talked = exchange(ssh, &payload, start, call, out, errors, err) == 0;
    int rc = talked ? finish(ssh, out, errors, seconds, err) : -1;
    drop_channel(ssh, talked);
    return rc;
}
