/* The question whether an alert starts a playbook. Pure: the same alert, playbook, source and site give the
 * same answer, so that `soarctl trigger` shows what soard would do. The condition is asked before what the
 * source may start: who reads "not its scope" knows that it would have started. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/cel/cel.h"
#include "engine/site/spelling.h"
#include "engine/trigger/trigger_parts.h"

static const char built_in_when[] = "alert.confidence >= 80 && alert.severity in [\"high\", \"critical\"]";

/* The condition: the playbook's own, the site's of that name, the built-in one. NULL with why: there is none.
 */
static const struct cel_program *condition(const struct playbook *playbook,
                                           const struct site_trigger *trigger, struct arena *arena,
                                           const char **ret_why)
{
    if (playbook->trigger_when != NULL) {
        return playbook->trigger_when;
    }
    if (playbook->trigger_name == NULL) {
        *ret_why = "it has no trigger: only a person starts it";
        return NULL;
    }
    bool built_in = text_same_fold(playbook->trigger_name, site_built_in_trigger);
    if (trigger == NULL && !built_in) {
        *ret_why =
            arena_printf(arena, "its trigger '%s' is not in the configuration", playbook->trigger_name);
        return NULL;
    }
    const char *when = trigger != NULL ? trigger->when : built_in_when;
    struct cel_program *program = NULL;
    struct soar_err err;
    if (cel_compile(arena, when, strlen(when), NULL, &program, NULL, &err) != 0) {
        *ret_why = arena_printf(arena, "its trigger '%s' is broken: %s", playbook->trigger_name, err.text);
    }
    return program;
}

static bool holds(const struct cel_program *program, const struct value *alert, struct arena *arena,
                  const char **ret_why)
{
    struct value_builder names;
    value_build(&names, arena);
    value_put_text(&names, "alert", *alert);
    struct value map = value_end_map(&names);
    struct cel_scope scope = cel_scope_map(&map, NULL);
    struct soar_err err;
    bool result = false;
    if (cel_bool(program, &scope, arena, &result, &err) != 0) {
        *ret_why = arena_printf(arena, "`%s` can't be told: %s", cel_text(program), err.text);
        return false;
    }
    *ret_why = arena_printf(arena, "`%s` %s", cel_text(program), result ? "holds" : "does not hold");
    return result;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_same_fold(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* Why this source may not start what bears this name, or NULL. */
static const char *barred(const char *name, const struct site_trigger *trigger,
                          const struct site_webhook *source, struct arena *arena)
{
    if (source->trigger_count > 0 && name == NULL) {
        return arena_printf(arena,
                            "source %s may start named triggers alone (its scope); this one has no name",
                            source->name);
    }
    if (source->trigger_count > 0 && !is_among(name, source->triggers, source->trigger_count)) {
        return arena_printf(arena, "source %s may not start trigger %s (its scope)", source->name, name);
    }
    if (trigger != NULL && trigger->source_count > 0 &&
        !is_among(source->name, trigger->sources, trigger->source_count)) {
        return arena_printf(arena, "trigger %s is not for source %s (its `sources`)", name, source->name);
    }
    return NULL;
}

static bool contains_something(const struct playbook *playbook)
{
    for (size_t i = 0; i < playbook->step_count; i++) {
        if (playbook->steps[i].pack != NULL && playbook->steps[i].pack->containment) {
            return true;
        }
    }
    return false;
}

/* The one machine that has this address? *ret_stray: an address that nobody, or more than one, has. */
static bool is_machine(const struct site *site, const char *address, const char **ret_stray)
{
    bool found = site != NULL && site_find_host(site, address, NULL) != NULL;
    *ret_stray = found ? *ret_stray : address;
    return found;
}

/* A name is a key; an address alone (also where a name should stand) only if the inventory knows one machine
 * by it. */
static bool names_host(const struct value *host, const struct site *site, struct arena *arena,
                       const char **ret_stray)
{
    const struct value *ips = value_get(host, "ip");
    const char *name = value_get_string(host, "name", NULL);
    if (name != NULL) {
        struct spelling spelling = spelling_of(arena, name);
        if (spelling.kind != SPELLING_ADDRESS || spelling.as_name != NULL ||
            is_machine(site, name, ret_stray)) {
            return true;
        }
    }
    for (size_t i = 0; i < value_count(ips); i++) {
        const struct value *ip = value_at(ips, i);
        if (ip != NULL && ip->kind == VALUE_STRING && is_machine(site, ip->text, ret_stray)) {
            return true;
        }
    }
    return false;
}

/* Why nothing of it could be contained, or NULL. */
static const char *no_key(const struct value *alert, const struct site *site, struct arena *arena)
{
    const struct value *hosts = value_get(alert, "hosts");
    const char *address = NULL;
    bool found = value_get(alert, "user_id") != NULL || value_count(value_get(alert, "users")) > 0;
    for (size_t i = 0; !found && i < value_count(hosts); i++) {
        found = names_host(value_at(hosts, i), site, arena, &address);
    }
    if (found) {
        return NULL;
    }
    if (address == NULL) {
        return "it names no host and no user: nothing could be contained";
    }
    return arena_printf(arena,
                        "it names no host and no user, and %s is not one machine of the inventory: nothing "
                        "could be contained",
                        address);
}

static int severity_rank(const struct value *alert)
{
    static const char *const words[] = {"informational", "low", "medium", "high", "critical"};
    const char *word = value_get_string(alert, "severity", "");
    for (int i = 0; i < (int)(sizeof words / sizeof words[0]); i++) {
        if (text_same_fold(words[i], word)) {
            return i + 1;
        }
    }
    return 0;
}

void trigger_match(const struct playbook *playbook, const struct site *site,
                   const struct site_webhook *source, const struct value *alert, struct arena *arena,
                   struct trigger_answer *ret_answer)
{
    *ret_answer = (struct trigger_answer){.starts = false,
                                          .why = "",
                                          .dedup = "",
                                          .dedup_why = "",
                                          .dedup_values = value_null(),
                                          .severity = severity_rank(alert)};
    if (strcmp(value_get_string(alert, "status", "open"), "resolved") == 0) {
        ret_answer->why = "the SIEM closed it: a resolved alert starts nothing";
        return;
    }
    const char *name = playbook->trigger_name;
    const struct site_trigger *trigger = site == NULL || name == NULL ? NULL : site_find_trigger(site, name);
    const struct cel_program *program = condition(playbook, trigger, arena, &ret_answer->why);
    if (program == NULL || !holds(program, alert, arena, &ret_answer->why)) {
        return;
    }
    const char *why = source == NULL ? NULL : barred(name, trigger, source, arena);
    if (why == NULL && contains_something(playbook)) {
        why = no_key(alert, site, arena);
    }
    if (why != NULL) {
        ret_answer->why = why;
        return;
    }
    ret_answer->starts = true;
    trigger_dedup(playbook, source, alert, arena, ret_answer);
}
