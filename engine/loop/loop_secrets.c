/* The secrets that go with a call: read at once where they lie here, awaited where they lie in a vault.
 *
 * A call that waits stands among those that wait for a batch; whoever looks there asks secrets_state(). */
#include <stdlib.h>
#include <string.h>

#include "engine/base/ed25519.h"
#include "engine/base/json.h"
#include "engine/loop/loop_vault.h"

static bool wants_vault(const struct peer *peer)
{
    for (size_t i = 0; i < peer->secret_count; i++)
        if (site_in_vault(peer->secrets[i].reference))
            return true;
    return peer->signing != NULL;
}

/* Of what the inventory said: it may be read anew while the call waits. */
static struct peer own_peer(struct arena *arena, const struct peer *peer)
{
    struct site_service_secret *secrets = arena_array(arena, peer->secret_count + 1, sizeof *secrets);

    for (size_t i = 0; i < peer->secret_count; i++) {
        secrets[i].name = arena_string(arena, peer->secrets[i].name);
        secrets[i].reference = arena_string(arena, peer->secrets[i].reference);
    }
    return (struct peer){.name = arena_string(arena, peer->name),
                         .json = peer->json,
                         .secret_count = peer->secret_count,
                         .secrets = secrets,
                         .made = peer->made};
}

static int signing_begin(struct arena *arena, const struct peer *peer, struct vault_wait *wait,
                         struct soar_err *err)
{
    struct vault_signing *signing = arena_alloc(arena, sizeof *signing);
    struct site_vault_ref ref;

    if (!peer->signing)
        return 0;
    if (site_vault_ref(arena, peer->signing->reference, true, &ref, err))
        return soar_err_wrap(err, "%s: certificate_authority", peer->name);
    signing->path = ref.path;
    signing->principal = arena_string(arena, peer->signing->principal);
    wait->signing = signing;
    return 0;
}

int secrets_begin(struct loop *loop, struct out_call *call, struct peer *peer, struct soar_err *err)
{
    struct arena *arena = call->arena;

    if (!wants_vault(peer))
        return peer_secrets(loop->config.site, peer, &call->secrets, err);
    struct vault_wait *wait = arena_alloc(arena, sizeof *wait);

    call->vault = wait;
    wait->peer = own_peer(arena, peer);
    wait->items = arena_array(arena, peer->secret_count + 1, sizeof *wait->items);
    wait->peer.given = wait->given = arena_array(arena, peer->secret_count + 1, sizeof *wait->given);
    for (size_t i = 0; i < peer->secret_count; i++) {
        const struct site_service_secret *need = &wait->peer.secrets[i];

        if (site_in_vault(need->reference) &&
            site_vault_ref(arena, need->reference, false, &wait->items[i].ref, err))
            return soar_err_wrap(err, "%s: %s", peer->name, need->name);
    }
    return signing_begin(arena, peer, wait, err);
}

static void say_what(const struct vault_wait *wait, size_t i, struct soar_err *err)
{
    const struct site_service_secret *need = &wait->peer.secrets[i];

    soar_err_wrap(err, "%s: %s: %s", wait->peer.name, need->name, need->reference);
}

/* False: something can't be asked for. */
static bool ask(struct loop *loop, struct out_call *call, bool *ret_all, struct soar_err *err)
{
    struct vault_wait *wait = call->vault;

    for (size_t i = 0; i < wait->peer.secret_count; i++) {
        struct vault_item *item = &wait->items[i];

        if (!item->ref.path || wait->given[i].bytes)
            continue;
        *ret_all = false;
        if (item->read == 0 && vault_ask(loop, item->ref.path, NULL, call->deadline_ms, &item->read, err)) {
            say_what(wait, i, err);
            return false;
        }
    }
    if (!wait->signing || wait->peer.made)
        return true;
    *ret_all = false;
    if (wait->signing->read || signing_ask(loop, wait->signing, call->deadline_ms, err) == 0)
        return true;
    soar_err_wrap(err, "%s: certificate_authority", wait->peer.name);
    return false;
}

enum secrets_state secrets_state(struct loop *loop, struct out_call *call, struct soar_err *err)
{
    bool all = true;

    if (!call->vault)
        return SECRETS_HERE;
    if (call->vault->failed.class != SOAR_DONE) {
        *err = call->vault->failed;
        return SECRETS_FAILED;
    }
    if (!ask(loop, call, &all, err))
        return SECRETS_FAILED;
    if (!all)
        return SECRETS_AWAITED;
    if (peer_secrets(loop->config.site, &call->vault->peer, &call->secrets, err))
        return SECRETS_FAILED;
    secrets_drop(call);
    return SECRETS_HERE;
}

void secrets_rest(struct out_call *call)
{
    struct vault_wait *wait = call->vault;

    for (size_t i = 0; wait && wait->given && i < wait->peer.secret_count; i++)
        site_secret_done(&wait->given[i]);
    if (!wait || !wait->peer.made)
        return;
    explicit_bzero(wait->peer.made, strlen(wait->peer.made));
    free(wait->peer.made);
    wait->peer.made = NULL;
}

void secrets_drop(struct out_call *call)
{
    secrets_rest(call);
    if (call->vault && call->vault->signing)
        ed25519_free(call->vault->signing->key);
    call->vault = NULL;
}

void secrets_cut_short(struct loop *loop, const struct live *live)
{
    struct out_call *call;

    TAILQ_FOREACH(call, &loop->waiting, place)
    {
        if (call->live == live && call->vault && call->vault->failed.class == SOAR_DONE)
            soar_err_set(&call->vault->failed, SOAR_TRANSIENT, "it was told to stop");
    }
}

/* --- answers */

static void keep(struct site_secret *given, const char *text, size_t len)
{
    given->bytes = malloc(len + 1);
    if (!given->bytes)
        abort();
    memcpy(given->bytes, text, len);
    given->bytes[len] = '\0';
    given->len = len;
}

/* A field of a secret; numbers and such count as they are written. */
static int take_field(const struct vault_item *item, const struct value *data, struct arena *arena,
                      struct site_secret *given, struct soar_err *err)
{
    const struct value *field = value_get(value_get(data, "data"), item->ref.field);

    if (!field || field->kind == VALUE_NULL)
        return soar_err_set(err, SOAR_PERMANENT, "the secret is there, but it has no such field");
    if (field->kind == VALUE_LIST || field->kind == VALUE_MAP)
        return soar_err_set(err, SOAR_PERMANENT, "the field is no text");
    if (field->kind != VALUE_STRING) {
        const char *text = json_text(arena, field);

        keep(given, text, strlen(text));
        return 0;
    }
    if (field->len == 0 || strlen(field->text) != field->len)
        return soar_err_set(err, SOAR_PERMANENT, "the field is empty, or holds a NUL");
    keep(given, field->text, field->len);
    return 0;
}

/* data NULL: err says why there is none. */
static void deliver(struct loop *loop, struct vault_wait *wait, uint64_t read, const struct value *data,
                    struct arena *arena, const struct soar_err *err)
{
    for (size_t i = 0; i < wait->peer.secret_count && wait->failed.class == SOAR_DONE; i++) {
        if (wait->items[i].read != read)
            continue;
        wait->items[i].read = 0;
        if (!data)
            wait->failed = *err;
        if (!data || take_field(&wait->items[i], data, arena, &wait->given[i], &wait->failed))
            say_what(wait, i, &wait->failed);
    }
    if (!wait->signing || wait->signing->read != read || wait->failed.class != SOAR_DONE)
        return;
    wait->signing->read = 0;
    if (!data)
        wait->failed = *err;
    if (!data || signing_take(wait->signing, loop->config.world, data, &wait->peer.made, &wait->failed))
        soar_err_wrap(&wait->failed, "%s: certificate_authority", wait->peer.name);
}

bool secrets_heard(struct loop *loop, const struct soar_answer *answer)
{
    bool ours;
    struct vault_read *read = vault_answered(loop, answer, &ours);
    ARENA_SCOPED arena = arena_new();
    struct soar_err err = {0};
    struct value data;
    struct out_call *call;

    if (!read)
        return ours;
    arena_secret(arena);
    bool have = vault_data(arena, answer, &data, &err) == 0;

    TAILQ_FOREACH(call, &loop->waiting, place)
    {
        if (call->vault)
            deliver(loop, call->vault, read->id, have ? &data : NULL, arena, &err);
    }
    vault_read_free(loop, read);
    return true;
}
