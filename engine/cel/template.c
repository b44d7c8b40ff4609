/* Texts with {{ }} in them. Cutting them is lexing CEL: the end of a hole is where its expression ends. What
 * comes out of a hole is text and nothing else; it is never looked at again. */
#include "engine/cel/template.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/limits.h"
#include "engine/cel/convert.h"

struct cutter {
    struct arena *arena;
    const char *text;
    size_t len;
    struct template_part *parts;
    size_t count;
    size_t size;
    size_t mistake;
    struct soar_err *err;
};

static struct template_part *add_part(struct cutter *cutter)
{
    if (cutter->count == cutter->size) {
        cutter->size = cutter->size > 0 ? cutter->size * 2 : 4;
        struct template_part *parts = arena_array(cutter->arena, cutter->size, sizeof *parts);
        if (cutter->count > 0) {
            memcpy(parts, cutter->parts, cutter->count * sizeof *parts);
        }
        cutter->parts = parts;
    }
    return &cutter->parts[cutter->count++];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The hole whose "{{" stands at `at`; returns where the text goes on, or -1. */
static long cut_hole(struct cutter *cutter, size_t at)
{
    size_t start = at + 2;
    long close = cel_find_close(cutter->text + start, cutter->len - start);
    cutter->mistake = at;
    if (close < 0) {
        return soar_err_set(cutter->err, SOAR_INVALID, "'{{' without its '}}'");
    }
    size_t end = start + (size_t)close;
    size_t next = end + 2;
    while (start < end && is_blank(cutter->text[start])) {
        start++;
    }
    while (end > start && is_blank(cutter->text[end - 1])) {
        end--;
    }
    if (start == end) {
        return soar_err_set(cutter->err, SOAR_INVALID, "there is no expression between '{{' and '}}'");
    }
    struct template_part part = {.len = end - start, .offset = start};
    size_t inner = 0;
    if (cel_compile(cutter->arena, cutter->text + start, end - start, NULL, &part.hole, &inner, cutter->err) <
        0) {
        cutter->mistake = start + inner;
        return -1;
    }
    *add_part(cutter) = part;
    return (long)next;
}

static int cut(struct cutter *cutter)
{
    for (size_t at = 0; at < cutter->len;) {
        const char *open = memmem(cutter->text + at, cutter->len - at, "{{", 2);
        size_t end = open != NULL ? (size_t)(open - cutter->text) : cutter->len;
        if (end > at) {
            *add_part(cutter) =
                (struct template_part){.text = cutter->text + at, .len = end - at, .offset = at};
        }
        if (open == NULL) {
            return 0;
        }
        long next = cut_hole(cutter, end);
        if (next < 0) {
            return -1;
        }
        at = (size_t)next;
    }
    return 0;
}

int template_parse(struct arena *arena, const char *text, size_t len, struct template **ret_template,
                   size_t *ret_offset, struct soar_err *err)
{
    const char *copy = arena_copy(arena, text, len);
    struct cutter cutter = {.arena = arena, .text = copy, .len = len, .err = err};
    if (cut(&cutter) < 0) {
        if (ret_offset != NULL) {
            *ret_offset = cutter.mistake;
        }
        return -1;
    }
    struct template *template = arena_alloc(arena, sizeof *template);
    *template = (struct template){.source = copy, .count = cutter.count, .parts = cutter.parts};
    *ret_template = template;
    return 0;
}

bool template_is_constant(const struct template *template)
{
    for (size_t i = 0; i < template->count; i++) {
        if (template->parts[i].hole != NULL) {
            return false;
        }
    }
    return true;
}

bool template_is_single(const struct template *template)
{
    return template->count == 1 && template->parts[0].hole != NULL;
}

/* Adds what one hole gives; what fails goes to *stands: an unknown before an error. */
static void add_hole(struct buf *out, const struct cel_program *hole, const struct cel_scope *scope,
                     struct arena *arena, struct value *stands)
{
    struct value value = cel_eval(hole, scope, arena);
    bool fails = value.kind == VALUE_ERROR || value.kind == VALUE_UNKNOWN;
    if (!fails && (value.kind == VALUE_BYTES || !convert_text(out, &value))) {
        value = value_error(arena, "%s can't stand within a text: {{%.200s}}", value_kind_name(value.kind),
                            cel_text(hole));
        fails = true;
    }
    if (fails &&
        (stands->kind == VALUE_NULL || (stands->kind == VALUE_ERROR && value.kind == VALUE_UNKNOWN))) {
        *stands = value;
    }
}

struct value template_eval(const struct template *template, const struct cel_scope *scope,
                           struct arena *arena)
{
    struct value stands = value_null();
    struct buf out;
    if (template_is_single(template)) {
        return cel_eval(template->parts[0].hole, scope, arena);
    }
    buf_init(&out, LIMIT_CEL_VALUE_BYTES);
    for (size_t i = 0; i < template->count; i++) {
        const struct template_part *part = &template->parts[i];
        if (part->hole != NULL) {
            add_hole(&out, part->hole, scope, arena, &stands);
        } else {
            buf_add(&out, part->text, part->len);
        }
    }
    if (stands.kind == VALUE_NULL) {
        stands = out.failed ? value_error(arena, "a text of more than %d bytes", LIMIT_CEL_VALUE_BYTES)
                            : value_string(arena, buf_string(&out), out.len);
    }
    buf_done(&out);
    return stands;
}

int template_check(const struct template *template, size_t *ret_offset, struct soar_err *err)
{
    for (size_t i = 0; i < template->count; i++) {
        size_t inner = 0;
        if (template->parts[i].hole != NULL && cel_check(template->parts[i].hole, &inner, err) < 0) {
            if (ret_offset != NULL) {
                *ret_offset = template->parts[i].offset + inner;
            }
            return -1;
        }
    }
    return 0;
}

void template_names(const struct template *template, cel_name_fn fn, void *arg)
{
    for (size_t i = 0; i < template->count; i++) {
        if (template->parts[i].hole != NULL) {
            cel_names(template->parts[i].hole, fn, arg);
        }
    }
}
