/* Where a task works, by what was frozen when its step opened: in a directory, at a host where an account is,
 * in or through a service, or at the target itself. The inventory may say otherwise by now: it isn't asked.
 */
#include <string.h>

#include "engine/run/run_parts.h"

bool pack_works_at(const struct pack *pack, enum pack_over over)
{
    for (size_t i = 0; pack && i < pack->provider_count; i++)
        if (pack->providers[i].over == over)
            return true;
    return false;
}

const struct value *place_map(const struct value *target, const char *kind)
{
    const struct value *map = value_get(target, kind);

    return map && map->kind == VALUE_MAP ? map : NULL;
}

static const struct value *service_of(const struct value *target, const struct pack_provider *provider)
{
    const struct value *services = value_get(target, "services");

    if (provider && provider->over == OVER_SERVICES)
        return place_map(target, "service");
    return provider && provider->service && services ? place_map(services, provider->service) : NULL;
}

const char *place_of(const struct value *target, const struct pack_provider *provider)
{
    const struct value *service = service_of(target, provider);

    return value_get_string(service ? service : target, service ? "name" : "place", "");
}

struct attempt_at place_at(const struct value *target, const struct pack_provider *provider)
{
    return (struct attempt_at){.directory = place_map(target, "directory"),
                               .service = service_of(target, provider),
                               .host = place_map(target, "host")};
}

int place_choose(const struct pack *pack, size_t from, const struct value *target, struct arena *arena,
                 size_t *ret_index, struct soar_err *err)
{
    struct soar_err none = {0}; /* what the first look said: a pack may say why there is no way */

    for (size_t i = from; i < pack->provider_count; i++) {
        struct attempt_at at = place_at(target, &pack->providers[i]);
        struct soar_err why = {0};

        if (attempt_choose(pack, i, target, &at, arena, ret_index, &why)) {
            if (none.class == SOAR_DONE)
                none = why;
            if (why.class == SOAR_UNSUPPORTED)
                continue; /* through this one's service nothing fits; through another's it may */
            if (err)
                *err = why;
            return -1;
        }
        if (*ret_index != i)
            continue; /* with its own service it may fit or not */
        if (at.service && value_get(at.service, "many"))
            return soar_err_set(err, SOAR_DENIED, "the inventory has more than one service of kind %s: %s",
                                pack->providers[i].service, value_get_string(at.service, "many", ""));
        return 0;
    }
    if (none.class != SOAR_DONE)
        return soar_err_set(err, SOAR_UNSUPPORTED, "%s", none.text);
    return soar_err_set(err, SOAR_UNSUPPORTED, "%s has no %sprovider for this target", pack->name,
                        from > 0 ? "further " : "");
}

/* A service of this kind; of two, both names. */
static bool find_service(const struct site *site, const char *kind, struct arena *arena,
                         struct value *ret_service)
{
    const struct site_place *found = NULL;
    const char *many = NULL;
    struct value_builder map;

    for (size_t i = 0; i < site->service_count; i++) {
        if (strcmp(site->services[i].kind, kind) != 0)
            continue;
        if (found)
            many = arena_printf(arena, "%s, %s", many ? many : found->name, site->services[i].name);
        else
            found = &site->services[i];
    }
    if (!found)
        return false;
    struct value public = site_place_value(arena, found);

    value_build(&map, arena);
    for (size_t i = 0; i < public.map->count; i++)
        value_put(&map, public.map->keys[i], public.map->values[i]);
    if (many)
        value_put_text(&map, "many", value_static(many));
    *ret_service = value_end_map(&map);
    return true;
}

void place_put_services(const struct run_step *step, struct value_builder *target)
{
    struct value_builder services;
    struct value one;

    value_build(&services, target->arena);
    for (size_t i = 0; step->pack && i < step->pack->provider_count; i++) {
        const char *kind = step->pack->providers[i].service;

        if (kind && step->pack->providers[i].over != OVER_SERVICES &&
            find_service(step->run->input.site, kind, target->arena, &one))
            value_put_text(&services, kind, one);
    }
    if (services.count)
        value_put_text(target, "services", value_end_map(&services));
}

static bool is_placed(const struct value *target)
{
    return place_map(target, "directory") || place_map(target, "host") || place_map(target, "service");
}

const char *place_row(const struct run_task *task, const struct value *id, struct arena *arena)
{
    if (!task->pack || task->pack->per != PER_USER || !is_placed(&task->target) || id->kind != VALUE_STRING ||
        !*id->text)
        return task->key;
    return target_key(arena, "user",
                      arena_printf(arena, "%s/%s", value_get_string(&task->target, "place", ""), id->text));
}

const char *about_key(const struct run_about *about)
{
    return is_placed(&about->host) ? value_get_string(&about->host, "key", about->target) : about->target;
}

const char *run_task_row(const struct run_task *task)
{
    if (task->trial && task->trial->row)
        return task->trial->row;
    return task->row ? task->row : task->about ? task->about->target : task->key;
}

bool run_task_is_of(const struct run_task *task, const char *target, const struct value *host)
{
    return strcmp(run_task_row(task), target) == 0 ||
           (is_placed(host) && strcmp(task->key, value_get_string(host, "key", "")) == 0);
}

const char *run_task_called(const struct run_task *task, struct arena *arena)
{
    const char *place = value_get_string(&task->target, "place", "");

    return *place ? arena_printf(arena, "%s@%s", task->name, place) : task->name;
}

const char *run_task_place(const struct run_task *task)
{
    return task->about ? task->place : place_of(&task->target, run_task_provider_now(task));
}
