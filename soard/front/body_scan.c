/* One pass over a body with a stack of bits. It must not build anything: a body is looked at before anybody
 * knows whether it is worth memory. */
#include "soard/front/body_scan.h"

#include <stdint.h>

#include "engine/base/text.h"

struct scan {
    bool string;
    bool escaped;
    bool ended; /* the document (of this line) is whole */
    int depth;
    uint64_t objects; /* bit n: the bracket at depth n is '{' */
    size_t documents;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void string_byte(struct scan *scan, char c)
{
    if (scan->escaped)
        scan->escaped = false;
    else if (c == '\\')
        scan->escaped = true;
    else if (c == '"')
        scan->string = false;
}

static const char *open_bracket(struct scan *scan, char c)
{
    if (scan->ended)
        return "something follows the JSON document";
    if (scan->depth == BODY_DEPTH)
        return "the JSON is nested too deep";
    uint64_t bit = (uint64_t)1 << scan->depth++;
    scan->objects = c == '{' ? scan->objects | bit : scan->objects & ~bit;
    return NULL;
}

static const char *close_bracket(struct scan *scan, char c)
{
    if (scan->depth == 0 || ((scan->objects >> (scan->depth - 1)) & 1) != (c == '}'))
        return "the brackets of the JSON do not match";
    scan->ended = --scan->depth == 0;
    scan->documents += scan->ended;
    return NULL;
}

static const char *scan_byte(struct scan *scan, char c)
{
    if (scan->string) {
        string_byte(scan, c);
        return (unsigned char)c < 0x20 ? "a control character in a JSON string" : NULL;
    }
    if (c == '{' || c == '[')
        return open_bracket(scan, c);
    if (c == '}' || c == ']')
        return close_bracket(scan, c);
    if (is_blank(c))
        return NULL;
    if ((unsigned char)c < 0x20)
        return "a control character in the JSON";
    if (scan->depth == 0)
        return scan->ended ? "something follows the JSON document" : "the JSON is neither object nor array";
    scan->string = c == '"';
    return NULL;
}

const char *body_scan(const char *bytes, size_t len, bool lines)
{
    struct scan scan = {0};
    for (size_t i = 0; i < len; i++) {
        const char *why = scan_byte(&scan, bytes[i]);
        if (why != NULL)
            return why;
        if (lines && bytes[i] == '\n') {
            if (scan.depth > 0)
                return "a line is no whole JSON document";
            scan.ended = false;
        }
    }
    if (scan.depth > 0)
        return "the JSON ends too early";
    if (scan.documents == 0)
        return "the body is empty";
    return text_is_utf8(bytes, len) ? NULL : "the body is not UTF-8";
}
