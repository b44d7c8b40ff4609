/* A real worker program for pack_local: $PACK_WORKER, bound to the peer of the state file, spoken to in its
 * own protocol. */
#ifndef TESTS_PACK_WORKER_H
#define TESTS_PACK_WORKER_H

#include "engine/action/attempt.h"

struct soar_answer pack_worker_call(struct arena *arena, const struct value *state,
                                    const struct attempt_call *call);
/* Kills it, as a crash of the engine would. */
void pack_worker_end(void);

#endif
