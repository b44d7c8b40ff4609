/* Names of steps and their order. `needs` says what a step waits for; without it a step waits for the one
 * above. The order has no circle, and what is over before a step begins is known for each pair: what an
 * expression may speak of. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/playbook/playbook_parts.h"

size_t step_find(const struct making *making, const char *name)
{
    for (size_t i = 0; i < making->playbook->step_count; i++) {
        if (making->steps[i].name != NULL && text_same_fold(making->steps[i].name, name)) {
            return i;
        }
    }
    return making->playbook->step_count;
}

static void read_name(struct making *making, size_t index)
{
    const struct step_entry *entry = &((const struct step_entry *)making->entries.items)[index];
    struct playbook_step *step = &making->steps[index];
    step->index = index;
    step->line = making->entries.nodes[index]->line;
    step->col = making->entries.nodes[index]->col;
    if (entry->step == NULL) {
        return;
    }
    if (!name_is_plain(entry->step, "")) {
        diag_error(making->diags, entry->step->line, entry->step->col,
                   "'step': expected a name of letters, digits, '_' and '-', found '%.60s'",
                   entry->step->text);
        return;
    }
    size_t twin = step_find(making, entry->step->text);
    if (twin < making->playbook->step_count) {
        diag_error(making->diags, entry->step->line, entry->step->col,
                   "step '%s' stands twice; the first is on line %d", entry->step->text,
                   making->steps[twin].line);
        return;
    }
    step->name = entry->step->text;
}

static bool is_needed(const struct playbook_step *step, const size_t *needs, size_t found)
{
    size_t i = 0;
    while (i < step->need_count && needs[i] != found) {
        i++;
    }
    return i < step->need_count;
}

static void read_need(struct making *making, struct playbook_step *step, size_t *needs,
                      const struct yaml_node *node)
{
    if (node->kind != YAML_SCALAR || node->len == 0) {
        diag_error(making->diags, node->line, node->col,
                   "'needs': expected a list of steps' names, found %s in it", bind_found(node));
        return;
    }
    size_t found = step_find(making, node->text);
    if (found == making->playbook->step_count) {
        const char **names = arena_array(making->arena, found + 1, sizeof(const char *));
        size_t count = 0;
        for (size_t i = 0; i < found; i++) {
            if (making->steps[i].name != NULL) {
                names[count++] = making->steps[i].name;
            }
        }
        diag_error(making->diags, node->line, node->col, "'needs': there is no step '%s'%s", node->text,
                   bind_meant(making->arena, node->text, names));
    } else if (found == step->index) {
        diag_error(making->diags, node->line, node->col, "'needs': step '%s' can't need itself", step->name);
    } else if (is_needed(step, needs, found)) {
        diag_error(making->diags, node->line, node->col, "'needs': step '%s' stands twice", node->text);
    } else {
        needs[step->need_count++] = found;
    }
}

static void read_needs(struct making *making, size_t index)
{
    const struct yaml_node *node = ((const struct step_entry *)making->entries.items)[index].needs;
    struct playbook_step *step = &making->steps[index];
    if (node == NULL) {
        return;
    }
    step->needs_given = true;
    if (node->kind == YAML_MAP || (node->kind == YAML_SCALAR && node->len == 0)) {
        diag_error(making->diags, node->line, node->col, "'needs': expected a list of steps' names, found %s",
                   bind_found(node));
        return;
    }
    size_t most = node->kind == YAML_LIST ? node->count : 1;
    size_t *needs = arena_array(making->arena, most, sizeof *needs);
    for (size_t i = 0; i < most; i++) {
        read_need(making, step, needs, node->kind == YAML_LIST ? node->items[i] : node);
    }
    step->needs = needs;
}

/* What a step waits for itself: its needs, or the step above. */
static size_t wait_count(const struct playbook_step *step)
{
    return step->needs_given ? step->need_count : step->index > 0 ? 1 : 0;
}

static size_t wait_at(const struct playbook_step *step, size_t index)
{
    return step->needs_given ? step->needs[index] : step->index - 1;
}

/* Marks all that is over before `step` begins; a path back to `step` itself marks it, too. Recursion ends at
 * marks. */
static void mark_before(struct making *making, size_t step, size_t from)
{
    size_t count = making->playbook->step_count;
    const struct playbook_step *at = &making->steps[from];
    for (size_t i = 0; i < wait_count(at); i++) {
        size_t next = wait_at(at, i);
        if (!making->before[step * count + next]) {
            making->before[step * count + next] = true;
            mark_before(making, step, next);
        }
    }
}

/* "a waits for b, b waits for a": walks from a step that waits for itself along steps that do, too. */
static const char *circle(struct making *making, size_t start)
{
    size_t count = making->playbook->step_count;
    const char *text = "";
    size_t at = start;
    for (size_t left = count; left > 0; left--) {
        const struct playbook_step *step = &making->steps[at];
        size_t next = start;
        for (size_t i = 0; i < wait_count(step); i++) {
            size_t one = wait_at(step, i);
            next = one == start || making->before[one * count + start] ? one : next;
        }
        text =
            arena_printf(making->arena, "%s%s'%s' waits for '%s'%s", text, *text == '\0' ? "" : ", ",
                         step->name, making->steps[next].name, step->needs_given ? "" : " (the step above)");
        at = next;
        if (at == start) {
            break;
        }
    }
    return text;
}

static void refuse_circles(struct making *making)
{
    size_t count = making->playbook->step_count;
    for (size_t i = 0; i < count; i++) {
        if (making->before[i * count + i]) {
            const struct playbook_step *step = &making->steps[i];
            diag_error(making->diags, step->line, step->col, "these steps wait for each other: %s",
                       circle(making, i));
            return;
        }
    }
}

void needs_read(struct making *making)
{
    size_t count = making->playbook->step_count;
    for (size_t i = 0; i < count; i++) {
        read_name(making, i);
    }
    for (size_t i = 0; i < count; i++) {
        read_needs(making, i);
    }
    for (size_t i = 0; i < count; i++) {
        mark_before(making, i, i);
    }
    refuse_circles(making);
}
