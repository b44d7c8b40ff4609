/* What the operator wrote, read the same way by both programs: inventory, configuration, packs, guard-rails,
 * and where the record is.
 *
 * Every mistake goes to `mistakes`, a line each with its place; then the answer is -1, INVALID, and says in
 * which file. Warnings go there, too. What is returned lives in the arena. */
#ifndef SOARCTL_FILES_H
#define SOARCTL_FILES_H

#include "engine/action/pack.h"
#include "engine/policy/policy.h"
#include "engine/site/site.h"

/* Either file may be NULL, not both. */
int files_site(struct arena *arena, const char *inventory, const char *config, struct site **ret_site,
               struct buf *mistakes, struct soar_err *err) __attribute__((warn_unused_result));

/* The built-in packs, then the directories of the site (which may be NULL). */
int files_packs(struct arena *arena, const struct site *site, struct pack_shelf **ret_shelf,
                struct buf *mistakes, struct soar_err *err) __attribute__((warn_unused_result));

/* The rules of the site (NULL: none), and what protects this machine. */
int files_policy(struct arena *arena, const struct site *site, struct policy **ret_policy,
                 struct buf *mistakes, struct soar_err *err) __attribute__((warn_unused_result));

/* `given` (NULL or "": not), the configuration's, the usual place of this account. */
const char *files_state_dir(struct arena *arena, const char *given, const struct site *site);

/* The directories above the last one: the journal makes its own. */
int files_make_parents(const char *dir, struct soar_err *err) __attribute__((warn_unused_result));

#endif
