/* Of two playbooks with one name only one could be used: a commit that has another place's name is told
 * before it is in use, not when half of it is passed over. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/sources_parts.h"
#include "engine/verbs/verb_files.h"
#include "engine/verbs/verb_rules.h"

struct names {
    struct arena *arena;
    const char *const *names;
    size_t count;
    struct soar_err *err;
};

/* What can't be read or is no playbook has no name. */
static int look(struct names *names, const char *path, const char *text, size_t len)
{
    struct diag_list diags;

    diag_init(&diags, names->arena, path);
    const struct yaml_node *root = yaml_parse(names->arena, text, len, &diags);
    const struct yaml_node *name = root && verb_is_playbook(root) ? yaml_get(root, "playbook_name") : NULL;

    for (size_t i = 0; name && name->kind == YAML_SCALAR && i < names->count; i++)
        if (text_same_fold(names->names[i], name->text))
            return soar_err_set(names->err, SOAR_INVALID, "playbook %s stands in %s already", names->names[i],
                                path);
    return 0;
}

static int look_file(void *arg, const char *path, const char *text, size_t len)
{
    return look(arg, path, text, len);
}

static int look_source(struct names *names, const struct sources *sources, const char *source)
{
    struct source_commit *live = NULL;

    if (source_commit_read(names->arena, sources->state, source, SOURCE_LIVE, &live, NULL) || !live)
        return 0;
    for (size_t i = 0; i < live->file_count; i++)
        if (look(names, verb_source_label(names->arena, source, live->commit, live->files[i].path),
                 live->files[i].text, live->files[i].len))
            return -1;
    return 0;
}

int source_names_free(const struct sources *sources, const char *name, const char *const *names, size_t count,
                      struct arena *arena, struct soar_err *err)
{
    const struct site *site = sources->with.site;
    struct soar_err why = {0}; /* a directory that can't be read is told elsewhere */
    struct names all = {arena, names, count, err};

    for (size_t i = 0; i < site->playbook_dir_count; i++) {
        struct soar_err taken = {0};

        all.err = &taken;
        (void)!verb_each_file(arena, site->playbook_dirs[i], look_file, &all, &why);
        if (taken.class != SOAR_DONE)
            return soar_err_set(err, taken.class, "%s", taken.text);
    }
    all.err = err;
    for (size_t i = 0; i < site->source_count; i++)
        if (strcmp(site->sources[i].name, name) != 0 && look_source(&all, sources, site->sources[i].name))
            return -1;
    return 0;
}
