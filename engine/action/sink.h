/* Where a value may stand in a call, and what is done to it there (docs/writing-an-action.md).
 *
 * sink_check() looks at an argument when a pack is loaded: holes where none may be, the wrong shape.
 * sink_render() makes of it what goes to the worker, each time a call is made. A value that breaks its sink's
 * rule is an error that names the parameter; nothing is ever quoted, cut or mended to make it fit.
 *
 * What a worker gets, by sink: script, lines, path, xml, filter, dn: a string, ready to use. argument: a list
 * of strings. json: a value. query, form: a map of names to percent-encoded strings, to be joined by '=' and
 * '&'. header: a map of strings. attribute: a map of names to lists of strings. Where a secret may stand,
 * there may be {"secret": NAME} or
 * {"generated": {"length": N, "form": F}} instead of a string: the worker puts the secret there, and encodes
 * it for the place. A value from outside that looks like one of these is refused. */
#ifndef ACTION_SINK_H
#define ACTION_SINK_H

#include "engine/action/pack.h"

/* 0, or -1 with the mistakes in diags. `node` is the argument as it was written. */
int sink_check(const struct pack_argument *argument, const struct yaml_node *node, struct diag_list *diags);

/* `with` are the parameters, or NULL: only their secrets may pass as secrets. */
int sink_render(const struct pack_argument *argument, const struct cel_scope *scope, const struct value *with,
                struct arena *arena, struct value *ret_value, struct soar_err *err)
    __attribute__((warn_unused_result));

/* A `lines:` text. */
int sink_lines(const struct pack_lines *lines, const struct cel_scope *scope, struct arena *arena,
               struct value *ret_text, struct soar_err *err) __attribute__((warn_unused_result));

/* A value as it stands in a text: scalars as CEL's string(), an endpoint as "ip:port", an address with its
 * family as the address. Anything else has no text. */
int sink_text(const struct value *value, struct arena *arena, struct value *ret_text, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
