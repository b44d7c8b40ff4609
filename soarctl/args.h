/* The command line: a verb of the table, its parameters as a request, and the options every verb has.
 *
 * Options may stand anywhere, as `--name value` or `--name=value`; `--` ends them. Each mistake says what was
 * expected and, where one name was meant, which. */
#ifndef SOARCTL_ARGS_H
#define SOARCTL_ARGS_H

#include "engine/verbs/verb.h"

struct args {
    const struct verb *verb; /* NULL: help (of `topic`), or version */
    const char *topic;
    bool help;
    bool version;
    bool json;
    bool yes;
    const char *state; /* as given; NULL: not */
    const char *inventory;
    const char *config;
    const char *socket;
    struct value request;
};

/* -1: class INVALID. Documents (an alert) are read here. */
int args_read(int argc, char **argv, struct arena *arena, struct args *ret_args, struct soar_err *err)
    __attribute__((warn_unused_result));

extern const struct verb_param args_common[]; /* options of every verb; ends with a NULL name */

#endif
