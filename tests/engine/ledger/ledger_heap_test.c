/* Property: the next one is the one of the earliest time, of one time the first that came; any can be moved
 * or taken out. Method: a seeded walk against a plain array that is searched. */
#include "engine/ledger/ledger_parts.h"
#include "tests/engine/ledger/folding.h"

enum { ITEMS = 40, MOVES = 20000 };

static const struct timed *searched(const struct timed *items)
{
    const struct timed *next = NULL;

    for (int i = 0; i < ITEMS; i++) {
        const struct timed *one = &items[i];

        if (one->place &&
            (!next || one->at_ms < next->at_ms || (one->at_ms == next->at_ms && one->order < next->order)))
            next = one;
    }
    return next;
}

static void the_next_is_the_earliest(void **state)
{
    struct heap heap = {0};
    struct timed items[ITEMS] = {0};
    uint32_t seed = 11;

    (void)state;
    assert_null(heap_next(&heap));
    for (int move = 0; move < MOVES; move++) {
        seed = seed * 1664525 + 1013904223;
        struct timed *one = &items[seed / 65536 % ITEMS];

        if (seed >> 8 & 1)
            heap_put(&heap, one, seed >> 12 & 15);
        else
            heap_drop(&heap, one);
        assert_ptr_equal(heap_next(&heap), searched(items));
    }
    for (int i = 0; i < ITEMS; i++)
        heap_drop(&heap, &items[i]);
    assert_null(heap_next(&heap));
    heap_free(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_next_is_the_earliest)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
