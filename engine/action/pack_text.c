/* A pack's text may be that of several files: the action's own, and behind it those that extend it, each
 * after a line that names it. So a run that is pinned to the text is pinned to all of them.
 *
 * The line begins a document of YAML; a block of text inside a file is indented and can't look like it. */
#include <string.h>

#include "engine/action/pack_parts.h"
#include "engine/base/text.h"

static const char mark[] = "--- # from ";

char *pack_text_join(struct arena *arena, const char *text, const char *extension, const char *origin)
{
    size_t len = strlen(text);
    bool ends = len == 0 || text[len - 1] == '\n';
    char *name = arena_string(arena, origin);
    for (char *at = name; (at = strpbrk(at, "\r\n")) != NULL;) {
        *at = '?'; /* a file's name may hold anything */
    }
    return arena_printf(arena, "%s%s%s%s\n%s", text, ends ? "" : "\n", mark, name, extension);
}

/* The next line that begins a file, at or behind `text`; NULL: none. */
static const char *find_mark(const char *text, const char *end)
{
    while (text < end) {
        size_t left = (size_t)(end - text);
        if (left >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
            return text;
        }
        const char *line = memchr(text, '\n', left);
        text = line == NULL ? end : line + 1;
    }
    return NULL;
}

size_t pack_text_parts(struct arena *arena, const char *text, size_t len, const char *origin,
                       const struct pack_part **ret_parts)
{
    const char *end = text + len;
    size_t count = 1;
    for (const char *at = text; (at = find_mark(at, end)) != NULL; at += strlen(mark)) {
        count++;
    }
    struct pack_part *parts = arena_array(arena, count, sizeof *parts);
    parts[0] = (struct pack_part){.text = text, .len = len, .origin = origin};
    for (size_t i = 1; i < count; i++) {
        const char *at = find_mark(parts[i - 1].text, end);
        const char *name = at + strlen(mark);
        const char *line = memchr(name, '\n', (size_t)(end - name));
        const char *start = line == NULL ? end : line + 1;
        parts[i - 1].len = (size_t)(at - parts[i - 1].text);
        parts[i].origin = arena_copy(arena, name, (size_t)((line == NULL ? end : line) - name));
        parts[i].text = start;
        parts[i].len = (size_t)(end - start);
    }
    *ret_parts = parts;
    return count;
}

static const char *scalar(const struct yaml_node *root, const char *key)
{
    const struct yaml_node *node = root->kind == YAML_MAP ? yaml_get(root, key) : NULL;
    return node != NULL && node->kind == YAML_SCALAR ? node->text : NULL;
}

const char *pack_text_extends(struct arena *arena, const char *text, size_t len, const char **ret_action)
{
    const struct pack_part *parts;
    struct diag_list nobody;
    diag_init(&nobody, arena, "");
    pack_text_parts(arena, text, len, "", &parts);
    const struct yaml_node *root = yaml_parse(arena, parts[0].text, parts[0].len, &nobody);
    *ret_action = root == NULL ? NULL : scalar(root, "action");
    return root == NULL ? NULL : scalar(root, "extends");
}
