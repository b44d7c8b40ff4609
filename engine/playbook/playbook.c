/* Text → checked playbook, in three passes: libyaml's tree, tables that bind it, and meaning. Each pass goes
 * on after a mistake as far as it makes sense, so that one look shows all. What is returned is never changed
 * again. */
#include "engine/playbook/playbook.h"

#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/playbook/playbook_parts.h"

bool name_is_plain(const struct yaml_node *node, const char *more)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    for (size_t i = 0; i < node->len; i++) {
        if (strchr(plain, node->text[i]) == NULL && strchr(more, node->text[i]) == NULL) {
            return false;
        }
    }
    return node->len > 0 && node->len <= LIMIT_NAME_BYTES;
}

static bool check_count(struct making *making)
{
    size_t count = making->entries.count;
    if (count <= LIMIT_STEPS) {
        return true;
    }
    const struct yaml_node *first = making->entries.nodes[0];
    diag_error(making->diags, first->line, first->col, "a playbook has at most %d steps, this one has %zu",
               LIMIT_STEPS, count);
    return false;
}

static void read_steps(struct making *making)
{
    size_t count = making->entries.count;
    making->steps = arena_array(making->arena, count, sizeof *making->steps);
    making->before = arena_array(making->arena, count * count, sizeof *making->before);
    making->playbook->step_count = count;
    making->playbook->steps = making->steps;
    needs_read(making);
    for (size_t i = 0; i < count; i++) {
        step_read(making, i);
        with_read(making, i);
        action_check(making, i);
    }
}

static void no_steps(struct diag_list *diags, const struct yaml_node *root)
{
    const struct yaml_node *actions = yaml_get(root, "actions");
    if (actions != NULL && actions->kind == YAML_LIST && actions->count == 0) {
        diag_error(diags, actions->line, actions->col, "'actions': expected at least one step");
    }
}

struct playbook *playbook_load(struct arena *arena, const char *file, const char *text, size_t len,
                               const struct pack_shelf *shelf, const struct site *site,
                               struct diag_list *diags)
{
    size_t errors = diags->errors;
    const struct yaml_node *root = yaml_parse(arena, text, len, diags);
    if (root == NULL) {
        return NULL;
    }
    struct playbook *playbook = arena_alloc(arena, sizeof *playbook);
    char digest[DIGEST_HEX];
    digest_sha256_hex(text, len, digest);
    playbook->file = arena_string(arena, file);
    playbook->text = arena_copy(arena, text, len);
    playbook->digest = arena_string(arena, digest);
    struct playbook_entry entry = {0};
    bind_map(arena, root, playbook_table(), &entry, diags);
    struct making making = {.arena = arena,
                            .diags = diags,
                            .shelf = shelf,
                            .site = site,
                            .playbook = playbook,
                            .entries = entry.actions};
    no_steps(diags, root);
    vars_read(&making, entry.vars);
    header_read(&making, &entry, root);
    if (check_count(&making)) {
        read_steps(&making);
    }
    playbook->vars_fixed = making.vars_fixed;
    return diags->errors > errors ? NULL : playbook;
}

const struct playbook_step *playbook_step_find(const struct playbook *playbook, const char *name)
{
    for (size_t i = 0; i < playbook->step_count; i++) {
        if (text_same_fold(playbook->steps[i].name, name)) {
            return &playbook->steps[i];
        }
    }
    return NULL;
}
