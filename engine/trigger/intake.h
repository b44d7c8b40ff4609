/* Payloads of security products become alerts of soar's own form, by mapping files: YAML with CEL in it, data
 * like packs (docs/intake.md). Built-in ones stand in intake/ and are compiled in; a site adds directories.
 *
 * As it should go: intake_parse() makes a payload of a text, be it JSON or NDJSON; intake_find() gives the
 * source of a name, or intake_guess() the only one that knows the payload; intake_map() gives its alerts,
 * each whole (trigger_normalise) with `raw` beside it and `intake`: which source, and what it could not tell.
 *
 * As it goes wrong: a payload that isn't the source's is an error of the whole. What an alert lacks is absent
 * in it and said in `intake.notes`. Only an alert whose status or id can't be told, or that has no form at
 * all, is refused, alone: its neighbours in the batch are not.
 *
 * Pure: the same payload gives the same alerts. */
#ifndef TRIGGER_INTAKE_H
#define TRIGGER_INTAKE_H

#include "engine/base/value.h"
#include "engine/yaml/diag.h"
#include "soar/err.h"

struct intake_shelf;
struct intake_source;
struct bind_table;

/* Sources live as long as the arena. A name is one source: the later one takes the place of the earlier. */
struct intake_shelf *intake_shelf_new(struct arena *arena);
int intake_shelf_add_builtin(struct intake_shelf *shelf, struct soar_err *err)
    __attribute__((warn_unused_result));
/* *.yaml of a directory; mistakes go to diags, and -1. */
int intake_shelf_add_dir(struct intake_shelf *shelf, const char *dir, struct diag_list *diags)
    __attribute__((warn_unused_result));
int intake_shelf_add_text(struct intake_shelf *shelf, const char *text, size_t len, const char *origin,
                          struct diag_list *diags) __attribute__((warn_unused_result));

size_t intake_shelf_count(const struct intake_shelf *shelf);
const struct intake_source *intake_shelf_at(const struct intake_shelf *shelf, size_t index);
const struct intake_source *intake_find(const struct intake_shelf *shelf, const char *name); /* or NULL */
/* The name that was probably meant, or NULL. */
const char *intake_meant(const struct intake_shelf *shelf, const char *name, struct arena *arena);

const char *intake_name(const struct intake_source *source);
const char *intake_about(const struct intake_source *source);

/* One mapping file, checked; NULL and the mistakes in diags. */
struct intake_source *intake_load(struct arena *arena, const char *text, size_t len, const char *origin,
                                  struct diag_list *diags) __attribute__((warn_unused_result));
/* What a mapping file may hold, for `soarctl schema` (engine/yaml/bind.h). */
const struct bind_table *intake_table(void);

/* One JSON document, or one a line: then a list of them. */
int intake_parse(struct arena *arena, const char *text, size_t len, struct value *ret_payload,
                 struct soar_err *err) __attribute__((warn_unused_result));

/* The source whose `when` holds for all of the payload, if it is the only one; else NULL, and *ret_held (may
 * be NULL) names those that hold: "" or "alertmanager, grafana". */
const struct intake_source *intake_guess(const struct intake_shelf *shelf, const struct value *payload,
                                         struct arena *arena, const char **ret_held);

struct intake_alert {
    struct value alert;  /* null if refused */
    const char *refused; /* why, or NULL */
};

struct intake_alerts {
    size_t count;
    const struct intake_alert *items;
};

int intake_map(const struct intake_source *source, const struct value *payload, struct arena *arena,
               struct intake_alerts *ret_alerts, struct soar_err *err) __attribute__((warn_unused_result));

#endif
