/* The repositories of a configuration, each with what is known of it. What is in use is read from its file
 * whenever it matters: a promote by another program is seen, and memory is no second truth. */
#include "engine/verbs/sources.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/log.h"
#include "engine/verbs/sources_parts.h"

static int64_t wall_ms(const struct sources *sources)
{
    return sources->config.world->wall_ms(sources->config.world->arg);
}

static int64_t boot_ms(const struct sources *sources)
{
    return sources->config.world->boot_ms(sources->config.world->arg);
}

const char *source_state_name(enum source_state state)
{
    static const char *const names[SOURCE_STATE_COUNT] = {"never asked", "current", "waits", "refused",
                                                          "unreachable"};
    return names[state];
}

static char *copy(const char *text)
{
    char *made = text ? strdup(text) : NULL;

    if (text && !made)
        abort();
    return made;
}

static void entry_free(struct source_entry *entry)
{
    free(entry->name);
    free(entry->why);
    free(entry->asked_by);
    free(entry);
}

struct sources *sources_new(const struct sources_config *config)
{
    struct sources *sources = calloc(1, sizeof *sources);

    if (!sources)
        abort();
    *sources = (struct sources){.config = *config, .state = copy(config->state)};
    sources->fetcher = fetcher_new(config->caller, config->world);
    return sources;
}

void sources_free(struct sources *sources)
{
    if (!sources)
        return;
    fetcher_free(sources->fetcher);
    while (sources->entries) {
        struct source_entry *next = sources->entries->next;

        entry_free(sources->entries);
        sources->entries = next;
    }
    free(sources->state);
    free(sources);
}

struct source_entry *source_entry_find(const struct sources *sources, const char *name)
{
    for (struct source_entry *entry = sources->entries; entry; entry = entry->next)
        if (strcmp(entry->name, name) == 0)
            return entry;
    return NULL;
}

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static void note_trouble(struct sources *sources, const struct source_entry *entry, const char *commit)
{
    ARENA_SCOPED arena = arena_new();
    struct value_builder facts;

    value_build(&facts, arena);
    value_put_text(&facts, "repository", value_text(arena, entry->name));
    if (commit)
        value_put_text(&facts, "commit", value_text(arena, commit));
    value_put_text(&facts, "error", value_text(arena, entry->why));
    struct value map = value_end_map(&facts);

    loop_note_source(sources->config.loop, entry->asked_by ? entry->asked_by : "soard", &map);
    log_warning("playbooks of %s: %s: %s", entry->name, source_state_name(entry->state), entry->why);
}

void source_entry_set(struct sources *sources, struct source_entry *entry, enum source_state state,
                      const char *commit, const char *why)
{
    bool news = entry->state != state || !same(entry->why, why);
    char *text = copy(why);

    if (entry->state != state)
        entry->since_ms = wall_ms(sources);
    free(entry->why);
    entry->why = text;
    entry->state = state;
    if (commit)
        memccpy(entry->seen, commit, '\0', sizeof entry->seen - 1);
    if (news && why)
        note_trouble(sources, entry, commit);
}

/* --- the configuration */

static void note_in_use(struct sources *sources, const struct site_source *source, const char *by)
{
    ARENA_SCOPED arena = arena_new();
    struct source_commit *live = NULL;
    struct soar_err err = {0};

    if (source_commit_read(arena, sources->state, source->name, SOURCE_LIVE, &live, &err))
        log_error("playbooks of %s: %s", source->name, err.text);
    else if (live)
        source_note(sources, by, source->name, live, live->commit, live->file_count);
}

/* What is known of it goes on, but for when it is asked: now. */
static void add_entry(struct sources *sources, const char *name)
{
    struct source_entry *entry = calloc(1, sizeof *entry);

    if (!entry)
        abort();
    entry->name = copy(name);
    entry->since_ms = wall_ms(sources);
    entry->next = sources->entries;
    sources->entries = entry;
}

static void drop_strangers(struct sources *sources, const struct site *site)
{
    for (struct source_entry **at = &sources->entries; *at;) {
        struct source_entry *entry = *at;

        if (site_find_source(site, entry->name)) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        entry_free(entry);
    }
}

void sources_use(struct sources *sources, const struct sources_site *with, const char *by)
{
    sources->with = *with;
    drop_strangers(sources, with->site);
    for (size_t i = 0; i < with->site->source_count; i++) {
        const struct site_source *source = &with->site->sources[i];

        if (!source_entry_find(sources, source->name))
            add_entry(sources, source->name);
        source_entry_find(sources, source->name)->due_ms = boot_ms(sources);
        if (by)
            note_in_use(sources, source, by);
    }
}

/* --- asking */

/* *ret_live: of this repository, ref and folder; NULL: none is in use yet. */
static int live_of(const struct sources *sources, const struct site_source *source, struct arena *arena,
                   const char **ret_live, struct soar_err *err)
{
    struct source_commit *live = NULL;

    if (source_commit_read(arena, sources->state, source->name, SOURCE_LIVE, &live, err))
        return -1;
    *ret_live = live && source_commit_fits(live, source) ? live->commit : NULL;
    return 0;
}

/* What was asked may be another thing than what the configuration says by now, and a person may have promoted
 * another commit meanwhile. */
static bool is_still_asked(const struct sources *sources, const struct site_source *source,
                           const struct fetched *fetched)
{
    ARENA_SCOPED arena = arena_new();
    char *peer = NULL;
    const char *live = NULL;

    return fetch_peer(source, sources->state, arena, &peer, NULL) == 0 && strcmp(peer, fetched->peer) == 0 &&
           live_of(sources, source, arena, &live, NULL) == 0 && same(live, fetched->live);
}

static void done(void *arg, const char *name, const struct fetched *fetched, const struct soar_err *err)
{
    struct sources *sources = arg;
    struct source_entry *entry = source_entry_find(sources, name);
    const struct site_source *source = site_find_source(sources->with.site, name);

    if (!entry || !source)
        return;
    entry->asked_ms = wall_ms(sources);
    if (fetched && !is_still_asked(sources, source, fetched))
        entry->due_ms = boot_ms(sources);
    else if (fetched)
        source_judge(sources, entry, fetched);
    else
        source_entry_set(sources, entry, SOURCE_UNREACHABLE, NULL, err->text);
    free(entry->asked_by);
    entry->asked_by = NULL;
}

static void ask(struct sources *sources, const struct site_source *source, const char *by)
{
    ARENA_SCOPED arena = arena_new();
    struct source_entry *entry = source_entry_find(sources, source->name);
    const char *live = NULL;
    struct soar_err err = {0};

    if (fetch_is_out(sources->fetcher, source->name))
        return;
    entry->due_ms = boot_ms(sources) + source->every_ms;
    free(entry->asked_by);
    entry->asked_by = copy(by);
    mkdir(arena_printf(arena, "%s/git", sources->state), 0700);
    if (live_of(sources, source, arena, &live, &err) ||
        fetch_begin(sources->fetcher, sources->with.site, source, sources->state, live, done, sources,
                    &err)) {
        entry->asked_ms = wall_ms(sources);
        source_entry_set(sources, entry, SOURCE_UNREACHABLE, NULL, err.text);
    }
}

static int no_such(const struct sources *sources, const char *name, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    const char *list = "";

    for (size_t i = 0; i < sources->with.site->source_count; i++)
        list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", sources->with.site->sources[i].name);
    return *list
               ? soar_err_set(err, SOAR_INVALID, "no repository '%s': there is %s", name, list)
               : soar_err_set(err, SOAR_INVALID,
                              "the configuration names no repository of playbooks (`playbooks: [{git: …}]`)");
}

int sources_fetch(struct sources *sources, const char *name, const char *by, struct soar_err *err)
{
    const struct site *site = sources->with.site;

    if ((name && !site_find_source(site, name)) || site->source_count == 0)
        return no_such(sources, name ? name : "", err);
    for (size_t i = 0; i < site->source_count; i++)
        if (!name || strcmp(site->sources[i].name, name) == 0)
            ask(sources, &site->sources[i], by);
    return 0;
}

bool sources_busy(const struct sources *sources, const char *name)
{
    for (const struct source_entry *entry = sources->entries; entry; entry = entry->next)
        if ((!name || strcmp(entry->name, name) == 0) && fetch_is_out(sources->fetcher, entry->name))
            return true;
    return false;
}

int64_t sources_due(const struct sources *sources)
{
    int64_t due_ms = INT64_MAX;

    for (const struct source_entry *entry = sources->entries; entry; entry = entry->next)
        if (!fetch_is_out(sources->fetcher, entry->name) && entry->due_ms < due_ms)
            due_ms = entry->due_ms;
    return due_ms;
}

void sources_turn(struct sources *sources)
{
    const struct site *site = sources->with.site;
    int64_t now_ms = boot_ms(sources);

    for (size_t i = 0; i < site->source_count; i++)
        if (source_entry_find(sources, site->sources[i].name)->due_ms <= now_ms)
            ask(sources, &site->sources[i], NULL);
}

void sources_wait(struct sources *sources, struct event_base *base, const volatile int *stop)
{
    fetcher_wait(sources->fetcher, base, stop);
}

/* --- promoting */

static bool is_meant(const char *commit, const char *said)
{
    enum { DIGITS_MIN = 8 };
    size_t len = strlen(said);

    return len >= DIGITS_MIN && strncmp(commit, said, len) == 0;
}

int sources_promote(struct sources *sources, const char *name, const char *commit, const char *by,
                    struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    const struct site_source *source = site_find_source(sources->with.site, name);
    struct source_commit *next = NULL;
    size_t playbooks = 0;

    if (!source)
        return no_such(sources, name, err);
    if (source_commit_read(arena, sources->state, name, SOURCE_NEXT, &next, err))
        return -1;
    if (!next || !source_commit_fits(next, source))
        return soar_err_set(err, SOAR_INVALID, "%s: no commit waits (soarctl playbooks fetch %s)", name,
                            name);
    if (!is_meant(next->commit, commit))
        return soar_err_set(err, SOAR_INVALID,
                            "%s: what waits is %s, not %s: give its id, or the first 8 digits of it", name,
                            next->commit, commit);
    if (source_signer(sources, source, arena, next, err)) /* the signers may be others by now */
        return -1;
    if (source_lint(sources, name, next, &playbooks, err))
        return -1;
    return source_go_live(sources, source_entry_find(sources, name), next, by, err);
}
