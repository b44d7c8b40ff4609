/* What the sources of intake share; nobody else includes it. */
#ifndef TRIGGER_INTAKE_PARTS_H
#define TRIGGER_INTAKE_PARTS_H

#include "engine/base/limits.h"
#include "engine/cel/cel.h"
#include "engine/trigger/intake.h"
#include "engine/yaml/bind.h"

enum intake_kind {
    INTAKE_EXPRESSION, /* a value, or absent */
    INTAKE_MAP,        /* what is absent in it isn't in it; empty: absent */
    INTAKE_LIST,       /* the same; a list in it is joined to it */
    INTAKE_EACH,       /* {each: name, in: list, give: tree} */
    INTAKE_LOOKUP,     /* {of: value, table: {word: is}} or {of: number, at_least: {number: is}} */
    INTAKE_KIND_COUNT
};

struct intake_word {
    const char *word;
    double from; /* of at_least */
    struct value is;
};

struct intake_node {
    enum intake_kind kind;
    const struct cel_program *program; /* EXPRESSION; of EACH its list, of LOOKUP its value */
    const char *name;                  /* EACH: the item's */
    size_t count;
    const struct intake_node *items; /* MAP, LIST; EACH: one */
    const char *const *keys;         /* MAP */
    size_t word_count;
    const struct intake_word *words; /* LOOKUP; at_least: falling */
    bool at_least;
};

struct intake_let {
    const char *name;
    const struct cel_program *program;
};

struct intake_source {
    const char *name;
    const char *about;
    const char *lacks; /* why no host and no user may be there, or NULL */
    const char *origin;
    bool unfold;
    struct bind_texts unpack;
    const struct cel_program *split; /* NULL: a document is an alert */
    const struct cel_program *when;
    size_t let_count;
    const struct intake_let *lets;
    struct intake_node alert;
};

/* intake_tree.c: reads the tree of `alert:`, and one expression. What it may speak of grows with loops. */
struct intake_reader {
    struct arena *arena;
    struct diag_list *diags;
    size_t name_count;
    const char *names[LIMIT_INTAKE_NAMES + 1]; /* ends with NULL */
};
void intake_read_tree(struct intake_reader *reader, const struct yaml_node *node, const char *path,
                      struct intake_node *ret_node);
const struct cel_program *intake_read_expression(struct intake_reader *reader, const struct yaml_node *node,
                                                 const char *what);
/* A new name for expressions; false if it can't be one. */
bool intake_read_name(struct intake_reader *reader, const struct yaml_node *node);

/* intake_view.c: a document as expressions see it. Unpacked: texts at these paths are the JSON they hold. */
struct value intake_unpack(struct arena *arena, const struct value *document, const struct bind_texts *paths);
/* Without what is null or an empty text; with unfold, `a.b` is b in a. */
struct value intake_view(struct arena *arena, const struct value *value, bool unfold);

/* intake_build.c: one alert from its tree. */
struct intake_build {
    const struct intake_source *source;
    struct arena *arena;
    struct cel_scope scope;
    struct value_builder notes; /* texts: what could not be told */
    size_t name_count;
    const char *names[LIMIT_INTAKE_NAMES];
    struct value values[LIMIT_INTAKE_NAMES];
    const char *refused;
};
void intake_build_init(struct intake_build *build, const struct intake_source *source, struct arena *arena);
void intake_build_name(struct intake_build *build, const char *name, struct value value);
/* False: the tree gave nothing. */
bool intake_build_tree(struct intake_build *build, struct value *ret_alert);
void intake_note(struct intake_build *build, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* intake_tidy.c: takes out what has not the form it should have, with a note; refuses if that is the status
 * or the id. */
struct value intake_tidy(struct intake_build *build, const struct value *alert);

#endif
