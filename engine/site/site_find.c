/* Finds the machine a spelling means. The index holds every canonical spelling of every host, sorted; two
 * hosts under one spelling mean nobody, and say so. A bare first label ("web-01") counts for a name that the
 * inventory has only whole
 * ("web-01.corp.example"), and weighs less than a spelling that is there. It must not guess the other way: a
 * whole name whose domain the inventory doesn't know is nobody's. */
#include "engine/site/site.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/site/site_parts.h"
#include "engine/site/spelling.h"

const char site_built_in_trigger[] = "SIEM_Alert_High_Confidence";

struct entry {
    const char *spelling; /* "web-01", "10.0.0.5"; a first label has a '!' in front */
    size_t host;
};

struct site_index {
    size_t count;
    struct entry *entries;
};

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    int order = strcmp(a->spelling, b->spelling);
    return order != 0 ? order : (a->host > b->host) - (a->host < b->host);
}

static void add(struct site_index *index, const char *spelling, size_t host)
{
    index->entries[index->count++] = (struct entry){.spelling = spelling, .host = host};
}

/* At most three entries for one spelling: itself, as a name, and its first label. */
static void add_spelling(struct arena *arena, struct site_index *index, const char *text, size_t host)
{
    struct spelling spelling = {.kind = SPELLING_NONE};
    if (text != NULL) {
        spelling = spelling_of(arena, text);
    }
    if (spelling.kind == SPELLING_NONE) {
        return;
    }
    add(index, spelling.text, host);
    if (spelling.as_name != NULL) {
        add(index, spelling.as_name, host);
    }
    const char *dot = strchr(spelling.text, '.');
    if (spelling.kind == SPELLING_NAME && dot != NULL) {
        add(index, arena_printf(arena, "!%.*s", (int)(dot - spelling.text), spelling.text), host);
    }
}

const struct site_index *site_index_make(struct arena *arena, const struct site *site)
{
    size_t most = 0;
    for (size_t i = 0; i < site->host_count; i++) {
        most += 3 * (3 + site->hosts[i].also_count);
    }
    struct site_index *index = arena_alloc(arena, sizeof *index);
    index->entries = arena_array(arena, most, sizeof(struct entry));
    for (size_t i = 0; i < site->host_count; i++) {
        const struct site_host *host = &site->hosts[i];
        add_spelling(arena, index, host->name, i);
        add_spelling(arena, index, host->fqdn, i);
        add_spelling(arena, index, host->address, i);
        for (size_t j = 0; j < host->also_count; j++) {
            add_spelling(arena, index, host->also[j], i);
        }
    }
    qsort(index->entries, index->count, sizeof index->entries[0], compare_entries);
    return index;
}

/* Joins what the index says of one spelling to what is known; a second host makes it many. */
static void look(const struct site *site, const struct site_index *index, const char *spelling,
                 const struct site_host **found, bool *many)
{
    size_t low = 0;
    size_t high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(index->entries[middle].spelling, spelling) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = low; i < index->count && strcmp(index->entries[i].spelling, spelling) == 0; i++) {
        const struct site_host *host = &site->hosts[index->entries[i].host];
        *many = *many || (*found != NULL && *found != host);
        *found = host;
    }
}

const struct site_host *site_find_host(const struct site *site, const char *spelling, bool *ret_many)
{
    ARENA_SCOPED arena = arena_new();
    const struct site_index *index = site->index != NULL ? site->index : site_index_make(arena, site);
    struct spelling canonical = spelling_of(arena, spelling);
    const struct site_host *found = NULL;
    bool many = false;
    if (canonical.kind != SPELLING_NONE) {
        look(site, index, canonical.text, &found, &many);
    }
    if (canonical.as_name != NULL) {
        look(site, index, canonical.as_name, &found, &many);
    }
    if (found == NULL && canonical.kind == SPELLING_NAME && strchr(canonical.text, '.') == NULL) {
        look(site, index, arena_printf(arena, "!%s", canonical.text), &found, &many);
    }
    if (ret_many != NULL) {
        *ret_many = many;
    }
    return many ? NULL : found;
}

const struct site_trigger *site_find_trigger(const struct site *site, const char *name)
{
    for (size_t i = 0; i < site->trigger_count; i++) {
        if (text_same_fold(site->triggers[i].name, name)) {
            return &site->triggers[i];
        }
    }
    return NULL;
}

int site_host_port(const struct site_host *host)
{
    if (host->port != 0) {
        return host->port;
    }
    return host->via != NULL && strcmp(host->via, "winrm") == 0 ? 5986 : 22;
}

static struct value texts_value(struct arena *arena, const char *const *texts, size_t count)
{
    struct value_builder list;
    value_build(&list, arena);
    for (size_t i = 0; i < count; i++) {
        value_push(&list, value_text(arena, texts[i]));
    }
    return value_end_list(&list);
}

static void put_text(struct value_builder *map, const char *key, const char *text)
{
    if (text != NULL) {
        value_put_text(map, key, value_text(map->arena, text));
    }
}

struct value site_host_value(struct arena *arena, const struct site_host *host)
{
    struct value_builder map;
    value_build(&map, arena);
    put_text(&map, "key", host->key);
    put_text(&map, "name", host->name);
    put_text(&map, "fqdn", host->fqdn);
    put_text(&map, "os", host->os);
    put_text(&map, "address", host->address);
    value_put_text(&map, "port", value_int(site_host_port(host)));
    put_text(&map, "via", host->via);
    value_put_text(&map, "qmp", value_bool(host->qmp != NULL));
    value_put_text(&map, "tags", texts_value(arena, host->tags, host->tag_count));
    return value_end_map(&map);
}
