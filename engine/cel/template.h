/* A text with `{{ expression }}` in it, as playbooks and packs have them.
 *
 * A scalar that is exactly one {{ e }} keeps e's type; text around it makes a string. A result is never
 * scanned for {{ again. What a hole may hold, and how it is encoded, is the sink's business (engine/action):
 * template_parts() gives it the pieces, template_eval() is the plain way for places without a grammar of
 * their own. */
#ifndef CEL_TEMPLATE_H
#define CEL_TEMPLATE_H

#include "engine/cel/cel.h"

struct template_part {
    const char *text; /* a literal piece, or NULL for a hole */
    size_t len;
    size_t offset; /* in the source text: of the literal, or of the hole's expression */
    struct cel_program *hole;
};

struct template
{
    const char *source;
    size_t count;
    const struct template_part *parts;
};

/* On a mistake ret_offset gets the byte in text where it is. */
int template_parse(struct arena *arena, const char *text, size_t len, struct template **ret_template,
                   size_t *ret_offset, struct soar_err *err) __attribute__((warn_unused_result));

bool template_is_constant(const struct template *template); /* no hole at all */
bool template_is_single(const struct template *template);   /* exactly one hole and nothing else */

/* The value: typed when single, else a string; holes in a text may be string, bool, int, uint, double,
 * duration, timestamp, ip or cidr (printed as CEL's string() does). The result may be VALUE_UNKNOWN or
 * VALUE_ERROR. */
struct value template_eval(const struct template *template, const struct cel_scope *scope,
                           struct arena *arena);

/* As cel_check, for every hole; *ret_offset is in the template's text. */
int template_check(const struct template *template, size_t *ret_offset, struct soar_err *err)
    __attribute__((warn_unused_result));

void template_names(const struct template *template, cel_name_fn fn, void *arg);

#endif
