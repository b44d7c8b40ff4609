/* Reads all that the operator wrote, in the order in which one needs the other. A playbook with a mistake is
 * left out and told, so that one bad file doesn't disarm the others; any other mistake leaves the generation
 * unused as a whole. Of a repository the commit in use is read, from its file in the state directory. */
#include "soard/wiring.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/loop/loop.h"
#include "engine/trigger/trigger.h"
#include "engine/verbs/verb_files.h"
#include "engine/verbs/verb_rules.h"
#include "soarctl/files.h"

enum { PLAYBOOKS_MAX = 1000 }; /* each alert is offered to each */

struct reading {
    struct wiring *wiring;
    struct buf *mistakes;
    const struct playbook **playbooks;
    const char **broken;
};

struct origin { /* of a file of a repository */
    const char *source;
    const char *commit;
};

static const char *first_mistake(struct arena *arena, const struct diag_list *diags)
{
    for (const struct diag *diag = diags->first; diag; diag = diag->next)
        if (diag->level == DIAG_ERROR)
            return arena_printf(arena, "%s:%d:%d: %s", diag->file ? diag->file : diags->file, diag->line,
                                diag->col, diag->text);
    return arena_printf(arena, "%s: it can't be read", diags->file);
}

static void leave_out(struct reading *reading, const char *why)
{
    if (reading->wiring->broken_count < PLAYBOOKS_MAX)
        reading->broken[reading->wiring->broken_count++] = why;
}

static int take_text(struct reading *reading, const char *path, const char *text, size_t len,
                     const struct origin *origin)
{
    struct wiring *wiring = reading->wiring;
    struct arena *arena = wiring->arena;
    struct diag_list look;
    struct diag_list diags;

    diag_init(&look, arena, arena_string(arena, path));
    const struct yaml_node *root = yaml_parse(arena, text, len, &look);
    if (root && !verb_is_playbook(root))
        return 0;
    diag_init(&diags, arena, look.file);
    struct playbook *playbook =
        playbook_load(arena, look.file, text, len, wiring->shelf, wiring->site, &diags);
    if (playbook && !verb_ends_fit(playbook, wiring->policy, &diags))
        playbook = NULL;
    diag_print(&diags, reading->mistakes);
    if (!playbook) {
        leave_out(reading, first_mistake(arena, &diags));
        return 0;
    }
    playbook->source = origin ? origin->source : NULL;
    playbook->commit = origin ? origin->commit : NULL;
    const struct playbook *other = wiring_playbook(wiring, playbook->name);
    if (other || wiring->playbook_count == PLAYBOOKS_MAX) {
        const char *why =
            other ? arena_printf(arena, "%s:1:1: error: playbook %s stands in %s already", path,
                                 playbook->name, other->file)
                  : arena_printf(arena, "%s:1:1: error: more than %d playbooks", path, PLAYBOOKS_MAX);
        buf_printf(reading->mistakes, "%s\n", why);
        leave_out(reading, why);
        return 0;
    }
    reading->playbooks[wiring->playbook_count++] = playbook;
    return 0;
}

static int take_file(void *arg, const char *path, const char *text, size_t len)
{
    return take_text(arg, path, text, len, NULL);
}

static void read_source(struct reading *reading, const char *state, const char *name)
{
    struct wiring *wiring = reading->wiring;
    struct arena *arena = wiring->arena;
    struct source_commit *commit = NULL;
    struct soar_err why = {0};

    if (source_commit_read(arena, state, name, SOURCE_LIVE, &commit, &why)) {
        buf_printf(reading->mistakes, "error: playbooks of %s: %s\n", name, why.text);
        leave_out(reading, arena_printf(arena, "playbooks of %s: %s", name, why.text));
    }
    if (!commit)
        return;
    const struct origin origin = {name, commit->commit};

    for (size_t i = 0; i < commit->file_count; i++) {
        const struct source_file *file = &commit->files[i];

        (void)take_text(reading, verb_source_label(arena, name, commit->commit, file->path), file->text,
                        file->len, &origin);
    }
}

static void read_sources(struct reading *reading)
{
    const struct site *site = reading->wiring->site;
    const char *state = files_state_dir(reading->wiring->arena, NULL, site);

    for (size_t i = 0; i < site->source_count; i++)
        read_source(reading, state, site->sources[i].name);
}

static void make_room(struct reading *reading)
{
    struct wiring *wiring = reading->wiring;

    reading->playbooks = arena_array(wiring->arena, PLAYBOOKS_MAX, sizeof *reading->playbooks);
    reading->broken = arena_array(wiring->arena, PLAYBOOKS_MAX, sizeof *reading->broken);
    wiring->playbooks = reading->playbooks;
    wiring->broken = reading->broken;
}

static int read_playbooks(struct reading *reading, struct soar_err *err)
{
    struct wiring *wiring = reading->wiring;

    make_room(reading);
    for (size_t i = 0; i < wiring->site->playbook_dir_count; i++)
        if (verb_each_file(wiring->arena, wiring->site->playbook_dirs[i], take_file, reading, err))
            return soar_err_wrap(err, "playbooks");
    wiring->own_playbooks = wiring->playbook_count;
    wiring->own_broken = wiring->broken_count;
    read_sources(reading);
    return 0;
}

static int read_intake(struct reading *reading, struct soar_err *err)
{
    struct wiring *wiring = reading->wiring;
    struct diag_list diags;

    wiring->intake = intake_shelf_new(wiring->arena);
    if (intake_shelf_add_builtin(wiring->intake, err))
        return -1;
    for (size_t i = 0; i < wiring->site->intake_dir_count; i++) {
        const char *dir = wiring->site->intake_dirs[i];
        diag_init(&diags, wiring->arena, dir);
        int answer = intake_shelf_add_dir(wiring->intake, dir, &diags);
        diag_print(&diags, reading->mistakes);
        if (answer)
            return soar_err_set(err, SOAR_INVALID, "%s: %zu %s in its mapping files", dir, diags.errors,
                                diags.errors == 1 ? "mistake" : "mistakes");
    }
    diag_init(&diags, wiring->arena, wiring->site->config_file);
    trigger_check_webhooks(wiring->site, wiring->intake, &diags);
    diag_print(&diags, reading->mistakes);
    return diags.errors
               ? soar_err_set(err, SOAR_INVALID, "%s: %zu %s in its webhooks", wiring->site->config_file,
                              diags.errors, diags.errors == 1 ? "mistake" : "mistakes")
               : 0;
}

int wiring_load(const char *config_file, struct wiring **ret_wiring, struct buf *mistakes,
                struct soar_err *err)
{
    struct wiring *wiring = calloc(1, sizeof *wiring);
    struct reading reading = {.wiring = wiring, .mistakes = mistakes};

    if (!wiring)
        abort();
    wiring->arena = arena_new();
    if (files_site(wiring->arena, NULL, config_file, &wiring->site, mistakes, err) ||
        files_packs(wiring->arena, wiring->site, &wiring->shelf, mistakes, err) ||
        files_policy(wiring->arena, wiring->site, &wiring->policy, mistakes, err) ||
        read_intake(&reading, err) || read_playbooks(&reading, err)) {
        wiring_free(wiring);
        return -1;
    }
    *ret_wiring = wiring;
    return 0;
}

struct wiring *wiring_again(struct wiring *from, struct buf *mistakes)
{
    struct wiring *base = from->base ? from->base : from;
    struct wiring *wiring = calloc(1, sizeof *wiring);
    struct reading reading = {.wiring = wiring, .mistakes = mistakes};

    if (!wiring)
        abort();
    *wiring = (struct wiring){.arena = arena_new(),
                              .site = base->site,
                              .shelf = base->shelf,
                              .policy = base->policy,
                              .intake = base->intake,
                              .base = base};
    wiring_hold(base);
    make_room(&reading);
    for (size_t i = 0; i < base->own_playbooks; i++)
        reading.playbooks[wiring->playbook_count++] = base->playbooks[i];
    for (size_t i = 0; i < base->own_broken; i++)
        leave_out(&reading, base->broken[i]);
    wiring->own_playbooks = base->own_playbooks;
    wiring->own_broken = base->own_broken;
    read_sources(&reading);
    return wiring;
}

void wiring_free(struct wiring *wiring)
{
    if (!wiring)
        return;
    if (wiring->base)
        wiring_let_go(wiring->base);
    arena_free(wiring->arena);
    free(wiring);
}

void wiring_hold(struct wiring *wiring)
{
    wiring->held++;
}

void wiring_let_go(struct wiring *wiring)
{
    wiring->held--;
}

const struct playbook *wiring_playbook(const struct wiring *wiring, const char *name)
{
    for (size_t i = 0; i < wiring->playbook_count; i++)
        if (text_same_fold(wiring->playbooks[i]->name, name))
            return wiring->playbooks[i];
    return NULL;
}
