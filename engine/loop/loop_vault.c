/* Reading a vault: a call of the loop's own to the service of kind vault, and what its answer means.
 *
 * The one thing to know: Vault answers 403 for a token that has ended as for a path that is none of ours. So
 * the first 403 of a worker that has logged in earlier is no refusal: it is asked again by a new worker,
 * which logs in anew. */
#include "engine/loop/loop_vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/loop/loop_peer.h"

enum { READ_MS = 15 * 1000, SAID_BYTES = 200 };

static void door_open(struct loop *loop, const char *peer)
{
    struct vault_door *door = &loop->vault;

    if (door->peer && !strcmp(door->peer, peer))
        return;
    free(door->peer);
    door->peer = strdup(peer);
    if (!door->peer)
        abort();
    door->used = false; /* what it was ends when it is idle */
    snprintf(door->session, sizeof door->session, "%llu", (unsigned long long)++loop->next_session);
}

static void door_renew(struct loop *loop)
{
    free(loop->vault.peer);
    loop->vault.peer = NULL;
}

static int send(struct loop *loop, struct vault_read *read, struct soar_err *err)
{
    const struct site_place *place = site_vault(loop->config.site);
    ARENA_SCOPED arena = arena_new();
    struct peer peer = {0};
    char *secrets = NULL;

    if (!place)
        return soar_err_set(err, SOAR_PERMANENT, "there is no service of `kind: vault` in the inventory");
    if (peer_of_service(place, arena, &peer, err) || peer_secrets(loop->config.site, &peer, &secrets, err))
        return -1;
    door_open(loop, peer.json);
    read->number = loop->next_call++;
    read->old = loop->vault.used;
    memcpy(read->session, loop->vault.session, sizeof read->session);
    struct soar_call call = {.number = read->number,
                             .session = loop->vault.session,
                             .connector = "http",
                             .peer = peer.json,
                             .read_only = true,
                             .function = "http.read",
                             .target = place->name,
                             .place = "vault",
                             .args = read->args,
                             .secrets = secrets,
                             .secret_answer = true,
                             .left_ms = read->deadline_ms - loop_now(loop)};
    int rc = loop->config.caller->ops->call(loop->config.caller, &call, err);

    if (secrets)
        explicit_bzero(secrets, strlen(secrets));
    free(secrets);
    return rc ? soar_err_wrap(err, "%s", place->name) : 0;
}

static const char *args_of(struct arena *arena, const char *path, const struct value *body)
{
    struct value_builder args;

    value_build(&args, arena);
    if (body)
        value_put_text(&args, "method", value_static("POST"));
    value_put_text(&args, "path", value_static(path));
    if (body)
        value_put_text(&args, "json", *body);
    struct value map = value_end_map(&args);

    return json_text(arena, &map);
}

int vault_ask(struct loop *loop, const char *path, const struct value *body, int64_t deadline_ms,
              uint64_t *ret_read, struct soar_err *err)
{
    struct vault_read *read;

    TAILQ_FOREACH(read, &loop->vault.reads, place)
    {
        if (!body && read->shared && !strcmp(read->path, path)) {
            *ret_read = read->id;
            return 0;
        }
    }
    read = calloc(1, sizeof *read);
    if (!read)
        abort();
    *read = (struct vault_read){.id = ++loop->vault.next_id, .shared = !body, .arena = arena_new()};
    int64_t own_ms = loop_now(loop) + READ_MS;

    read->deadline_ms = deadline_ms < own_ms ? deadline_ms : own_ms;
    read->path = arena_string(read->arena, path);
    read->args = args_of(read->arena, path, body);
    TAILQ_INSERT_TAIL(&loop->vault.reads, read, place);
    if (send(loop, read, err)) {
        vault_read_free(loop, read);
        return -1;
    }
    *ret_read = read->id;
    return 0;
}

void vault_read_free(struct loop *loop, struct vault_read *read)
{
    TAILQ_REMOVE(&loop->vault.reads, read, place);
    arena_free(read->arena);
    free(read);
}

void vault_forget(struct loop *loop)
{
    while (!TAILQ_EMPTY(&loop->vault.reads))
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the analyzer does not see what TAILQ_REMOVE removes */
        vault_read_free(loop, TAILQ_FIRST(&loop->vault.reads));
    free(loop->vault.peer);
    loop->vault.peer = NULL;
}

static int64_t status_of(const struct soar_answer *answer)
{
    ARENA_SCOPED arena = arena_new();
    struct value result = value_null();

    arena_secret(arena);
    if (answer->class != SOAR_DONE ||
        json_parse(arena, answer->result, strlen(answer->result), &result, NULL))
        return 0;
    return value_get_int(&result, "status", 0);
}

struct vault_read *vault_answered(struct loop *loop, const struct soar_answer *answer, bool *ret_ours)
{
    struct vault_read *read;

    TAILQ_FOREACH(read, &loop->vault.reads, place)
    {
        if (read->number == answer->number)
            break;
    }
    *ret_ours = read != NULL;
    if (!read)
        return NULL;
    int64_t status = status_of(answer);

    bool same = !strcmp(read->session, loop->vault.session); /* nobody was quicker */

    if (status == 403 && read->old && !read->again) {
        read->again = true;
        if (same)
            door_renew(loop);
        if (send(loop, read, NULL) == 0)
            return NULL;
    }
    loop->vault.used = loop->vault.used || (same && status == 200);
    return read;
}

/* On one line: Vault says "1 error occurred:\n\t* permission denied\n\n". */
static void add_words(struct buf *out, const char *text, size_t len)
{
    static const char space[] = " \t\r\n";
    bool first = true;

    for (size_t at = 0; at < len;) {
        size_t end = at;
        while (end < len && !strchr(space, text[end]))
            end++;
        if (end > at) {
            buf_text(out, first ? "" : " ");
            text_visible(out, text + at, end - at);
            first = false;
        }
        at = end + 1;
    }
}

/* The vault's own words, as a person may see them: {"errors": [...]}. */
static const char *said(struct arena *arena, const struct value *body)
{
    const struct value *first = value_at(value_get(body, "errors"), 0);
    BUF_SCOPED out;

    buf_init(&out, 0);
    if (first && first->kind == VALUE_STRING && first->len > 0) {
        buf_text(&out, ": ");
        add_words(&out, first->text, strnlen(first->text, SAID_BYTES));
    }
    return arena_string(arena, buf_string(&out));
}

static int not_done(const struct soar_answer *answer, struct soar_err *err)
{
    bool later = answer->class == SOAR_TRANSIENT || answer->class == SOAR_UNKNOWN;

    return soar_err_set(err,
                        later                          ? SOAR_TRANSIENT
                        : answer->class == SOAR_DENIED ? SOAR_DENIED
                                                       : SOAR_PERMANENT,
                        "%s", answer->why);
}

static int by_status(struct arena *arena, int64_t status, const struct value *body, struct soar_err *err)
{
    const char *words = said(arena, body);

    if (status == 403)
        return soar_err_set(err, SOAR_DENIED,
                            "the vault doesn't let us (403%s): its policy must name this path", words);
    if (status == 404)
        return soar_err_set(err, SOAR_PERMANENT, "there is nothing in the vault at this path (404%s)", words);
    if (status == 503)
        return soar_err_set(err, SOAR_TRANSIENT, "the vault is sealed, or on standby (503%s)", words);
    bool later = status == 412 || status == 429 || status == 472 || status == 473 || status >= 500;

    return soar_err_set(err, later ? SOAR_TRANSIENT : SOAR_PERMANENT, "the vault answered %lld%s",
                        (long long)status, words);
}

int vault_data(struct arena *arena, const struct soar_answer *answer, struct value *ret_data,
               struct soar_err *err)
{
    struct value result = value_null();

    if (answer->class != SOAR_DONE)
        return not_done(answer, err);
    if (json_parse(arena, answer->result, strlen(answer->result), &result, NULL))
        return soar_err_set(err, SOAR_PERMANENT, "the vault's answer can't be read");
    const struct value *body = value_get(&result, "body"), *data = value_get(body, "data");
    int64_t status = value_get_int(&result, "status", 0);

    if (status != 200)
        return by_status(arena, status, body, err);
    if (!data || data->kind != VALUE_MAP)
        return soar_err_set(err, SOAR_PERMANENT, "the vault's answer has no data");
    *ret_data = *data;
    return 0;
}
