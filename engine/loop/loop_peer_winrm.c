/* A Windows host as its worker must know it: where it is, which name its certificate (and its ticket) must be
 * for, as whom to log in and how. */
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/loop/loop_peer.h"

static int put_authority(struct value_builder *peer, const struct site_host *host, struct soar_err *err)
{
    char *text;
    size_t len;

    if (!host->ca)
        return 0;
    if (file_read(peer->arena, host->ca, LIMIT_FILE_BYTES, &text, &len, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return soar_err_wrap(err, "%s: ca", host->name);
    }
    value_put_text(peer, "ca", value_static(text));
    return 0;
}

int peer_winrm(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
               struct arena *arena, struct peer *ret_peer, struct soar_err *err)
{
    const struct site_host *host = peer_host(site, task, err);
    struct value_builder peer;

    if (!host)
        return -1;
    const char *address = host->address ? host->address : host->name;

    if (!host->user)
        return soar_err_set(err, SOAR_UNSUPPORTED,
                            "the inventory doesn't say as which `user` to log in there by winrm");
    value_build(&peer, arena);
    value_put_text(&peer, "name", value_static(host->name));
    value_put_text(&peer, "address", value_static(address));
    value_put_text(&peer, "host", value_static(host->fqdn ? host->fqdn : address));
    value_put_text(&peer, "port", value_int(host->port ? host->port : 5986));
    value_put_text(&peer, "user", value_static(host->user));
    value_put_text(&peer, "login", value_static(host->login ? host->login : "ntlm"));
    if (put_authority(&peer, host, err))
        return -1;
    struct value map = value_end_map(&peer);

    ret_peer->name = host->name;
    ret_peer->json = json_text(arena, &map);
    if (log_in)
        peer_needs(ret_peer, "password", host->secret_password, arena);
    return 0;
}
