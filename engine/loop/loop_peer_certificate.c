/* What a worker logs in with where the host trusts an authority of ours: a key made for this one call, and a
 * certificate for it, for this host and this hour. The authority's key stays here: a worker that the host
 * takes over holds nothing that opens another host, nor this one tomorrow. */
#include <string.h>

#include "engine/base/ed25519.h"
#include "engine/base/json.h"
#include "engine/base/ssh_certificate.h"
#include "engine/loop/loop_peer.h"

enum {
    EARLIER_S = 60,
    LATER_S = 3600
}; /* clocks differ; the longest look at a host is shorter than the hour */

static int load_authority(const struct site *site, const struct site_host *host, struct ed25519 **ret_key,
                          struct soar_err *err)
{
    struct site_secret secret;

    if (site_secret_read(site, host->secret_ca, &secret, err) == 0) {
        int rc = ed25519_load(secret.bytes, secret.len, ret_key, err);

        site_secret_done(&secret);
        if (rc == 0)
            return 0;
    }
    if (err)
        err->class = SOAR_PERMANENT;
    return soar_err_wrap(err, "%s: certificate_authority", host->name);
}

/* Our addresses as the host sees us, as its server reads a list of them. */
static const char *sources(const struct site *site, const struct site_host *host, struct arena *arena)
{
    struct value list = peer_management((void *)(uintptr_t)site, host, arena);
    BUF_SCOPED text;

    buf_init(&text, 0);
    for (size_t i = 0; i < value_count(&list); i++)
        buf_printf(&text, "%s%s", i ? "," : "", value_get_string(value_at(&list, i), "ip", ""));
    return arena_string(arena, buf_string(&text));
}

const char *peer_principal(const struct site_host *host, struct arena *arena)
{
    const char *user = host->user ? host->user : "root";

    return host->principal ? host->principal : arena_printf(arena, "%s@%s", user, host->name);
}

static void fill(struct ssh_certificate *certificate, const struct peer_log_in *log_in,
                 const struct site *site, const struct site_host *host, struct arena *arena)
{
    const struct world *world = log_in->world;
    int64_t now_s = world->wall_ms(world->arg) / 1000;

    world->random(world->arg, &certificate->serial, sizeof certificate->serial);
    world->random(world->arg, certificate->nonce, sizeof certificate->nonce);
    certificate->id = arena_printf(arena, "soar %s %s", log_in->run, host->name);
    certificate->principal = peer_principal(host, arena);
    certificate->from_s = now_s - EARLIER_S;
    certificate->to_s = now_s + LATER_S;
    certificate->sources = sources(site, host, arena);
}

int peer_certificate(const struct site *site, const struct site_host *host, const struct peer_log_in *log_in,
                     struct arena *arena, char **ret_secrets, struct soar_err *err)
{
    struct ed25519 *authority = NULL, *key = NULL;
    struct ssh_certificate certificate = {0};
    BUF_SCOPED pem = {0};
    BUF_SCOPED line = {0};
    BUF_SCOPED out = {0};

    if (load_authority(site, host, &authority, err))
        return -1;
    if (ed25519_make(&key, err)) {
        ed25519_free(authority);
        return -1;
    }
    fill(&certificate, log_in, site, host, arena);
    memcpy(certificate.public, ed25519_public(key), sizeof certificate.public);
    ssh_certificate_sign(&certificate, authority, &line);
    buf_reserve(&pem, 4096);
    ed25519_private_pem(key, &pem);
    ed25519_free(authority);
    ed25519_free(key);
    buf_reserve(&out, 2 * (pem.len + line.len) + 64); /* no copy stays where it grew */
    buf_text(&out, "{\"key\":");
    json_quote(&out, pem.data, pem.len);
    buf_text(&out, ",\"certificate\":");
    json_quote(&out, line.data, line.len);
    buf_char(&out, '}');
    *ret_secrets = strdup(buf_string(&out));
    explicit_bzero(pem.data, pem.len);
    explicit_bzero(out.data, out.len);
    return 0;
}
