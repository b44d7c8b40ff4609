/* The call contract around the worker pool, for a contract's case: knows what is out, gives it up when the
 * stand-in leaves it hanging, and lets nothing but http through. */
#ifndef SOARCTL_CONTRACT_CALLER_H
#define SOARCTL_CONTRACT_CALLER_H

#include "soar/call.h"

struct contract_caller;

/* Takes the pool over: free() frees both. */
struct contract_caller *contract_caller_new(struct soar_caller *pool_take);
struct soar_caller *contract_caller_as(struct contract_caller *caller);
bool contract_caller_busy(const struct contract_caller *caller); /* a call is out */
/* Those that are out get no answer within their time: the longest of it, in ms, that was left for one. */
int64_t contract_caller_give_up(struct contract_caller *caller);
/* What the pack asked for and this world has not, or NULL: "ssh.run". */
const char *contract_caller_foreign(const struct contract_caller *caller);

#endif
