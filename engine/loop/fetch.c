/* One fetch is one session of the worker: git.fetch, git.way until it leads to the commit in use, then a
 * git.file for each playbook, all before one deadline. The first thing that goes wrong ends it. */
#include "engine/loop/fetch.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/loop/fetch_proof.h"

struct fetch {
    struct fetcher *fetcher;
    struct arena *arena;
    const char *name, *session, *peer, *path;
    bool pinned; /* to this commit, whatever it follows */
    int64_t deadline_ms;
    uint64_t first; /* of its calls: git.fetch; git.file of file i is first + 1 + i; git.way behind those */
    unsigned ways;  /* git.way was asked so often */
    char at[GITOBJ_ID_BYTES]; /* how far back it leads */
    struct fetch_proof proof;
    size_t left;  /* files that were not read yet */
    size_t bytes; /* of those that were */
    struct value answer;
    struct fetched fetched;
    struct source_file *files;
    char (*blobs)[GITOBJ_ID_BYTES]; /* their names */
    fetch_done_fn done;
    void *arg;
    TAILQ_ENTRY(fetch) place;
};

struct fetcher {
    struct soar_caller *caller;
    const struct world *world;
    uint64_t calls;
    TAILQ_HEAD(, fetch) fetches;
};

enum { FILES_MAX = 1000 };
enum { WAYS_MAX = 64 }; /* each some hundred commits */
enum { CALLS = 1 + FILES_MAX + WAYS_MAX };

static int64_t now_ms(const struct fetcher *fetcher)
{
    return fetcher->world->boot_ms(fetcher->world->arg);
}

static void drop(struct fetch *fetch)
{
    TAILQ_REMOVE(&fetch->fetcher->fetches, fetch, place);
    arena_free(fetch->arena);
    free(fetch);
}

static void end(struct fetch *fetch, const struct soar_err *err)
{
    const struct fetched *fetched = err ? NULL : &fetch->fetched;

    fetch->fetcher->caller->ops->close(fetch->fetcher->caller, fetch->session);
    fetch->done(fetch->arg, fetch->name, fetched, err);
    drop(fetch);
}

static int call(struct fetch *fetch, uint64_t number, const char *function, const struct value *args,
                const char *secrets, struct soar_err *err)
{
    struct soar_caller *caller = fetch->fetcher->caller;
    const struct soar_call one = {.number = number,
                                  .session = fetch->session,
                                  .connector = "git",
                                  .peer = fetch->peer,
                                  .function = function,
                                  .target = fetch->name,
                                  .place = "playbooks",
                                  .args = json_text(fetch->arena, args),
                                  .secrets = secrets,
                                  .left_ms = fetch->deadline_ms - now_ms(fetch->fetcher)};

    return caller->ops->call(caller, &one, err);
}

/* --- what the worker says */

static int bad_answer(struct soar_err *err)
{
    return soar_err_set(err, SOAR_PERMANENT, "soar-git answered what makes no sense");
}

static int ask_files(struct fetch *fetch, struct soar_err *err)
{
    const struct fetch_proof *proof = &fetch->proof;
    const struct value *list = value_get(&fetch->answer, "files");
    const char *commit = value_get_string(&fetch->answer, "commit", "");
    size_t count = value_count(list);

    if (count > FILES_MAX)
        return bad_answer(err);
    if (fetch_proof_count(proof, fetch->path, count, err))
        return -1;
    fetch->files = arena_array(fetch->arena, count + 1, sizeof *fetch->files);
    fetch->blobs = arena_array(fetch->arena, count + 1, sizeof *fetch->blobs);
    fetch->fetched.files = fetch->files;
    fetch->fetched.file_count = fetch->left = count;
    for (size_t i = 0; i < count; i++) {
        struct value_builder args;

        fetch->files[i] =
            (struct source_file){.path = value_get_string(value_at(list, i), "path", ""), .text = ""};
        if (fetch_proof_file(proof, fetch->path, fetch->files[i].path, fetch->blobs[i], err))
            return -1;
        value_build(&args, fetch->arena);
        value_put_text(&args, "commit", value_static(commit));
        value_put_text(&args, "path", value_static(fetch->files[i].path));
        struct value map = value_end_map(&args);

        if (call(fetch, fetch->first + 1 + i, "git.file", &map, NULL, err))
            return -1;
    }
    return 0;
}

static int ask_way(struct fetch *fetch, struct soar_err *err)
{
    struct value_builder args;

    if (fetch->ways == WAYS_MAX)
        return soar_err_set(err, SOAR_PERMANENT,
                            "commit %.12s is too far from the one in use to see that it follows it; to use "
                            "it, name it: `ref: %s`",
                            value_get_string(&fetch->answer, "commit", ""),
                            value_get_string(&fetch->answer, "commit", ""));
    value_build(&args, fetch->arena);
    value_put_text(&args, "commit", value_text(fetch->arena, fetch->at));
    value_put_text(&args, "live", value_static(fetch->fetched.live));
    struct value map = value_end_map(&args);

    return call(fetch, fetch->first + 1 + FILES_MAX + fetch->ways++, "git.way", &map, NULL, err);
}

/* What it is made of, the way from it to the one in use, then its files. That it does not follow is the
 * worker's word: it keeps nothing from anybody but that commit. */
static int take_commit(struct fetch *fetch, struct soar_err *err)
{
    struct fetched *to = &fetch->fetched;

    if (fetch_proof_open(fetch->arena, &fetch->answer, &fetch->proof, err))
        return -1;
    to->commit = fetch->proof.commit;
    to->commit_len = fetch->proof.commit_len;
    to->follows = to->live == NULL;
    if (to->follows || fetch->pinned || strcmp(value_get_string(&fetch->answer, "change", ""), "forced") == 0)
        return ask_files(fetch, err);
    memccpy(fetch->at, value_get_string(&fetch->answer, "commit", ""), '\0', sizeof fetch->at);
    return ask_way(fetch, err);
}

static bool is_commit(const char *text)
{
    return strlen(text) == 40 && strspn(text, "0123456789abcdef") == 40;
}

/* Over: with what was wrong, or since nothing is missing any more. */
static void go_on(struct fetch *fetch, const struct soar_err *err)
{
    bool on_the_way = fetch->ways > 0 && !fetch->fetched.follows;

    if (err->class != SOAR_DONE)
        end(fetch, err);
    else if (fetch->left == 0 && !on_the_way)
        end(fetch, NULL);
}

static void hear_commit(struct fetch *fetch, const struct value *result)
{
    struct soar_err err = {0};
    const char *commit = value_get_string(result, "commit", "");
    bool refused = *value_get_string(result, "refused", "");

    fetch->answer = *result;
    fetch->fetched.answer = &fetch->answer;
    fetch->fetched.same = fetch->fetched.live && strcmp(commit, fetch->fetched.live) == 0;
    if (!is_commit(commit) || !*value_get_string(result, "change", ""))
        bad_answer(&err);
    else if (!refused && !fetch->fetched.same)
        (void)!take_commit(fetch, &err);
    go_on(fetch, &err);
}

static void hear_way(struct fetch *fetch, const struct value *result)
{
    struct soar_err err = {0};
    bool there = false;

    if (fetch_proof_way(fetch->arena, value_get(result, "way"), fetch->fetched.live, fetch->at, &there,
                        &err) == 0) {
        fetch->fetched.follows = there;
        (void)!(there ? ask_files(fetch, &err) : ask_way(fetch, &err));
    }
    go_on(fetch, &err);
}

static void hear_file(struct fetch *fetch, size_t index, const struct value *result)
{
    const struct value *text = value_get(result, "text");
    struct soar_err err = {0};
    bool given = text && text->kind == VALUE_STRING;
    char blob[GITOBJ_ID_BYTES] = "";

    if (given)
        gitobj_id("blob", text->text, text->len, blob);
    if (!given || strcmp(blob, fetch->blobs[index]) != 0) {
        soar_err_set(&err, SOAR_PERMANENT, "soar-git gives another text than the commit has: %s",
                     fetch->files[index].path);
        end(fetch, &err);
        return;
    }
    fetch->bytes += text->len;
    if (fetch->bytes > LIMIT_COMMIT_TEXTS) {
        soar_err_set(&err, SOAR_PERMANENT, "the playbooks have more than %d MiB together",
                     LIMIT_COMMIT_TEXTS / 1024 / 1024);
        end(fetch, &err);
        return;
    }
    fetch->files[index].text = text->text;
    fetch->files[index].len = text->len;
    if (--fetch->left == 0)
        end(fetch, NULL);
}

static void hear(struct fetch *fetch, const struct soar_answer *answer)
{
    struct soar_err err = {0};
    struct value result;

    if (answer->class != SOAR_DONE) {
        soar_err_set(&err, answer->class, "%s", *answer->why ? answer->why : "the worker failed");
        end(fetch, &err);
    } else if (json_parse(fetch->arena, answer->result, strlen(answer->result), &result, &err)) {
        end(fetch, &err);
    } else if (answer->number == fetch->first) {
        hear_commit(fetch, &result);
    } else if (answer->number > fetch->first + FILES_MAX) {
        hear_way(fetch, &result);
    } else {
        hear_file(fetch, (size_t)(answer->number - fetch->first - 1), &result);
    }
}

/* Of a fetch that has ended nothing more is heard. */
static void on_answer(void *arg, const struct soar_answer *answer)
{
    struct fetcher *fetcher = arg;
    struct fetch *fetch;

    TAILQ_FOREACH(fetch, &fetcher->fetches, place)
    if (answer->number >= fetch->first && answer->number - fetch->first < CALLS) {
        hear(fetch, answer);
        return;
    }
}

static void on_sending(void *arg, uint64_t number)
{
    (void)arg;
    (void)number;
}

static void on_progress(void *arg, uint64_t number, const char *json)
{
    (void)arg;
    (void)number;
    (void)json;
}

void fetcher_wait(struct fetcher *fetcher, struct event_base *base, const volatile int *stop)
{
    while (!TAILQ_EMPTY(&fetcher->fetches) && !(stop && *stop))
        event_base_loop(base, EVLOOP_ONCE);
}

struct fetcher *fetcher_new(struct soar_caller *caller, const struct world *world)
{
    struct fetcher *fetcher = calloc(1, sizeof *fetcher);

    if (!fetcher)
        abort();
    *fetcher = (struct fetcher){.caller = caller, .world = world, .calls = 1};
    TAILQ_INIT(&fetcher->fetches);
    const struct soar_caller_events events = {on_sending, on_progress, on_answer, fetcher};

    caller->ops->listen(caller, &events);
    return fetcher;
}

void fetcher_free(struct fetcher *fetcher)
{
    if (!fetcher)
        return;
    struct fetch *next = NULL;

    for (struct fetch *fetch = TAILQ_FIRST(&fetcher->fetches); fetch; fetch = next) {
        next = TAILQ_NEXT(fetch, place);
        drop(fetch);
    }
    fetcher->caller->ops->free(fetcher->caller);
    free(fetcher);
}

bool fetch_is_out(const struct fetcher *fetcher, const char *name)
{
    const struct fetch *fetch;

    TAILQ_FOREACH(fetch, &fetcher->fetches, place)
    if (strcmp(fetch->name, name) == 0)
        return true;
    return false;
}

/* --- what it is told */

static void put(struct value_builder *map, const char *key, const char *text)
{
    if (text)
        value_put_text(map, key, value_static(text));
}

static int put_file(struct value_builder *map, const char *key, const char *file, struct soar_err *err)
{
    char *text = NULL;
    size_t len = 0;

    if (!file)
        return 0;
    if (file_read(map->arena, file, LIMIT_FILE_BYTES / 8, &text, &len, err))
        return soar_err_wrap(err, "%s", key);
    put(map, key, text);
    return 0;
}

int fetch_peer(const struct site_source *source, const char *state, struct arena *arena, char **ret_peer,
               struct soar_err *err)
{
    struct value_builder map;
    char *whole = realpath(state, NULL); /* a worker knows no directory of ours */

    value_build(&map, arena);
    put(&map, "name", source->name);
    put(&map, "url", source->url);
    put(&map, "ref", source->ref);
    put(&map, "path", source->path);
    put(&map, "store", arena_printf(arena, "%s/git/%s", whole ? whole : state, source->name));
    put(&map, "user", source->user);
    free(whole);
    if (put_file(&map, "ca", source->ca, err) || put_file(&map, "known_hosts", source->known_hosts, err))
        return -1;
    struct value peer = value_end_map(&map);

    *ret_peer = json_text(arena, &peer);
    return 0;
}

/* One at most: so no copy stays where a text of several grew. */
static int read_secret(const struct site *site, const struct site_source *source, struct buf *out,
                       struct soar_err *err)
{
    bool ssh = strncmp(source->url, "ssh:", 4) == 0;
    const char *reference = ssh                       ? source->secret_key
                            : source->secret_password ? source->secret_password
                                                      : source->secret_token;
    const char *key = ssh ? "key" : source->secret_password ? "password" : "token";
    struct site_secret secret;

    if (!reference)
        return 0;
    if (site_secret_read(site, reference, &secret, err))
        return soar_err_wrap(err, "%s", key);
    buf_reserve(out, 6 * secret.len + strlen(key) + 8); /* \u00XX at worst */
    buf_printf(out, "{\"%s\":", key);
    json_quote(out, secret.bytes, secret.len);
    buf_char(out, '}');
    site_secret_done(&secret);
    return 0;
}

static int begin(struct fetch *fetch, const struct site *site, const struct site_source *source,
                 const char *state, const char *live, struct soar_err *err)
{
    BUF_SCOPED secrets = {0};
    struct value_builder args;
    char *peer = NULL;

    if (fetch_peer(source, state, fetch->arena, &peer, err) || read_secret(site, source, &secrets, err))
        return -1;
    fetch->peer = fetch->fetched.peer = peer;
    value_build(&args, fetch->arena);
    put(&args, "live", live);
    struct value map = value_end_map(&args);
    int answer = call(fetch, fetch->first, "git.fetch", &map, secrets.len ? buf_string(&secrets) : NULL, err);

    if (secrets.data)
        explicit_bzero(secrets.data, secrets.len);
    return answer;
}

int fetch_begin(struct fetcher *fetcher, const struct site *site, const struct site_source *source,
                const char *state, const char *live, fetch_done_fn done, void *arg, struct soar_err *err)
{
    struct fetch *fetch = calloc(1, sizeof *fetch);

    if (!fetch)
        abort();
    *fetch = (struct fetch){.fetcher = fetcher,
                            .arena = arena_new(),
                            .deadline_ms = now_ms(fetcher) + source->deadline_ms,
                            .first = fetcher->calls,
                            .done = done,
                            .arg = arg};
    fetcher->calls += CALLS;
    fetch->name = arena_string(fetch->arena, source->name);
    fetch->path = arena_string(fetch->arena, source->path);
    fetch->pinned = is_commit(source->ref);
    fetch->fetched.live = live ? arena_string(fetch->arena, live) : NULL;
    fetch->session =
        arena_printf(fetch->arena, "git:%s:%llu", source->name, (unsigned long long)fetch->first);
    TAILQ_INSERT_TAIL(&fetcher->fetches, fetch, place);
    if (begin(fetch, site, source, state, live, err) == 0)
        return 0;
    drop(fetch);
    return -1;
}
