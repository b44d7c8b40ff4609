/* An address as a target: at each service where a provider works on addresses, or without a place.
 *
 * Whatever its spelling was, it is checked and printed anew like a parameter of type ip; what is no single
 * address (a range, a name) is a target that ends refused, so that nobody believes it blocked. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/run/run_parts.h"

static const char *begin(struct target_list *list, const char *address, const char *place,
                         struct value_builder *target)
{
    const char *name = place ? arena_printf(list->arena, "%s/%s", place, address) : address;
    const char *key = target_key(list->arena, "address", name);

    value_build(target, list->arena);
    value_put_text(target, "key", value_static(key));
    value_put_text(target, "name", value_text(list->arena, address));
    value_put_text(target, "address", value_text(list->arena, address));
    if (place)
        value_put_text(target, "place", value_text(list->arena, place));
    return key;
}

static void add_refused(struct target_list *list, const char *text, const char *why)
{
    const char *name = target_shown(list->arena, text);
    struct value_builder target;
    const char *key = target_key(list->arena, "address", name);

    value_build(&target, list->arena);
    value_put_text(&target, "key", value_static(key));
    value_put_text(&target, "name", value_text(list->arena, name));
    target_ends(&target, list->arena, OUTCOME_REFUSED, why);
    target_add(list, key, name, &target);
}

/* Does a provider go there? A mistake in a `when` is told by the task. */
static bool is_worked_at(struct target_list *list, const struct value *target)
{
    size_t index;
    struct soar_err err = {0};

    return place_choose(list->step->pack, 0, target, list->arena, &index, &err) == 0 ||
           err.class != SOAR_UNSUPPORTED;
}

static size_t add_at_services(struct target_list *list, const char *address)
{
    const struct site *site = list->step->run->input.site;
    size_t places = 0; /* also of one that stands in the list already */

    for (size_t i = 0; i < site->service_count; i++) {
        struct value_builder target;
        const char *key = begin(list, address, site->services[i].name, &target);

        value_put_text(&target, "at", value_static("service"));
        value_put_text(&target, "service", site_place_value(list->arena, &site->services[i]));
        struct value map = value_end_map(&target);

        if (!is_worked_at(list, &map))
            continue;
        places++;
        target_copy(&target, list->arena, &map);
        target_add(list, key, address, &target);
    }
    return places;
}

static void add_address(struct target_list *list, const struct value *given)
{
    static const struct type ip = {.kind = TYPE_IP};
    const struct pack *pack = list->step->pack;
    struct soar_err err = {0};
    struct value_builder target;
    struct value address;
    size_t places = 0;

    if (type_check(&ip, given, list->arena, &address, &err)) {
        add_refused(list, given->text,
                    memchr(given->text, '/', given->len)
                        ? "a range: each address is named by itself, so that it is known what is cut off"
                        : err.text);
        return;
    }
    if (pack_works_at(pack, OVER_SERVICES))
        places = add_at_services(list, address.text);
    if (pack && !pack_works_at(pack, OVER_NOTHING) && places > 0)
        return;
    const char *key = begin(list, address.text, NULL, &target);

    if (pack && !pack_works_at(pack, OVER_NOTHING))
        target_ends(&target, list->arena, OUTCOME_UNSUPPORTED,
                    arena_printf(list->arena, "%s works at none of the inventory's services", pack->name));
    target_add(list, key, address.text, &target);
}

void targets_add_address(struct target_list *list, const struct value *item)
{
    const struct value *addresses = value_get(item, "ip");
    const struct value *name = item->kind == VALUE_STRING ? item : value_get(item, "name");

    if (addresses && addresses->kind == VALUE_STRING)
        add_address(list, addresses);
    for (size_t i = 0; addresses && addresses->kind == VALUE_LIST && i < value_count(addresses); i++)
        if (value_at(addresses, i)->kind == VALUE_STRING)
            add_address(list, value_at(addresses, i));
    if (!addresses && name && name->kind == VALUE_STRING && name->len > 0)
        add_address(list, name);
}
