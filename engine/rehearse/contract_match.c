/* Matchers, read and asked. A map with one member whose name is a matcher's is that matcher; any other `$`
 * name in a body is a mistake, so that one misspelled never becomes a member that is never sent. */
#include "engine/rehearse/contract_match.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/text.h"
#include "engine/cel/regex.h"
#include "engine/yaml/bind.h"

enum match_kind {
    MATCH_EXACT,
    MATCH_STRING,
    MATCH_REGEX,
    MATCH_INT,
    MATCH_BOOL,
    MATCH_ONE_OF,
    MATCH_OPTIONAL,
    MATCH_EACH,
    MATCH_ANY,
    MATCH_MAP,
    MATCH_LIST,
};

enum { SHOWN_BYTES = 200 }; /* of a value, in a message */

struct match {
    enum match_kind kind;
    bool texts;
    bool open;
    const char *text; /* of EXACT as it is written; of REGEX the pattern */
    struct value exact;
    int64_t min, max;
    const struct regex *regex;
    size_t count; /* MAP, LIST, ONE_OF; OPTIONAL and EACH have one */
    const char *const *names;
    const struct match *const *items;
};

static const char *const matcher_names[] = {"$string",   "$match", "$int", "$bool", "$one_of",
                                            "$optional", "$each",  "$any", NULL};
static const enum match_kind matcher_kinds[] = {MATCH_STRING, MATCH_REGEX,    MATCH_INT,  MATCH_BOOL,
                                                MATCH_ONE_OF, MATCH_OPTIONAL, MATCH_EACH, MATCH_ANY};

/* --- reading ------------------------------------------------------------------------------------------- */

static int read_bounds(const struct yaml_node *node, const char *what, struct match *match,
                       struct diag_list *diags)
{
    if (node->kind != YAML_LIST || node->count != 2) {
        diag_error(diags, node->line, node->col, "'%s': expected [min, max], found %s", what,
                   bind_found(node));
        return -1;
    }
    if (bind_int(node->items[0], what, INT64_MIN, INT64_MAX, &match->min, diags) ||
        bind_int(node->items[1], what, INT64_MIN, INT64_MAX, &match->max, diags))
        return -1;
    if (match->min > match->max) {
        diag_error(diags, node->line, node->col, "'%s': no number is at least %lld and at most %lld", what,
                   (long long)match->min, (long long)match->max);
        return -1;
    }
    return 0;
}

static int read_regex(struct arena *arena, const struct yaml_node *node, struct match *match,
                      struct diag_list *diags)
{
    struct soar_err err = {0};

    if (node->kind != YAML_SCALAR || node->len == 0) {
        diag_error(diags, node->line, node->col, "'$match': expected a regular expression, found %s",
                   bind_found(node));
        return -1;
    }
    /* as it stands, before it stands in a group: "a)(b" is none */
    match->regex = regex_new(arena, node->text, node->len, &err);
    if (match->regex) {
        const char *whole = arena_printf(arena, "^(?:%s)$", node->text);

        match->text = node->text;
        match->regex = regex_new(arena, whole, strlen(whole), &err);
    }
    if (!match->regex)
        diag_error(diags, node->line, node->col, "'$match': %s", err.text);
    return match->regex ? 0 : -1;
}

static int read_items(struct arena *arena, const struct yaml_node *node, struct match_how how,
                      struct match *match, struct diag_list *diags)
{
    const struct match **items = arena_array(arena, node->count + 1, sizeof *items);
    const char **names = arena_array(arena, node->count + 1, sizeof *names);
    int result = 0;

    for (size_t i = 0; i < node->count; i++) {
        names[i] = node->keys ? node->keys[i]->text : NULL;
        items[i] = match_read(arena, node->items[i], how, diags);
        if (!items[i])
            result = -1;
    }
    match->count = node->count;
    match->names = names;
    match->items = items;
    return result;
}

static int read_one(struct arena *arena, const struct yaml_node *node, struct match_how how,
                    struct match *match, struct diag_list *diags)
{
    const struct match **items = arena_array(arena, 1, sizeof *items);

    items[0] = match_read(arena, node, how, diags);
    match->count = 1;
    match->items = items;
    return items[0] ? 0 : -1;
}

static int read_nothing(const struct yaml_node *node, const char *what, struct diag_list *diags)
{
    if (node->kind == YAML_SCALAR && node->plain && (node->len == 0 || strcmp(node->text, "~") == 0))
        return 0;
    diag_error(diags, node->line, node->col, "'%s' takes nothing: {%s: ~}", what, what);
    return -1;
}

static int read_matcher(struct arena *arena, const struct yaml_node *node, const char *what,
                        struct match_how how, struct match *match, struct diag_list *diags)
{
    switch (match->kind) {
    case MATCH_STRING:
    case MATCH_INT:
        return read_bounds(node, what, match, diags);
    case MATCH_REGEX:
        return read_regex(arena, node, match, diags);
    case MATCH_BOOL:
    case MATCH_ANY:
        return read_nothing(node, what, diags);
    case MATCH_ONE_OF:
        if (node->kind == YAML_LIST && node->count > 0)
            return read_items(arena, node, how, match, diags);
        diag_error(diags, node->line, node->col, "'$one_of': expected a list, found %s", bind_found(node));
        return -1;
    case MATCH_OPTIONAL:
    case MATCH_EACH:
        return read_one(arena, node, how, match, diags);
    case MATCH_EXACT:
    case MATCH_MAP:
    case MATCH_LIST:
        break;
    }
    return -1;
}

/* The matcher a map is; -1: a mistake was told; 0: a map of members. */
static int matcher_of(struct arena *arena, const struct yaml_node *node, enum match_kind *ret_kind,
                      struct diag_list *diags)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *key = node->keys[i];

        if (key->text[0] != '$' || !key->plain)
            continue; /* in quotes it is a member */
        for (size_t m = 0; node->count == 1 && matcher_names[m]; m++)
            if (strcmp(key->text, matcher_names[m]) == 0) {
                *ret_kind = matcher_kinds[m];
                return 1;
            }
        diag_error(diags, key->line, key->col, "%s '%s'%s; a member of this name is written in quotes",
                   node->count == 1 ? "no matcher" : "a matcher stands alone in its map:", key->text,
                   node->count == 1 ? bind_meant(arena, key->text, matcher_names) : "");
        return -1;
    }
    return 0;
}

static int read_map(struct arena *arena, const struct yaml_node *node, struct match_how how,
                    struct match *match, struct diag_list *diags)
{
    int is = how.names ? 0 : matcher_of(arena, node, &match->kind, diags);

    if (is < 0)
        return -1;
    how.names = false;
    if (is)
        return read_matcher(arena, node->items[0], node->keys[0]->text, how, match, diags);
    match->kind = MATCH_MAP;
    return read_items(arena, node, how, match, diags);
}

const struct match *match_read(struct arena *arena, const struct yaml_node *node, struct match_how how,
                               struct diag_list *diags)
{
    struct match *match = arena_alloc(arena, sizeof *match);
    int result = 0;

    *match = (struct match){.kind = MATCH_EXACT, .texts = how.texts, .open = how.open};
    switch (node->kind) {
    case YAML_SCALAR:
        match->text = node->text;
        match->exact = how.texts ? value_string(arena, node->text, node->len) : yaml_value(arena, node);
        break;
    case YAML_LIST:
        match->kind = MATCH_LIST;
        how.names = false;
        result = read_items(arena, node, how, match, diags);
        break;
    case YAML_MAP:
        result = read_map(arena, node, how, match, diags);
        break;
    }
    return result ? NULL : match;
}

/* --- asking -------------------------------------------------------------------------------------------- */

static void show(struct buf *why, const struct value *value)
{
    BUF_SCOPED text = {0};

    json_print(&text, value);
    text_visible(why, buf_string(&text), text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES);
    if (text.len > SHOWN_BYTES)
        buf_printf(why, "… (%zu bytes)", text.len);
}

static void show_expected(const struct match *match, struct buf *why)
{
    switch (match->kind) {
    case MATCH_EXACT:
        show(why, &match->exact);
        break;
    case MATCH_STRING:
        buf_printf(why, "a text of %lld to %lld characters", (long long)match->min, (long long)match->max);
        break;
    case MATCH_REGEX:
        buf_printf(why, "a text that matches %s", match->text);
        break;
    case MATCH_INT:
        buf_printf(why, "a whole number from %lld to %lld", (long long)match->min, (long long)match->max);
        break;
    case MATCH_BOOL:
        buf_text(why, "true or false");
        break;
    case MATCH_ONE_OF:
        buf_text(why, "one of ");
        for (size_t i = 0; i < match->count; i++) {
            buf_text(why, i ? ", " : "");
            show_expected(match->items[i], why);
        }
        break;
    case MATCH_OPTIONAL:
        show_expected(match->items[0], why);
        break;
    case MATCH_EACH:
        buf_text(why, "a list");
        break;
    case MATCH_ANY:
        buf_text(why, "anything");
        break;
    case MATCH_MAP:
        buf_text(why, "a map");
        break;
    case MATCH_LIST:
        buf_printf(why, "a list of %zu", match->count);
        break;
    }
}

static bool differs(const struct match *match, const struct value *value, const char *path, struct buf *why)
{
    buf_printf(why, "%s: expected ", path);
    show_expected(match, why);
    buf_text(why, ", found ");
    if (value)
        show(why, value);
    else
        buf_text(why, "nothing");
    return false;
}

/* 1 and 1.0 are two things to a server that knows types. */
static bool same(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && (a->kind == VALUE_NULL || value_equal(a, b));
}

static bool is_int(const struct match *match, const struct value *value)
{
    char *end = NULL;
    long long number;

    if (!match->texts)
        return value->kind == VALUE_INT && value->integer >= match->min && value->integer <= match->max;
    if (value->kind != VALUE_STRING || value->len == 0 || value->len > 20 ||
        strspn(value->text, "-0123456789") != value->len)
        return false;
    number = strtoll(value->text, &end, 10);
    return *end == '\0' && number >= match->min && number <= match->max;
}

static bool is_string(const struct match *match, const struct value *value)
{
    if (value->kind != VALUE_STRING)
        return false;
    int64_t length = (int64_t)text_length(value->text, value->len);

    return length >= match->min && length <= match->max;
}

static bool is_match(const struct match *match, const struct value *value)
{
    struct soar_err err = {0};
    bool found = false;

    return value->kind == VALUE_STRING &&
           regex_search(match->regex, value->text, value->len, &found, &err) == 0 && found;
}

static bool is_bool(const struct match *match, const struct value *value)
{
    return match->texts ? value_is_string(value, "true") || value_is_string(value, "false")
                        : value->kind == VALUE_BOOL;
}

static bool is_one_of(const struct match *match, const struct value *value)
{
    BUF_SCOPED unheard = {0};

    for (size_t i = 0; i < match->count; i++)
        if (match_fits(match->items[i], value, "", &unheard))
            return true;
    return false;
}

static bool each_fits(const struct match *match, const struct value *value, const char *path, struct buf *why)
{
    ARENA_SCOPED arena = arena_new();

    if (value->kind != VALUE_LIST)
        return differs(match, value, path, why);
    if (match->kind == MATCH_LIST && value_count(value) != match->count)
        return differs(match, value, path, why);
    for (size_t i = 0; i < value_count(value); i++) {
        const struct match *item = match->items[match->kind == MATCH_LIST ? i : 0];

        if (!match_fits(item, value_at(value, i), arena_printf(arena, "%s[%zu]", path, i), why))
            return false;
    }
    return true;
}

static bool map_fits(const struct match *match, const struct value *value, const char *path, struct buf *why)
{
    ARENA_SCOPED arena = arena_new();

    if (value->kind != VALUE_MAP)
        return differs(match, value, path, why);
    for (size_t i = 0; i < match->count; i++)
        if (!match_fits(match->items[i], value_get(value, match->names[i]),
                        arena_printf(arena, "%s.%s", path, match->names[i]), why))
            return false;
    for (size_t i = 0; !match->open && i < value_count(value); i++) {
        BUF_SCOPED key = {0};

        text_visible(&key, value->map->keys[i].text, value->map->keys[i].len);
        if (match_has(match, value->map->keys[i].text))
            continue;
        buf_printf(why, "%s.%s: it is not in the contract, found ", path, buf_string(&key));
        show(why, &value->map->values[i]);
        return false;
    }
    return true;
}

static bool scalar_fits(const struct match *match, const struct value *value)
{
    switch (match->kind) {
    case MATCH_EXACT:
        return same(&match->exact, value);
    case MATCH_STRING:
        return is_string(match, value);
    case MATCH_REGEX:
        return is_match(match, value);
    case MATCH_INT:
        return is_int(match, value);
    case MATCH_BOOL:
        return is_bool(match, value);
    case MATCH_ONE_OF:
        return is_one_of(match, value);
    case MATCH_ANY:
        return true;
    case MATCH_OPTIONAL:
    case MATCH_EACH:
    case MATCH_MAP:
    case MATCH_LIST:
        break;
    }
    return false;
}

bool match_fits(const struct match *match, const struct value *value, const char *path, struct buf *why)
{
    if (match->kind == MATCH_OPTIONAL)
        return !value || match_fits(match->items[0], value, path, why);
    if (!value)
        return differs(match, value, path, why);
    if (match->kind == MATCH_MAP)
        return map_fits(match, value, path, why);
    if (match->kind == MATCH_LIST || match->kind == MATCH_EACH)
        return each_fits(match, value, path, why);
    return scalar_fits(match, value) || differs(match, value, path, why);
}

const struct match *match_member(const struct match *match, const char *member)
{
    for (size_t i = 0; match && match->kind == MATCH_MAP && i < match->count; i++)
        if (strcmp(match->names[i], member) == 0)
            return match->items[i];
    return NULL;
}

bool match_has(const struct match *match, const char *member)
{
    return match_member(match, member) != NULL;
}

size_t match_count(const struct match *match)
{
    return match ? match->count : 0;
}

const char *match_name(const struct match *match, size_t index)
{
    return match->names[index];
}
