/* A fixed hash, keyed by chance so that nobody can choose addresses that meet in one slot. Memory is bounded
 * by what is open; rates are kept by slot, not by address, so that a million addresses cost no more than one.
 */
#include "soard/front/address_table.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/world.h"

static struct from_address counted(const struct from_address *address)
{
    struct from_address same = *address;
    if (same.family == 6)
        memset(same.bytes + 8, 0, 8);
    return same;
}

bool address_same(const struct from_address *a, const struct from_address *b)
{
    const struct from_address one = counted(a), other = counted(b);
    return memcmp(&one, &other, sizeof one) == 0;
}

static size_t slot_of(const struct address_table *table, const struct from_address *address)
{
    uint8_t bytes[sizeof table->key + sizeof address->bytes + 1];
    uint8_t digest[DIGEST_BYTES];
    memcpy(bytes, table->key, sizeof table->key);
    memcpy(bytes + sizeof table->key, address->bytes, sizeof address->bytes);
    bytes[sizeof bytes - 1] = address->family;
    digest_sha256(bytes, sizeof bytes, digest);
    return ((size_t)digest[0] << 8 | digest[1]) % ADDRESS_SLOTS;
}

void address_table_init(struct address_table *table)
{
    memset(table, 0, sizeof *table);
    const struct world *world = world_system();
    world->random(world->arg, table->key, sizeof table->key);
    for (size_t i = 0; i < ADDRESS_SLOTS; i++)
        table->api[i] = (struct bucket){.count = ADDRESS_API_COUNT, .period_ms = ADDRESS_API_MS};
}

void address_table_done(struct address_table *table)
{
    for (size_t i = 0; i < ADDRESS_SLOTS; i++) {
        while (table->uses[i] != NULL) {
            struct address_use *next = table->uses[i]->next;
            free(table->uses[i]);
            table->uses[i] = next;
        }
    }
}

/* Where the link to this address stands, or would stand. */
static struct address_use **find(struct address_use **link, const struct from_address *address)
{
    while (*link != NULL && memcmp(&(*link)->address, address, sizeof *address) != 0)
        link = &(*link)->next;
    return link;
}

size_t address_count(const struct address_table *table, const struct from_address *address)
{
    const struct from_address same = counted(address);
    const struct address_use *use = table->uses[slot_of(table, &same)];
    while (use != NULL && memcmp(&use->address, &same, sizeof same) != 0)
        use = use->next;
    return use != NULL ? use->count : 0;
}

void address_add(struct address_table *table, const struct from_address *address)
{
    const struct from_address same = counted(address);
    struct address_use **link = find(&table->uses[slot_of(table, &same)], &same);
    if (*link == NULL) {
        *link = calloc(1, sizeof **link);
        if (*link == NULL)
            abort();
        (*link)->address = same;
    }
    (*link)->count++;
}

void address_remove(struct address_table *table, const struct from_address *address)
{
    const struct from_address same = counted(address);
    struct address_use **link = find(&table->uses[slot_of(table, &same)], &same);
    if (*link == NULL || --(*link)->count > 0)
        return;
    struct address_use *gone = *link;
    *link = gone->next;
    free(gone);
}

bool address_api_take(struct address_table *table, const struct from_address *address, int64_t now_ms,
                      int64_t *ret_wait_ms)
{
    const struct from_address same = counted(address);
    return bucket_take(&table->api[slot_of(table, &same)], now_ms, ret_wait_ms);
}
