/* What the sources of the pack's reader share; nobody else includes it.
 *
 * The way of a pack: pack_text.c tells its files apart, pack_load.c binds each, pack_provider.c each
 * provider, pack_statement.c and pack_call.c its phases, all by the tables of pack_tables.c. Then
 * pack_names.c walks over what was built and asks whether each name is bound where it is used. Each goes on
 * after a mistake, so that one look shows all.
 */
#ifndef ACTION_PACK_PARTS_H
#define ACTION_PACK_PARTS_H

#include "engine/action/pack.h"
#include "engine/yaml/bind.h"

struct pack_mark { /* where a thing was written: for mistakes that show only later */
    const void *thing;
    const struct yaml_node *node;
};

struct pack_part { /* one of the files that a pack is made of */
    const char *text;
    size_t len;
    const char *origin;
};

struct pack_reader {
    struct arena *arena;
    struct diag_list *diags;
    struct pack *pack;
    struct pack_provider *providers; /* the pack's, while they are read */
    bool unchecked;                  /* the provider that is being read has no `check` */
    struct pack_mark *marks;
    size_t mark_count;
    size_t mark_size;
};

/* The tables, and the structs they fill. */
struct file_pack {
    const char *action;
    const char *summary;
    int per;
    const char *lock;
    const char *done;
    const char *undone;
    struct bind_array params;
    struct bind_array providers;
};

struct file_extension {
    const char *extends;
    struct bind_array providers;
};

struct file_param {
    const char *type;
    const struct yaml_node *default_value;
    const char *about;
};

struct file_provider {
    const struct yaml_node *when;
    const struct yaml_node *via; /* a name, or a list of shells */
    int over;
    const char *service;
    const struct yaml_node *let;
    struct bind_array outcomes;
    const struct yaml_node *phases[PHASE_COUNT];
    int64_t timeout_ms;
    int in_doubt;
    bool fenced;
    struct bind_array remains;
    struct bind_texts cannot_undo;
    const char *proved;
    const char *unsupported;
    const char *done;
    struct bind_texts done_with;
};

struct file_remain {
    const char *what;
    int64_t until_ms;
};

struct file_verify {
    int64_t every_ms;
    int64_t within_ms;
    int64_t lag_ms;
    const struct yaml_node *keep;
};

struct file_call { /* what stands beside a call */
    const char *as;
    const struct yaml_node *when;
    const struct yaml_node *expect;
    const char *why;
    struct bind_array outcomes;
    const struct yaml_node *keep;
    const struct yaml_node *until;
    int64_t every_ms;
    int64_t within_ms;
    bool once;
    int in_doubt;
    int64_t deadline_ms;
};

struct file_case { /* of outcomes and of refuse */
    const struct yaml_node *when;
    int is;
    const char *why;
};

struct file_statement { /* all that are no call: each table fills its part */
    const char *one;
    const struct yaml_node *of;
    const struct yaml_node *id;
    const struct yaml_node *so;
    const struct yaml_node *clear;
    const struct yaml_node *underway;
    const struct yaml_node *bindings; /* facts, let, keep, prior */
    struct bind_array refuse;
};

struct file_line {
    const char *each;
    const struct yaml_node *in;
    const struct yaml_node *line;
    const struct yaml_node *when;
};

extern const struct bind_table pack_table;
extern const struct bind_table pack_extension_table;
extern const struct bind_table pack_verify_table;
extern const struct bind_table pack_call_table;
extern const struct bind_table pack_line_table;
extern const struct bind_table
    *const pack_statement_tables[];             /* by enum pack_statement_kind; NULL for a call */
extern const char *const pack_target_names[];   /* what `target` has: pack_names.c */
extern const char *const pack_statement_keys[]; /* the key that tells each kind; NULL for a call */

/* pack_text.c: the files that a text is made of, the action's own first. */
size_t pack_text_parts(struct arena *arena, const char *text, size_t len, const char *origin,
                       const struct pack_part **ret_parts);

/* pack_reader.c */
void reader_mark(struct pack_reader *reader, const void *thing, const struct yaml_node *node);
const struct yaml_node *reader_where(const struct pack_reader *reader, const void *thing);
/* A bare expression; NULL (told) if it is none, or if node is NULL. */
struct cel_program *reader_cel(struct pack_reader *reader, const struct yaml_node *node, const char *what);
/* Tells each {{ in what node holds. True if there is none. */
bool reader_constant(struct pack_reader *reader, const struct yaml_node *node, const char *what);
/* Is this text a name that an expression can use, and none of ours? */
bool reader_name(struct pack_reader *reader, const struct yaml_node *node, const char *text);
size_t reader_bindings(struct pack_reader *reader, const struct yaml_node *node, const char *what,
                       const struct pack_binding **ret_bindings);
const struct pack_lines *reader_lines(struct pack_reader *reader, const struct yaml_node *node);

/* pack_provider.c, pack_statement.c, pack_call.c */
/* via: the connector's name, of a list the one of these that this is. */
void reader_provider(struct pack_reader *reader, const struct file_provider *file,
                     const struct yaml_node *node, const char *via, struct pack_provider *provider);
void reader_steps(struct pack_reader *reader, struct pack_provider *provider, enum pack_phase phase,
                  const struct yaml_node *node);
/* The cases of `outcomes`, of a call or of all of a provider's. */
struct pack_case *reader_outcomes(struct pack_reader *reader, const struct bind_array *array);
void reader_call(struct pack_reader *reader, const struct pack_provider *provider, enum pack_phase phase,
                 const struct yaml_node *node, size_t call_key, struct pack_statement *statement);

/* pack_script.c: warns of what turns a value into code. */
void reader_script(struct pack_reader *reader, const struct yaml_node *node);
/* pack_differ.c: warns of two providers that can never be told apart. */
void reader_differ(struct pack_reader *reader);
/* pack_names.c: tells each name that isn't bound where it is used. */
void reader_names(struct pack_reader *reader);

/* pack_reference.c: what a type is, and a value that is one. */
struct pack_type_note {
    const char *about, *sample;
};
extern const struct pack_type_note pack_type_notes[TYPE_KIND_COUNT];

#endif
