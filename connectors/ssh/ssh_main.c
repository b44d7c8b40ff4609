/* soar-ssh: the worker that speaks SSH to one host. This file joins the functions of table_ssh.c to what does
 * them.
 *
 * It reads no file: key and known hosts come from the engine. With --sudoers USER it prints the sudoers
 * fragment and ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "connectors/ssh/ssh.h"
#include "connectors/ssh/ssh_answer.h"
#include "connectors/table/table_list.h"
#include "engine/base/limits.h"

static int bind_peer(void *state, const struct value *peer, struct soar_err *err)
{
    struct ssh *ssh = state;
    static struct arena *arena; /* lives as long as the peer: to the end */
    arena = arena_new();
    return ssh_peer_parse(arena, peer, &ssh->peer, err);
}

/* A connection kept since the last call may have died unseen: if nothing was sent yet, one new one is tried.
 */
static int run_connected(struct ssh *ssh, const struct ssh_script *script, struct worker_call *call,
                         struct value *ret_result, struct soar_err *err)
{
    char nonce[LOADER_NONCE_LEN + 1];
    struct ssh_stream out, errors;
    int rc = -1;
    for (int again = ssh->open; again >= 0; again--) {
        if (!ssh->open && ssh_open(ssh, call->secrets, err))
            return -1;
        ssh_loader_nonce(nonce);
        ssh_stream_init(&out, nonce);
        ssh_stream_init(&errors, nonce);
        rc = ssh_script_run(ssh, script, call, &out, &errors, err);
        if (rc == 0)
            *ret_result = ssh_answer(call->arena, &out, &errors);
        ssh_stream_done(&out);
        ssh_stream_done(&errors);
        if (rc == 0 || call->sent || ssh->open || worker_now_ms() >= ssh->deadline_ms)
            break;
    }
    return rc;
}

static int call_script(struct ssh *ssh, struct worker_call *call, struct value *ret_result,
                       struct soar_err *err)
{
    struct ssh_script script;
    if (ssh_args_script(&ssh->peer, call, &script, err))
        return -1;
    ssh_args_installed(&ssh->peer, call->arena, &script);
    return run_connected(ssh, &script, call, ret_result, err);
}

/* Beside the file, then in its place: whoever reads it sees the old one or the new one, whole. */
static const char upload_script[] = "set -eu; umask 077\n"
                                    "[ ! -d \"$1\" ] || { echo \"$1 is a directory\" >&2; exit 21; }\n"
                                    "t=$(mktemp \"$1.soar.XXXXXX\"); trap 'rm -f \"$t\"' EXIT\n"
                                    "cat >\"$t\"; chmod \"$2\" \"$t\"; sync \"$t\" 2>/dev/null || :\n"
                                    "mv -f \"$t\" \"$1\"; trap - EXIT\n";

static int call_upload(struct ssh *ssh, struct worker_call *call, struct value *ret_result,
                       struct soar_err *err)
{
    const struct value *path, *content, *mode;
    if (ssh_args_text(call, "path", &path, err) || ssh_args_text(call, "content", &content, err) ||
        ssh_args_text(call, "mode", &mode, err))
        return -1;
    if (ssh->peer.windows)
        return soar_err_set(err, SOAR_UNSUPPORTED, "a file comes to a Windows host by a script: `values`");
    struct value octal = mode ? *mode : value_static("0600");
    if (path->text[0] != '/')
        return soar_err_set(err, SOAR_INVALID, "path is not absolute");
    if (octal.len < 3 || octal.len > 4 || strspn(octal.text, "01234567") != octal.len)
        return soar_err_set(err, SOAR_INVALID, "mode is not an octal number");
    struct value both[] = {*path, octal}, args = value_list(call->arena, both, 2);
    struct ssh_script script = {
        .text = upload_script,
        .len = sizeof upload_script - 1,
        .args = &args,
        .input = content->text,
        .input_len = content->len,
    };
    ssh_args_installed(&ssh->peer, call->arena, &script);
    return run_connected(ssh, &script, call, ret_result, err);
}

static int call_reach(struct ssh *ssh, struct worker_call *call, struct value *ret_result,
                      struct soar_err *err)
{
    BUF_SCOPED greeting;
    buf_init(&greeting, 0);
    if (ssh_reach(&ssh->peer, call->deadline_ms, &greeting, err))
        return -1;
    struct value_builder result;
    value_build(&result, call->arena);
    value_put_text(&result, "greeting", value_text(call->arena, buf_string(&greeting)));
    *ret_result = value_end_map(&result);
    return 0;
}

static int call(void *state, struct worker_call *call, struct value *ret_result, struct soar_err *err)
{
    struct ssh *ssh = state;
    const char *function = call->function->name;
    ssh->deadline_ms = call->deadline_ms;
    int rc;
    if (!strcmp(function, "ssh.reach"))
        rc = call_reach(ssh, call, ret_result, err);
    else if (!strcmp(function, "ssh.upload"))
        rc = call_upload(ssh, call, ret_result, err);
    else if (call->function->collects)
        rc = ssh_collect(ssh, call, ret_result, err);
    else
        rc = call_script(ssh, call, ret_result, err);
    if (rc == 0)
        return 0;
    if (err->class == SOAR_TRANSIENT && call->sent && call->function->class == FUNCTION_WRITE &&
        !call->function->collects)
        err->class = SOAR_UNKNOWN;
    soar_err_wrap(err, "ssh");
    return soar_err_wrap(err, "%s", ssh->peer.name);
}

static void done(void *state)
{
    ssh_close(state);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--sudoers")) {
        BUF_SCOPED text;
        buf_init(&text, 0);
        ssh_loader_sudoers(&text, argv[2]);
        return fputs(buf_string(&text), stdout) < 0;
    }
    struct stat st; /* looked at first: another descriptor of ours could become 3 */
    struct ssh ssh = {.fd = -1, .evidence = fstat(3, &st) == 0 && S_ISFIFO(st.st_mode) ? 3 : -1};
    if (ssh_init() != SSH_OK)
        return 1;
    struct worker_program program = {
        .connector = &connector_ssh,
        .calls = 1,
        .bind = bind_peer,
        .call = call,
        .done = done,
        .state = &ssh,
    };
    return worker_main(&program);
}
