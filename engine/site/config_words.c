/* What several keys of a configuration have in common: names, rates, expressions over an alert, paths. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/cel/cel.h"
#include "engine/site/site_parts.h"

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool config_name(const struct yaml_node *node, const char *what, const char *also, struct diag_list *diags)
{
    bool good = node->len > 0 && node->len <= LIMIT_NAME_BYTES && is_plain(node->text[0]);
    for (const char *c = node->text; good && *c != '\0'; c++) {
        good = is_plain(*c) || strchr(also, *c) != NULL;
    }
    if (!good) {
        diag_error(diags, node->line, node->col,
                   "%s: expected letters, digits and any of '%s', at most %d, found '%.60s'", what, also,
                   LIMIT_NAME_BYTES, node->text);
    }
    return good;
}

/* A field name of RFC 9110. */
bool site_is_header_name(const char *text)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

struct names_seen {
    const char *stranger;
    size_t offset;
};

static void see_name(void *arg, const char *root, const char *path, bool optional, size_t offset)
{
    struct names_seen *seen = arg;
    (void)path;
    (void)optional;
    if (seen->stranger == NULL && strcmp(root, "alert") != 0) {
        seen->stranger = root;
        seen->offset = offset;
    }
}

void config_expression(struct arena *arena, const struct yaml_node *node, const char *what,
                       struct diag_list *diags)
{
    struct cel_program *program = NULL;
    struct names_seen seen = {0};
    struct soar_err err;
    size_t offset = 0;
    int line = 0;
    int col = 0;
    bool good = cel_compile(arena, node->text, node->len, NULL, &program, &offset, &err) == 0 &&
                cel_check(program, &offset, &err) == 0;
    if (good) {
        cel_names(program, see_name, &seen);
    }
    yaml_place(node, good ? seen.offset : offset, &line, &col);
    if (!good) {
        diag_error(diags, line, col, "'%s': %s", what, err.text);
    } else if (seen.stranger != NULL) {
        diag_error(diags, line, col, "'%s': unknown name '%.60s': expected alert", what, seen.stranger);
    }
}

bool site_rate(const char *text, int64_t *ret_at_most, int64_t *ret_window_ms)
{
    enum { DIGITS_MAX = 6, WINDOW_MS_MIN = 1000 };
    const char *slash = strchr(text, '/');
    size_t digits = strspn(text, "0123456789");
    int64_t window_ms = slash == NULL ? -1 : text_duration_ms(slash + 1, strlen(slash + 1));
    if (digits == 0 || digits > DIGITS_MAX || text + digits != slash || window_ms < WINDOW_MS_MIN) {
        return false;
    }
    *ret_at_most = strtol(text, NULL, 10);
    *ret_window_ms = window_ms;
    return true;
}

const char *config_lower(struct arena *arena, const char *text)
{
    char *copy = arena_string(arena, text);
    for (char *c = copy; *c != '\0'; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    return copy;
}

const char **config_paths(struct arena *arena, const struct bind_texts *texts, const char *file)
{
    const char **paths = arena_array(arena, texts->count, sizeof(const char *));
    for (size_t i = 0; i < texts->count; i++) {
        paths[i] = file_beside(arena, file, texts->items[i]);
    }
    return paths;
}
