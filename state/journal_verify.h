/* Is the record what was written? Walks everything the journal holds and names the first problems.
 *
 * It looks at: each chain (numbers, times, content, links), the runs (1, 2, … in the order of commit), alerts
 * and texts against their digests and against the events that name them, and a head known from elsewhere. The
 * views against a fresh fold: that comparison is the engine's, which reads both through the contract (events
 * with run NULL; rows). */
#ifndef STATE_JOURNAL_VERIFY_H
#define STATE_JOURNAL_VERIFY_H

#include "soar/store.h"

/* On the engine's thread; page by page, so writing goes on meanwhile. 0: it was read, sound or not. */
int journal_verify(struct soar_store *store, const struct soar_head *known, struct soar_verdict *ret_verdict,
                   struct soar_err *err);

#endif
