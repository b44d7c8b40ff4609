/* Property: no text makes the readers of YAML files crash or run away, every mistake has a place within the
 * text, and what is refused is said to be. Method: libFuzzer over whole files; each goes through the tree,
 * the tables of a playbook and of a policy, and every expression in them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/playbook/playbook.h"
#include "engine/policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void look_at(const struct yaml_node *node, int lines, int depth)
{
    assert(depth <= LIMIT_DEPTH);
    assert(node->line >= 1 && node->line <= lines + 1 && node->col >= 1); /* one more: nothing, at the end */
    if (node->kind == YAML_SCALAR) {
        int line = 0;
        int col = 0;
        assert(strlen(node->text) == node->len && text_is_utf8(node->text, node->len));
        yaml_place(node, node->len, &line, &col);
        assert(line >= node->line && line <= lines + 2 && col >= 1);
    }
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == YAML_MAP) {
            look_at(node->keys[i], lines, depth + 1);
        }
        look_at(node->items[i], lines, depth + 1);
    }
}

static void check_places(const struct diag_list *diags, int lines)
{
    for (const struct diag *diag = diags->first; diag != NULL; diag = diag->next) {
        assert(diag->line >= 1 && diag->line <= lines + 1 && diag->col >= 1);
        assert(diag->text[0] != '\0');
    }
}

/* libyaml ends lines at each of these. */
static int count_lines(const char *text, size_t len)
{
    int lines = 1;
    for (size_t offset = 0; offset < len;) {
        int32_t code = text_next(text, len, &offset);
        lines += code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 || code == 0x2029;
    }
    return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    const char *text = (const char *)bytes;
    int lines = count_lines(text, len);
    struct diag_list diags;
    diag_init(&diags, arena, "f");
    const struct yaml_node *root = yaml_parse(arena, text, len, &diags);
    assert(root != NULL || diags.errors > 0);
    if (root != NULL) {
        look_at(root, lines, 1);
        struct value value = yaml_value(arena, root);
        json_text(arena, &value);
        struct site site = {.policy = root};
        struct policy *policy = NULL;
        size_t errors = diags.errors;
        assert((policy_load(arena, &site, NULL, &policy, &diags) == 0) == (diags.errors == errors));
    }
    size_t errors = diags.errors;
    struct playbook *playbook = playbook_load(arena, "f", text, len, NULL, NULL, &diags);
    assert((playbook == NULL) == (diags.errors > errors));
    check_places(&diags, lines);
    return 0;
}
