/* The names of types and how they are written: "list of endpoint", "enum [full, selective]".
 *
 * What a value of a type looks like is in type_check.c. */
#include "engine/action/type.h"

#include <string.h>

#include "engine/base/text.h"

static const char *const type_names[TYPE_KIND_COUNT + 1] = {
    [TYPE_IP] = "ip",         [TYPE_IP4] = "ip4",   [TYPE_IP6] = "ip6",           [TYPE_CIDR] = "cidr",
    [TYPE_PORT] = "port",     [TYPE_MAC] = "mac",   [TYPE_ENDPOINT] = "endpoint", [TYPE_HOST] = "host",
    [TYPE_USER] = "user",     [TYPE_DN] = "dn",     [TYPE_UUID] = "uuid",         [TYPE_SHA256] = "sha256",
    [TYPE_INT] = "int",       [TYPE_BOOL] = "bool", [TYPE_DURATION] = "duration", [TYPE_WORD] = "word",
    [TYPE_TEXT] = "text",     [TYPE_PATH] = "path", [TYPE_SECRET] = "secret",     [TYPE_ENUM] = "enum",
    [TYPE_KIND_COUNT] = NULL,
};

const char *type_kind_name(enum type_kind kind)
{
    return type_names[kind];
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* "[a, b]" behind `enum`. */
static int parse_choices(struct arena *arena, const char *text, struct type *type, struct soar_err *err)
{
    const char *at = skip_blanks(text);
    const char *end = at + strlen(at);
    while (end > at && end[-1] == ' ') {
        end--;
    }
    if (end - at < 2 || *at != '[' || end[-1] != ']') {
        return soar_err_set(err, SOAR_INVALID,
                            "expected the choices of an enum, such as \"enum [full, selective]\"");
    }
    char *list = arena_copy(arena, at + 1, (size_t)(end - at - 2));
    const char **choices = arena_array(arena, strlen(list) / 2 + 2, sizeof(const char *));
    char *rest = NULL;
    for (char *item = strtok_r(list, ",", &rest); item != NULL; item = strtok_r(NULL, ",", &rest)) {
        item += strspn(item, " \t");
        item[strcspn(item, " \t")] = '\0';
        if (!text_is_word(item, strlen(item))) {
            return soar_err_set(err, SOAR_INVALID, "a choice of an enum is a word, '%s' is none", item);
        }
        choices[type->choice_count++] = item;
    }
    if (type->choice_count == 0) {
        return soar_err_set(err, SOAR_INVALID, "an enum needs at least one choice");
    }
    type->choices = choices;
    return 0;
}

int type_parse(struct arena *arena, const char *text, struct type *ret_type, struct soar_err *err)
{
    struct type type = {0};
    const char *at = skip_blanks(text);
    if (strncmp(at, "list of ", strlen("list of ")) == 0) {
        type.list = true;
        at = skip_blanks(at + strlen("list of "));
    }
    size_t len = strcspn(at, " \t[");
    const char *name = arena_copy(arena, at, len);
    while (type.kind < TYPE_KIND_COUNT && strcmp(type_names[type.kind], name) != 0) {
        type.kind++;
    }
    if (type.kind == TYPE_KIND_COUNT) {
        const char *meant = text_nearest(name, type_names);
        return soar_err_set(err, SOAR_INVALID, "unknown type '%s'%s%s%s", name,
                            meant ? " (did you mean '" : "", meant ? meant : "", meant ? "'?)" : "");
    }
    if (type.kind == TYPE_ENUM) {
        if (parse_choices(arena, at + len, &type, err) < 0) {
            return -1;
        }
    } else if (*skip_blanks(at + len) != '\0') {
        return soar_err_set(err, SOAR_INVALID, "'%s' stands behind the type '%s'", skip_blanks(at + len),
                            name);
    }
    *ret_type = type;
    return 0;
}

void type_print(const struct type *type, struct buf *out)
{
    buf_text(out, type->list ? "list of " : "");
    buf_text(out, type_names[type->kind]);
    for (size_t i = 0; i < type->choice_count; i++) {
        buf_text(out, i == 0 ? " [" : ", ");
        buf_text(out, type->choices[i]);
    }
    buf_text(out, type->choice_count > 0 ? "]" : "");
}
