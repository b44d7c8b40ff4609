/* The loader's two parts and the bytes that follow them. `read` takes single bytes from a pipe, so it stops
 * at its line; dd takes exactly N, with fullblock or else byte by byte (busybox's head reads beyond). The x
 * behind each value saves newlines at its end from $(…). The script runs in the loader's own shell by eval:
 * arguments of a new one could have no more than 128 KiB. Nothing here may depend on the values: they never
 * become a part of any text. */
#include "connectors/ssh/ssh_loader.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/world.h"

#define FIRST                                                                                                \
    "LC_ALL=C; export LC_ALL; read -r t && read -r n && "                                                    \
    "p=$(dd bs=$n count=1 iflag=fullblock 2>/dev/null || dd bs=1 count=$n 2>/dev/null) && "                  \
    "[ ${#p} -eq $n ] || exit 125; timeout -k 1 1 true </dev/null 2>/dev/null && "                           \
    "exec timeout -k 1 $t /bin/sh -c \"$p\" soar; exec /bin/sh -c \"$p\" soar"

#define SECOND                                                                                               \
    "soar_bytes() { dd bs=1 count=$1 2>/dev/null; }\n"                                                       \
    "dd bs=1 count=0 iflag=fullblock </dev/null >/dev/null 2>&1 &&\n"                                        \
    "  soar_bytes() { dd bs=$1 count=1 iflag=fullblock 2>/dev/null; }\n"                                     \
    "soar_field() { read -r n && v=$([ $n -eq 0 ] || soar_bytes $n; echo x) && v=${v%x} && "                 \
    "[ ${#v} -eq $n ]; }\n"                                                                                  \
    "soar_put() { case $(command -v printf) in printf) printf %s \"$1\" ;; *) print -nr -- \"$1\" ;; esac; " \
    "}\n"                                                                                                    \
    "read -r o && soar_field || exit 125\n"                                                                  \
    "s=\"unset s v n c o p t; unset -f soar_bytes soar_field soar_put; $v\"; set --; read -r c || exit "     \
    "125\n"                                                                                                  \
    "while [ $c -gt 0 ]; do soar_field || exit 125; set -- \"$@\" \"$v\"; c=$((c-1)); done\n"

#define BEGIN "echo $o; echo $o >&2\n"
#define END   "x=$?; echo $o$x; echo $o$x >&2; exit $x"

static const char second[] = SECOND
    "soar_field && [ \"$(soar_bytes 1)\" = . ] || exit 125\n"
    "exec </dev/null\n" BEGIN
    "if [ $n -gt 0 ]; then soar_put \"$v\" 2>/dev/null | ( eval \"$s\" ); else ( eval \"$s\" ); fi\n" END;

static const char second_straight[] =
    SECOND "[ \"$(soar_bytes 1)\" = . ] && read -r n || exit 125\n" BEGIN
           "if [ $n -gt 0 ]; then soar_bytes $n | ( eval \"$s\" ); else ( eval \"$s\" ) </dev/null; fi\n" END;

const char *ssh_loader_command(bool sudo)
{
    return sudo ? "exec sudo -n /bin/sh -c '" FIRST "'" : "exec /bin/sh -c '" FIRST "'";
}

void ssh_loader_nonce(char ret_nonce[LOADER_NONCE_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[LOADER_NONCE_LEN / 2];
    const struct world *world = world_system();
    world->random(world->arg, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        ret_nonce[2 * i] = digits[bytes[i] >> 4];
        ret_nonce[2 * i + 1] = digits[bytes[i] & 15];
    }
    ret_nonce[LOADER_NONCE_LEN] = '\0';
}

static int add_counted(struct buf *out, const char *bytes, size_t len, const char *what, struct soar_err *err)
{
    if (len > 0 && memchr(bytes, '\0', len))
        return soar_err_set(err, SOAR_INVALID, "there is a NUL in %s, and no shell can hold one", what);
    buf_printf(out, "%zu\n", len);
    buf_add(out, bytes, len);
    return 0;
}

static int add_args(struct buf *out, const struct ssh_script *script, struct soar_err *err)
{
    const struct value *args = script->args;
    size_t count = args ? value_count(args) : 0;
    buf_printf(out, "%zu\n", count + (script->helper != NULL));
    if (script->helper) {
        char length[24];
        int digits = snprintf(length, sizeof length, "%zu", script->helper_len);
        buf_printf(out, "%d\n%s", digits, length);
    }
    for (size_t i = 0; i < count; i++) {
        const struct value *arg = value_at(args, i);
        if (arg->kind != VALUE_STRING)
            return soar_err_set(err, SOAR_INVALID, "args[%zu] is not a text", i);
        if (add_counted(out, arg->text, arg->len, "an argument", err))
            return -1;
    }
    return 0;
}

int ssh_loader_payload(struct buf *out, const struct ssh_script *script, const char *nonce, int64_t seconds,
                       size_t *ret_start, struct soar_err *err)
{
    const char *part = script->straight ? second_straight : second;
    buf_printf(out, "%" PRId64 "\n%zu\n%s%s\n", seconds, strlen(part), part, nonce);
    if (add_counted(out, script->text, script->len, "the script", err) || add_args(out, script, err) ||
        (!script->straight && add_counted(out, script->input, script->input_len, "stdin", err)))
        return -1;
    *ret_start = out->len;
    buf_char(out, '.');
    if (script->straight) {
        buf_printf(out, "%zu\n", script->helper_len + script->input_len);
        buf_add(out, script->helper, script->helper_len);
        buf_add(out, script->input, script->input_len);
    }
    if (out->failed)
        return soar_err_set(err, SOAR_INVALID, "script, arguments and stdin are longer than %zu bytes",
                            out->max);
    return 0;
}

/* In sudoers a backslash goes before what would be its syntax, and before what fnmatch(3) would take for a
 * pattern. */
void ssh_loader_sudoers(struct buf *out, const char *user)
{
    /* scripts ask by which connection we came */
    buf_printf(out, "Defaults:%s env_keep += \"SSH_CONNECTION\"\n", user);
    buf_printf(out, "%s ALL=(root) NOPASSWD: /bin/sh -c ", user);
    for (const char *c = FIRST; *c; c++) {
        if (strchr(",:=\\#*?[]!", *c))
            buf_char(out, '\\');
        buf_char(out, *c);
    }
    buf_char(out, '\n');
}
