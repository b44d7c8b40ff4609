/* A document of XML from outside, as a tree that expressions can read.
 *
 * Each element is {name, attributes {name: text}, text, children [elements]}, all four always there. Names
 * are without prefix: `s:Envelope` is `Envelope`. `text` is the element's own, without its children's; of an
 * element with children the blanks at both ends are dropped. Comments and processing instructions are not
 * there. A document type (DTD) is refused, whatever it says: nothing is ever fetched or expanded. */
#ifndef CONNECTORS_WORKER_XML_TREE_H
#define CONNECTORS_WORKER_XML_TREE_H

#include <stddef.h>

#include "engine/base/value.h"
#include "soar/err.h"

/* INVALID if it is no well-formed document, has a DTD, or is beyond LIMIT_XML_DEPTH or LIMIT_XML_NODES. The
 * error says where, and quotes nothing. */
int xml_parse(struct arena *arena, const char *text, size_t len, struct value *ret_tree, struct soar_err *err)
    __attribute__((warn_unused_result));

/* The first child element of this name, or NULL: chains need no checks, as with value_get(). */
const struct value *xml_child(const struct value *element, const char *name);
const char *xml_text(const struct value *element); /* "" if there is none */

#endif
