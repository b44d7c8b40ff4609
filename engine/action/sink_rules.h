/* What each sink allows, as one table: read by the checker when a pack is loaded and by the renderer at each
 * call. */
#ifndef ACTION_SINK_RULES_H
#define ACTION_SINK_RULES_H

#include "connectors/table/table.h"
#include "engine/action/sink_encode.h"
#include "engine/action/tree.h"

enum sink_shape { SHAPE_CONSTANT, SHAPE_TEXT, SHAPE_ARGUMENTS, SHAPE_ANY, SHAPE_NAMED, SHAPE_NAMED_LISTS };

struct sink_rule {
    enum sink_shape shape;
    sink_encode_fn spliced; /* each hole with text around it */
    sink_encode_fn whole;   /* a scalar that is one hole; NULL: none may stand here so */
    sink_encode_fn finish;  /* the text that came of it, or NULL */
    bool secrets;           /* {secret: NAME} and {generated: …} may stand for a text */
};

const struct sink_rule *sink_rule(enum function_sink sink);

/* {secret: …} or {generated: …}, the only maps that stand for a text. */
bool sink_is_placeholder(const struct tree *tree);
bool sink_is_xml(const struct tree *tree); /* {xml: TEXT}, in a form or query */

#endif
