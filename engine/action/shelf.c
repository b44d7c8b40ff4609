/* Where packs stand: the built-in ones first, then what directories add. A name is one pack: the later one
 * takes the place of the earlier, so that a site may bring its own. A file that extends an action makes it
 * anew, with its providers in front. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/action/builtin.h"
#include "engine/action/pack_parts.h"
#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"

struct pack_shelf {
    struct arena *arena;
    const struct pack **packs;
    size_t count;
    size_t size;
};

struct pack_shelf *pack_shelf_new(struct arena *arena)
{
    struct pack_shelf *shelf = arena_alloc(arena, sizeof *shelf);
    shelf->arena = arena;
    return shelf;
}

size_t pack_shelf_count(const struct pack_shelf *shelf)
{
    return shelf->count;
}

const struct pack *pack_shelf_at(const struct pack_shelf *shelf, size_t index)
{
    return index < shelf->count ? shelf->packs[index] : NULL;
}

static const struct pack **place_of(const struct pack_shelf *shelf, const char *name)
{
    for (size_t i = 0; i < shelf->count; i++) {
        if (text_same_fold(shelf->packs[i]->name, name)) {
            return &shelf->packs[i];
        }
    }
    return NULL;
}

const struct pack *pack_shelf_find(const struct pack_shelf *shelf, const char *name)
{
    const struct pack **place = place_of(shelf, name);
    return place == NULL ? NULL : *place;
}

static void put(struct pack_shelf *shelf, const struct pack *pack)
{
    const struct pack **place = place_of(shelf, pack->name);
    if (place != NULL) {
        *place = pack;
        return;
    }
    if (shelf->count == shelf->size) {
        size_t size = shelf->size == 0 ? 16 : shelf->size * 2;
        const struct pack **packs = arena_array(shelf->arena, size, sizeof(*packs));
        if (shelf->count > 0) {
            memcpy(packs, shelf->packs, shelf->count * sizeof(*packs));
        }
        shelf->packs = packs;
        shelf->size = size;
    }
    shelf->packs[shelf->count++] = pack;
}

/* What is to be loaded: an action's text, and behind it those of the files that extend it. */
struct draft {
    const char *action; /* NULL: it says no name, as the loader will tell */
    const char *text;
    const char *origin;
};

struct drafts {
    struct pack_shelf *shelf;
    struct diag_list *diags;
    struct draft *items;
    size_t count;
    size_t size;
};

static struct draft *draft_add(struct drafts *drafts, const char *action, const char *text,
                               const char *origin)
{
    if (drafts->count == drafts->size) {
        size_t size = drafts->size == 0 ? 16 : drafts->size * 2;
        struct draft *items = arena_array(drafts->shelf->arena, size, sizeof *items);
        if (drafts->count > 0) {
            memcpy(items, drafts->items, drafts->count * sizeof *items);
        }
        drafts->items = items;
        drafts->size = size;
    }
    drafts->items[drafts->count] = (struct draft){.action = action, .text = text, .origin = origin};
    return &drafts->items[drafts->count++];
}

static struct draft *draft_of(struct drafts *drafts, const char *action)
{
    for (size_t i = 0; i < drafts->count; i++) {
        if (drafts->items[i].action != NULL && text_same_fold(drafts->items[i].action, action)) {
            return &drafts->items[i];
        }
    }
    const struct pack *pack = pack_shelf_find(drafts->shelf, action);
    return pack == NULL ? NULL : draft_add(drafts, pack->name, pack->text, pack->origin);
}

static void tell(struct drafts *drafts, const char *file, const char *text)
{
    const char *before = drafts->diags->file;
    drafts->diags->file = file;
    diag_error(drafts->diags, 0, 0, "%s", text);
    drafts->diags->file = before;
}

/* Files that are actions come first, whatever their order: `extends` is the pass. */
static void draft_file(struct drafts *drafts, const char *text, size_t len, const char *origin, bool extends)
{
    struct arena *arena = drafts->shelf->arena;
    const char *action = NULL;
    const char *extended = pack_text_extends(arena, text, len, &action);
    bool is_extension = extended != NULL && action == NULL;
    if (is_extension != extends) {
        return;
    }
    if (!extends) {
        draft_add(drafts, action, arena_copy(arena, text, len), origin);
        return;
    }
    struct draft *draft = draft_of(drafts, extended);
    if (draft == NULL) {
        tell(drafts, origin, arena_printf(arena, "it extends %.60s, and there is no such action", extended));
        return;
    }
    draft->text = pack_text_join(arena, draft->text, arena_copy(arena, text, len), origin);
}

static int load_drafts(struct drafts *drafts)
{
    size_t before = drafts->diags->errors;
    for (size_t i = 0; i < drafts->count; i++) {
        const struct draft *draft = &drafts->items[i];
        const struct pack *pack =
            pack_load(drafts->shelf->arena, draft->text, strlen(draft->text), draft->origin, drafts->diags);
        if (pack != NULL) {
            put(drafts->shelf, pack);
        }
    }
    return drafts->diags->errors == before ? 0 : -1;
}

int pack_shelf_add_text(struct pack_shelf *shelf, const char *text, size_t len, const char *origin,
                        struct diag_list *diags)
{
    struct drafts drafts = {.shelf = shelf, .diags = diags};
    size_t before = diags->errors;
    draft_file(&drafts, text, len, origin, false);
    draft_file(&drafts, text, len, origin, true);
    return load_drafts(&drafts) == 0 && diags->errors == before ? 0 : -1;
}

int pack_shelf_add_builtin(struct pack_shelf *shelf, struct soar_err *err)
{
    struct diag_list diags;
    struct drafts drafts = {.shelf = shelf, .diags = &diags};
    diag_init(&diags, shelf->arena, "built-in actions");
    for (int extends = 0; extends < 2; extends++) {
        for (const struct action_text *action = action_texts; action->name != NULL; action++) {
            draft_file(&drafts, action->text, action->len, action->name, extends);
        }
    }
    load_drafts(&drafts);
    for (const struct diag *diag = diags.first; diag != NULL; diag = diag->next) {
        if (diag->level == DIAG_ERROR) {
            return soar_err_set(err, SOAR_INVALID, "built-in action %s:%d: %s", diag->file, diag->line,
                                diag->text);
        }
    }
    return 0;
}

/* NAME.yaml; what stands beside it (NAME.rehearse.yaml, NAME.contract.yaml) is somebody else's. */
static int is_pack_file(const struct dirent *entry)
{
    const char *dot = strchr(entry->d_name, '.');
    return dot != NULL && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

struct shelf_file {
    const char *path;
    char *text; /* NULL: it can't be read, as was told */
    size_t len;
};

static struct shelf_file read_pack_file(struct drafts *drafts, const char *path)
{
    struct shelf_file file = {.path = path};
    struct soar_err err;
    if (file_only_ours(path, &err) < 0 ||
        file_read(drafts->shelf->arena, path, LIMIT_FILE_BYTES, &file.text, &file.len, &err) < 0) {
        file.text = NULL;
        tell(drafts, path, err.text);
    }
    return file;
}

int pack_shelf_add_dir(struct pack_shelf *shelf, const char *dir, struct diag_list *diags)
{
    struct drafts drafts = {.shelf = shelf, .diags = diags};
    size_t before = diags->errors;
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_pack_file, alphasort);
    if (count < 0) {
        diag_error(diags, 0, 0, "%s: %s", dir, strerror(errno));
        return -1;
    }
    struct soar_err err;
    if (file_only_ours(dir, &err) < 0) {
        diag_error(diags, 0, 0, "%s", err.text);
    }
    struct shelf_file *files = arena_array(shelf->arena, (size_t)count + 1, sizeof *files);
    for (int i = 0; i < count; i++) {
        files[i] = read_pack_file(&drafts, arena_printf(shelf->arena, "%s/%s", dir, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    for (int pass = 0; pass < 2 * count; pass++) {
        const struct shelf_file *file = &files[pass % count];
        if (file->text != NULL) {
            draft_file(&drafts, file->text, file->len, file->path, pass >= count);
        }
    }
    load_drafts(&drafts);
    return diags->errors == before ? 0 : -1;
}

/* An action whose ways all stand in files that extend it: the shelf has them. NULL: it is not such a one. */
static const char *with_extensions(struct pack_shelf *shelf, const char *text, size_t len, const char *action)
{
    const struct pack *known = action == NULL ? NULL : pack_shelf_find(shelf, action);
    const struct pack_part *parts;
    struct diag_list nobody;
    diag_init(&nobody, shelf->arena, "");
    const struct yaml_node *root = yaml_parse(shelf->arena, text, len, &nobody);
    if (known == NULL || root == NULL || yaml_get(root, "providers") != NULL) {
        return NULL;
    }
    const char *joined = arena_copy(shelf->arena, text, len);
    size_t count = pack_text_parts(shelf->arena, known->text, strlen(known->text), known->origin, &parts);
    for (size_t i = 1; i < count; i++) {
        const char *part = arena_copy(shelf->arena, parts[i].text, parts[i].len);
        joined = pack_text_join(shelf->arena, joined, part, parts[i].origin);
    }
    return joined;
}

struct pack *pack_load_beside(struct pack_shelf *shelf, const char *text, size_t len, const char *origin,
                              struct diag_list *diags)
{
    const char *action = NULL;
    const char *extended = pack_text_extends(shelf->arena, text, len, &action);
    const struct pack *base = extended == NULL || action != NULL ? NULL : pack_shelf_find(shelf, extended);
    const struct pack_part *parts;
    if (base == NULL) {
        const char *whole = with_extensions(shelf, text, len, action);
        return whole == NULL ? pack_load(shelf->arena, text, len, origin, diags)
                             : pack_load(shelf->arena, whole, strlen(whole), origin, diags);
    }
    pack_text_parts(shelf->arena, base->text, strlen(base->text), base->origin, &parts);
    const char *own = arena_copy(shelf->arena, parts[0].text, parts[0].len);
    const char *joined = pack_text_join(shelf->arena, own, arena_copy(shelf->arena, text, len), origin);
    return pack_load(shelf->arena, joined, strlen(joined), base->origin, diags);
}
