/* Where sources stand: the built-in ones first, then what directories add. A name is one source: the later
 * one takes the place of the earlier, so that a site may bring its own. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/trigger/builtin_intake.h"
#include "engine/trigger/intake_parts.h"

struct intake_shelf {
    struct arena *arena;
    const struct intake_source **sources;
    size_t count;
    size_t size;
};

struct intake_shelf *intake_shelf_new(struct arena *arena)
{
    struct intake_shelf *shelf = arena_alloc(arena, sizeof *shelf);
    shelf->arena = arena;
    return shelf;
}

size_t intake_shelf_count(const struct intake_shelf *shelf)
{
    return shelf->count;
}

const struct intake_source *intake_shelf_at(const struct intake_shelf *shelf, size_t index)
{
    return index < shelf->count ? shelf->sources[index] : NULL;
}

const char *intake_name(const struct intake_source *source)
{
    return source->name;
}

const char *intake_about(const struct intake_source *source)
{
    return source->about;
}

static const struct intake_source **place_of(const struct intake_shelf *shelf, const char *name)
{
    for (size_t i = 0; i < shelf->count; i++) {
        if (text_same_fold(shelf->sources[i]->name, name)) {
            return &shelf->sources[i];
        }
    }
    return NULL;
}

const struct intake_source *intake_find(const struct intake_shelf *shelf, const char *name)
{
    const struct intake_source **place = place_of(shelf, name);
    return place == NULL ? NULL : *place;
}

const char *intake_meant(const struct intake_shelf *shelf, const char *name, struct arena *arena)
{
    const char **names = arena_array(arena, shelf->count + 1, sizeof *names);
    for (size_t i = 0; i < shelf->count; i++) {
        names[i] = shelf->sources[i]->name;
    }
    return text_nearest(name, names);
}

int intake_shelf_add_text(struct intake_shelf *shelf, const char *text, size_t len, const char *origin,
                          struct diag_list *diags)
{
    const struct intake_source *source = intake_load(shelf->arena, text, len, origin, diags);
    if (source == NULL) {
        return -1;
    }
    const struct intake_source **place = place_of(shelf, source->name);
    if (place == NULL) {
        shelf->sources =
            arena_grow(shelf->arena, shelf->sources, shelf->count, &shelf->size, sizeof(*shelf->sources));
        place = &shelf->sources[shelf->count++];
    }
    *place = source;
    return 0;
}

int intake_shelf_add_builtin(struct intake_shelf *shelf, struct soar_err *err)
{
    for (const struct intake_text *text = intake_texts; text->name != NULL; text++) {
        struct diag_list diags;
        diag_init(&diags, shelf->arena, text->name);
        if (intake_shelf_add_text(shelf, text->text, text->len, text->name, &diags) != 0) {
            return soar_err_set(err, SOAR_INVALID, "built-in source %s:%d:%d: %s", text->name,
                                diags.first->line, diags.first->col, diags.first->text);
        }
    }
    return 0;
}

static int is_mapping(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

/* Each mistake keeps its own file's name. */
static int add_file(struct intake_shelf *shelf, const char *path, struct diag_list *diags)
{
    char *text = NULL;
    size_t len = 0;
    struct soar_err err = {.text = ""};
    struct diag_list own;
    diag_init(&own, shelf->arena, path);
    if (file_read(shelf->arena, path, LIMIT_FILE_BYTES, &text, &len, &err) != 0) {
        diag_error(&own, 0, 0, "%s", err.text);
    } else if (intake_shelf_add_text(shelf, text, len, path, &own) == 0) {
        own.errors = 0;
    }
    *diags->last = own.first;
    if (own.first != NULL) {
        diags->last = own.last;
    }
    diags->errors += own.errors;
    diags->warnings += own.warnings;
    return own.errors > 0 ? -1 : 0;
}

int intake_shelf_add_dir(struct intake_shelf *shelf, const char *dir, struct diag_list *diags)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_mapping, alphasort);
    int result = 0;
    if (count < 0) {
        diag_error(diags, 0, 0, "%s: %s", dir, strerror(errno));
        return -1;
    }
    for (int i = 0; i < count; i++) {
        result |= add_file(shelf, arena_printf(shelf->arena, "%s/%s", dir, entries[i]->d_name), diags);
        free(entries[i]);
    }
    free(entries);
    return result;
}
