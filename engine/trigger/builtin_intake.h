/* The built-in sources: the texts of intake/, compiled in. The list is made by intake/embed.cmake; nobody
 * reads it but the shelf. */
#ifndef TRIGGER_BUILTIN_INTAKE_H
#define TRIGGER_BUILTIN_INTAKE_H

#include <stddef.h>

struct intake_text {
    const char *name; /* "falco.yaml" */
    const char *text;
    size_t len;
};

extern const struct intake_text intake_texts[]; /* ends with a NULL name */

#endif
