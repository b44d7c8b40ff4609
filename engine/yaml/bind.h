/* Second pass: a table of keys binds a map of the tree to a struct, and says what is wrong with it.
 *
 * A room writes one `const struct bind_table` per kind of map. bind_map() fills the struct and tells, each
 * with its place: a key that isn't in the table (with the nearest that is), a required one that is missing, a
 * value of the wrong kind with what was expected, a number out of its bounds. It goes on after each, so one
 * look shows all. A key that is absent leaves its field as it was: the caller sets defaults first.
 * bind_schema() prints the same table as a JSON Schema (2020-12), so that what editors check is what the
 * engine checks. */
#ifndef YAML_BIND_H
#define YAML_BIND_H

#include <stddef.h>
#include "engine/yaml/yaml.h"

enum bind_kind {
    BIND_TEXT,     /* const char *: one scalar, not empty */
    BIND_SCALAR,   /* const struct yaml_node *: one scalar, for a language inside it */
    BIND_INT,      /* int64_t */
    BIND_BOOL,     /* bool */
    BIND_DURATION, /* int64_t, milliseconds: "90s", "4h" */
    BIND_CHOICE,   /* int: the index in `words`, found without regard to case */
    BIND_TEXTS,    /* struct bind_texts: a list of scalars */
    BIND_MAP,      /* a struct bound by `table` */
    BIND_LIST_OF,  /* struct bind_array: a list of maps, each bound by `table` */
    BIND_MAPS,     /* struct bind_array: one map, or a list of them, each bound by `table` */
    BIND_MAP_OF,   /* struct bind_array: a map of names to maps, each bound by `table` */
    BIND_NODE,     /* const struct yaml_node *: anything; the room looks at it itself */
    BIND_LATER,    /* nothing: a key of the language that this version refuses as not supported yet */
    BIND_KIND_COUNT
};

struct bind_table;

struct bind_key {
    const char *name; /* NULL ends a table */
    enum bind_kind kind;
    size_t offset;
    bool required;
    int64_t min; /* of INT (a number) and DURATION (ms); max 0: no bounds, but a duration is at least 1 ms */
    int64_t max;
    const char *const *words; /* of CHOICE, ends with NULL */
    const struct bind_table
        *table; /* of MAP, LIST_OF, MAPS, MAP_OF; of NODE: one of the forms it may have, for the schema */
    const char *schema; /* of NODE: its JSON Schema; NULL: anything (or a text or `table`) */
    const char *about;  /* one line for people */
};

struct bind_table {
    const char *what; /* "a step": for messages */
    size_t size;      /* of the struct */
    const struct bind_key *keys;
};

struct bind_texts {
    size_t count;
    const char *const *items;
    const struct yaml_node *node; /* the list; NULL: not given */
};

struct bind_array {
    size_t count;
    void *items;                          /* count structs of the table's size */
    const struct yaml_node *const *nodes; /* each item's map */
    const struct yaml_node *const *names; /* each item's key; NULL for a list */
};

/* -1 if there was a mistake; what could be read is in the struct all the same. */
int bind_map(struct arena *arena, const struct yaml_node *node, const struct bind_table *table,
             void *ret_struct, struct diag_list *diags);

/* The scalars alone, for rooms that look at a BIND_NODE. `what` is the key's name for the message. */
int bind_texts(struct arena *arena, const struct yaml_node *node, const char *what,
               struct bind_texts *ret_texts, struct diag_list *diags);
int bind_duration(const struct yaml_node *node, const char *what, int64_t min_ms, int64_t max_ms,
                  int64_t *ret_ms, struct diag_list *diags);
int bind_int(const struct yaml_node *node, const char *what, int64_t min, int64_t max, int64_t *ret_number,
             struct diag_list *diags);

/* "a map", "a list", "a text", "nothing": what a node is, for messages. */
const char *bind_found(const struct yaml_node *node);

/* The name of `words` (NULL-terminated) that was meant, as " (did you mean 'x'?)", or "". */
const char *bind_meant(struct arena *arena, const char *word, const char *const *words);

/* The table as one of Markdown, and behind it each table within it, under a heading of this level. */
void bind_markdown(const struct bind_table *table, int level, struct buf *out);

/* The whole schema as a value for json_pretty(). */
struct value bind_schema(struct arena *arena, const struct bind_table *table, const char *title);

#endif
