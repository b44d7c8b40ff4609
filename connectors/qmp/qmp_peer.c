/* The peer as the engine describes it, checked once, when the worker is bound: what is wrong with an
 * inventory is said here, with its name, before any connection. */
#include <string.h>
#include <sys/un.h>

#include "connectors/qmp/qmp.h"

static int path(const struct value *peer, struct arena *arena, const char *key, size_t max, const char **ret,
                struct soar_err *err)
{
    const struct value *value = value_get(peer, key);
    *ret = NULL;
    if (value == NULL || value->kind == VALUE_NULL)
        return 0;
    if (value->kind != VALUE_STRING || strlen(value->text) != value->len)
        return soar_err_set(err, SOAR_INVALID, "qmp: the peer's %s is not a text", key);
    const char *text = value->text;
    if (strncmp(text, "unix:", 5) == 0)
        text += 5;
    if (text[0] != '/')
        return soar_err_set(err, SOAR_INVALID, "qmp: the peer's %s is not an absolute path: %s", key,
                            qmp_shown(arena, text, strlen(text)));
    if (strlen(text) > max)
        return soar_err_set(err, SOAR_INVALID, "qmp: the peer's %s is longer than %zu bytes", key, max);
    *ret = arena_string(arena, text);
    return 0;
}

int qmp_peer_parse(struct arena *arena, const struct value *peer, struct qmp_peer *ret_peer,
                   struct soar_err *err)
{
    struct sockaddr_un address;
    *ret_peer = (struct qmp_peer){.name = arena_string(arena, value_get_string(peer, "name", "?"))};
    if (path(peer, arena, "socket", sizeof address.sun_path - 1, &ret_peer->socket, err) ||
        path(peer, arena, "dir", 4000, &ret_peer->dir, err))
        return -1;
    int64_t reserve = value_get_int(peer, "reserve", 0);
    if (reserve < 0)
        return soar_err_set(err, SOAR_INVALID, "qmp: the peer's reserve is negative");
    ret_peer->reserve = (uint64_t)reserve;
    if (ret_peer->socket == NULL)
        return soar_err_set(err, SOAR_INVALID, "qmp: %s has no monitor in the inventory", ret_peer->name);
    return 0;
}
