/* JSON text to values. jansson does the grammar; what it can't do is done in a pass before it: the depth is
 * bounded, and an integer beyond int64, for which jansson refuses the whole document, is handed to it as a
 * real ("e0" behind its digits). jansson's tree never leaves this file, and its positions are turned into
 * those of the text the caller gave. */
#include "engine/base/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"

struct scan {
    const char *text;
    size_t len;
    size_t offset;
    int depth;
    bool too_deep; /* offset stands on the bracket that was one too many */
};

static void scan_string(struct scan *scan)
{
    for (scan->offset++; scan->offset < scan->len && scan->text[scan->offset] != '"'; scan->offset++) {
        if (scan->text[scan->offset] == '\\') {
            scan->offset++;
        }
    }
    scan->offset = scan->offset < scan->len ? scan->offset + 1 : scan->len;
}

/* Moves behind a number; true if it is an integer beyond int64. */
static bool scan_number(struct scan *scan)
{
    const char *start = scan->text + scan->offset;
    size_t left = scan->len - scan->offset;
    bool negative = *start == '-';
    size_t digits = negative;
    while (digits < left && start[digits] >= '0' && start[digits] <= '9') {
        digits++;
    }
    size_t end = digits;
    while (end < left && start[end] != '\0' && strchr("0123456789.eE+-", start[end]) != NULL) {
        end++;
    }
    scan->offset += end;
    const char *most = negative ? "9223372036854775808" : "9223372036854775807";
    size_t count = digits - negative;
    return end == digits && (count > 19 || (count == 19 && memcmp(start + negative, most, 19) > 0));
}

/* Moves behind the next integer beyond int64; false at the end of the text, or where it is too deep. */
static bool scan_wide_integer(struct scan *scan)
{
    while (scan->offset < scan->len) {
        char c = scan->text[scan->offset];
        if (c == '"') {
            scan_string(scan);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            if (scan_number(scan)) {
                return true;
            }
        } else {
            scan->depth += (c == '[' || c == '{') - (c == ']' || c == '}');
            if (scan->depth > LIMIT_DEPTH) {
                scan->too_deep = true;
                return false;
            }
            scan->offset++;
        }
    }
    return false;
}

static int fail_at(const struct scan *scan, size_t offset, struct soar_err *err, const char *what)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < offset; i++) {
        if (scan->text[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    return soar_err_set(err, SOAR_INVALID, "line %zu, column %zu: %s", line,
                        text_length(scan->text + start, offset - start) + 1, what);
}

/* jansson would say less well where a bad byte stands, and overlooks a NUL behind a number. */
static int check_bytes(const char *text, size_t len, struct soar_err *err)
{
    const struct scan scan = {.text = text, .len = len};
    for (size_t offset = 0; offset < len;) {
        size_t start = offset;
        int32_t code = text_next(text, len, &offset);
        if (code <= 0) {
            return fail_at(&scan, start, err, code == 0 ? "a NUL byte" : "a byte that is no UTF-8");
        }
    }
    return 0;
}

static const char WIDE_SUFFIX[] = "e0";

/* The text jansson gets: `wide` stays empty when the original will do. */
static int widen(const char *text, size_t len, struct buf *wide, struct soar_err *err)
{
    struct scan scan = {.text = text, .len = len};
    size_t copied = 0;
    while (scan_wide_integer(&scan)) {
        buf_add(wide, text + copied, scan.offset - copied);
        buf_text(wide, WIDE_SUFFIX);
        copied = scan.offset;
    }
    if (scan.too_deep) {
        char what[64];
        snprintf(what, sizeof what, "nested deeper than %d levels", (int)LIMIT_DEPTH);
        return fail_at(&scan, scan.offset, err, what);
    }
    if (copied > 0) {
        buf_add(wide, text + copied, len - copied);
    }
    return wide->failed ? soar_err_set(err, SOAR_PERMANENT, "out of memory") : 0;
}

/* Where in the original text the byte at `offset` of the widened one came from. */
static size_t offset_before_widening(const char *text, size_t len, size_t offset)
{
    struct scan scan = {.text = text, .len = len};
    size_t added = 0;
    while (scan_wide_integer(&scan) && scan.offset + added < offset) {
        added += strlen(WIDE_SUFFIX);
    }
    size_t original = offset > added ? offset - added : 0;
    return original < len ? original : len;
}

/* Where the last token that jansson read ends in the original text; at a text's end, the end. */
static size_t offset_of(const char *text, size_t len, const json_error_t *error)
{
    size_t behind = error->position > 0 ? (size_t)error->position : 0;
    size_t offset = offset_before_widening(text, len, behind);
    if (json_error_code(error) == json_error_premature_end_of_input) {
        return offset;
    }
    do {
        offset -= offset > 0;
    } while (offset > 0 && ((unsigned char)text[offset] & 0xC0) == 0x80);
    return offset;
}

static int fail_parse(const char *text, size_t len, const json_error_t *error, struct soar_err *err)
{
    struct scan scan = {.text = text, .len = len};
    const char *what = json_error_code(error) == json_error_numeric_overflow
                           ? "a number beyond what a double holds"
                           : error->text;
    BUF_SCOPED shown;
    buf_init(&shown, SOAR_ERR_TEXT_MAX);
    text_visible(&shown, what, strlen(what));
    return fail_at(&scan, offset_of(text, len, error), err, buf_string(&shown));
}

static struct value convert(struct arena *arena, const json_t *json);

static struct value convert_array(struct arena *arena, const json_t *json)
{
    struct value_builder items;
    value_build(&items, arena);
    for (size_t i = 0; i < json_array_size(json); i++) {
        value_push(&items, convert(arena, json_array_get(json, i)));
    }
    return value_end_list(&items);
}

static struct value convert_object(struct arena *arena, const json_t *json)
{
    struct value_builder members;
    value_build(&members, arena);
    json_t *object = (json_t *)(uintptr_t)json; /* the iterator of jansson knows no const */
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        struct value key = value_string(arena, json_object_iter_key(at), json_object_iter_key_len(at));
        value_put(&members, key, convert(arena, json_object_iter_value(at)));
    }
    return value_end_map(&members);
}

static struct value convert(struct arena *arena, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return convert_object(arena, json);
    case JSON_ARRAY:
        return convert_array(arena, json);
    case JSON_STRING:
        return value_string(arena, json_string_value(json), json_string_length(json));
    case JSON_INTEGER:
        return value_int(json_integer_value(json));
    case JSON_REAL:
        return value_double(json_real_value(json));
    case JSON_TRUE:
        return value_bool(true);
    case JSON_FALSE:
        return value_bool(false);
    case JSON_NULL:
        break;
    }
    return value_null();
}

int json_parse(struct arena *arena, const char *text, size_t len, struct value *ret_value,
               struct soar_err *err)
{
    if (len == 0) {
        text = ""; /* NULL is allowed then, but not to jansson */
    }
    BUF_SCOPED wide;
    buf_init(&wide, 0);
    wide.secret = arena_is_secret(arena);
    if (check_bytes(text, len, err) != 0 || widen(text, len, &wide, err) != 0) {
        return -1;
    }
    json_error_t error;
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *json = json_loadb(wide.len > 0 ? wide.data : text, wide.len > 0 ? wide.len : len, flags, &error);
    if (json == NULL) {
        return fail_parse(text, len, &error, err);
    }
    *ret_value = convert(arena, json);
    json_decref(json);
    return 0;
}

static void free_wiped(void *memory)
{
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
    }
    free(memory);
}

void json_wipe_freed(void)
{
    json_set_alloc_funcs(malloc, free_wiped);
}
