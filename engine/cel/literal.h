/* What a literal's token means. */
#ifndef CEL_LITERAL_H
#define CEL_LITERAL_H

#include "engine/base/value.h"
#include "engine/cel/lex.h"

/* `negative`: a minus stands directly before the number; only so can the smallest int be written. */
int literal_value(struct arena *arena, const char *text, const struct token *token, bool negative,
                  struct value *ret_value, struct soar_err *err) __attribute__((warn_unused_result));

#endif
