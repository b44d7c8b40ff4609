/* A query gives exactly the rows that fit it, in its order, however many pages that takes.
 * Method: a few hundred rows, and for each combination of conditions the answer of the store against a plain
 * loop over the same rows in memory. */
#include "tests/state/journal_fixture.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 900 };

struct opened {
    char *dir;
    struct soar_store *store;
};

static struct soar_row rows[ROWS];
static char keys[ROWS][32];

/* Keys in order; every third of run R-1, two states, every second with a time that isn't in the order of
 * keys. */
static void make_rows(void)
{
    for (int i = 0; i < ROWS; i++) {
        snprintf(keys[i], sizeof(keys[i]), "%s/%04d", i < 600 ? "R-1" : "R-10", i);
        rows[i] = (struct soar_row){.view = SOAR_VIEW_TASK,
                                    .key = keys[i],
                                    .run = i % 3 ? "R-1" : "",
                                    .state = i % 5 ? "open" : "ended",
                                    .at_ms = i % 2 ? 1 + (i * 7919) % 300 : 0,
                                    .body = "{\"a\":1}"};
    }
}

static void put(struct soar_store *store, const struct soar_row *some, size_t count)
{
    struct fixture_batch batch;
    fixture_batch(&batch, "-", 1);
    batch.batch.event_count = 0;
    batch.batch.rows = some;
    batch.batch.row_count = count;
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_DONE);
}

static int setup(void **state)
{
    static struct opened opened;
    make_rows();
    opened.dir = fixture_dir();
    opened.store = fixture_open(opened.dir, NULL);
    put(opened.store, rows, ROWS);
    *state = &opened;
    return 0;
}

static int teardown(void **state)
{
    struct opened *opened = *state;
    opened->store->ops->close(opened->store);
    fixture_drop(opened->dir);
    return 0;
}

static struct soar_store *store_of(void **state)
{
    struct opened *opened = *state;
    return opened->store;
}

static bool behind(const struct soar_query *query, const struct soar_row *row)
{
    int order = strcmp(row->key, query->after);
    if ((query->by_time || query->latest_first) && row->at_ms != query->after_at_ms)
        order = row->at_ms > query->after_at_ms ? 1 : -1;
    return query->latest_first ? order < 0 : order > 0;
}

static bool fits(const struct soar_query *query, const struct soar_row *row)
{
    return (!query->key || strcmp(query->key, row->key) == 0) &&
           (!query->run || strcmp(query->run, row->run) == 0) &&
           (!query->state || strcmp(query->state, row->state) == 0) &&
           (!query->key_begins || strncmp(query->key_begins, row->key, strlen(query->key_begins)) == 0) &&
           (!query->at_until_ms || (row->at_ms > 0 && row->at_ms <= query->at_until_ms)) &&
           (!query->latest_first || row->at_ms > 0) && (!query->after || behind(query, row));
}

static int by_time(const void *a, const void *b)
{
    const struct soar_row *left = a;
    const struct soar_row *right = b;
    if (left->at_ms != right->at_ms)
        return left->at_ms < right->at_ms ? -1 : 1;
    return strcmp(left->key, right->key);
}

static int latest_first(const void *a, const void *b)
{
    return by_time(b, a);
}

struct expected {
    struct soar_row rows[ROWS];
    size_t count;
    size_t seen;
};

static int compare(void *arg, const struct soar_row *row)
{
    struct expected *expected = arg;
    assert_true(expected->seen < expected->count);
    const struct soar_row *next = &expected->rows[expected->seen++];
    assert_int_equal(row->view, next->view);
    assert_string_equal(row->key, next->key);
    assert_string_equal(row->run, next->run);
    assert_string_equal(row->state, next->state);
    assert_int_equal(row->at_ms, next->at_ms);
    assert_string_equal(row->body, next->body);
    return 0;
}

static void check(struct soar_store *store, const struct soar_query *query)
{
    static struct expected expected;
    struct soar_err err = {0};
    expected.count = expected.seen = 0;
    for (int i = 0; i < ROWS; i++) {
        if (fits(query, &rows[i]))
            expected.rows[expected.count++] = rows[i];
    }
    if (query->by_time || query->latest_first)
        qsort(expected.rows, expected.count, sizeof(expected.rows[0]),
              query->latest_first ? latest_first : by_time);
    if (query->limit && query->limit < expected.count)
        expected.count = query->limit;
    if (store->ops->rows(store, query, compare, &expected, &err) < 0)
        fail_msg("rows: %s", err.text);
    assert_int_equal(expected.seen, expected.count);
}

static void test_every_combination(void **state)
{
    static const size_t limits[] = {0, 1, 256, 257, 500};
    for (unsigned shape = 0; shape < 256; shape++) {
        for (size_t i = 0; i < 5; i++) {
            struct soar_query query = {
                .view = SOAR_VIEW_TASK,
                .key = shape & 1 ? "R-1/0421" : NULL,
                .run = shape & 2 ? "R-1" : NULL,
                .state = shape & 4 ? "open" : NULL,
                .key_begins = shape & 8 ? "R-1/" : NULL,
                .after = shape & 16 ? "R-1/0101" : NULL,
                .at_until_ms = shape & 32 ? 200 : 0,
                .by_time = shape & 64,
                .latest_first = shape & 128,
                .after_at_ms = shape & 16 && shape & 192 ? 40 : 0,
                .limit = limits[i],
            };
            check(store_of(state), &query);
        }
    }
}

static void test_views_are_apart(void **state)
{
    struct soar_store *store = store_of(state);
    for (int view = 0; view < SOAR_VIEW_COUNT; view++) {
        struct expected none = {.count = 0};
        struct soar_query query = {.view = (enum soar_view)view};
        if (view != SOAR_VIEW_TASK)
            assert_int_equal(store->ops->rows(store, &query, compare, &none, NULL), 0);
    }
}

/* A later row of the same key stands, within a batch and over batches; a row that is gone is gone. */
static void test_change_and_end_of_a_row(void **state)
{
    struct soar_store *store = store_of(state);
    struct soar_row row = {
        .view = SOAR_VIEW_RUN, .key = "R-1", .run = "R-1", .state = "running", .body = "{}"};
    struct soar_row changed[3] = {row, row, row};
    struct expected one = {.rows = {row}, .count = 1};
    struct soar_query query = {.view = SOAR_VIEW_RUN};
    changed[0].gone = true;
    changed[2].state = "ended";
    changed[2].at_ms = 9;
    put(store, &row, 1);
    assert_int_equal(store->ops->rows(store, &query, compare, &one, NULL), 0);
    put(store, changed, 3);
    one.rows[0] = changed[2];
    one.seen = 0;
    query.state = "ended";
    query.at_until_ms = 9;
    assert_int_equal(store->ops->rows(store, &query, compare, &one, NULL), 0);
    assert_int_equal(one.seen, 1);
    put(store, changed, 1);
    one.count = one.seen = 0;
    assert_int_equal(
        store->ops->rows(store, &(struct soar_query){.view = SOAR_VIEW_RUN}, compare, &one, NULL), 0);
    put(store, changed, 1); /* a row that isn't there may go, too */
}

static int stop_at_third(void *arg, const struct soar_row *row)
{
    (void)row;
    return ++*(int *)arg == 3;
}

static void test_a_callback_may_stop(void **state)
{
    int seen = 0;
    struct soar_query query = {.view = SOAR_VIEW_TASK};
    assert_int_equal(store_of(state)->ops->rows(store_of(state), &query, stop_at_third, &seen, NULL), 0);
    assert_int_equal(seen, 3);
}

/* Large bodies end a page before its 256 rows do. */
static void test_large_rows(void **state)
{
    enum { BODY = 100000, COUNT = 40 };
    struct soar_store *store = store_of(state);
    static struct soar_row large[COUNT];
    static char names[COUNT][8];
    static struct expected expected;
    char *body = malloc(BODY + 1);
    memset(body, 'x', BODY);
    body[BODY] = '\0';
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "E-%02d", i);
        large[i] = (struct soar_row){
            .view = SOAR_VIEW_EVIDENCE, .key = names[i], .run = "", .state = "", .body = body};
        expected.rows[i] = large[i];
    }
    expected.count = COUNT;
    put(store, large, COUNT);
    assert_int_equal(
        store->ops->rows(store, &(struct soar_query){.view = SOAR_VIEW_EVIDENCE}, compare, &expected, NULL),
        0);
    assert_int_equal(expected.seen, COUNT);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination),
        cmocka_unit_test(test_views_are_apart),
        cmocka_unit_test(test_change_and_end_of_a_row),
        cmocka_unit_test(test_a_callback_may_stop),
        cmocka_unit_test(test_large_rows),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
