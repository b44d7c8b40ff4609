/* How much of us one address uses: requests or connections at once, and its rate at the API. Addresses of
 * IPv6 count by their /64, which is what one customer is given. */
#ifndef FRONT_ADDRESS_TABLE_H
#define FRONT_ADDRESS_TABLE_H

#include "soard/front/bucket.h"
#include "soard/front/from_address.h"

enum {
    ADDRESS_SLOTS = 4096,    /* of the hash, whose key nobody outside knows */
    ADDRESS_API_COUNT = 100, /* a person's browser with ten windows; a slot is shared by few addresses */
    ADDRESS_API_MS = 10 * 1000
};

struct address_use {
    struct from_address address;
    size_t count;
    struct address_use *next;
};

struct address_table {
    uint8_t key[16];
    struct address_use *uses[ADDRESS_SLOTS]; /* those in use now: as many as there are connections, at most */
    struct bucket api[ADDRESS_SLOTS];
};

void address_table_init(struct address_table *table);
void address_table_done(struct address_table *table);

bool address_same(const struct from_address *a, const struct from_address *b); /* counted as one */
size_t address_count(const struct address_table *table, const struct from_address *address);
void address_add(struct address_table *table, const struct from_address *address);
void address_remove(struct address_table *table, const struct from_address *address);

bool address_api_take(struct address_table *table, const struct from_address *address, int64_t now_ms,
                      int64_t *ret_wait_ms) __attribute__((warn_unused_result));

#endif
