/* A directory as its worker must know it: where it is, whom to trust there, as whom to log in. */
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/loop/loop_peer.h"

static void put_text(struct value_builder *peer, const struct value *entry, const char *key)
{
    const char *text = value_get_string(entry, key, NULL);

    if (text)
        value_put_text(peer, key, value_static(text));
}

/* The authority's certificates themselves: the worker opens no file. */
static int put_authority(struct value_builder *peer, const struct site_place *place, struct soar_err *err)
{
    const char *file = value_get_string(&place->entry, "ca", NULL);
    char *text;
    size_t len;

    if (!file)
        return 0;
    if (file_read(peer->arena, file, LIMIT_FILE_BYTES, &text, &len, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return soar_err_wrap(err, "%s: ca", place->name);
    }
    value_put_text(peer, "ca", value_static(text));
    return 0;
}

int peer_ldap(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
              struct arena *arena, struct peer *ret_peer, struct soar_err *err)
{
    const char *name = run_task_place(task);
    const struct site_place *place = site_find_directory(site, name);
    struct value_builder peer;

    if (!place)
        return soar_err_set(err, SOAR_PERMANENT, "directory %s is no longer in the inventory", name);
    value_build(&peer, arena);
    value_put_text(&peer, "name", value_static(place->name));
    value_put_text(&peer, "kind", value_static(place->kind));
    value_put_text(&peer, "url", value_static(place->url));
    put_text(&peer, &place->entry, "bind_dn");
    put_text(&peer, &place->entry, "base");
    value_put_text(&peer, "start_tls", value_bool(value_get_bool(&place->entry, "start_tls", false)));
    if (put_authority(&peer, place, err))
        return -1;
    struct value map = value_end_map(&peer);

    ret_peer->name = place->name;
    ret_peer->json = json_text(arena, &map);
    if (log_in)
        peer_needs(ret_peer, "password", value_get_string(&place->entry, "password", NULL), arena);
    return 0;
}
