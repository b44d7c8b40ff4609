/* The second pass: names that macros bind get slots, calls their overloads, "a.b.c" its chance to be one
 * name. */
#ifndef CEL_RESOLVE_H
#define CEL_RESOLVE_H

#include "engine/cel/syntax.h"

void resolve_program(struct cel_program *program);

/* Is this the name of a type ("int", "google.protobuf.Timestamp")? Its value is the type then. */
bool resolve_type(const char *name, struct value *ret_type);

#endif
