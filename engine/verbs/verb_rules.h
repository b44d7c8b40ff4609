/* What no room that reads one kind of file can check alone: it takes the policy, or the mapping files, too.
 */
#ifndef VERBS_VERB_RULES_H
#define VERBS_VERB_RULES_H

#include "engine/playbook/playbook.h"
#include "engine/policy/policy.h"

/* Does each step's `expires` keep within the policy's bounds? false: told in diags. For who loads a playbook
 * and knows the policy. */
bool verb_ends_fit(const struct playbook *playbook, const struct policy *policy, struct diag_list *diags);

/* The policy of a configuration, and whether its webhooks' formats are there: told in diags, -1. */
int verb_check_config(struct arena *arena, const struct site *site, struct diag_list *diags);

/* Tests, inventories and packs may lie beside playbooks. */
bool verb_is_playbook(const struct yaml_node *root);
/* How a file of a repository is called in messages and in the record: "soc@6257e5d1a9a8/contain.yaml". */
const char *verb_source_label(struct arena *arena, const char *source, const char *commit, const char *path);

#endif
