/* The scalar kinds of a table: each says what it expected in its own words. A quoted number is a text, and a
 * text that is needed may be written as a number (`step: 1`): the spelling counts. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/yaml/bind_parts.h"

static void tell(const struct yaml_node *node, const char *name, const char *expected,
                 struct diag_list *diags)
{
    if (node->kind == YAML_SCALAR && node->len > 0) {
        diag_error(diags, node->line, node->col, "'%s': expected %s, found '%.60s'", name, expected,
                   node->text);
    } else {
        diag_error(diags, node->line, node->col, "'%s': expected %s, found %s", name, expected,
                   bind_found(node));
    }
}

bool bind_expect_scalar(const struct yaml_node *node, const char *name, const char *expected,
                        struct diag_list *diags)
{
    if (node->kind == YAML_SCALAR && node->len > 0) {
        return true;
    }
    tell(node, name, expected, diags);
    return false;
}

/* Plain decimal digits, perhaps with a sign: what a person writes for a count. */
static bool whole_number(const struct yaml_node *node, int64_t *ret_number)
{
    if (node->kind != YAML_SCALAR || !node->plain || node->len == 0) {
        return false;
    }
    const char *digits = node->text + (*node->text == '-' || *node->text == '+');
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0') {
        return false;
    }
    errno = 0;
    *ret_number = strtoll(node->text, NULL, 10);
    return errno == 0;
}

int bind_int(const struct yaml_node *node, const char *what, int64_t min, int64_t max, int64_t *ret_number,
             struct diag_list *diags)
{
    int64_t number = 0;
    if (whole_number(node, &number) && number >= min && number <= max) {
        *ret_number = number;
        return 0;
    }
    char expected[96] = "a whole number";
    if (min != INT64_MIN || max != INT64_MAX) {
        snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64, min, max);
    }
    tell(node, what, expected, diags);
    return -1;
}

int bind_duration(const struct yaml_node *node, const char *what, int64_t min_ms, int64_t max_ms,
                  int64_t *ret_ms, struct diag_list *diags)
{
    int64_t ms = node->kind == YAML_SCALAR ? text_duration_ms(node->text, node->len) : -1;
    if (ms < 0) {
        tell(node, what, "a duration like 90s, 5m or 4h", diags);
        return -1;
    }
    if (ms < min_ms || (max_ms > 0 && ms > max_ms)) {
        BUF_SCOPED bounds;
        buf_init(&bounds, 0);
        buf_text(&bounds, max_ms > 0 ? "a duration from " : "a duration of at least ");
        text_duration(&bounds, min_ms);
        if (max_ms > 0) {
            buf_text(&bounds, " to ");
            text_duration(&bounds, max_ms);
        }
        tell(node, what, buf_string(&bounds), diags);
        return -1;
    }
    *ret_ms = ms;
    return 0;
}

static int bind_bool(struct arena *arena, const struct yaml_node *node, const char *what, bool *ret_bool,
                     struct diag_list *diags)
{
    struct value value = node->kind == YAML_SCALAR ? yaml_value(arena, node) : value_null();
    if (value.kind != VALUE_BOOL) {
        tell(node, what, "true or false", diags);
        return -1;
    }
    *ret_bool = value.boolean;
    return 0;
}

static int bind_choice(struct arena *arena, const struct yaml_node *node, const struct bind_key *key,
                       int *ret_index, struct diag_list *diags)
{
    BUF_SCOPED list;
    buf_init(&list, 0);
    for (int i = 0; key->words[i] != NULL; i++) {
        if (node->kind == YAML_SCALAR && text_same_fold(node->text, key->words[i])) {
            *ret_index = i;
            return 0;
        }
        buf_printf(&list, "%s%s", i == 0 ? "" : key->words[i + 1] == NULL ? " or " : ", ", key->words[i]);
    }
    if (node->kind != YAML_SCALAR || node->len == 0) {
        diag_error(diags, node->line, node->col, "'%s': expected %s, found %s", key->name, buf_string(&list),
                   bind_found(node));
    } else {
        diag_error(diags, node->line, node->col, "'%s': expected %s, found '%.60s'%s", key->name,
                   buf_string(&list), node->text, bind_meant(arena, node->text, key->words));
    }
    return -1;
}

static int bind_plain_text(const struct yaml_node *node, const char *name, const char **ret_text,
                           struct diag_list *diags)
{
    if (!bind_expect_scalar(node, name, "a text", diags)) {
        return -1;
    }
    *ret_text = node->text;
    return 0;
}

int bind_scalar(struct arena *arena, const struct yaml_node *node, const struct bind_key *key, void *field,
                struct diag_list *diags)
{
    bool bounded = key->max != 0;
    switch (key->kind) {
    case BIND_TEXT:
        return bind_plain_text(node, key->name, field, diags);
    case BIND_SCALAR:
        if (!bind_expect_scalar(node, key->name, "a text", diags)) {
            return -1;
        }
        *(const struct yaml_node **)field = node;
        return 0;
    case BIND_INT:
        return bind_int(node, key->name, bounded ? key->min : INT64_MIN, bounded ? key->max : INT64_MAX,
                        field, diags);
    case BIND_BOOL:
        return bind_bool(arena, node, key->name, field, diags);
    case BIND_DURATION:
        return bind_duration(node, key->name, bounded ? key->min : 1, key->max, field, diags);
    case BIND_CHOICE:
        return bind_choice(arena, node, key, field, diags);
    case BIND_TEXTS:
    case BIND_MAP:
    case BIND_LIST_OF:
    case BIND_MAPS:
    case BIND_MAP_OF:
    case BIND_NODE:
    case BIND_LATER:
    case BIND_KIND_COUNT:
        break;
    }
    return -1;
}
