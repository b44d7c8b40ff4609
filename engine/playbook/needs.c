/* Names of steps and their order. `needs` and `after` say what a step waits for; without them a step waits
 * for the one above. The order has no circle, and what is over before a step begins is known for each pair:
 * what an expression may speak of. */
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

static bool is_waited_for(const struct playbook_step *step, const struct step_wait *waits, size_t found)
{
    size_t i = 0;
    while (i < step->wait_count && waits[i].step != found) {
        i++;
    }
    return i < step->wait_count;
}

static void tell_unknown(struct making *making, const struct yaml_node *node, const char *key)
{
    size_t most = making->playbook->step_count;
    const char **names = arena_array(making->arena, most + 1, sizeof(const char *));
    size_t count = 0;
    for (size_t i = 0; i < most; i++) {
        if (making->steps[i].name != NULL) {
            names[count++] = making->steps[i].name;
        }
    }
    diag_error(making->diags, node->line, node->col, "'%s': there is no step '%s'%s", key, node->text,
               bind_meant(making->arena, node->text, names));
}

static void read_wait(struct making *making, struct playbook_step *step, struct step_wait *waits,
                      const struct yaml_node *node, const char *key)
{
    if (node->kind != YAML_SCALAR || node->len == 0) {
        diag_error(making->diags, node->line, node->col,
                   "'%s': expected a list of steps' names, found %s in it", key, bind_found(node));
        return;
    }
    bool condition = strcmp(key, "needs") == 0;
    size_t found = step_find(making, node->text);
    if (found == making->playbook->step_count) {
        tell_unknown(making, node, key);
    } else if (found == step->index) {
        diag_error(making->diags, node->line, node->col, "'%s': step '%s' can't %s itself", key, step->name,
                   condition ? "need" : "come after");
    } else if (is_waited_for(step, waits, found)) {
        diag_error(making->diags, node->line, node->col, "'%s': step '%s' stands twice", key, node->text);
    } else {
        waits[step->wait_count++] = (struct step_wait){.step = found, .must_succeed = condition};
    }
}

static size_t list_count(const struct yaml_node *node)
{
    return node == NULL ? 0 : node->kind == YAML_LIST ? node->count : 1;
}

static void read_list(struct making *making, struct playbook_step *step, struct step_wait *waits,
                      const struct yaml_node *node, const char *key)
{
    if (node == NULL) {
        return;
    }
    step->order_given = true;
    if (node->kind == YAML_MAP || (node->kind == YAML_SCALAR && node->len == 0)) {
        diag_error(making->diags, node->line, node->col, "'%s': expected a list of steps' names, found %s",
                   key, bind_found(node));
        return;
    }
    for (size_t i = 0; i < list_count(node); i++) {
        read_wait(making, step, waits, node->kind == YAML_LIST ? node->items[i] : node, key);
    }
}

static void read_waits(struct making *making, size_t index)
{
    const struct step_entry *entry = &((const struct step_entry *)making->entries.items)[index];
    struct playbook_step *step = &making->steps[index];
    struct step_wait *waits =
        arena_array(making->arena, list_count(entry->needs) + list_count(entry->after) + 1, sizeof *waits);
    read_list(making, step, waits, entry->needs, "needs");
    read_list(making, step, waits, entry->after, "after");
    if (!step->order_given && index > 0) {
        waits[step->wait_count++] = (struct step_wait){.step = index - 1};
    }
    step->waits = waits;
}

/* Marks all that is over before `step` begins; a path back to `step` itself marks it, too. Recursion ends at
 * marks. */
static void mark_before(struct making *making, size_t step, size_t from)
{
    size_t count = making->playbook->step_count;
    const struct playbook_step *at = &making->steps[from];
    for (size_t i = 0; i < at->wait_count; i++) {
        size_t next = at->waits[i].step;
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
        for (size_t i = 0; i < step->wait_count; i++) {
            size_t one = step->waits[i].step;
            next = one == start || making->before[one * count + start] ? one : next;
        }
        text =
            arena_printf(making->arena, "%s%s'%s' waits for '%s'%s", text, *text == '\0' ? "" : ", ",
                         step->name, making->steps[next].name, step->order_given ? "" : " (the step above)");
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
        read_waits(making, i);
    }
    for (size_t i = 0; i < count; i++) {
        mark_before(making, i, i);
    }
    refuse_circles(making);
}
