/* A service as its worker must know it: where it is, whom to trust there, how often it may be asked, and how
 * to log in. Which secrets that takes is a list of references: they go with each call, never with the peer.
 */
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/loop/loop_peer.h"

/* A file beside the inventory, as text: the worker opens none. */
static int read_pem(const struct site_place *place, const char *what, const char *file, struct arena *arena,
                    struct value *ret_text, struct soar_err *err)
{
    char *text;
    size_t len;

    if (file_read(arena, file, LIMIT_FILE_BYTES, &text, &len, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return soar_err_wrap(err, "%s: %s", place->name, what);
    }
    *ret_text = value_static(text);
    return 0;
}

/* The public side of `auth`, with our certificate in it. */
static int auth_value(const struct site_place *place, struct arena *arena, struct value *ret_auth,
                      struct soar_err *err)
{
    const struct site_service *service = place->service;
    struct value_builder auth, mtls;
    struct value pem;

    value_build(&auth, arena);
    for (size_t i = 0; i < service->auth_public.map->count; i++)
        value_put(&auth, service->auth_public.map->keys[i], service->auth_public.map->values[i]);
    if (service->certificate) {
        if (read_pem(place, "certificate", service->certificate, arena, &pem, err))
            return -1;
        value_build(&mtls, arena);
        value_put_text(&mtls, "certificate", pem);
        value_put_text(&auth, "mtls", value_end_map(&mtls));
    }
    *ret_auth = value_end_map(&auth);
    return 0;
}

static void put_rate(struct value_builder *peer, const struct site_service *service)
{
    struct value_builder rate;

    value_build(&rate, peer->arena);
    value_put_text(&rate, "calls", value_int(service->calls));
    value_put_text(&rate, "per_ms", value_int(service->per_ms));
    value_put_text(peer, "rate", value_end_map(&rate));
}

int peer_of_service(const struct site_place *place, struct arena *arena, struct peer *ret_peer,
                    struct soar_err *err)
{
    const struct site_service *service = place->service;
    struct value_builder peer;
    struct value ca, auth;

    value_build(&peer, arena);
    value_put_text(&peer, "name", value_static(place->name));
    value_put_text(&peer, "kind", value_static(place->kind));
    value_put_text(&peer, "url", value_static(place->url));
    if (service->ca && read_pem(place, "ca", service->ca, arena, &ca, err))
        return -1;
    if (service->ca)
        value_put_text(&peer, "ca", ca);
    if (service->calls > 0)
        put_rate(&peer, service);
    if (value_count(&service->headers))
        value_put_text(&peer, "headers", service->headers);
    if (auth_value(place, arena, &auth, err))
        return -1;
    if (value_count(&auth))
        value_put_text(&peer, "auth", auth);
    struct value map = value_end_map(&peer);

    ret_peer->name = place->name;
    ret_peer->json = json_text(arena, &map);
    ret_peer->secret_count = service->secret_count;
    ret_peer->secrets = service->secrets;
    return 0;
}

int peer_http(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
              struct arena *arena, struct peer *ret_peer, struct soar_err *err)
{
    const char *name = run_task_place(task);
    const struct site_place *place = site_find_service(site, name);

    (void)log_in;
    if (!*name)
        return soar_err_set(err, SOAR_PERMANENT,
                            "%s has no service to go through: does its provider say "
                            "`service`?",
                            task->name);
    if (!place)
        return soar_err_set(err, SOAR_PERMANENT,
                            "service %s is no longer in the inventory: put it back under this name", name);
    return peer_of_service(place, arena, ret_peer, err);
}
