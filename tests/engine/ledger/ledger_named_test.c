/* Property: what was added is found by its name until it is taken out, stands in the order it came, and knows
 * its place. Method: a few hundred names, every third removed, every fifth swept. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/ledger/ledger_parts.h"
#include "tests/engine/ledger/folding.h"

enum { ITEMS = 300 };

struct item {
    struct named named;
    char name[16];
    int number;
};

static bool is_fifth(const void *item, const void *arg)
{
    return ((const struct item *)item)->number % *(const int *)arg == 0;
}

static void assert_places(const struct named_set *set)
{
    int last = -1;

    for (size_t i = 0; i < set->count; i++) {
        const struct item *item = (const struct item *)set->items[i];

        assert_int_equal(item->named.at, i);
        assert_ptr_equal(named_find(set, item->name), item);
        assert_true(item->number > last);
        last = item->number;
    }
}

static void names_are_found_and_keep_their_order(void **state)
{
    struct named_set set = {0};
    int fifth = 5;

    (void)state;
    assert_null(named_find(&set, "a"));
    for (int i = 0; i < ITEMS; i++) {
        struct item *item = calloc(1, sizeof *item);

        assert_non_null(item);
        item->number = i;
        snprintf(item->name, sizeof item->name, "n%d", i * 7919 % ITEMS);
        item->named.name = item->name;
        named_add(&set, &item->named);
    }
    for (int i = 0; i < ITEMS; i += 3) {
        char name[16];

        snprintf(name, sizeof name, "n%d", i);
        struct item *item = named_find(&set, name);

        named_remove(&set, &item->named);
        free(item);
        assert_null(named_find(&set, name));
    }
    assert_int_equal(set.count, 200);
    assert_places(&set);
    named_sweep(&set, is_fifth, &fifth, free);
    assert_true(set.count < 200);
    assert_places(&set);
    size_t count = set.count;

    for (size_t i = 0; i < count; i++) { /* in no order */
        struct item *item = (struct item *)set.items[i * 31 % set.count];

        named_drop(&set, &item->named);
        assert_null(named_find(&set, item->name));
        free(item);
        for (size_t at = 0; at < set.count; at++)
            assert_int_equal(set.items[at]->at, at);
    }
    assert_int_equal(set.count, 0);
    named_free(&set, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_found_and_keep_their_order)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
