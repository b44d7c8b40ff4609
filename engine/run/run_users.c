/* A person as a target: one for each place where a provider works at his account. In a directory or a
 * service of the inventory, at a host of the alert, and without a place where the pack knows none.
 *
 * Which host is meant is asked of the inventory, as for a step over hosts; one that can't be resolved is a
 * target that says so, if a provider would have gone there. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/run/run_parts.h"

/* CORP\jdoe and jdoe@corp.example: the name by itself, and the domain it was said to be of. */
struct person {
    const char *named;
    const char *name;
    const char *domain; /* or NULL */
};

/* Of an alert that names the person alone in one place, and his domain in another. */
static const char *domain_said(const struct run *run, const char *name)
{
    const struct value *users = value_get(&run->alert, "users");

    for (size_t i = 0; users && users->kind == VALUE_LIST && i < value_count(users); i++)
        if (text_same_fold(value_get_string(value_at(users, i), "name", ""), name))
            return value_get_string(value_at(users, i), "domain", NULL);
    return NULL;
}

static struct person person_of(const struct run *run, struct arena *arena, const struct value *item)
{
    const char *named = item->kind == VALUE_STRING ? item->text : value_get_string(item, "name", "");
    const char *slash = strchr(named, '\\');
    const char *at = strrchr(named, '@');
    struct person person = {.named = named, .name = named, .domain = value_get_string(item, "domain", NULL)};

    if (slash && slash != named && slash[1]) {
        person.domain = arena_copy(arena, named, (size_t)(slash - named));
        person.name = slash + 1;
    } else if (at && at != named && at[1]) {
        person.domain = at + 1;
        person.name = arena_copy(arena, named, (size_t)(at - named));
    } else if (!person.domain) {
        person.domain = domain_said(run, named);
    }
    return person;
}

/* The target as every place begins with it; `place` NULL: none. */
static const char *begin(struct target_list *list, const struct person *person, const char *place,
                         struct value_builder *target)
{
    const char *key =
        place ? target_key(list->arena, "user", arena_printf(list->arena, "%s/%s", place, person->name))
              : target_key(list->arena, "user", person->name);

    value_build(target, list->arena);
    value_put_text(target, "key", value_static(key));
    value_put_text(target, "name", value_text(list->arena, person->name));
    value_put_text(target, "named", value_text(list->arena, person->named));
    if (person->domain && *person->domain)
        value_put_text(target, "domain", value_text(list->arena, person->domain));
    if (place)
        value_put_text(target, "place", value_text(list->arena, place));
    return key;
}

/* Does a provider go there? A mistake in a `when` is told by the task. */
static bool is_worked_at(struct target_list *list, const struct value *target)
{
    size_t index;
    struct soar_err err = {0};

    return place_choose(list->step->pack, 0, target, list->arena, &index, &err) == 0 ||
           err.class != SOAR_UNSUPPORTED;
}

/* Directories, then services: what the inventory has of each. */
struct places {
    const struct site *site;
    bool directories, services; /* that the action works in */
};

static struct places places_of(const struct target_list *list)
{
    const struct pack *pack = list->step->pack;

    return (struct places){.site = list->step->run->input.site,
                           .directories = pack_works_at(pack, OVER_DIRECTORIES),
                           .services = pack_works_at(pack, OVER_SERVICES)};
}

/* NULL beyond the last. */
static const struct site_place *place_nth(const struct places *places, size_t index)
{
    size_t directories = places->directories ? places->site->directory_count : 0;
    size_t services = places->services ? places->site->service_count : 0;

    if (index < directories)
        return &places->site->directories[index];
    return index - directories < services ? &places->site->services[index - directories] : NULL;
}

static const char *begin_in(struct target_list *list, const struct person *person,
                            const struct site_place *place, struct value_builder *target)
{
    const char *at = place->service ? "service" : "directory";
    const char *key = begin(list, person, place->name, target);

    value_put_text(target, "at", value_static(at));
    value_put_text(target, at, site_place_value(list->arena, place));
    return key;
}

/* Places that a run over some targets alone does not ask: what they know of the name joins nobody. */
static const char *left_out(struct target_list *list, const struct person *person)
{
    const struct places places = places_of(list);
    const struct site_place *place;
    const char *names = NULL;

    for (size_t i = 0; (place = place_nth(&places, i)); i++) {
        struct value_builder target;
        const char *key = begin_in(list, person, place, &target);
        const char *placed = arena_printf(list->arena, "%s@%s", person->name, place->name);
        struct value map = value_end_map(&target);

        if (!target_is_wanted(list->step->run, key, person->name, placed) && is_worked_at(list, &map))
            names = names ? arena_printf(list->arena, "%s, %s", names, place->name) : place->name;
    }
    return names;
}

static size_t add_in_places(struct target_list *list, const struct person *person)
{
    const struct places places = places_of(list);
    const struct site_place *place;
    const char *others = left_out(list, person);
    size_t count = 0; /* also of one that stands in the list already */

    for (size_t i = 0; (place = place_nth(&places, i)); i++) {
        struct value_builder target;
        const char *key = begin_in(list, person, place, &target);
        struct value map = value_end_map(&target);

        if (!is_worked_at(list, &map))
            continue;
        count++;
        target_copy(&target, list->arena, &map);
        if (others)
            value_put_text(&target, "left_out", value_text(list->arena, others));
        target_add(list, key, person->name, &target);
    }
    return count;
}

/* The machine as a step over hosts would have it. */
static struct value host_map(struct target_list *list, const struct site_host *host)
{
    struct run *run = list->step->run;
    struct value known = site_host_value(list->arena, host);
    struct value_builder map;

    target_copy(&map, list->arena, &known);
    value_put_text(&map, "management", run->input.management(run->input.arg, host, list->arena));
    return value_end_map(&map);
}

/* One that can't be resolved, as far as the alert tells. */
static struct value stranger_map(struct target_list *list, const char *name, const char *os)
{
    struct value_builder map;

    value_build(&map, list->arena);
    value_put_text(&map, "key", value_static(target_key(list->arena, "host", name)));
    value_put_text(&map, "name", value_text(list->arena, name));
    value_put_text(&map, "os", value_text(list->arena, os));
    value_put_text(&map, "qmp", value_bool(false));
    value_put_text(&map, "tags", value_list(list->arena, NULL, 0));
    return value_end_map(&map);
}

/* False: no provider goes there. */
static bool add_at_host(struct target_list *list, const struct person *person, const struct value *seen)
{
    const char *name = seen->kind == VALUE_STRING ? seen->text : value_get_string(seen, "name", "");
    const char *os = value_get_string(seen, "os", "");
    const char *why = NULL;
    enum task_outcome outcome;
    const struct site_host *host = target_host(list, seen, name, &outcome, &why);
    struct value_builder target;
    const char *key = begin(list, person, host ? host->name : *name ? name : "?", &target);

    if (!target_os_fits(list, host ? host->os : os))
        return false;
    value_put_text(&target, "at", value_static("host"));
    value_put_text(&target, "host", host ? host_map(list, host) : stranger_map(list, *name ? name : "?", os));
    struct value map = value_end_map(&target);

    if (!is_worked_at(list, &map))
        return false;
    target_copy(&target, list->arena, &map);
    if (!host)
        target_ends(&target, list->arena, outcome, why);
    target_add(list, key, person->name, &target);
    return true;
}

static size_t add_at_hosts(struct target_list *list, const struct person *person)
{
    const struct value *hosts = value_get(&list->step->run->alert, "hosts");
    size_t count = 0;

    for (size_t i = 0; hosts && hosts->kind == VALUE_LIST && i < value_count(hosts); i++)
        count += add_at_host(list, person, value_at(hosts, i));
    return count;
}

/* For people who wonder why nothing was done. */
static void add_nowhere(struct target_list *list, const struct person *person)
{
    const struct run_step *step = list->step;
    struct value_builder target;
    const char *key = begin(list, person, NULL, &target);

    target_ends(&target, list->arena, OUTCOME_UNSUPPORTED,
                arena_printf(list->arena, "%s works in none of the inventory's directories%s%s",
                             step->pack->name,
                             pack_works_at(step->pack, OVER_SERVICES) ? " and services" : "",
                             pack_works_at(step->pack, OVER_HOSTS) ? ", nor at a host of the alert" : ""));
    target_add(list, key, person->name, &target);
}

/* Not passed over: whoever could have a name made so would go free, and nobody would know. */
static void add_refused(struct target_list *list, const char *named, const char *why)
{
    const char *name = *named ? target_shown(list->arena, named) : "?";
    const char *key = target_key(list->arena, "user", name);
    struct value_builder target;

    value_build(&target, list->arena);
    value_put_text(&target, "key", value_static(key));
    value_put_text(&target, "name", value_text(list->arena, name));
    target_ends(&target, list->arena, OUTCOME_REFUSED, why);
    target_add(list, key, name, &target);
}

/* NULL: it can be somebody's name. */
static const char *fault_of(const struct value *item, const char *named)
{
    const struct value *text = item->kind == VALUE_STRING ? item : value_get(item, "name");

    if (text && text->kind == VALUE_STRING && strlen(text->text) != text->len)
        return "a user's name that holds a NUL";
    return strlen(named) > LIMIT_NAME_BYTES ? "a user's name that is too long" : NULL;
}

void targets_add_user(struct target_list *list, const struct value *item)
{
    const struct pack *pack = list->step->pack;
    struct person person = person_of(list->step->run, list->arena, item);
    struct value_builder target;
    size_t places = 0;

    const char *fault = fault_of(item, person.named);

    if (fault)
        add_refused(list, person.named, fault);
    if (fault || !*person.name)
        return;
    places += add_in_places(list, &person);
    if (pack_works_at(pack, OVER_HOSTS))
        places += add_at_hosts(list, &person);
    if (!pack || pack_works_at(pack, OVER_NOTHING)) {
        const char *key = begin(list, &person, NULL, &target);

        target_add(list, key, person.name, &target);
    } else if (places == 0) {
        add_nowhere(list, &person);
    }
}
