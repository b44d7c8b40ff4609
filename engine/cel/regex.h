/* Regular expressions: the syntax of RE2, matched by PCRE2 within hard limits. */
#ifndef CEL_REGEX_H
#define CEL_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "soar/err.h"

struct regex;

/* Lies in the arena; NULL and err if the pattern is not one of RE2's. May be used by several threads at once.
 */
const struct regex *regex_new(struct arena *arena, const char *pattern, size_t len, struct soar_err *err);

/* Does it match anywhere in the text? -1 and err if a limit was hit. */
int regex_search(const struct regex *regex, const char *text, size_t len, bool *ret_found,
                 struct soar_err *err) __attribute__((warn_unused_result));

/* regex_syntax.c: appends the pattern as PCRE2 must read it to mean the same. */
int regex_translate(struct buf *out, const char *pattern, size_t len, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
