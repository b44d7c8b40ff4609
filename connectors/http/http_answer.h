/* What a service said, and how a pack sees it: {status, headers, text, body, cut}. */
#ifndef CONNECTORS_HTTP_ANSWER_H
#define CONNECTORS_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/value.h"

struct http_answer {
    int64_t status;
    struct value headers; /* name in lower case → text */
    struct value text;    /* a string: the body, or its beginning */
    struct value body;    /* JSON as a tree, XML as xml_tree.h has it, else null */
    uint64_t cut;         /* bytes of the body that are not in text */
};

/* Texts that must not be seen: a list that grows in an arena. Those shorter than 4 bytes are let be: they
 * would strike out half of any answer. */
struct http_hidden {
    const char **texts;
    size_t count, size;
};

void http_hide(struct arena *arena, struct http_hidden *hidden, const char *text);
void http_hide_secrets(struct arena *arena, struct http_hidden *hidden, const struct value *secrets);
/* The same value with "[secret]" for each of them; keys of maps, too. */
struct value http_strike(struct arena *arena, const struct http_hidden *hidden, struct value value);

/* Lines as they came, status lines and what isn't a field left out. A field that stands twice is joined by ",
 * "; Set-Cookie is dropped: we take no cookies, and they are log-ins. */
struct value http_answer_headers(struct arena *arena, const char *lines, size_t len);

/* cut: what the reader dropped. A body that was cut, or is no JSON and no XML, or too deep, is null. */
struct http_answer http_answer_make(struct arena *arena, int64_t status, const struct buf *head,
                                    const struct buf *body, uint64_t cut);

/* retry_after_ms: -1 if the service said nothing of it. */
struct value http_answer_value(struct arena *arena, const struct http_hidden *hidden,
                               const struct http_answer *answer, int64_t retry_after_ms);

#endif
