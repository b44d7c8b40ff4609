/* `lint`: every mistake of these files, each with its place. What a file is, is seen by its keys. Runs
 * nothing, reads no secret, asks nobody. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"
#include "engine/verbs/verb_rules.h"

enum file_kind {
    FILE_PLAYBOOK,
    FILE_PACK,
    FILE_TEST,
    FILE_MODEL,
    FILE_CONTRACT,
    FILE_INTAKE,
    FILE_INVENTORY,
    FILE_CONFIG,
    FILE_UNKNOWN,
    FILE_KIND_COUNT
};

static const struct {
    const char *name;
    const char *key; /* a key only this kind has */
} kinds[FILE_KIND_COUNT] = {
    [FILE_PLAYBOOK] = {"playbook", "playbook_name"},
    [FILE_PACK] = {"action", "action"},
    [FILE_TEST] = {"test", "cases"},
    [FILE_MODEL] = {"model", NULL},
    [FILE_CONTRACT] = {"contract", "contract"},
    [FILE_INTAKE] = {"intake", "source"},
    [FILE_INVENTORY] = {"inventory", "hosts"},
    [FILE_CONFIG] = {"config", NULL},
    [FILE_UNKNOWN] = {"unknown", NULL},
};

struct lint {
    struct verb_context *context;
    struct value_builder files;
    struct value_builder mistakes;
    size_t errors;
    size_t warnings;
    bool alone; /* named by the person, not found in a directory */
};

static bool has_any(const struct yaml_node *root, const char *const *keys)
{
    for (size_t i = 0; keys[i]; i++)
        if (yaml_get(root, keys[i]))
            return true;
    return false;
}

/* How a pack's targets answer in a test stands beside it: NAME.rehearse.yaml. Its keys are a pack's. */
static bool is_model(const char *path)
{
    static const char end[] = ".rehearse.yaml";
    size_t len = strlen(path);

    return len >= sizeof end && strcmp(path + len - (sizeof end - 1), end) == 0;
}

static enum file_kind kind_of(const char *path, const struct yaml_node *root)
{
    static const char *const inventory[] = {"hosts", "directories", "services", NULL};
    static const char *const config[] = {"state",    "inventory", "triggers", "policy", "playbooks",
                                         "webhooks", "packs",     "listen",   "intake", NULL};

    if (!root || root->kind != YAML_MAP)
        return FILE_UNKNOWN;
    if (yaml_get(root, "playbook_name") || yaml_get(root, "actions"))
        return FILE_PLAYBOOK;
    if (yaml_get(root, "contract"))
        return FILE_CONTRACT;
    if (yaml_get(root, "cases"))
        return FILE_TEST;
    if (yaml_get(root, "action") || yaml_get(root, "extends"))
        return is_model(path) ? FILE_MODEL : FILE_PACK;
    if (yaml_get(root, "source") && yaml_get(root, "alert"))
        return FILE_INTAKE;
    if (has_any(root, config))
        return FILE_CONFIG;
    return has_any(root, inventory) ? FILE_INVENTORY : FILE_UNKNOWN;
}

/* What a file only stands beside (the action it extends) is looked at by itself. */
static void take_mistakes(struct lint *lint, const char *path, const struct diag_list *diags)
{
    struct arena *arena = lint->context->arena;

    for (const struct diag *diag = diags->first; diag; diag = diag->next) {
        struct value_builder map;
        if (diag->level == DIAG_WARNING && diag->file && strcmp(diag->file, path) != 0)
            continue;
        value_build(&map, arena);
        value_put_text(&map, "file", value_text(arena, diag->file ? diag->file : ""));
        value_put_text(&map, "line", value_int(diag->line));
        value_put_text(&map, "col", value_int(diag->col));
        value_put_text(&map, "level", value_static(diag->level == DIAG_ERROR ? "error" : "warning"));
        value_put_text(&map, "text", value_text(arena, diag->text));
        value_push(&lint->mistakes, value_end_map(&map));
        lint->warnings += diag->level == DIAG_WARNING;
    }
    lint->errors += diags->errors;
}

/* With a configuration also against its policy; its own mistakes are told with its own name. */
static int check_playbook(struct verb_context *context, const char *path, const char *text, size_t len,
                          struct diag_list *diags)
{
    const struct site *site = context->site;
    struct policy *policy = NULL;
    struct diag_list aside;
    struct playbook *playbook = playbook_load(context->arena, path, text, len, context->shelf, site, diags);

    diag_init(&aside, context->arena, path);
    if (!playbook || !site || !site->config_file || policy_load(context->arena, site, NULL, &policy, &aside))
        return playbook ? 0 : -1;
    return verb_ends_fit(playbook, policy, diags) ? 0 : -1;
}

static void check(struct lint *lint, enum file_kind kind, const char *path, const char *text, size_t len,
                  struct diag_list *diags)
{
    struct verb_context *context = lint->context;
    struct site *site = NULL;
    int answer = 0;

    switch (kind) {
    case FILE_PLAYBOOK:
        answer = check_playbook(context, path, text, len, diags);
        break;
    case FILE_PACK:
        answer = pack_load_beside(context->shelf, text, len, path, diags) ? 0 : -1;
        break;
    case FILE_INTAKE:
        answer = intake_load(context->arena, text, len, path, diags) ? 0 : -1;
        break;
    case FILE_INVENTORY:
        answer = site_load(context->arena, path, NULL, &site, diags);
        break;
    case FILE_CONFIG:
        answer = site_load(context->arena, NULL, path, &site, diags);
        answer = answer ? answer : verb_check_config(context->arena, site, diags);
        break;
    case FILE_UNKNOWN:
        if (diags->errors == 0 && lint->alone)
            diag_error(diags, 1, 1,
                       "none of soar's files: expected a playbook (`playbook_name:`), an action "
                       "(`action:`), a test (`cases:`), a contract (`contract:`), a mapping file "
                       "(`source:`), an inventory or a "
                       "configuration");
        break;
    case FILE_TEST:
    case FILE_MODEL:
        if (context->tests)
            answer = context->tests->lint(context->arena, path, context->shelf, context->site, diags);
        break;
    case FILE_CONTRACT:
        if (context->tests && context->tests->lint_contract)
            answer = context->tests->lint_contract(context->arena, path, context->shelf, diags);
        break;
    case FILE_KIND_COUNT:
        break;
    }
    if (answer && diags->errors == 0)
        diag_error(diags, 1, 1, "it can't be read");
}

static int lint_file(void *arg, const char *path, const char *text, size_t len)
{
    struct lint *lint = arg;
    struct arena *arena = lint->context->arena;
    struct diag_list seen;
    struct diag_list checked;
    struct value_builder map;

    diag_init(&seen, arena, path);
    const struct yaml_node *root = yaml_parse(arena, text, len, &seen);
    enum file_kind kind = kind_of(path, root);
    diag_init(&checked, arena, path);
    /* What nobody else reads: all there is to say of it is what YAML says. */
    struct diag_list *diags = kind == FILE_UNKNOWN ? &seen : &checked;
    if (kind == FILE_UNKNOWN && seen.errors == 0 && !lint->alone)
        return 0;
    check(lint, kind, path, text, len, diags);
    take_mistakes(lint, path, diags);
    value_build(&map, arena);
    value_put_text(&map, "file", value_text(arena, path));
    value_put_text(&map, "kind", value_static(kinds[kind].name));
    value_put_text(&map, "errors", value_int((int64_t)diags->errors));
    value_put_text(&map, "warnings", value_int((int64_t)diags->warnings));
    value_push(&lint->files, value_end_map(&map));
    return 0;
}

VERB_FN(verb_lint)
{
    const struct value *paths = value_get(request, "paths");
    struct lint lint = {.context = context};
    struct value_builder map;

    value_build(&lint.files, context->arena);
    value_build(&lint.mistakes, context->arena);
    for (size_t i = 0; i < value_count(paths); i++) {
        const char *path = value_at(paths, i)->text;
        const char *dot = strrchr(path, '.');
        lint.alone = dot && (text_same_fold(dot, ".yaml") || text_same_fold(dot, ".yml"));
        if (verb_each_file(context->arena, path, lint_file, &lint, err))
            return -1;
    }
    value_build(&map, context->arena);
    value_put_text(&map, "files", value_end_list(&lint.files));
    value_put_text(&map, "mistakes", value_end_list(&lint.mistakes));
    value_put_text(&map, "errors", value_int((int64_t)lint.errors));
    value_put_text(&map, "warnings", value_int((int64_t)lint.warnings));
    *ret_answer = value_end_map(&map);
    context->exit = lint.errors > 0 ? EXIT_MISTAKE : EXIT_DONE;
    return 0;
}
