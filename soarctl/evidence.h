/* `soarctl evidence verify` and `export`: verbs of this program, since they read the evidence directory
 * itself, whoever owns the journal. */
#ifndef SOARCTL_EVIDENCE_H
#define SOARCTL_EVIDENCE_H

#include "engine/verbs/verb.h"

extern const struct verb evidence_verbs[]; /* ends with a NULL name */

#endif
