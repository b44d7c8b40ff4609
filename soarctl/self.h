/* What this machine is and how it gets to its targets: what no playbook may ever cut off. */
#ifndef SOARCTL_SELF_H
#define SOARCTL_SELF_H

#include "engine/base/arena.h"
#include "engine/policy/policy.h"

/* What can't be found out is left out. Memory from the arena. */
void self_look(struct arena *arena, struct policy_self *ret_self);

/* The person at the keyboard, for the record: "ana (uid 1004)". */
const char *self_person(struct arena *arena);

#endif
