/* Property: what is loaded from the rows is what was folded: the same rows come out of it, and the same
 * answers. Deleted rows are told, changed ones once. Method: a story is folded, its rows kept as a store
 * keeps them by key, a second ledger loads them; then rows nobody wrote. */
#include <stdlib.h>

#include "tests/engine/ledger/folding.h"

enum { STORED_MAX = 64 };

struct stored { /* as a view's table: the later row of a key stands */
    struct soar_row rows[STORED_MAX];
    size_t count;
};

static void store(struct stored *stored, const struct soar_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < stored->count &&
               (stored->rows[at].view != rows[i].view || strcmp(stored->rows[at].key, rows[i].key) != 0))
            at++;
        if (!rows[i].gone) {
            stored->rows[at] = rows[i];
            stored->count += at == stored->count;
        } else if (at < stored->count) {
            stored->rows[at] = stored->rows[--stored->count];
        }
        assert_true(stored->count < STORED_MAX);
    }
}

static void store_changes(struct stored *stored, struct folding *folding)
{
    struct soar_row *rows = NULL;
    size_t count = look(folding, &rows);

    store(stored, rows, count);
}

static int by_key(const void *a, const void *b)
{
    const struct soar_row *left = a;
    const struct soar_row *right = b;

    return left->view != right->view ? (int)left->view - (int)right->view : strcmp(left->key, right->key);
}

static void story(struct folding *folding, struct stored *stored)
{
    fold(folding, EVENT_CALL_INTENDED, "R-1",
         INTENT ",\"spend\":\"isolate\",\"prior\":{\"was\":\"open\",\"n\":[1,2.5,null]}}");
    store_changes(stored, folding);
    fold(folding, EVENT_TASK_ENDED, "R-1", HELD ",\"kept\":{\"listing\":\"\\u00e9 \\\"/\"}}");
    fold(folding, EVENT_TASK_ENDED, "R-2", "{\"outcome\":\"already\",\"holder\":{" ROW ",\"until\":99}}");
    fold_to(folding, EVENT_CALL_INTENDED, "R-1/x%", "host:a/b", INTENT "}");
    store_changes(stored, folding);
    fold(folding, EVENT_ASK_OPENED, "-",
         "{\"ask\":\"H-1\",\"kind\":\"hold\",\"rule\":\"ask\",\"text\":\"t\",\"run\":\"R-1\",\"task\":\"p\","
         "\"name\":\"web-01\"}");
    fold(folding, EVENT_ASK_OPENED, "R-1", "{\"ask\":\"D-1\",\"kind\":\"doubt\",\"run\":\"R-1\"}");
    fold(folding, EVENT_ASK_JOINED, "-", "{\"ask\":\"H-1\",\"run\":\"R-2\",\"task\":\"q\",\"name\":\"db\"}");
    fold(folding, EVENT_ASK_CLOSED, "-", "{\"ask\":\"D-1\",\"result\":\"done\",\"by\":\"ana\"}");
    fold(folding, EVENT_HOLDER_ENDED, "R-3", "{" ROW ",\"run\":\"R-1\"}");
    store_changes(stored, folding);
    fold(folding, EVENT_RUN_STARTED, "R-8",
         "{\"kind\":\"recheck\",\"mode\":\"real\",\"about\":[{\"target\":\"host:web-01\"," ROW "}]}");
    fold(folding, EVENT_TASK_ENDED, "R-8", "{\"outcome\":\"changed\",\"in_force\":{" ROW "}}");
    fold(folding, EVENT_RUN_STARTED, "R-9",
         "{\"kind\":\"recheck\",\"about\":[{\"target\":\"host:web-01\"," ROW "}]}");
    fold(folding, EVENT_TASK_ENDED, "R-5", "{\"outcome\":\"already\",\"holder\":{" ROW ",\"until\":150}}");
    fold(folding, EVENT_TASK_ENDED, "R-6", "{\"outcome\":\"already\",\"holder\":{" ROW ",\"until\":120}}");
    fold(folding, EVENT_HOLDER_EXTENDED, "-", "{" ROW ",\"run\":\"R-6\",\"until\":200,\"by\":\"ana\"}");
    fold(folding, EVENT_RUN_STARTED, "R-10",
         "{\"kind\":\"release\",\"about\":[{\"target\":\"host:web-01\"," ROW
         ",\"free\":[\"R-5\",\"R-6\"]}]}");
    fold(folding, EVENT_RUN_ENDED, "R-10", "{\"result\":\"failed\"}");
    fold(folding, EVENT_RUN_STARTED, "R-11",
         "{\"kind\":\"release\",\"about\":[{\"target\":\"host:web-01\"," ROW ",\"free\":[\"R-5\"]}]}");
    store_changes(stored, folding);
    fold(folding, EVENT_ASK_OPENED, "-",
         "{\"ask\":\"H-2\",\"kind\":\"ends\",\"digest\":\"7f\",\"containment\":{\"target\":\"host:web-"
         "01\"," ROW "},\"holder\":\"R-2\",\"name\":\"web-01\"}");
    fold(folding, EVENT_ALERT_RECEIVED, "-",
         "{\"alert\":\"A-1\",\"source\":\"a/b\",\"request\":\"c0\",\"repeat_until\":9000,\"of\":2,\"part\":0,"
         "\"starts\":[{\"playbook\":\"P\",\"run\":\"R-1\",\"dedup\":\"ff\",\"until\":5000,\"severity\":3}],"
         "\"not\":[]}");
    fold(folding, EVENT_ALERT_RECEIVED, "-",
         "{\"alert\":\"A-2\",\"source\":\"a/b\",\"request\":\"c0\",\"repeat_until\":9000,\"of\":2,\"part\":1,"
         "\"starts\":[],\"not\":[{\"playbook\":\"P\",\"why\":\"seen\",\"duplicate_of\":\"R-1\"}]}");
    fold(folding, EVENT_GUARD_PAUSED, "-",
         "{\"what\":\"source\",\"name\":\"a/b\",\"until\":8000,\"by\":\"ana\",\"reason\":\"noise\"}");
    fold(folding, EVENT_GUARD_PAUSED, "-", "{\"what\":\"all\",\"name\":\"\",\"until\":8000,\"by\":\"bo\"}");
    fold(folding, EVENT_GUARD_RESET, "-", "{\"rule\":\"pause\",\"what\":\"all\",\"by\":\"bo\"}");
    store_changes(stored, folding);
}

static void assert_same(struct ledger *folded, struct ledger *loaded)
{
    const struct ledger_holder *one, *other;
    const struct ledger_row *row;

    assert_int_equal(ledger_ends_due(folded), 200); /* R-2 is asked about, R-5 is being freed */
    assert_int_equal(ledger_ends_due(loaded), 200);
    row = ledger_ended(loaded, 200, &other);
    assert_string_equal(row->key, ledger_ended(folded, 200, &one)->key);
    assert_string_equal(one->run, "R-6");
    assert_string_equal(other->run, "R-6");
    assert_string_equal(other->failed, "R-10");
    assert_int_equal(row->broken_count, 2);
    assert_int_equal(row->broken_ms, 0); /* found it so since */
    assert_string_equal(row->broken_run, "R-9");
    assert_true(row->put_back_ms > 0);
    assert_string_equal(ledger_duplicate(loaded, "a/b", "P", "ff", 3, 4999), "R-1");
    assert_int_equal(value_count(ledger_heard(loaded, "a/b", "c0", 8999)), 2);
    assert_string_equal(ledger_paused(loaded, "P", "a/b", 7999), "a/b");
    assert_null(ledger_paused(loaded, "P", "b", 7999));
    assert_string_equal(ledger_ask_find(loaded, "H-2")->digest, "7f");
}

static void what_is_loaded_is_what_was_folded(void **state)
{
    struct folding folded, loaded;
    struct stored stored = {.count = 0};
    struct soar_row *fresh, *again;
    size_t fresh_count, again_count;
    bool ours;

    (void)state;
    folding_init(&folded);
    folding_init(&loaded);
    story(&folded, &stored);
    qsort(stored.rows, stored.count, sizeof *stored.rows, by_key);
    for (size_t i = 0; i < stored.count; i++)
        assert_int_equal(ledger_load(loaded.ledger, &stored.rows[i], NULL), 0);
    ledger_all_rows(folded.ledger, folded.arena, &fresh, &fresh_count);
    ledger_all_rows(loaded.ledger, loaded.arena, &again, &again_count);
    assert_int_equal(fresh_count, stored.count);
    assert_int_equal(again_count, stored.count);
    qsort(fresh, fresh_count, sizeof *fresh, by_key);
    qsort(again, again_count, sizeof *again, by_key);
    for (size_t i = 0; i < stored.count; i++) {
        const struct soar_row *rows[] = {&fresh[i], &again[i]};

        for (int r = 0; r < 2; r++) {
            assert_string_equal(rows[r]->key, stored.rows[i].key);
            assert_string_equal(rows[r]->run, stored.rows[i].run);
            assert_string_equal(rows[r]->state, stored.rows[i].state);
            assert_int_equal(rows[r]->at_ms, stored.rows[i].at_ms);
            assert_string_equal(rows[r]->body, stored.rows[i].body);
        }
    }
    assert_int_equal(row_now(&loaded)->holder_count, 3);
    assert_string_equal(row_now(&loaded)->holders[0].run, "R-2");
    assert_int_equal(row_now(&loaded)->holders[0].until_ms, 99);
    assert_string_equal(row_now(&loaded)->holders[1].release, "R-11");
    assert_int_equal(ledger_spent(loaded.ledger, "isolate", 0, "R-9", "t", &ours), 1);
    assert_int_equal(ledger_hold_open(loaded.ledger, "ask")->member_count, 2);
    assert_same(folded.ledger, loaded.ledger);
    assert_int_equal(look(&loaded, &again), 0); /* what was loaded is no change */
    folding_done(&folded);
    folding_done(&loaded);
}

static void what_is_freed_leaves_no_row(void **state)
{
    struct folding folding;
    struct stored stored = {.count = 0};

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    fold(&folding, EVENT_TASK_ENDED, "R-2", HELD "}");
    store_changes(&stored, &folding);
    assert_int_equal(stored.count, 3);
    fold(&folding, EVENT_HOLDER_ENDED, "R-3", "{" ROW ",\"run\":\"R-1\"}");
    fold(&folding, EVENT_TASK_ENDED, "R-3", FREED); /* R-2 was not named: its hold goes with the row */
    store_changes(&stored, &folding);
    assert_int_equal(stored.count, 0);
    assert_int_equal(ledger_row_count(folding.ledger), 0);
    folding_done(&folding);
}

static void freed_and_taken_in_one_batch_leaves_the_new_row(void **state)
{
    struct folding folding;
    struct stored stored = {.count = 0};

    (void)state;
    folding_init(&folding);
    fold(&folding, EVENT_CALL_INTENDED, "R-1", INTENT "}");
    store_changes(&stored, &folding);
    fold(&folding, EVENT_TASK_ENDED, "R-3", FREED);
    fold(&folding, EVENT_CALL_INTENDED, "R-4", INTENT "}");
    store_changes(&stored, &folding);
    assert_int_equal(stored.count, 2);
    for (size_t i = 0; i < stored.count; i++)
        assert_null(strstr(stored.rows[i].key, "R-1"));
    folding_done(&folding);
}

static void rows_nobody_wrote_do_no_harm(void **state)
{
    static const char *const bodies[] = {"[]", "7", "{}", "{\"runs\":[1],\"tasks\":[{}],\"names\":[[]]}",
                                         "{\"prior\":[],\"kept\":7,\"target\":{},\"since\":\"x\"}"};
    struct folding folding;
    struct soar_err err = {0};

    (void)state;
    folding_init(&folding);
    for (int view = 0; view < SOAR_VIEW_COUNT; view++)
        for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
            struct soar_row row = {.view = (enum soar_view)view,
                                   .key = i % 2 ? "k" : "a/b/c/d/R-1",
                                   .run = "R-1",
                                   .state = "open",
                                   .body = bodies[i]};

            assert_int_equal(ledger_load(folding.ledger, &row, NULL), 0);
        }
    struct soar_row *rows;
    size_t count;

    ledger_all_rows(folding.ledger, folding.arena, &rows, &count);
    assert_true(count > 0);
    struct soar_row broken = {.view = SOAR_VIEW_ASK, .key = "H-1", .run = "", .state = "", .body = "{"};

    assert_int_equal(ledger_load(folding.ledger, &broken, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    assert_non_null(strstr(err.text, "row H-1"));
    folding_done(&folding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_loaded_is_what_was_folded),
        cmocka_unit_test(what_is_freed_leaves_no_row),
        cmocka_unit_test(freed_and_taken_in_one_batch_leaves_the_new_row),
        cmocka_unit_test(rows_nobody_wrote_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
