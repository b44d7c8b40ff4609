/* The journal of a plan: in memory, with the ledger of a real one as it stands. */
#ifndef SOARCTL_PLAN_STORE_H
#define SOARCTL_PLAN_STORE_H

#include "engine/base/arena.h"
#include "soar/store.h"

/* Copies the rows of what is contained, by whom, and what was spent, and the packs that did it. The arena
 * holds the copy for as long as `to` is open. */
int plan_store_copy(struct arena *arena, struct soar_store *from, struct soar_store *to, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
