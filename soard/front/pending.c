/* A table with a list of its free places; an id is the place and a turn, so finding one is one look, and the
 * id of an earlier request never finds a later one. */
#include "soard/front/pending.h"

#include <stdlib.h>

enum { SIZE_FIRST = 64, PLACE_BITS = 20, PLACES_MAX = 1 << PLACE_BITS };

static void grow(struct pending *pending)
{
    size_t size = pending->size > 0 ? pending->size * 2 : SIZE_FIRST;
    struct pending_one *all = size <= PLACES_MAX ? reallocarray(pending->all, size, sizeof *all) : NULL;
    if (all == NULL)
        abort();
    for (size_t i = pending->size; i < size; i++)
        all[i] = (struct pending_one){.next_free = i + 1};
    pending->all = all;
    pending->free = pending->size;
    pending->size = size;
}

static struct pending_use *use_of(struct pending *pending, bool api)
{
    return api ? &pending->api : &pending->documents;
}

int64_t pending_add(struct pending *pending, struct conn *conn, size_t bytes, bool api)
{
    if (pending->free == pending->size)
        grow(pending);
    size_t place = pending->free;
    struct pending_one *one = &pending->all[place];
    pending->free = one->next_free;
    *one = (struct pending_one){
        .id = ++pending->turn << PLACE_BITS | (int64_t)place, .conn = conn, .bytes = bytes, .api = api};
    use_of(pending, api)->count++;
    use_of(pending, api)->bytes += bytes;
    return one->id;
}

static struct pending_one *find(struct pending *pending, int64_t id)
{
    size_t place = (size_t)(id & (PLACES_MAX - 1));
    return id > 0 && place < pending->size && pending->all[place].id == id ? &pending->all[place] : NULL;
}

bool pending_take(struct pending *pending, int64_t id, struct conn **ret_conn)
{
    struct pending_one *one = find(pending, id);
    if (one == NULL)
        return false;
    use_of(pending, one->api)->count--;
    use_of(pending, one->api)->bytes -= one->bytes;
    *ret_conn = one->conn;
    *one = (struct pending_one){.next_free = pending->free};
    pending->free = (size_t)(one - pending->all);
    return true;
}

void pending_forget(struct pending *pending, int64_t id)
{
    struct pending_one *one = find(pending, id);
    if (one != NULL)
        one->conn = NULL;
}

void pending_done(struct pending *pending)
{
    free(pending->all);
    *pending = (struct pending){0};
}
