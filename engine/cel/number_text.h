/* Doubles as text and back, without regard to a locale. */
#ifndef CEL_NUMBER_TEXT_H
#define CEL_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "engine/base/buf.h"

/* The shortest digits that read back as the same number. string() writes large and small ones with an
 * exponent (1e+06), format() never does. Infinity and NaN are named as string() and format() each name them.
 */
void number_text(struct buf *out, double number);
void number_text_plain(struct buf *out, double number);

/* The whole text is one number: "1", "-1.5e3", "Infinity", "NaN"; false if not or beyond double. */
bool number_parse(const char *text, size_t len, double *ret_number);

#endif
