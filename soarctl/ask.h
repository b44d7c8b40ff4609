/* A person is asked before anything is done. */
#ifndef SOARCTL_ASK_H
#define SOARCTL_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "engine/base/value.h"

enum { ASK_TYPED_ABOVE = 10 }; /* above so many targets a y is too quickly typed: the number must be */

/* Is it a person who could answer? */
bool ask_possible(void);

/* Asks on standard error, reads an answer from `in`. True: go on. */
bool ask_person(FILE *in, FILE *out, const char *question, size_t targets);

/* How many targets a preview (a plan, or what a release would undo) is about. */
size_t ask_targets(const struct value *preview);

#endif
