/* What a pack sees of an operation: {code, text, entries}. */
#ifndef CONNECTORS_LDAP_DIRECTORY_ANSWER_H
#define CONNECTORS_LDAP_DIRECTORY_ANSWER_H

#include "connectors/ldap/directory.h"

static inline struct value directory_answer(struct arena *arena, const struct directory_said *said,
                                            struct value entries)
{
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "code", value_int(said->code));
    value_put_text(&map, "text", value_text(arena, said->text ? said->text : ""));
    value_put_text(&map, "entries", entries);
    return value_end_map(&map);
}

#endif
