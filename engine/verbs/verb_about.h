/* Containments of the ledger, made into what a release is for. */
#ifndef VERBS_VERB_ABOUT_H
#define VERBS_VERB_ABOUT_H

#include "engine/report/report_ledger.h"
#include "engine/verbs/verb.h"

/* Rows of this target (any spelling of it), or held by this run; both NULL: all. Fills about; -1 INVALID if
 * there is none. */
int verb_about(struct verb_context *context, const char *target, const char *run, struct loop_request *asked,
               struct soar_err *err);

/* Is this the id (or a beginning) of a run that holds anything? */
bool verb_is_holder(const struct verb_context *context, const char *run);

/* A report_packs callback whose argument is the context. */
const struct pack *verb_pack(void *arg, const char *digest, const char *action);
/* The same for a report, with who looks after what is held: soard, or nobody. */
struct report_packs verb_packs(struct verb_context *context);

#endif
