/* All that a target is called. A rule must hold under every one of its names: those of the inventory, the
 * spelling of the request, and what the target's own world says of it (find's facts). More names can only
 * make a rule match more often, and that is the side to err on. */
#include <string.h>

#include "engine/policy/policy_parts.h"
#include "engine/site/spelling.h"

enum { NAMES_FIRST = 16 };

void names_add(struct names *names, const char *text)
{
    if (text == NULL || *text == '\0' || names_have(names, text)) {
        return;
    }
    if (names->count == names->size) {
        size_t size = names->size == 0 ? NAMES_FIRST : 2 * names->size;
        const char **items = arena_array(names->arena, size, sizeof(const char *));
        if (names->count > 0) {
            memcpy(items, names->items, names->count * sizeof(const char *));
        }
        names->items = items;
        names->size = size;
    }
    names->items[names->count++] = text;
}

bool names_have(const struct names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

/* Canonical; what has no canonical form is kept in lower case, so that a glob may still find it. */
static void add_host(struct names *names, const char *text)
{
    if (text == NULL) {
        return;
    }
    struct spelling spelling = spelling_of(names->arena, text);
    if (spelling.kind == SPELLING_NONE) {
        names_add(names, fold_name(names->arena, text));
        return;
    }
    names_add(names, spelling.text);
    names_add(names, spelling.as_name);
    const char *written = spelling_people_write(names->arena, spelling.text);
    if (written != NULL) { /* dc-* must hold for dc-bücher, whose canonical name begins with xn-- */
        names_add(names, fold_name(names->arena, written));
    }
    const char *dot = strchr(spelling.text, '.');
    if (spelling.kind == SPELLING_NAME && dot != NULL) { /* dc-01.anything is dc-01 to a rule */
        names_add(names, arena_copy(names->arena, spelling.text, (size_t)(dot - spelling.text)));
    }
}

static void add_inventory(struct names *names, const struct site_host *host)
{
    if (host == NULL) {
        return;
    }
    add_host(names, host->name);
    add_host(names, host->fqdn);
    add_host(names, host->address);
    for (size_t i = 0; i < host->also_count; i++) {
        add_host(names, host->also[i]);
    }
}

static const char *const host_facts[] = {"name",      "hostname", "host", "fqdn", "dns",
                                         "dns_name",  "computer", "ip",   "ips",  "address",
                                         "addresses", "aliases",  NULL};
static const char *const account_facts[] = {"name", "user", "user_name", "account", "upn",
                                            "dn",   "sid",  "aliases",   NULL};
static const char *const mail_facts[] = {"mail", "email", NULL};

/* Facts that say what the target is called: texts, or lists of them. Others (a manager, who reported it) are
 * not asked. */
static void add_facts(struct names *names, const struct value *facts, const char *const *wanted,
                      void (*add)(struct names *, const char *))
{
    for (size_t i = 0; wanted[i] != NULL; i++) {
        const struct value *fact = value_get(facts, wanted[i]);
        if (fact != NULL && fact->kind == VALUE_STRING) {
            add(names, fact->text);
        }
        for (size_t j = 0; fact != NULL && fact->kind == VALUE_LIST && j < value_count(fact); j++) {
            const struct value *item = value_at(fact, j);
            if (item->kind == VALUE_STRING) {
                add(names, item->text);
            }
        }
    }
}

static const char *key_name(const struct policy_request *request)
{
    const char *colon = request->key == NULL ? NULL : strchr(request->key, ':');
    return colon == NULL ? request->key : colon + 1;
}

void names_of_host(struct names *names, const struct policy *policy, const struct policy_request *request)
{
    add_inventory(names, request->host);
    add_host(names, request->name);
    add_host(names, key_name(request));
    add_facts(names, request->facts, host_facts, add_host);
    size_t count = names->count; /* an address of a known machine is that machine */
    for (size_t i = 0; i < count; i++) {
        add_inventory(names, site_find_host(policy->site, names->items[i], NULL));
    }
}

void names_of_known(struct names *names, const struct site_host *host)
{
    add_inventory(names, host);
}

/* Canonical and whole: the first label of a name nobody knows is no name of ours. */
static void add_whole(struct names *names, const char *text)
{
    struct spelling spelling = spelling_of(names->arena, text);
    if (spelling.kind != SPELLING_NONE) {
        names_add(names, spelling.text);
        names_add(names, spelling.as_name);
    }
}

void names_of_stranger(struct names *names, const struct policy_request *request)
{
    add_facts(names, request->facts, host_facts, add_whole);
    if (names->count == 0 && key_name(request) != NULL) {
        add_whole(names, key_name(request));
    } else if (names->count == 0 && request->name != NULL) {
        add_whole(names, request->name);
    }
}

/* CORP\jdoe, jdoe@corp.example, CN=jdoe,OU=x: whole, and the name alone. */
void names_add_user(struct names *names, const char *text)
{
    if (text == NULL) {
        return;
    }
    const char *folded = fold_name(names->arena, text);
    names_add(names, folded);
    const char *slash = strrchr(folded, '\\');
    const char *name = slash == NULL ? folded : slash + 1;
    names_add(names, name);
    size_t len = strcspn(name, "@");
    names_add(names, fold_name(names->arena, arena_copy(names->arena, name, len)));
    const char *equal = strchr(folded, '=');
    if (equal != NULL && strcspn(folded, ",") > (size_t)(equal - folded)) {
        len = strcspn(equal + 1, ",+");
        names_add(names, fold_name(names->arena, arena_copy(names->arena, equal + 1, len)));
    }
}

void names_of_account(struct names *names, const struct policy_request *request)
{
    names_add_user(names, request->name);
    names_add_user(names, key_name(request));
    for (size_t i = 0; i < value_count(request->aliases); i++) {
        const struct value *alias = value_at(request->aliases, i);
        names_add_user(names, alias->kind == VALUE_STRING ? alias->text : NULL);
    }
    add_facts(names, request->facts, account_facts, names_add_user);
}

void names_of_user(struct names *names, const struct policy_request *request)
{
    names_of_account(names, request);
    add_facts(names, request->facts, mail_facts, names_add_user);
}

const char *names_match_host(const struct names *names, const struct bind_texts *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        const char *pattern = patterns->items[i];
        bool prefix = spelling_is_prefix(pattern);
        struct spelling canonical = spelling_of(names->arena, pattern);
        const char *glob =
            canonical.kind == SPELLING_NAME ? canonical.text : fold_name(names->arena, pattern);
        for (size_t j = 0; j < names->count; j++) {
            const char *name = names->items[j];
            if ((prefix && spelling_in_prefix(name, pattern)) || spelling_glob(glob, name) ||
                (canonical.kind == SPELLING_ADDRESS && strcmp(canonical.text, name) == 0)) {
                return pattern;
            }
        }
    }
    return NULL;
}

const char *names_match_user(const struct names *names, const struct bind_texts *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        const char *glob = fold_name(names->arena, patterns->items[i]);
        for (size_t j = 0; j < names->count; j++) {
            if (spelling_glob(glob, names->items[j])) {
                return patterns->items[i];
            }
        }
    }
    return NULL;
}
