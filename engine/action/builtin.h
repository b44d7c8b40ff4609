/* The built-in actions: the texts of actions/, compiled in. The lists are made by actions/embed.cmake; nobody
 * reads the first but the shelf, and the second but engine/rehearse. */
#ifndef ACTION_BUILTIN_H
#define ACTION_BUILTIN_H

#include <stddef.h>

struct action_text {
    const char *name; /* "isolate_endpoint.yaml" */
    const char *text;
    size_t len;
};

extern const struct action_text action_texts[];  /* ends with a NULL name */
extern const struct action_text action_models[]; /* "isolate_endpoint.rehearse.yaml"; ends with a NULL name */

#endif
