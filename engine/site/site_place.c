/* Directories and services as packs see them: what is public of their entries, never a secret or who logs in.
 *
 * A directory's domain is what people put before a backslash or after an @: as the inventory says it, and
 * always the DNS form of its base (dc=corp,dc=example is corp.example). */
#include <string.h>
#include <strings.h>

#include "engine/base/text.h"
#include "engine/site/site.h"

const struct site_place *site_find_directory(const struct site *site, const char *name)
{
    for (size_t i = 0; i < site->directory_count; i++) {
        if (text_same_fold(site->directories[i].name, name)) {
            return &site->directories[i];
        }
    }
    return NULL;
}

const struct site_place *site_find_service(const struct site *site, const char *name)
{
    for (size_t i = 0; i < site->service_count; i++) {
        if (text_same_fold(site->services[i].name, name)) {
            return &site->services[i];
        }
    }
    return NULL;
}

/* "ou=people,dc=corp,dc=example" → "corp.example"; NULL: it has no dc. */
static const char *domain_of_base(struct arena *arena, const char *base)
{
    char *domain = NULL;
    while (*base != '\0') {
        size_t len = strcspn(base, ",");
        size_t blanks = strspn(base, " ");
        if (blanks + 3 < len && strncasecmp(base + blanks, "dc=", 3) == 0) {
            domain = arena_printf(arena, "%s%s%.*s", domain != NULL ? domain : "", domain != NULL ? "." : "",
                                  (int)(len - blanks - 3), base + blanks + 3);
        }
        base += len + (base[len] == ',');
    }
    return domain;
}

static void push_domain(struct value_builder *list, struct value *first, const struct value *domain)
{
    if (domain == NULL || domain->kind != VALUE_STRING || domain->len == 0) {
        return;
    }
    if (first->kind == VALUE_NULL) {
        *first = *domain;
    }
    value_push(list, *domain);
}

static void put_domains(struct value_builder *map, const struct value *entry)
{
    const struct value *given = value_get(entry, "domain");
    struct value first = value_null();
    struct value_builder list;
    value_build(&list, map->arena);
    push_domain(&list, &first, given);
    for (size_t i = 0; given != NULL && given->kind == VALUE_LIST && i < value_count(given); i++) {
        push_domain(&list, &first, value_at(given, i));
    }
    const char *dns = domain_of_base(map->arena, value_get_string(entry, "base", ""));
    struct value last = dns != NULL ? value_text(map->arena, dns) : value_null();
    push_domain(&list, &first, &last);
    value_put_text(map, "domain", first.kind == VALUE_NULL ? value_static("") : first);
    value_put_text(map, "domains", value_end_list(&list));
}

struct value site_place_value(struct arena *arena, const struct site_place *place)
{
    const struct value *tags = value_get(&place->entry, "tags");
    struct value_builder map;
    value_build(&map, arena);
    value_put_text(&map, "name", value_text(arena, place->name));
    value_put_text(&map, "kind", value_text(arena, place->kind));
    value_put_text(&map, "url", value_text(arena, place->url));
    if (place->service != NULL) {
        value_put_text(&map, "options", place->service->options);
    } else {
        value_put_text(&map, "base", value_text(arena, value_get_string(&place->entry, "base", "")));
    }
    put_domains(&map, &place->entry);
    value_put_text(&map, "tags",
                   tags != NULL && tags->kind == VALUE_LIST ? *tags : value_list(arena, NULL, 0));
    return value_end_map(&map);
}
