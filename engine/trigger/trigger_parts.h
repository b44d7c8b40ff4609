/* What the sources of this room share; nobody else includes it. */
#ifndef TRIGGER_TRIGGER_PARTS_H
#define TRIGGER_TRIGGER_PARTS_H

#include "engine/trigger/trigger.h"

/* A field of the alert under its path ("hosts[1].name"); each returns -1 with the path and what was expected.
 */
struct field {
    const char *path;
    const struct value *value; /* NULL: it isn't there */
    struct arena *arena;
    struct soar_err *err;
};

int field_text(const struct field *field, struct value *ret_text);  /* a text, or a number by its digits */
int field_texts(const struct field *field, struct value *ret_list); /* a list of texts, or one */
int field_number(const struct field *field, double min, double max);
int field_map(const struct field *field);
int field_tell(const struct field *field, const char *expected); /* always -1 */

/* So deep that the event that will hold it could not be read again. */
bool alert_is_deep(const struct value *alert);

/* The map with the patch's keys in place of its own; the patch is used up. What is no map counts as an empty
 * one. */
struct value alert_patch(struct arena *arena, const struct value *map, struct value_builder *patch);

/* trigger_dedup.c: the key of an alert that starts this playbook, into the answer. */
void trigger_dedup(const struct playbook *playbook, const struct site_webhook *source,
                   const struct value *alert, struct arena *arena, struct trigger_answer *answer);

int alert_hosts(const struct value *raw, struct arena *arena, struct value *ret_hosts, struct soar_err *err);
int alert_users(const struct value *raw, struct arena *arena, struct value *ret_users,
                struct value *ret_user_id, struct soar_err *err);

#endif
