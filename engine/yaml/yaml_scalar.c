/* Scalars: where their text stands in the file, and what a plain one means by YAML 1.2's core schema (so
 * `no`, `on` and `1:30` are texts, and 0777 is a number of four digits). Numbers follow the rule of JSON
 * here: beyond int64 it is a real. */
#include "engine/yaml/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/yaml/yaml_parts.h"

/* The column where a block's lines begin: the blanks before its first line that isn't blank. */
static int block_column(const char *written, size_t len)
{
    size_t at = 0;
    while (at < len && written[at] != '\n') {
        at++;
    }
    while (at < len) {
        size_t blanks = 0;
        at++;
        while (at < len && written[at] == ' ') {
            at++;
            blanks++;
        }
        if (at < len && written[at] != '\n' && written[at] != '\r') {
            return (int)blanks + 1;
        }
        while (at < len && written[at] != '\n') {
            at++;
        }
    }
    return 0;
}

/* The text stands in the file as it is: no escape, no doubled quote, one line. */
static bool is_verbatim(const yaml_event_t *event, const char *written, size_t written_len, size_t quotes)
{
    size_t len = event->data.scalar.length;
    return event->start_mark.line == event->end_mark.line && written_len >= len + 2 * quotes &&
           memcmp(written + quotes, event->data.scalar.value, len) == 0;
}

void yaml_fill_scalar(struct arena *arena, const yaml_event_t *event, const char *written, size_t written_len,
                      struct yaml_node *node)
{
    yaml_scalar_style_t style = event->data.scalar.style;
    node->len = event->data.scalar.length;
    node->text = arena_copy(arena, event->data.scalar.value, node->len);
    node->plain = style == YAML_PLAIN_SCALAR_STYLE;
    node->block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
    if (style == YAML_LITERAL_SCALAR_STYLE) {
        node->inner = block_column(written, written_len);
    } else if (!node->block) {
        size_t quotes = node->plain ? 0 : 1;
        node->inner = is_verbatim(event, written, written_len, quotes) ? node->col + (int)quotes : 0;
    }
}

void yaml_place(const struct yaml_node *node, size_t offset, int *ret_line, int *ret_col)
{
    *ret_line = node->line;
    *ret_col = node->col;
    if (node->inner == 0 || node->text == NULL) {
        return;
    }
    if (offset > node->len) {
        offset = node->len;
    }
    int line = node->line + (node->block ? 1 : 0);
    size_t start = 0;
    for (size_t i = 0; i < offset; i++) {
        if (node->text[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    *ret_line = line;
    *ret_col = node->inner + (int)text_length(node->text + start, offset - start);
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcmp(text, *words) != 0) {
        words++;
    }
    return *words != NULL;
}

static bool all_digits(const char *text, const char *digits)
{
    return *text != '\0' && text[strspn(text, digits)] == '\0';
}

static bool as_integer(const char *text, struct value *ret_value)
{
    int base = 10;
    const char *digits = text + (*text == '-' || *text == '+');
    if (strncmp(text, "0o", 2) == 0 && all_digits(text + 2, "01234567")) {
        base = 8;
        text += 2;
    } else if (strncmp(text, "0x", 2) == 0 && all_digits(text + 2, "0123456789abcdefABCDEF")) {
        base = 16;
        text += 2;
    } else if (!all_digits(digits, "0123456789")) {
        return false;
    }
    errno = 0;
    long long number = strtoll(text, NULL, base);
    *ret_value = errno == 0 ? value_int(number) : value_double(strtod(text, NULL));
    return true;
}

/* [-+]? ( . digits | digits ( . digits? )? ) ( [eE] [-+]? digits )? */
static bool is_real(const char *text)
{
    static const char digits[] = "0123456789";
    text += *text == '-' || *text == '+';
    size_t whole = strspn(text, digits);
    text += whole;
    size_t part = 0;
    if (*text == '.') {
        part = strspn(++text, digits);
        text += part;
    }
    if (whole + part == 0) {
        return false;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        return all_digits(text, digits);
    }
    return *text == '\0';
}

static bool as_real(const char *text, struct value *ret_value)
{
    static const char *const infinite[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const none[] = {".nan", ".NaN", ".NAN", NULL};
    if (is_one_of(text + (*text == '-' || *text == '+'), infinite)) {
        *ret_value = value_double(*text == '-' ? -(double)INFINITY : (double)INFINITY);
        return true;
    }
    if (is_one_of(text, none)) {
        *ret_value = value_double((double)NAN);
        return true;
    }
    if (!is_real(text)) {
        return false;
    }
    *ret_value = value_double(strtod(text, NULL));
    return true;
}

static struct value plain_value(struct arena *arena, const struct yaml_node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    struct value value;
    if (is_one_of(node->text, nulls)) {
        return value_null();
    }
    if (is_one_of(node->text, trues)) {
        return value_bool(true);
    }
    if (is_one_of(node->text, falses)) {
        return value_bool(false);
    }
    if (as_integer(node->text, &value) || as_real(node->text, &value)) {
        return value;
    }
    return value_string(arena, node->text, node->len);
}

struct value yaml_value(struct arena *arena, const struct yaml_node *node)
{
    if (node->kind == YAML_SCALAR) {
        return node->plain ? plain_value(arena, node) : value_string(arena, node->text, node->len);
    }
    struct value_builder builder;
    value_build(&builder, arena);
    for (size_t i = 0; i < node->count; i++) {
        struct value item = yaml_value(arena, node->items[i]);
        if (node->kind == YAML_LIST) {
            value_push(&builder, item);
        } else {
            value_put(&builder, value_string(arena, node->keys[i]->text, node->keys[i]->len), item);
        }
    }
    return node->kind == YAML_LIST ? value_end_list(&builder) : value_end_map(&builder);
}
