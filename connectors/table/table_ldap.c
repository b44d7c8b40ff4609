/* The functions of soar-ldap.
 *
 * An answer with one of LDAP's numbers is an answer, not a failure: a pack sees it as result.code and judges
 * it by `outcomes`; what it doesn't judge, the engine does by the table of numbers (packs.md, Functions). */
#include "connectors/table/table_list.h"

#define ANSWER "code, text, entries [{dn, first, all}]"

static const struct function_param search_params[] = {
    {.name = "base",
     .sink = SINK_DN,
     .type = "text",
     .about = "the entry to begin at; default: the place's base"},
    {.name = "scope",
     .sink = SINK_CONSTANT,
     .type = "enum [base, one, sub]",
     .about = "that entry alone, those right under it, all under it (default)"},
    {.name = "filter", .sink = SINK_FILTER, .type = "text", .about = "which entries; default: any"},
    {.name = "attributes",
     .sink = SINK_CONSTANT,
     .type = "list of word",
     .about = "what to bring of each, spelled like this in the answer; default: its dn alone"},
    {.name = "limit",
     .sink = SINK_CONSTANT,
     .type = "int",
     .about = "so many entries at most (default 100, at most 1000); with more, the code is 4"},
    {0}};

static const struct function_param modify_params[] = {
    {.name = "dn", .sink = SINK_DN, .type = "text", .required = true, .about = "the entry"},
    {.name = "delete",
     .sink = SINK_ATTRIBUTE,
     .type = "map",
     .about = "attribute → values to take away; an empty list: all of them"},
    {.name = "add", .sink = SINK_ATTRIBUTE, .type = "map", .about = "attribute → values to add"},
    {.name = "replace",
     .sink = SINK_ATTRIBUTE,
     .type = "map",
     .about = "attribute → its values from now on; an empty list: none, also where there was none"},
    {.name = "assert",
     .sink = SINK_FILTER,
     .type = "text",
     .about = "only if the entry is like this (RFC 4528), else the code is 122; 12 where the server can't"},
    {0}};

static const struct function_param password_params[] = {
    {.name = "dn", .sink = SINK_DN, .type = "text", .required = true, .about = "whose password"}, {0}};

static const struct function_param no_params[] = {{0}};

static const struct function functions[] = {
    {.name = "ldap.search",
     .class = FUNCTION_READ,
     .params = search_params,
     .expect = "result.code == 0",
     .answer = ANSWER,
     .about = "look up entries"},
    {.name = "ldap.bind",
     .class = FUNCTION_READ,
     .params = no_params,
     .expect = "result.code == 0",
     .answer = ANSWER,
     .about = "a new connection and log-in, with our own account, and one small look"},
    {.name = "ldap.modify",
     .class = FUNCTION_WRITE,
     .params = modify_params,
     .expect = "result.code == 0",
     .answer = ANSWER,
     .about = "change an entry in one step: delete, then add, then replace, all or nothing"},
    {.name = "ldap.password",
     .class = FUNCTION_WRITE,
     .params = password_params,
     .expect = "result.code == 0",
     .answer = ANSWER,
     .about = "give it a password that nobody knows, by the password operation (RFC 3062)"},
    {0}};

const struct connector connector_ldap = {
    .name = "ldap",
    .program = "soar-ldap",
    .about = "entries of a directory over LDAP, always encrypted",
    .functions = functions,
};
