/* May this commit take the place of the one in use? It must go forward, be signed where that is asked for,
 * and be good as a whole; then the configuration says whether a person is asked. Signatures are checked here,
 * not in the worker, which has spoken with the server. Only the commit that is used
 * is looked at, not those between: what they brought and it took away never runs. */
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/signers.h"
#include "engine/base/text.h"
#include "engine/verbs/sources_parts.h"
#include "engine/verbs/verb_rules.h"

static bool is_id(const char *ref)
{
    return strlen(ref) == 40 && strspn(ref, "0123456789abcdef") == 40;
}

/* --- playbooks */

struct lint {
    const struct sources *sources;
    struct arena *arena;
    const char *name;
    const struct source_commit *commit;
    const char **names; /* of its playbooks */
    size_t count;
};

static int first_mistake(const struct diag_list *diags, struct soar_err *err)
{
    for (const struct diag *diag = diags->first; diag; diag = diag->next)
        if (diag->level == DIAG_ERROR)
            return soar_err_set(err, SOAR_INVALID, "%s:%d:%d: %s", diag->file ? diag->file : diags->file,
                                diag->line, diag->col, diag->text);
    return soar_err_set(err, SOAR_INVALID, "%s: it can't be read", diags->file);
}

static int lint_file(struct lint *lint, const struct source_file *file, struct soar_err *err)
{
    const struct sources_site *with = &lint->sources->with;
    const char *label = verb_source_label(lint->arena, lint->name, lint->commit->commit, file->path);
    struct diag_list look, diags;

    diag_init(&look, lint->arena, label);
    diag_init(&diags, lint->arena, label);
    const struct yaml_node *root = yaml_parse(lint->arena, file->text, file->len, &look);

    if (!root && look.errors > 0)
        return first_mistake(&look, err);
    if (!root || !verb_is_playbook(root)) {
        if (root && root->kind == YAML_MAP && (yaml_get(root, "action") || yaml_get(root, "extends")))
            log_warning("%s: a pack is not taken from a repository: packs come from `packs:` directories",
                        label);
        return 0;
    }
    const struct playbook *playbook =
        playbook_load(lint->arena, label, file->text, file->len, with->shelf, with->site, &diags);

    if (!playbook || !verb_ends_fit(playbook, with->policy, &diags))
        return first_mistake(&diags, err);
    for (size_t i = 0; i < lint->count; i++)
        if (text_same_fold(lint->names[i], playbook->name))
            return soar_err_set(err, SOAR_INVALID, "%s:1:1: playbook %s stands twice in this commit", label,
                                playbook->name);
    lint->names[lint->count++] = playbook->name;
    return 0;
}

int source_lint(const struct sources *sources, const char *name, const struct source_commit *commit,
                size_t *ret_playbooks, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct lint lint = {.sources = sources, .arena = arena, .name = name, .commit = commit};

    lint.names = arena_array(arena, commit->file_count + 1, sizeof *lint.names);
    for (size_t i = 0; i < commit->file_count; i++)
        if (lint_file(&lint, &commit->files[i], err))
            return -1;
    *ret_playbooks = lint.count;
    if (lint.count == 0)
        return soar_err_set(err, SOAR_INVALID, "there is no playbook in it");
    return source_names_free(sources, name, lint.names, lint.count, arena, err);
}

/* --- the record */

void source_note(struct sources *sources, const char *by, const char *name,
                 const struct source_commit *commit, const char *before, size_t playbooks)
{
    ARENA_SCOPED arena = arena_new();
    struct value_builder facts;

    value_build(&facts, arena);
    value_put_text(&facts, "repository", value_text(arena, name));
    value_put_text(&facts, "url", value_text(arena, commit->url));
    value_put_text(&facts, "ref", value_text(arena, commit->ref));
    value_put_text(&facts, "commit", value_text(arena, commit->commit));
    if (before)
        value_put_text(&facts, "before", value_text(arena, before));
    if (*commit->by)
        value_put_text(&facts, "signed_by", value_text(arena, commit->by));
    value_put_text(&facts, "playbooks", value_int((int64_t)playbooks));
    struct value map = value_end_map(&facts);

    loop_note_source(sources->config.loop, by, &map);
}

int source_go_live(struct sources *sources, struct source_entry *entry, const struct source_commit *commit,
                   const char *by, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct source_commit *live = NULL;
    size_t playbooks = 0;

    if (source_commit_read(arena, sources->state, entry->name, SOURCE_LIVE, &live, NULL))
        live = NULL;
    if (source_lint(sources, entry->name, commit, &playbooks, err) ||
        source_commit_write(sources->state, entry->name, SOURCE_LIVE, commit, err))
        return -1;
    source_commit_drop(sources->state, entry->name, SOURCE_NEXT);
    source_entry_set(sources, entry, SOURCE_CURRENT, commit->commit, NULL);
    source_note(sources, by, entry->name, commit, live ? live->commit : NULL, playbooks);
    log_info("playbooks of %s: commit %.12s is in use%s%s, by %s", entry->name, commit->commit,
             *commit->by ? ", signed by " : "", commit->by, by);
    if (sources->config.changed)
        sources->config.changed(sources->config.arg, entry->name);
    return 0;
}

/* --- the verdict */

static const char *refused(const struct site_source *source, const struct fetched *fetched,
                           struct arena *arena)
{
    const char *commit = value_get_string(fetched->answer, "commit", "");
    const char *why = value_get_string(fetched->answer, "refused", "");

    if (*why)
        return why;
    if (is_id(source->ref))
        return strcmp(source->ref, commit) == 0
                   ? NULL
                   : arena_printf(arena, "%s is no commit's id; was commit %s meant?", source->ref, commit);
    if (!fetched->follows)
        return arena_printf(
            arena,
            "%s was rewritten: commit %.12s does not follow the one in use; what runs goes only "
            "forward (to use it, name it: `ref: %s`)",
            source->ref, commit, commit);
    return NULL;
}

int source_signer(const struct sources *sources, const struct site_source *source, struct arena *arena,
                  struct source_commit *commit, struct soar_err *err)
{
    const struct world *world = sources->config.world;
    char key[KNOWN_FINGERPRINT_BYTES];
    struct signers signers;

    commit->by = "";
    if (!source->signers)
        return 0;
    if (!commit->object)
        return soar_err_set(err, SOAR_INVALID, "commit %.12s can't be checked: fetch it again",
                            commit->commit);
    if (signers_parse(arena, source->signers, strlen(source->signers), &signers, err))
        return soar_err_wrap(err, "signers");
    const struct signer *signer = signers_check(&signers, commit->object, commit->object_len,
                                                world->wall_ms(world->arg) / 1000, key, err);

    if (!signer)
        return soar_err_wrap(err, "commit %.12s doesn't count", commit->commit);
    commit->by = arena_string(arena, signer->principals);
    return 0;
}

static int64_t time_of(const struct fetched *fetched)
{
    ARENA_SCOPED arena = arena_new();
    struct signed_commit commit = {0};

    return fetched->commit && signers_commit(arena, fetched->commit, fetched->commit_len, &commit, NULL) == 0
               ? commit.committed_s * 1000
               : 0;
}

static struct source_commit commit_of(const struct sources *sources, const struct site_source *source,
                                      const struct fetched *fetched)
{
    const struct world *world = sources->config.world;
    const struct value *answer = fetched->answer;

    return (struct source_commit){.url = source->url,
                                  .ref = source->ref,
                                  .path = source->path,
                                  .commit = value_get_string(answer, "commit", ""),
                                  .subject = value_get_string(answer, "subject", ""),
                                  .object = fetched->commit,
                                  .object_len = fetched->commit_len,
                                  .time_ms = time_of(fetched),
                                  .fetched_ms = world->wall_ms(world->arg),
                                  .file_count = fetched->file_count,
                                  .files = fetched->files};
}

static void tell_ignored(const char *name, const struct value *answer)
{
    const struct value *ignored = value_get(answer, "ignored");

    for (size_t i = 0; i < value_count(ignored); i++)
        if (value_at(ignored, i)->kind == VALUE_STRING)
            log_warning("playbooks of %s: %.200s", name, value_at(ignored, i)->text);
}

static void wait_for_person(struct sources *sources, struct source_entry *entry,
                            const struct source_commit *commit, struct soar_err *err)
{
    size_t playbooks = 0;
    bool news = entry->state != SOURCE_WAITS || strcmp(entry->seen, commit->commit) != 0;

    if (source_lint(sources, entry->name, commit, &playbooks, err) ||
        source_commit_write(sources->state, entry->name, SOURCE_NEXT, commit, err))
        return;
    source_entry_set(sources, entry, SOURCE_WAITS, commit->commit, NULL);
    if (news)
        log_info("playbooks of %s: commit %.12s is good, and waits: soarctl playbooks promote %s %.12s",
                 entry->name, commit->commit, entry->name, commit->commit);
}

void source_judge(struct sources *sources, struct source_entry *entry, const struct fetched *fetched)
{
    ARENA_SCOPED arena = arena_new();
    const struct site_source *source = site_find_source(sources->with.site, entry->name);
    const char *id = value_get_string(fetched->answer, "commit", "");
    const char *why = refused(source, fetched, arena);
    struct source_commit commit = commit_of(sources, source, fetched);
    struct soar_err err = {0};

    if (fetched->same) {
        source_commit_drop(sources->state, entry->name, SOURCE_NEXT);
        source_entry_set(sources, entry, SOURCE_CURRENT, id, NULL);
        return;
    }
    if (strcmp(entry->seen, id) != 0)
        tell_ignored(entry->name, fetched->answer);
    if (why)
        soar_err_set(&err, SOAR_INVALID, "%s", why);
    else if (source_signer(sources, source, arena, &commit, &err))
        err.class = SOAR_INVALID;
    else if (source->by_person && !is_id(source->ref))
        wait_for_person(sources, entry, &commit, &err);
    else
        (void)!source_go_live(sources, entry, &commit, entry->asked_by ? entry->asked_by : "soard", &err);
    if (err.class == SOAR_DONE)
        return;
    source_commit_drop(sources->state, entry->name, SOURCE_NEXT); /* it isn't what is there any more */
    source_entry_set(sources, entry, SOURCE_REFUSED, id, err.text);
}
