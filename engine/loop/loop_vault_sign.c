/* A certificate of a vault's SSH signer: the key is made here, for this call, and never leaves with the
 * request; what comes back is believed only if it is for our key and our name, and ends as soon as we asked.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/ed25519.h"
#include "engine/base/json.h"
#include "engine/base/ssh_certificate.h"
#include "engine/loop/loop_vault.h"

#define TTL "10m"

enum {
    TTL_S = 600,   /* it opens a session, which may last longer: minutes, for clocks differ */
    CLOCKS_S = 300 /* between the vault and us */
};

static struct value body_of(const struct vault_signing *signing, struct arena *arena)
{
    struct value_builder none, body;
    BUF_SCOPED public;

    buf_init(&public, 0);
    ed25519_public_ssh(ed25519_public(signing->key), "soar", &public);
    value_build(&none, arena);
    value_build(&body, arena);
    value_put_text(&body, "public_key", value_text(arena, buf_string(&public)));
    value_put_text(&body, "valid_principals", value_static(signing->principal));
    value_put_text(&body, "cert_type", value_static("user"));
    value_put_text(&body, "ttl", value_static(TTL));
    value_put_text(&body, "extensions", value_end_map(&none));
    return value_end_map(&body);
}

int signing_ask(struct loop *loop, struct vault_signing *signing, int64_t deadline_ms, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();

    if (!signing->key && ed25519_make(&signing->key, err))
        return -1;
    struct value body = body_of(signing, arena);

    return vault_ask(loop, signing->path, &body, deadline_ms, &signing->read, err);
}

static int look_at(const struct vault_signing *signing, const struct world *world, const char *line,
                   struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct ssh_certificate_seen seen;
    int64_t now_s = world->wall_ms(world->arg) / 1000;

    if (ssh_certificate_read(arena, line, strlen(line), &seen, err)) {
        if (err)
            err->class = SOAR_PERMANENT;
        return -1;
    }
    if (memcmp(seen.public, ed25519_public(signing->key), sizeof seen.public) != 0)
        return soar_err_set(err, SOAR_PERMANENT, "the certificate is for another key than ours");
    if (!seen.user)
        return soar_err_set(err, SOAR_PERMANENT, "the certificate is a host's, not a user's");
    if (!seen.principal || strcmp(seen.principal, signing->principal) != 0)
        return soar_err_set(err, SOAR_PERMANENT, "the certificate is not for %s alone", signing->principal);
    if (seen.to_s > (uint64_t)(now_s + TTL_S + CLOCKS_S))
        return soar_err_set(err, SOAR_PERMANENT,
                            "the certificate is valid for longer than the %s we asked for", TTL);
    if (seen.to_s <= (uint64_t)now_s || seen.from_s > (uint64_t)(now_s + CLOCKS_S))
        return soar_err_set(err, SOAR_PERMANENT,
                            "the certificate is not valid now: do the clocks here and at the vault agree?");
    return 0;
}

int signing_take(const struct vault_signing *signing, const struct world *world, const struct value *data,
                 char **ret_made, struct soar_err *err)
{
    const char *line = value_get_string(data, "signed_key", "");
    BUF_SCOPED pem = {.secret = true};
    BUF_SCOPED out = {.secret = true};

    if (look_at(signing, world, line, err))
        return -1;
    ed25519_private_pem(signing->key, &pem);
    buf_text(&out, "{\"key\":");
    json_quote(&out, buf_string(&pem), pem.len);
    buf_text(&out, ",\"certificate\":");
    json_quote(&out, line, strcspn(line, "\r\n"));
    buf_char(&out, '}');
    *ret_made = strdup(buf_string(&out));
    if (!*ret_made)
        abort();
    return 0;
}
