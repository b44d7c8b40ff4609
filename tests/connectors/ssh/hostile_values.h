/* Two hundred values that have broken a shell, a printf, a JSON reader or a terminal somewhere. */
#ifndef TESTS_HOSTILE_VALUES_H
#define TESTS_HOSTILE_VALUES_H

#include <stddef.h>

/* hostile_value(i) for i below HOSTILE_VALUES; caller frees. "CANARY" in a value is a command that would
 * leave a file. */
enum { HOSTILE_VALUES = 200 };
char *hostile_value(size_t index, const char *canary);

#endif
