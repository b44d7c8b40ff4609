/* Matchers: what a contract says of one value of a request.
 *
 * A scalar is exactly that value, of that kind; {$string: [min, max]}, {$match: REGEX}, {$int: [min, max]},
 * {$bool: ~}, {$one_of: […]}, {$optional: M}, {$each: M}, {$any: ~}; any other map has exactly these
 * members, a list exactly these items. In a query, a form and in headers all values are texts, and a scalar
 * is compared as it is written. */
#ifndef REHEARSE_CONTRACT_MATCH_H
#define REHEARSE_CONTRACT_MATCH_H

#include "engine/base/value.h"
#include "engine/yaml/yaml.h"

struct match;

struct match_how {
    bool texts; /* every value is a text */
    bool open;  /* a map may have more members: of `where` and `expect` */
    bool names; /* the outermost map is one of names, never a matcher: of a query's, `$filter` is a name */
};

/* NULL: a mistake was told. */
const struct match *match_read(struct arena *arena, const struct yaml_node *node, struct match_how how,
                               struct diag_list *diags);

/* If not, `why` says where and how: "json.IsolationType: expected one of Full, Selective, found \"full\"".
 * `path` is what the value is called there. value NULL: it isn't there. */
bool match_fits(const struct match *match, const struct value *value, const char *path, struct buf *why);

/* Does a map's matcher speak of this member? */
bool match_has(const struct match *match, const char *member);
/* The matcher of a member, or NULL. */
const struct match *match_member(const struct match *match, const char *member);
size_t match_count(const struct match *match);
const char *match_name(const struct match *match, size_t index);

#endif
