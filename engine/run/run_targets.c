/* What a step is for: the list of targets, evaluated once when it opens, each resolved to one machine or one
 * person.
 *
 * A host is known by its name in the inventory; an address alone counts only if the inventory knows exactly
 * one machine by it; a name and an address that lead to two machines are refused. What can't be resolved is a
 * target all the same, with the outcome it will end in: never a silent success. */
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/run/run_parts.h"

void target_ends(struct value_builder *target, struct arena *arena, enum task_outcome outcome,
                 const char *why)
{
    struct value_builder end;

    value_build(&end, arena);
    value_put_text(&end, "outcome", value_static(task_outcome_name(outcome)));
    value_put_text(&end, "why", value_text(arena, why));
    value_put_text(target, "ends", value_end_map(&end));
}

bool target_os_fits(const struct target_list *list, const char *os)
{
    const struct playbook_step *plan = list->step->plan;

    for (size_t i = 0; i < plan->os_count; i++)
        if (strcmp(plan->os[i], os) == 0)
            return true;
    return plan->os_count == 0;
}

void target_copy(struct value_builder *target, struct arena *arena, const struct value *map)
{
    value_build(target, arena);
    for (size_t i = 0; i < map->map->count; i++)
        value_put(target, map->map->keys[i], map->map->values[i]);
}

/* "jdoe@corp-ad", of one that has a place. */
static const char *placed_name(const struct value_builder *target, const char *name)
{
    for (size_t i = 0; i < target->count; i++)
        if (value_is_string(&target->keys[i], "place"))
            return arena_printf(target->arena, "%s@%s", name, target->values[i].text);
    return name;
}

bool target_is_wanted(const struct run *run, const char *key, const char *name, const char *placed)
{
    if (run->only.kind != VALUE_LIST)
        return true;
    for (size_t i = 0; i < value_count(&run->only); i++)
        if (value_is_string(value_at(&run->only, i), key) || value_is_string(value_at(&run->only, i), name) ||
            value_is_string(value_at(&run->only, i), placed))
            return true;
    return false;
}

void target_add(struct target_list *list, const char *key, const char *name, struct value_builder *target)
{
    struct value text = value_text(list->arena, key);

    for (size_t i = 0; i < list->keys.count; i++)
        if (value_equal(&list->keys.keys[i], &text))
            return;
    if (!target_is_wanted(list->step->run, key, name, placed_name(target, name)))
        return;
    place_put_services(list->step, target);
    value_put(&list->keys, text, value_bool(true));
    value_push(&list->items, value_end_map(target));
}

const char *target_shown(struct arena *arena, const char *name)
{
    size_t cut = LIMIT_NAME_BYTES / 2;

    if (strlen(name) <= LIMIT_NAME_BYTES)
        return name;
    while (cut > 0 && ((unsigned char)name[cut] & 0xc0) == 0x80)
        cut--;
    return arena_printf(arena, "%.*s…", (int)cut, name);
}

char *target_key(struct arena *arena, const char *kind, const char *name)
{
    char *key = arena_printf(arena, "%s:%s", kind, name);

    for (char *c = key; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return key;
}

/* The machine meant by an alert's host: by name first, then by address. Two keys that lead to two machines
 * are a refusal; one that leads to none only means that we can't get there. */
const struct site_host *target_host(struct target_list *list, const struct value *host, const char *name,
                                    enum task_outcome *ret_outcome, const char **ret_why)
{
    const struct site *site = list->step->run->input.site;
    bool many = false;
    const struct site_host *found = *name ? site_find_host(site, name, &many) : NULL;
    const struct value *addresses = value_get(host, "ip");

    for (size_t i = 0; !many && i < value_count(addresses); i++) {
        const struct value *address = value_at(addresses, i);
        const struct site_host *other =
            address->kind == VALUE_STRING ? site_find_host(site, address->text, &many) : NULL;

        if (found && other && other != found) {
            *ret_why =
                arena_printf(list->arena, "its name says %s, its address %s says %s: which machine is it?",
                             found->name, address->text, other->name);
            *ret_outcome = OUTCOME_REFUSED;
            return NULL;
        }
        if (!found && other)
            found = other;
    }
    *ret_outcome = many ? OUTCOME_REFUSED : OUTCOME_FAILED;
    if (many)
        *ret_why = "two machines of the inventory answer to this: which one is it?";
    else if (!found)
        *ret_why = "it is not in the inventory: add it there, so that soar knows how to reach it";
    return many ? NULL : found;
}

static void add_unknown_host(struct target_list *list, const char *name, const char *os,
                             enum task_outcome outcome, const char *why)
{
    struct value_builder target;
    char *key = target_key(list->arena, "host", *name ? name : "?");

    value_build(&target, list->arena);
    value_put_text(&target, "key", value_text(list->arena, key));
    value_put_text(&target, "name", value_text(list->arena, *name ? name : "?"));
    value_put_text(&target, "os", value_text(list->arena, os));
    if (!target_os_fits(list, os) && *os)
        target_ends(&target, list->arena, OUTCOME_SKIPPED,
                    arena_printf(list->arena, "its system, %s, is not in target_os", os));
    else
        target_ends(&target, list->arena, outcome, why);
    target_add(list, key, name, &target);
}

static void add_host(struct target_list *list, const struct value *item)
{
    struct run *run = list->step->run;
    const char *name = item->kind == VALUE_STRING ? item->text : value_get_string(item, "name", "");
    const char *os = value_get_string(item, "os", "");
    const char *why = NULL;
    enum task_outcome outcome;
    const struct site_host *host = target_host(list, item, name, &outcome, &why);
    struct value_builder target;

    if (!host) {
        add_unknown_host(list, name, os, outcome, why);
        return;
    }
    struct value known = site_host_value(list->arena, host);

    target_copy(&target, list->arena, &known);
    value_put_text(&target, "management", run->input.management(run->input.arg, host, list->arena));
    if (*name && strcmp(name, host->name) != 0)
        value_put_text(&target, "named", value_text(list->arena, name));
    if (!target_os_fits(list, host->os))
        target_ends(&target, list->arena, OUTCOME_SKIPPED,
                    arena_printf(list->arena, "its system, %s, is not in target_os", host->os));
    target_add(list, host->key, host->name, &target);
}

static void add_plain(struct target_list *list, const char *kind, const struct value *item)
{
    const char *name = item->kind == VALUE_STRING ? item->text : value_get_string(item, "name", "");
    struct value_builder target;
    char *key = target_key(list->arena, kind, name);

    if (!*name || strlen(name) > LIMIT_NAME_BYTES)
        return;
    value_build(&target, list->arena);
    value_put_text(&target, "key", value_text(list->arena, key));
    value_put_text(&target, "name", value_text(list->arena, name));
    target_add(list, key, name, &target);
}

static void add_item(struct target_list *list, enum pack_per per, const struct value *item)
{
    if (per == PER_HOST)
        add_host(list, item);
    else if (per == PER_USER)
        targets_add_user(list, item);
    else if (per == PER_ADDRESS)
        targets_add_address(list, item);
    else
        add_plain(list, pack_per_name(per), item);
}

/* The expression's value, or the default of what the action fans out over. */
static int wanted(const struct run_step *step, enum pack_per per, struct arena *arena,
                  struct value *ret_value, struct soar_err *err)
{
    struct run_scope scope;
    const struct value *found = NULL;

    run_scope_init(&scope, step->run, NULL);
    if (step->plan->target_user && per == PER_USER)
        *ret_value = template_eval(step->plan->target_user, &scope.scope, arena);
    else if (step->plan->targets)
        *ret_value = tree_eval(step->plan->targets, &scope.scope, arena);
    else {
        found = per == PER_HOST   ? value_get(&step->run->alert, "hosts")
                : per == PER_USER ? value_get(&step->run->alert, "user_id")
                                  : NULL;
        *ret_value = found ? *found : value_null();
    }
    if (ret_value->kind == VALUE_ERROR || ret_value->kind == VALUE_UNKNOWN)
        return soar_err_set(err, SOAR_INVALID, "its targets: %s", ret_value->text);
    return 0;
}

int step_targets(const struct run_step *step, struct arena *arena, struct value *ret_targets,
                 struct soar_err *err)
{
    struct target_list list = {.step = step, .arena = arena};
    enum pack_per per = step_per(step);
    struct value value = value_static("once");

    value_build(&list.items, arena);
    value_build(&list.keys, arena);
    if (per != PER_ONCE && wanted(step, per, arena, &value, err))
        return -1;
    if (value.kind == VALUE_LIST)
        for (size_t i = 0; i < value_count(&value); i++)
            add_item(&list, per, value_at(&value, i));
    else if (value.kind != VALUE_NULL)
        add_item(&list, per, &value);
    if (list.items.count == 0)
        return soar_err_set(err, SOAR_INVALID, "it has no target: %s names none",
                            step->plan->targets ? "its `targets`"
                            : per == PER_HOST   ? "alert.hosts"
                            : per == PER_USER   ? "alert.user_id"
                                                : "nothing");
    if (list.items.count > LIMIT_TARGETS)
        return soar_err_set(err, SOAR_INVALID, "it has %zu targets, more than %d", list.items.count,
                            LIMIT_TARGETS);
    *ret_targets = value_end_list(&list.items);
    return 0;
}
