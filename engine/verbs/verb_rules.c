/* Checks that need two rooms: a playbook's ends and the policy's bounds, a webhook's format and the mapping
 * files. Reads no secret, asks nobody. */
#include "engine/verbs/verb_rules.h"

#include "engine/verbs/verb_parts.h"

bool verb_ends_fit(const struct playbook *playbook, const struct policy *policy, struct diag_list *diags)
{
    bool fit = true;

    for (size_t i = 0; i < playbook->step_count; i++) {
        const struct playbook_step *step = &playbook->steps[i];
        const char *why = NULL;
        if (policy_expires_fits(policy, step->expires_ms, diags->arena, &why))
            continue;
        diag_error(diags, step->line, step->col, "step %s: 'expires': %s", step->name, why);
        fit = false;
    }
    return fit;
}

int verb_check_config(struct arena *arena, const struct site *site, struct diag_list *diags)
{
    struct policy *policy = NULL;
    struct intake_shelf *shelf = NULL;
    struct soar_err err;
    BUF_SCOPED mistakes = {0}; /* of mapping files: each is linted under its own name */
    struct site *here = arena_alloc(arena, sizeof *here); /* mistakes bear the name that the person gave */

    *here = *site;
    here->config_file = NULL;
    int answer = policy_load(arena, here, NULL, &policy, diags);

    if (verb_intake_shelf(arena, site, &shelf, &mistakes, &err)) {
        diag_error(diags, 0, 0, "%s", err.text);
        return -1;
    }
    size_t errors = diags->errors;
    trigger_check_webhooks(here, shelf, diags);
    return diags->errors > errors ? -1 : answer;
}

bool verb_is_playbook(const struct yaml_node *root)
{
    return root && root->kind == YAML_MAP && (yaml_get(root, "playbook_name") || yaml_get(root, "trigger"));
}

const char *verb_source_label(struct arena *arena, const char *source, const char *commit, const char *path)
{
    return arena_printf(arena, "%s@%.12s/%s", source, commit, path);
}
