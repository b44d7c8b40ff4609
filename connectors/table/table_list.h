/* The tables by their names in C: for the list, and for the worker program each
 * belongs to. */
#ifndef CONNECTORS_TABLE_LIST_H
#define CONNECTORS_TABLE_LIST_H

#include "connectors/table/table.h"

extern const struct connector connector_http;
extern const struct connector connector_ldap;
extern const struct connector connector_qmp;
extern const struct connector connector_ssh;
extern const struct connector connector_winrm;
/* Not in connector_list: the engine calls these, packs cannot. */
extern const struct connector connector_evidence;
extern const struct connector connector_git;

#endif
