/* What a service said, and how a pack sees it: {status, headers, text, body, cut}. */
#ifndef CONNECTORS_HTTP_ANSWER_H
#define CONNECTORS_HTTP_ANSWER_H

#include <stdint.h>

#include "engine/base/value.h"

struct http_answer {
    int64_t status;
    struct value headers; /* name in lower case → text */
    struct value text;    /* a string: the body, or its beginning */
    struct value body;    /* JSON as a tree, XML as xml_tree.h has it, else null */
    uint64_t cut;         /* bytes of the body that are not in text */
};

#endif
