/* First pass: text → tree in which each node knows its line and column. libyaml does the parsing.
 *
 * Refused, with the place: anchors and aliases, tags, several documents, merge keys, a key that stands twice,
 * a key that is no scalar, tabs as indentation, bytes that are no UTF-8, NUL, more than LIMIT_YAML_NODES
 * nodes or LIMIT_DEPTH levels. A flow mapping made by an unquoted `{{ x }}` is told as what it is: "quote
 * it". */
#ifndef YAML_YAML_H
#define YAML_YAML_H

#include <stdbool.h>
#include "engine/base/value.h"
#include "engine/yaml/diag.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    int line;
    int col;
    const char *text; /* of a scalar; NUL-terminated, without NUL inside */
    size_t len;
    bool plain; /* a scalar without quotes that is no block: may be a number, bool or null */
    bool block; /* | or > : its lines begin on the line after */
    int inner; /* column of text's first character (behind a quote or a block's indentation); 0: text isn't as
                  written */
    size_t count;
    const struct yaml_node *const *items; /* of a list; a map's values */
    const struct yaml_node *const *keys;  /* a map's keys, scalars */
};

/* NULL when the text is no YAML at all or empty; the mistakes are in diags. */
const struct yaml_node *yaml_parse(struct arena *arena, const char *text, size_t len,
                                   struct diag_list *diags);

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key); /* NULL if it isn't there */

/* The place of the byte at `offset` of a scalar's text: for the mistakes of a language inside it. Where the
 * text isn't as it was written (escapes, folded lines) the node's own place is as near as it gets. */
void yaml_place(const struct yaml_node *node, size_t offset, int *ret_line, int *ret_col);

/* A node as a value, by YAML 1.2's core schema for plain scalars (null, true, false, numbers); quoted ones
 * are strings. */
struct value yaml_value(struct arena *arena, const struct yaml_node *node);

#endif
