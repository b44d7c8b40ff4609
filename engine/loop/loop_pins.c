/* What a run is pinned to: the texts of its playbook and packs, by digest, out of the journal.
 *
 * They are parsed once and live as long as the loop: runs that are pinned to the same texts share them, and
 * no reload of the site takes them away. */
#include <assert.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/loop/loop_parts.h"

struct text_copy {
    struct arena *arena;
    char *body;
    char *name;
    char *origin;
};

static int copy_text(void *arg, const struct soar_text *text)
{
    struct text_copy *copy = arg;

    copy->body = arena_string(copy->arena, text->body);
    copy->name = arena_string(copy->arena, text->name);
    copy->origin = arena_string(copy->arena, text->origin);
    return 1;
}

static int text_of(struct loop *loop, const char *digest, struct arena *arena, struct text_copy *ret_copy,
                   struct soar_err *err)
{
    struct soar_store *store = loop->config.store;

    *ret_copy = (struct text_copy){.arena = arena};
    if (store->ops->text(store, digest, copy_text, ret_copy, err))
        return -1;
    return ret_copy->body ? 0 : soar_err_set(err, SOAR_ABSENT, "the journal has no text %.12s", digest);
}

static const struct pack *cached_pack(const struct loop *loop, const char *digest)
{
    for (struct cached_pack *cached = loop->packs; cached; cached = cached->next)
        if (strcmp(cached->digest, digest) == 0)
            return cached->pack;
    return NULL;
}

/* One of the loop's own, which no reload takes away. */
static const struct pack *parse_pack(struct loop *loop, const struct text_copy *text, const char *digest,
                                     struct soar_err *err)
{
    struct cached_pack *cached = arena_alloc(loop->arena, sizeof *cached);
    struct diag_list diags;

    diag_init(&diags, loop->arena, text->origin);
    cached->pack = pack_load(loop->arena, text->body, strlen(text->body), text->origin, &diags);
    if (!cached->pack) {
        soar_err_set(err, SOAR_PERMANENT, "pack %s, pinned as %.12s, can't be read by this version",
                     text->name, digest);
        return NULL;
    }
    strncpy(cached->digest, digest, sizeof cached->digest - 1);
    cached->next = loop->packs;
    loop->packs = cached;
    return cached->pack;
}

const struct pack *loop_pack(struct loop *loop, const char *digest, struct soar_err *err)
{
    const struct pack_shelf *shelf =
        loop->config.forget ? NULL : loop->config.shelf; /* a daemon's may change */
    const struct pack *pack = cached_pack(loop, digest);
    struct text_copy text;

    for (size_t i = 0; !pack && shelf && i < pack_shelf_count(shelf); i++)
        if (strcmp(pack_shelf_at(shelf, i)->digest, digest) == 0)
            pack = pack_shelf_at(shelf, i);
    if (pack || text_of(loop, digest, loop->arena, &text, err))
        return pack;
    return parse_pack(loop, &text, digest, err);
}

const struct pack *pins_own(struct loop *loop, const struct pack *pack)
{
    assert(pack && "what is pinned was read");
    const struct pack *own = loop->config.forget ? cached_pack(loop, pack->digest) : pack;
    struct text_copy text;

    if (own)
        return own;
    text = (struct text_copy){.body = arena_string(loop->arena, pack->text),
                              .name = arena_string(loop->arena, pack->name),
                              .origin = arena_string(loop->arena, pack->origin)};
    own = parse_pack(loop, &text, pack->digest, NULL);
    assert(own && "a pack that was read can be read again");
    return own;
}

/* A shelf with just the packs a run is pinned to. */
static int pinned_shelf(struct loop *loop, const struct value *packs, struct pack_shelf **ret_shelf,
                        struct soar_err *err)
{
    struct pack_shelf *shelf = pack_shelf_new(loop->arena);

    for (size_t i = 0; i < value_count(packs); i++) {
        struct diag_list diags;
        struct text_copy text;

        const struct value *digest = packs && packs->kind == VALUE_MAP ? &packs->map->values[i] : NULL;

        if (!digest || digest->kind != VALUE_STRING)
            return soar_err_set(err, SOAR_PERMANENT, "it does not say which packs it is pinned to");
        if (text_of(loop, digest->text, loop->arena, &text, err))
            return -1;
        diag_init(&diags, loop->arena, text.origin);
        if (pack_shelf_add_text(shelf, text.body, strlen(text.body), text.origin, &diags))
            return soar_err_set(err, SOAR_PERMANENT, "pack %s can't be read by this version", text.name);
    }
    *ret_shelf = shelf;
    return 0;
}

static int about_of(struct loop *loop, struct arena *arena, const struct value *one,
                    struct run_about *ret_about, struct soar_err *err)
{
    const struct value *runs = value_get(one, "free");
    const char **free_runs = arena_array(arena, value_count(runs) + 1, sizeof *free_runs);
    const struct value *args = value_get(one, "args");
    const struct value *host = value_get(one, "host");

    for (size_t i = 0; i < value_count(runs); i++) {
        const struct value *id = value_at(runs, i);

        free_runs[i] = id && id->kind == VALUE_STRING ? id->text : "";
    }
    *ret_about = (struct run_about){.target = value_get_string(one, "target", ""),
                                    .name = value_get_string(one, "name", ""),
                                    .action = value_get_string(one, "action", ""),
                                    .provider = value_get_string(one, "provider", ""),
                                    .place = value_get_string(one, "place", ""),
                                    .pack = loop_pack(loop, value_get_string(one, "pack", ""), err),
                                    .args = args ? *args : value_null(),
                                    .host = host ? *host : value_null(),
                                    .free_count = value_count(runs),
                                    .free_runs = free_runs};
    return ret_about->pack ? 0 : -1;
}

int pins_abouts(struct loop *loop, const struct value *list, struct arena *arena, struct run_input *input,
                struct soar_err *err)
{
    size_t count = value_count(list);
    struct run_about *abouts = arena_array(arena, count + 1, sizeof *abouts);

    for (size_t i = 0; i < count; i++)
        if (about_of(loop, arena, value_at(list, i), &abouts[i], err))
            return -1;
    input->about = abouts;
    input->about_count = count;
    return 0;
}

static const struct playbook *cached_playbook(const struct loop *loop, const char *digest)
{
    for (struct cached_playbook *cached = loop->playbooks; cached; cached = cached->next)
        if (strcmp(cached->digest, digest) == 0)
            return cached->playbook;
    return NULL;
}

/* Runs that are pinned to the same texts share them. */
int pins_playbook(struct loop *loop, const struct value *started, const struct playbook **ret_playbook,
                  struct soar_err *err)
{
    ARENA_SCOPED scratch = arena_new();
    const char *digest = value_get_string(started, "playbook", "");
    const struct value *packs = value_get(started, "packs");
    const char *pins = arena_printf(scratch, "%s %s", digest, packs ? json_text(scratch, packs) : "");
    struct pack_shelf *shelf = NULL;
    struct cached_playbook *cached;
    char key[DIGEST_HEX];
    struct text_copy text;
    struct diag_list diags;

    digest_sha256_hex(pins, strlen(pins), key);
    if ((*ret_playbook = cached_playbook(loop, key)))
        return 0;
    if (pinned_shelf(loop, packs, &shelf, err) || text_of(loop, digest, loop->arena, &text, err))
        return -1;
    diag_init(&diags, loop->arena, text.origin);
    *ret_playbook =
        playbook_load(loop->arena, text.origin, text.body, strlen(text.body), shelf, NULL, &diags);
    if (!*ret_playbook)
        return soar_err_set(err, SOAR_PERMANENT, "playbook %s can't be read by this version", text.name);
    cached = arena_alloc(loop->arena, sizeof *cached);
    *cached = (struct cached_playbook){.playbook = *ret_playbook, .next = loop->playbooks};
    memcpy(cached->digest, key, sizeof key);
    loop->playbooks = cached;
    return 0;
}
