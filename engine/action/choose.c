/* Which provider fits this target: the first whose place is there and whose `when` holds. */
#include <string.h>

#include "engine/action/attempt.h"

struct place {
    const struct value *target;
    const struct value *directory;
    const struct value *service;
    const struct value *host;
};

static bool get(void *arg, const char *name, size_t len, struct arena *arena, struct value *ret_value)
{
    const struct place *place = arg;
    (void)arena;
    const struct {
        const char *name;
        const struct value *value;
    } names[] = {{"target", place->target},
                 {"directory", place->directory},
                 {"service", place->service},
                 {"host", place->host}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0 && names[i].value != NULL) {
            *ret_value = *names[i].value;
            return true;
        }
    }
    return false;
}

static bool place_is_there(const struct pack_provider *provider, const struct place *place)
{
    bool there[OVER_COUNT] = {
        [OVER_DIRECTORIES] = place->directory != NULL && place->directory->kind == VALUE_MAP,
        [OVER_HOSTS] = place->host != NULL && place->host->kind == VALUE_MAP,
        [OVER_SERVICES] = strcmp(value_get_string(place->target, "at", ""), "service") == 0,
    };
    if (provider->over != OVER_NOTHING && !there[provider->over]) {
        return false;
    }
    if (provider->over == OVER_NOTHING &&
        (there[OVER_DIRECTORIES] || there[OVER_HOSTS] ||
         there[OVER_SERVICES])) { /* a task at a place is that place's providers' */
        return false;
    }
    return provider->service == NULL ||
           (place->service != NULL &&
            strcmp(value_get_string(place->service, "kind", ""), provider->service) == 0);
}

int attempt_choose(const struct pack *pack, size_t from, const struct value *target,
                   const struct attempt_at *at, struct arena *arena, size_t *ret_index, struct soar_err *err)
{
    struct place place = {
        .target = target, .directory = at->directory, .service = at->service, .host = at->host};
    const struct cel_scope scope = {.get = get, .arg = &place};
    const char *why = NULL;
    for (size_t i = from; i < pack->provider_count; i++) {
        const struct pack_provider *provider = &pack->providers[i];
        bool fits = true;
        if (!place_is_there(provider, &place)) {
            continue;
        }
        if (provider->when != NULL && cel_bool(provider->when, &scope, arena, &fits, err) < 0) {
            return soar_err_wrap(err, "%s:%d: provider %s: when", provider->origin, provider->line,
                                 provider->name);
        }
        if (fits && provider->unsupported == NULL) {
            *ret_index = i;
            return 0;
        }
        why = fits && why == NULL ? provider->unsupported : why;
    }
    if (why != NULL) {
        return soar_err_set(err, SOAR_UNSUPPORTED, "%s", why);
    }
    return soar_err_set(err, SOAR_UNSUPPORTED, "%s has no %sprovider for this target", pack->name,
                        from > 0 ? "further " : "");
}
