/* One script in one shell: Create, Command, Send, Receive until it is done, Delete.
 *
 * The script starts only when its last byte has come, so until then nothing has happened and the worker may
 * say so; right before the last Send `sending` is said. Receive is a long poll: the fault TimedOut means that
 * there is nothing yet. Whatever happens, the shell is deleted as long as there is time: WinRM ends what runs
 * in it. */
#include "connectors/winrm/winrm.h"

#include "engine/base/limits.h"

enum {
    SEND_BYTES = 96 * 1024, /* base64 and an envelope around it stay within MaxEnvelopeSize */
    POLL_SECONDS = 20,      /* of one Receive */
    POLL_MORE_MS = 5000,    /* for its answer to come */
    TIDY_MS = 3000,         /* of the call's time are kept for ending what runs */
};

struct turn {
    struct winrm *winrm;
    const struct value *secrets;
    struct winrm_shell shell;
    struct buf envelope;
    struct buf text;
    long status;
    int64_t until_ms; /* of the script */
};

static void begin(struct turn *turn)
{
    buf_clear(&turn->envelope);
    buf_done(&turn->text);
}

static int post(struct turn *turn, int64_t until_ms, struct soar_err *err)
{
    if (turn->envelope.failed)
        return soar_err_set(err, SOAR_INVALID, "a message is larger than %d bytes", WINRM_ENVELOPE_BYTES);
    return winrm_post(turn->winrm, &turn->envelope, turn->secrets, until_ms, &turn->text, &turn->status, err);
}

static int create(struct turn *turn, struct soar_err *err)
{
    const struct winrm_peer *peer = &turn->winrm->peer;
    begin(turn);
    winrm_create(&turn->envelope, peer, &turn->shell);
    if (post(turn, turn->until_ms, err) || winrm_answer_created(&turn->text, turn->status, &turn->shell, err))
        return soar_err_wrap(err, "making a shell");
    begin(turn);
    winrm_command(&turn->envelope, peer, &turn->shell, powershell_command());
    if (post(turn, turn->until_ms, err) || winrm_answer_command(&turn->text, turn->status, &turn->shell, err))
        return soar_err_wrap(err, "starting PowerShell");
    return 0;
}

static int send_all(struct turn *turn, const struct buf *payload, struct worker_call *call,
                    struct soar_err *err)
{
    for (size_t at = 0; at < payload->len;) {
        size_t left = payload->len - at, part = left < SEND_BYTES ? left : SEND_BYTES;
        begin(turn);
        winrm_send(&turn->envelope, &turn->winrm->peer, &turn->shell, payload->data + at, part, part == left);
        if (part == left)
            worker_sending(call);
        if (post(turn, turn->until_ms, err) ||
            winrm_answer_plain(&turn->text, turn->status, &turn->shell, err))
            return soar_err_wrap(err, "sending the script");
        at += part;
    }
    return 0;
}

static int receive(struct turn *turn, struct winrm_output *out, struct winrm_output *errors,
                   struct winrm_end *ret_end, struct soar_err *err)
{
    while (!ret_end->done) {
        int64_t left = turn->until_ms - worker_now_ms();
        int64_t poll = left < POLL_SECONDS * 1000 ? (left + 999) / 1000 : POLL_SECONDS;
        if (left <= 0)
            return soar_err_set(err, SOAR_TRANSIENT, "the script was not done in time, and was ended there");
        begin(turn);
        winrm_receive(&turn->envelope, &turn->winrm->peer, &turn->shell, (int)poll);
        if (post(turn,
                 turn->until_ms + POLL_MORE_MS < turn->winrm->deadline_ms ? turn->until_ms + POLL_MORE_MS
                                                                          : turn->winrm->deadline_ms,
                 err) ||
            winrm_answer_received(&turn->text, turn->status, &turn->shell, out, errors, ret_end, err))
            return soar_err_wrap(err, "the script's output");
    }
    return 0;
}

/* Ends what may run there. Nothing that goes wrong here changes what the call has found. */
static void tidy(struct turn *turn, bool done)
{
    struct soar_err ignored;
    if (turn->shell.id[0] == '\0')
        return;
    if (turn->shell.command[0] && !done) {
        begin(turn);
        winrm_terminate(&turn->envelope, &turn->winrm->peer, &turn->shell);
        if (post(turn, turn->winrm->deadline_ms, &ignored))
            return;
    }
    begin(turn);
    winrm_delete(&turn->envelope, &turn->winrm->peer, &turn->shell);
    if (post(turn, turn->winrm->deadline_ms, &ignored))
        winrm_close(turn->winrm);
}

static int judge(const struct winrm_output *out, const struct winrm_end *end, int64_t *ret_exit,
                 struct soar_err *err)
{
    if (!end->told)
        return soar_err_set(err, SOAR_TRANSIENT, "the script is over, and its exit code was not told");
    if (!out->begun) /* the end was told, and this comes before the script does */
        return soar_err_set(err, end->exit == POWERSHELL_NOT_STARTED ? SOAR_TRANSIENT : SOAR_PERMANENT,
                            "PowerShell did not start the script (exit %lld%s)", (long long)end->exit,
                            end->exit == POWERSHELL_NOT_STARTED ? ": not all of it arrived" : "");
    if (end->exit == POWERSHELL_TOO_LONG)
        return soar_err_set(err, SOAR_TRANSIENT, "the script was not done in time, and was ended there");
    *ret_exit = end->exit;
    return 0;
}

int winrm_run(struct winrm *winrm, const struct powershell_script *script, struct worker_call *call,
              struct winrm_output *out, struct winrm_output *errors, int64_t *ret_exit, struct soar_err *err)
{
    int64_t left = winrm->deadline_ms - worker_now_ms();
    struct turn turn = {.winrm = winrm,
                        .secrets = call->secrets,
                        .until_ms = winrm->deadline_ms - (left > 3 * TIDY_MS ? TIDY_MS : left / 3)};
    struct winrm_end end = {0};
    BUF_SCOPED payload;
    buf_init(&payload, 4 * (size_t)LIMIT_LINE_BYTES);
    buf_init(&turn.envelope, WINRM_ENVELOPE_BYTES);
    if (powershell_payload(&payload, script, out->mark, turn.until_ms - worker_now_ms(), err))
        return -1;
    int rc = create(&turn, err);
    rc = rc ? rc : send_all(&turn, &payload, call, err);
    rc = rc ? rc : receive(&turn, out, errors, &end, err);
    if (rc && call->sent)
        err->class = SOAR_TRANSIENT; /* whatever it was: the script may run */
    if (rc && winrm->curl && turn.shell.id[0] == '\0')
        winrm_close(winrm); /* the next try begins with a new connection */
    tidy(&turn, rc == 0);
    buf_done(&turn.envelope);
    buf_done(&turn.text);
    return rc ? rc : judge(out, &end, ret_exit, err);
}
