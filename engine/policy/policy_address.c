/* Addresses that are to be cut off: the ones by which we would cut off ourselves.
 *
 * A machine of the inventory is never blocked by its address: isolating it is an action of its own, with a
 * way back. A private address that nobody knows may be a name server or a gateway, so a person looks first;
 * the site may say otherwise by `private_addresses`. */
#include <string.h>

#include "engine/policy/policy_parts.h"
#include "engine/site/spelling.h"

static const char *const nobodys[] = {
    "0.0.0.0/8",   "127.0.0.0/8", "224.0.0.0/4",
    "240.0.0.0/4", "ff00::/8",    "::/96" /* an IPv4 address inside, as nobody writes it any more */};
static const char *const privates[] = {"10.0.0.0/8",     "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                       "169.254.0.0/16", "192.0.0.0/24",  "198.18.0.0/15",  "fc00::/7",
                                       "fe80::/10",      "fec0::/10",     "64:ff9b::/96",   "64:ff9b:1::/48",
                                       "2002::/16" /* an IPv4 address inside: it may be a private one */};

static bool is_in(const struct names *names, const char *const *prefixes, size_t count)
{
    for (size_t i = 0; i < names->count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (spelling_in_prefix(names->items[i], prefixes[j])) {
                return true;
            }
        }
    }
    return false;
}

/* The host of scheme://HOST[:PORT]/…, canonical; NULL: it has none. */
static const char *host_of_url(struct arena *arena, const char *url)
{
    const char *rest = url == NULL ? NULL : strstr(url, "://");
    if (rest == NULL) {
        return NULL;
    }
    rest += 3;
    size_t len = rest[0] == '[' ? strcspn(rest, "]") + 1 : strcspn(rest, ":/");
    if (len > strlen(rest)) {
        return NULL;
    }
    struct spelling spelling = spelling_of(arena, arena_copy(arena, rest, len));
    return spelling.kind == SPELLING_NONE ? NULL : spelling.text;
}

static bool is_at(const char *url, const struct names *names)
{
    const char *host = host_of_url(names->arena, url);
    return host != NULL && names_have(names, host);
}

/* Where a service's token is got, if that is elsewhere. */
static bool logs_in_at(const struct site_service *service, const struct names *names)
{
    static const char *const urls[][2] = {{"oauth2", "token"}, {"jwt", "token"}, {"exchange", "url"}};
    for (size_t i = 0; service != NULL && i < sizeof urls / sizeof urls[0]; i++) {
        const struct value *auth = value_get(&service->auth_public, urls[i][0]);
        if (auth != NULL && is_at(value_get_string(auth, urls[i][1], NULL), names)) {
            return true;
        }
    }
    return false;
}

/* A repository of playbooks. */
static const char *source_at(const struct site *site, const struct names *names)
{
    for (size_t i = 0; i < site->source_count; i++) {
        const char *url = site->sources[i].url, *rest = strstr(url, "://");
        const char *at = rest == NULL ? NULL : memchr(rest, '@', strcspn(rest + 3, "/") + 3);
        const char *bare = at == NULL ? url : arena_printf(names->arena, "ssh://%s", at + 1);
        if (is_at(bare, names)) {
            return site->sources[i].name;
        }
    }
    return NULL;
}

/* A directory or service that soar itself speaks to, where its URL says the address. */
static const char *place_at(const struct site_place *places, size_t count, const struct names *names)
{
    for (size_t i = 0; i < count; i++) {
        if (is_at(places[i].url, names) || logs_in_at(places[i].service, names)) {
            return places[i].name;
        }
    }
    return NULL;
}

static bool refuse(struct policy_answer *ret_answer, const char *why)
{
    *ret_answer = (struct policy_answer){.verdict = POLICY_REFUSE, .rule = "never", .why = why};
    return true;
}

static bool is_block(const struct policy_request *request)
{
    return request->containment && request->per != NULL && strcmp(request->per, "address") == 0;
}

bool policy_address_never(const struct policy *policy, const struct policy_request *request,
                          struct arena *arena, struct policy_answer *ret_answer)
{
    const struct site *site = policy->site;
    struct names names = {.arena = arena};
    if (!is_block(request)) {
        return false;
    }
    names_of_host(&names, policy, request);
    for (size_t i = 0; i < names.count; i++) {
        bool many = false;
        const struct site_host *host = site_find_host(site, names.items[i], &many);
        if (host != NULL || many) {
            return refuse(ret_answer,
                          arena_printf(arena, "%s is %s in the inventory: isolate the machine itself",
                                       request->name, host != NULL ? host->name : "more than one machine"));
        }
    }
    const char *place = place_at(site->directories, site->directory_count, &names);
    place = place != NULL ? place : place_at(site->services, site->service_count, &names);
    place = place != NULL ? place : source_at(site, &names);
    if (place != NULL) {
        return refuse(ret_answer, arena_printf(arena, "%s is where soar reaches %s", request->name, place));
    }
    return is_in(&names, nobodys, sizeof nobodys / sizeof nobodys[0]) &&
           refuse(ret_answer, "it is no machine's address");
}

bool policy_address_private(const struct policy *policy, const struct policy_request *request,
                            struct arena *arena, struct policy_answer *ret_answer)
{
    static const char rule[] = "private_addresses";
    struct names names = {.arena = arena};
    if (!is_block(request) || policy->private_addresses == PRIVATE_ALLOW) {
        return false;
    }
    names_of_host(&names, policy, request);
    if (!is_in(&names, privates, sizeof privates / sizeof privates[0])) {
        return false;
    }
    bool never = policy->private_addresses == PRIVATE_NEVER;
    if (!never && request->freed != NULL && request->freed(request->freed_arg, rule)) {
        return false;
    }
    *ret_answer = (struct policy_answer){.verdict = never ? POLICY_REFUSE : POLICY_HOLD,
                                         .rule = rule,
                                         .why = "a private address: it may be one of ours that the inventory "
                                                "does not know"};
    return true;
}
