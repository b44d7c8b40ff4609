/* The texts that `soarctl action new` begins a pack with: soarctl/starter/, compiled in. */
#ifndef SOARCTL_STARTER_H
#define SOARCTL_STARTER_H

struct starter_text {
    const char *name; /* "object.contract.yaml" */
    const char *text;
};

extern const struct starter_text starter_texts[]; /* ends with a NULL name */

#endif
