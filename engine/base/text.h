/* Text from outside: is it UTF-8, how is it shown, which name was meant. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "engine/base/buf.h"

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_utf8(const char *text, size_t len);

/* Decodes one code point at text[*offset] and moves the offset behind it; -1 at the end or on a bad byte
 * (offset moves 1). */
int32_t text_next(const char *text, size_t len, size_t *offset);
size_t text_encode(uint32_t code, char ret_bytes[4]);
size_t text_length(const char *text, size_t len); /* in code points */

/* Appends text as a person may safely see it: control, bidi and invisible characters and bad bytes as \u{..}.
 */
void text_visible(struct buf *out, const char *text, size_t len);

/* Appends text as it may stand in an element or attribute of XML. What XML has no way to write is the
 * caller's to refuse or to leave out. */
void text_xml(struct buf *out, const char *text, size_t len);

/* The word of `words` (NULL-terminated) that was probably meant: at most a third of its letters differ; NULL
 * if none. */
const char *text_nearest(const char *word, const char *const *words);

/* Appends text as one part of a key: '/', '%' and control characters as %XX, so that parts joined by '/' are
 * told apart. */
void text_key_part(struct buf *out, const char *text);

bool text_same_fold(const char *a, const char *b); /* ASCII case folded */

/* A word of packs.md: 1 to 255 letters, digits and . _ : / @ + -, not first '-'. */
bool text_is_word(const char *text, size_t len);

/* "90s", "4h", "2m30s", "500ms", "1d" in milliseconds; -1 if it isn't one, or is beyond 1000 days. */
int64_t text_duration_ms(const char *text, size_t len);
/* "1.2 s", "3 min 41 s", "4 h": for people. */
void text_duration(struct buf *out, int64_t ms);

/* "64GiB", "500MB", "4096" in bytes; -1 if it isn't one, or is beyond 8 EiB. */
int64_t text_bytes(const char *text, size_t len);
/* "1.2 GiB", "312 MiB", "12 B": for people. */
void text_size(struct buf *out, int64_t bytes);

/* RFC 3339 in UTC with milliseconds, from milliseconds since 1970. */
void text_time_utc(struct buf *out, int64_t ms);

#endif
