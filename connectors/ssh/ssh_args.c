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

int ssh_args_script(const struct worker_call *call, struct ssh_script *ret_script, struct soar_err *err)
{
    const struct value *text, *input, *args = value_get(call->args, "args");
    if (ssh_args_text(call, "script", &text, err) || ssh_args_text(call, "stdin", &input, err))
        return -1;
    if (args && args->kind != VALUE_LIST)
        return soar_err_set(err, SOAR_INVALID, "args is not a list");
    *ret_script = (struct ssh_script){.text = text->text, .len = text->len, .args = args};
    if (input) {
        ret_script->input = input->text;
        ret_script->input_len = input->len;
    }
    return 0;
}

void ssh_args_installed(const struct ssh_peer *peer, struct arena *arena, struct ssh_script *script)
{
    if (peer->scripts == NULL)
        return;
    char hex[DIGEST_HEX];
    digest_sha256_hex(script->text, script->len, hex);
    script->text = arena_printf(arena, "exec sudo -n %s/%s \"$@\"", peer->scripts, hex);
    script->len = strlen(script->text);
}
