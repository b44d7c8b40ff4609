/* What a call says of its script: the parts that ssh.run, ssh.read, ssh.upload and ssh.collect share.
 *
 * The engine has rendered the arguments by their sinks; here only their types are looked at. */
#include <string.h>

#include "connectors/ssh/ssh.h"
#include "engine/base/digest.h"

int ssh_args_text(const struct worker_call *call, const char *name, const struct value **ret,
                  struct soar_err *err)
{
    *ret = value_get(call->args, name);
    if (*ret && (*ret)->kind != VALUE_STRING)
        return soar_err_set(err, SOAR_INVALID, "%s is not a text", name);
    return 0;
}

/* A script for /bin/sh has arguments and an input, one for PowerShell has values. */
static int check_kind(const struct ssh_peer *peer, const struct worker_call *call, struct soar_err *err)
{
    static const char *const posix[] = {"args", "stdin", "helper"};
    for (size_t i = 0; peer->windows && i < sizeof posix / sizeof *posix; i++)
        if (value_get(call->args, posix[i]))
            return soar_err_set(err, SOAR_INVALID,
                                "a Windows host's script is PowerShell: `values`, not `%s`", posix[i]);
    if (!peer->windows && value_get(call->args, "values"))
        return soar_err_set(err, SOAR_INVALID, "`values` are for PowerShell, and this is no Windows host");
    return 0;
}

int ssh_args_script(const struct ssh_peer *peer, const struct worker_call *call,
                    struct ssh_script *ret_script, struct soar_err *err)
{
    const struct value *text, *input, *args = value_get(call->args, "args");
    if (check_kind(peer, call, err) || ssh_args_text(call, "script", &text, err) ||
        ssh_args_text(call, "stdin", &input, err))
        return -1;
    if (args && args->kind != VALUE_LIST)
        return soar_err_set(err, SOAR_INVALID, "args is not a list");
    *ret_script = (struct ssh_script){
        .text = text->text, .len = text->len, .args = args, .values = value_get(call->args, "values")};
    if (input) {
        ret_script->input = input->text;
        ret_script->input_len = input->len;
    }
    return 0;
}

void ssh_args_installed(const struct ssh_peer *peer, struct arena *arena, struct ssh_script *script)
{
    if (peer->scripts == NULL || peer->windows)
        return;
    char hex[DIGEST_HEX];
    digest_sha256_hex(script->text, script->len, hex);
    script->text = arena_printf(arena, "exec sudo -n %s/%s \"$@\"", peer->scripts, hex);
    script->len = strlen(script->text);
}
