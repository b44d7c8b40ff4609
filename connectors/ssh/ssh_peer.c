/* The peer as the engine describes it, checked once, when the worker is bound.
 *
 * The engine is trusted, a typing error in an inventory isn't: what is wrong is said here, with its name,
 * before any connection. */
#include "connectors/ssh/ssh.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/text.h"

static int word(const struct value *peer, const char *key, const char *otherwise, const char **ret,
                struct soar_err *err)
{
    const struct value *value = value_get(peer, key);
    if (value == NULL || value->kind == VALUE_NULL) {
        *ret = otherwise;
        return otherwise ? 0 : soar_err_set(err, SOAR_INVALID, "ssh: the peer has no %s", key);
    }
    if (value->kind != VALUE_STRING || !text_is_word(value->text, value->len))
        return soar_err_set(err, SOAR_INVALID, "ssh: the peer's %s is not a word", key);
    *ret = value->text;
    return 0;
}

static int scripts_dir(const struct value *peer, struct arena *arena, const char **ret, struct soar_err *err)
{
    *ret = NULL;
    if (value_get(peer, "scripts") == NULL)
        return 0;
    const char *dir = "";
    if (word(peer, "scripts", "", &dir, err))
        return -1;
    if (dir[0] != '/')
        return soar_err_set(err, SOAR_INVALID, "ssh: the peer's scripts is not an absolute path");
    *ret = arena_string(arena, dir);
    return 0;
}

int ssh_peer_parse(struct arena *arena, const struct value *peer, struct ssh_peer *ret_peer,
                   struct soar_err *err)
{
    const char *address = "", *name = "", *user = "", *scripts = NULL;
    int64_t port = value_get_int(peer, "port", 22);
    if (peer->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_INVALID, "ssh: the peer is not a map");
    if (word(peer, "address", NULL, &address, err) || word(peer, "name", address, &name, err) ||
        word(peer, "user", "root", &user, err) || scripts_dir(peer, arena, &scripts, err))
        return -1;
    if (port < 1 || port > 65535)
        return soar_err_set(err, SOAR_INVALID, "ssh: the peer's port %" PRId64 " is none", port);
    *ret_peer = (struct ssh_peer){
        .name = arena_string(arena, name),
        .address = arena_string(arena, address),
        .port = arena_printf(arena, "%" PRId64, port),
        .user = arena_string(arena, user),
        .known_hosts = arena_string(arena, value_get_string(peer, "known_hosts", "")),
        .sudo = value_get_bool(peer, "sudo", false),
        .windows = value_is_string(value_get(peer, "os"), "windows"),
        .scripts = scripts,
    };
    return 0;
}
