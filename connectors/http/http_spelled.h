/* A secret in the clothes that a service puts on what it says back: percent-encoded, as in a form; escaped as
 * JSON and JavaScript have it; with HTML's entities. */
#ifndef CONNECTORS_HTTP_SPELLED_H
#define CONNECTORS_HTTP_SPELLED_H

#include <stddef.h>

enum spelling_kind { SPELLED_PERCENT, SPELLED_JSON, SPELLED_HTML, SPELLED_COUNT };

/* The first place where the text spells the secret so; *ret_len bytes stand for it. NULL: nowhere. */
const char *http_spelled(const char *text, size_t len, const char *secret, enum spelling_kind kind,
                         size_t *ret_len);

#endif
