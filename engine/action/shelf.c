/* Where packs stand: the built-in ones first, then what directories add. A name is one pack: the later one
 * takes the place of the earlier, so that a site may bring its own. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/action/builtin.h"
#include "engine/action/pack.h"
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

int pack_shelf_add_text(struct pack_shelf *shelf, const char *text, size_t len, const char *origin,
                        struct diag_list *diags)
{
    const struct pack *pack = pack_load(shelf->arena, text, len, origin, diags);
    if (pack == NULL) {
        return -1;
    }
    put(shelf, pack);
    return 0;
}

int pack_shelf_add_builtin(struct pack_shelf *shelf, struct soar_err *err)
{
    for (const struct action_text *action = action_texts; action->name != NULL; action++) {
        struct diag_list diags;
        diag_init(&diags, shelf->arena, action->name);
        if (pack_shelf_add_text(shelf, action->text, action->len, action->name, &diags) < 0) {
            return soar_err_set(err, SOAR_INVALID, "built-in action %s:%d: %s", action->name,
                                diags.first->line, diags.first->text);
        }
    }
    return 0;
}

/* NAME.yaml; what stands beside it (NAME.rehearse.yaml) is somebody else's. */
static int is_pack_file(const struct dirent *entry)
{
    const char *dot = strchr(entry->d_name, '.');
    return dot != NULL && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

static int add_file(struct pack_shelf *shelf, const char *path, struct diag_list *diags)
{
    char *text = NULL;
    size_t len = 0;
    struct soar_err err;
    struct diag_list own;
    diag_init(&own, shelf->arena, path);
    if (file_read(shelf->arena, path, LIMIT_FILE_BYTES, &text, &len, &err) < 0) {
        diag_error(&own, 0, 0, "%s", err.text);
    } else if (pack_shelf_add_text(shelf, text, len, path, &own) == 0) {
        own.errors = 0;
    }
    *diags->last = own.first; /* each keeps its own file's name */
    if (own.first != NULL) {
        diags->last = own.last;
    }
    diags->errors += own.errors;
    diags->warnings += own.warnings;
    return own.errors > 0 ? -1 : 0;
}

int pack_shelf_add_dir(struct pack_shelf *shelf, const char *dir, struct diag_list *diags)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_pack_file, alphasort);
    if (count < 0) {
        diag_error(diags, 0, 0, "%s: %s", dir, strerror(errno));
        return -1;
    }
    int result = 0;
    for (int i = 0; i < count; i++) {
        result |= add_file(shelf, arena_printf(shelf->arena, "%s/%s", dir, entries[i]->d_name), diags);
        free(entries[i]);
    }
    free(entries);
    return result;
}
