/* The store's contract: what was answered is there after closing and opening, in order; a batch that doesn't
 * fit is refused alone and whole; done() comes once, in the order of submission, never inside submit().
 * Method: a real journal in a directory of its own, read back through the contract. */
#include "tests/state/journal_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "engine/base/digest.h"
#include "engine/base/limits.h"

static int setup(void **state)
{
    *state = fixture_dir();
    return 0;
}

static int teardown(void **state)
{
    fixture_drop(*state);
    return 0;
}

static void test_events_survive_closing(void **state)
{
    struct soar_store *store = fixture_open(*state, NULL);
    struct soar_head before;
    struct soar_head after;
    fixture_fill(store, "R-1", 1, 3);
    fixture_fill(store, "-", 1, 2);
    assert_int_equal(store->ops->head(store, &before, NULL), 0);
    store->ops->close(store);
    store = fixture_open(*state, NULL);
    assert_int_equal(fixture_count(store, "R-1"), 3);
    assert_int_equal(fixture_count(store, "-"), 2);
    assert_int_equal(fixture_count(store, "R-2"), 0);
    assert_int_equal(store->ops->head(store, &after, NULL), 0);
    assert_int_equal(after.seq, 5);
    assert_int_equal(after.at_ms, 1000000);
    assert_string_equal(before.hash, after.hash);
    store->ops->close(store);
}

static void test_done_is_later_once_and_in_order(void **state)
{
    enum { COUNT = 500 };
    static struct fixture_batch batches[COUNT];
    struct soar_store *store = fixture_open(*state, NULL);
    for (int i = 0; i < COUNT; i++) {
        fixture_batch(&batches[i], "R-1", i + 1);
        assert_int_equal(store->ops->submit(store, &batches[i].batch, NULL), 0);
        assert_int_equal(batches[i].answers, 0);
    }
    fixture_wait(store, &batches[COUNT - 1]);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(batches[i].answers, 1);
        assert_int_equal(batches[i].err.class, SOAR_DONE);
    }
    assert_int_equal(fixture_count(store, "R-1"), COUNT);
    store->ops->close(store);
}

static void test_a_number_that_does_not_follow_is_refused(void **state)
{
    struct soar_store *store = fixture_open(*state, NULL);
    fixture_fill(store, "R-1", 1, 2);
    assert_int_equal(fixture_write(store, "R-1", 2), SOAR_INVALID);
    assert_int_equal(fixture_write(store, "R-1", 4), SOAR_INVALID);
    assert_int_equal(fixture_write(store, "R-2", 2), SOAR_INVALID);
    assert_int_equal(fixture_write(store, "R-1", 3), SOAR_DONE);
    assert_int_equal(fixture_count(store, "R-1"), 3);
    store->ops->close(store);
}

/* The wrong one stands between two that fit, all in one transaction or not: its row and text must not be
 * there either. */
static void test_a_refused_batch_leaves_nothing_and_the_others_stand(void **state)
{
    struct soar_store *store = fixture_open(*state, NULL);
    struct fixture_batch first;
    struct fixture_batch wrong;
    struct fixture_batch last;
    struct soar_row row = {
        .view = SOAR_VIEW_RUN, .key = "R-9", .run = "R-9", .state = "running", .body = "{}"};
    struct soar_event events[2];
    fixture_batch(&first, "R-1", 1);
    fixture_batch(&wrong, "R-1", 2);
    fixture_batch(&last, "R-1", 2);
    events[0] = wrong.event;
    events[1] = wrong.event;
    events[1].n = 4;
    wrong.batch.events = events;
    wrong.batch.event_count = 2;
    wrong.batch.rows = &row;
    wrong.batch.row_count = 1;
    assert_int_equal(store->ops->submit(store, &first.batch, NULL), 0);
    assert_int_equal(store->ops->submit(store, &wrong.batch, NULL), 0);
    assert_int_equal(store->ops->submit(store, &last.batch, NULL), 0);
    fixture_wait(store, &last);
    assert_int_equal(first.err.class, SOAR_DONE);
    assert_int_equal(wrong.err.class, SOAR_INVALID);
    assert_non_null(strstr(wrong.err.text, "R-1"));
    assert_int_equal(last.err.class, SOAR_DONE);
    assert_int_equal(fixture_count(store, "R-1"), 2);
    struct soar_head head;
    assert_int_equal(store->ops->head(store, &head, NULL), 0);
    assert_int_equal(head.seq, 2);
    store->ops->close(store);
}

/* A parent and its child in one batch, in turns; then the same with a gap in one of them. */
static void test_runs_in_turns_within_a_batch(void **state)
{
    static const struct {
        const char *run;
        int64_t n;
    } turns[] = {{"R-1", 1}, {"R-1/child/1", 1}, {"R-1", 2}, {"R-1/child/1", 2}, {"R-1", 3}};
    struct soar_event events[5];
    struct soar_store *store = fixture_open(*state, NULL);
    for (int gap = 0; gap < 2; gap++) {
        struct fixture_batch batch;
        fixture_batch(&batch, "R-1", 1);
        for (int i = 0; i < 5; i++) {
            events[i] = batch.event;
            events[i].run = turns[i].run;
            events[i].n = turns[i].n + (gap ? (i % 2 ? 2 : 3) + (i == 4) : 0);
        }
        batch.batch.events = events;
        batch.batch.event_count = 5;
        assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
        fixture_wait(store, &batch);
        assert_int_equal(batch.err.class, gap ? SOAR_INVALID : SOAR_DONE);
    }
    assert_int_equal(fixture_count(store, "R-1"), 3);
    assert_int_equal(fixture_count(store, "R-1/child/1"), 2);
    store->ops->close(store);
}

static void test_bytes_that_are_no_utf8_are_refused(void **state)
{
    struct soar_store *store = fixture_open(*state, NULL);
    struct fixture_batch batch;
    fixture_batch(&batch, "R-1", 1);
    batch.event.target = "host:\xff";
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_INVALID);
    store->ops->close(store);
}

static void test_time_never_goes_back(void **state)
{
    struct soar_store *store = fixture_open(*state, NULL);
    struct fixture_batch batch;
    fixture_fill(store, "R-1", 1, 1);
    fixture_batch(&batch, "R-1", 2);
    batch.event.at_ms--;
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_INVALID);
    store->ops->close(store);
}

static void test_limits_of_a_batch(void **state)
{
    static struct soar_event events[LIMIT_BATCH_EVENTS + 1];
    struct soar_store *store = fixture_open(*state, NULL);
    struct fixture_batch batch;
    struct soar_err err = {0};
    fixture_batch(&batch, "R-1", 1);
    for (int i = 0; i <= LIMIT_BATCH_EVENTS; i++) {
        events[i] = batch.event;
        events[i].n = i + 1;
    }
    batch.batch.events = events;
    batch.batch.event_count = LIMIT_BATCH_EVENTS + 1;
    assert_int_equal(store->ops->submit(store, &batch.batch, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    batch.batch.event_count = LIMIT_BATCH_EVENTS;
    assert_int_equal(store->ops->submit(store, &batch.batch, &err), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_DONE);
    assert_int_equal(fixture_count(store, "R-1"), LIMIT_BATCH_EVENTS);

    char *body = malloc(LIMIT_BODY_BYTES + 2);
    memset(body, ' ', LIMIT_BODY_BYTES + 1);
    body[LIMIT_BODY_BYTES + 1] = '\0';
    fixture_batch(&batch, "R-2", 1);
    batch.event.body = body;
    assert_int_equal(store->ops->submit(store, &batch.batch, &err), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_INVALID);
    body[LIMIT_BODY_BYTES] = '\0';
    batch.answers = 0;
    assert_int_equal(store->ops->submit(store, &batch.batch, &err), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_DONE);
    free(body);
    store->ops->close(store);
}

static int take_text(void *arg, const struct soar_text *text)
{
    snprintf(arg, 64, "%s %s %s %s", text->kind, text->name, text->origin, text->body);
    return 0;
}

static int take_alert(void *arg, const struct soar_alert *alert)
{
    snprintf(arg, 64, "%s %s %d %s", alert->id, alert->source, (int)alert->received_at_ms, alert->body);
    return 0;
}

static void submit_document(struct soar_store *store, const char *digest, const char *id,
                            enum soar_class expected)
{
    struct fixture_batch batch;
    struct soar_text text = {
        .digest = digest, .kind = "pack", .name = "ssh", .origin = "file", .body = "steps: []"};
    struct soar_alert alert = {
        .id = id, .received_at_ms = 7, .source = "siem", .digest = digest, .body = "steps: []"};
    fixture_batch(&batch, "-", 1);
    batch.batch.event_count = 0;
    batch.batch.texts = &text;
    batch.batch.text_count = 1;
    batch.batch.alerts = &alert;
    batch.batch.alert_count = 1;
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, expected);
}

static void test_texts_and_alerts(void **state)
{
    char digest[DIGEST_HEX];
    char seen[64] = "";
    struct soar_err err = {0};
    struct soar_store *store = fixture_open(*state, NULL);
    digest_sha256_hex("steps: []", 9, digest);
    submit_document(store, digest, "A-1", SOAR_DONE);
    submit_document(store, digest, "A-2", SOAR_DONE); /* the text is there already: nothing happens to it */
    submit_document(store, digest, "A-2", SOAR_INVALID);
    assert_int_equal(store->ops->text(store, digest, take_text, seen, &err), 0);
    assert_string_equal(seen, "pack ssh file steps: []");
    assert_int_equal(store->ops->alert(store, "A-2", take_alert, seen, &err), 0);
    assert_string_equal(seen, "A-2 siem 7 steps: []");
    assert_int_equal(store->ops->alert(store, "A-3", take_alert, seen, &err), -1);
    assert_int_equal(err.class, SOAR_ABSENT);
    digest[0] = digest[0] == '0' ? '1' : '0';
    assert_int_equal(store->ops->text(store, digest, take_text, seen, &err), -1);
    assert_int_equal(err.class, SOAR_ABSENT);
    submit_document(store, digest, "A-3", SOAR_INVALID); /* a digest that isn't the body's */
    assert_int_equal(store->ops->alert(store, "A-3", take_alert, seen, &err), -1);
    store->ops->close(store);
}

static void test_close_writes_what_is_queued(void **state)
{
    struct fixture_batch batches[50];
    struct soar_store *store = fixture_open(*state, NULL);
    for (int i = 0; i < 50; i++) {
        fixture_batch(&batches[i], "R-1", i + 1);
        assert_int_equal(store->ops->submit(store, &batches[i].batch, NULL), 0);
    }
    store->ops->close(store);
    for (int i = 0; i < 50; i++)
        assert_int_equal(batches[i].answers == 1 && batches[i].err.class == SOAR_DONE, 1);
    store = fixture_open(*state, NULL);
    assert_int_equal(fixture_count(store, "R-1"), 50);
    store->ops->close(store);
}

/* From within a callback of a read: other reads, and a write. */
static int read_inside(void *arg, const struct soar_event *event)
{
    struct soar_store *store = arg;
    if (event->n == 1) {
        assert_int_equal(fixture_count(store, "R-1"), 3);
        assert_int_equal(fixture_write(store, "R-1", 4), SOAR_DONE);
    }
    return 0;
}

static void test_callbacks_may_read_and_write(void **state)
{
    struct soar_store *store = fixture_open(*state, NULL);
    fixture_fill(store, "R-1", 1, 3);
    assert_int_equal(store->ops->events(store, "R-1", 1, read_inside, store, NULL), 0);
    assert_int_equal(fixture_count(store, "R-1"), 4);
    store->ops->close(store);
}

static int stop_at(void *arg, const struct soar_event *event)
{
    (void)event;
    return ++*(int *)arg == 3;
}

static void test_events_over_pages_and_all_runs(void **state)
{
    int seen = 0;
    struct soar_store *store = fixture_open(*state, NULL);
    fixture_fill(store, "R-1", 1, 700);
    fixture_fill(store, "R-2", 1, 1);
    assert_int_equal(fixture_count(store, "R-1"), 700);
    assert_int_equal(store->ops->events(store, "R-1", 699, stop_at, &seen, NULL), 0);
    assert_int_equal(seen, 2);
    assert_int_equal(store->ops->events(store, NULL, 699, stop_at, &seen, NULL), 0);
    assert_int_equal(seen, 3);
    store->ops->close(store);
}

static void test_nobody_else_can_read_it(void **state)
{
    char path[4096];
    struct stat status;
    snprintf(path, sizeof(path), "%s/new", (char *)*state);
    umask(022);
    struct soar_store *store = fixture_open(path, NULL);
    fixture_fill(store, "R-1", 1, 1);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    const char *names[] = {"journal.db", "journal.db-wal", "journal.db-shm", "owner.lock"};
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s/new/%s", (char *)*state, names[i]);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0600);
    }
    store->ops->close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events_survive_closing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_done_is_later_once_and_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_number_that_does_not_follow_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_refused_batch_leaves_nothing_and_the_others_stand, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_runs_in_turns_within_a_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_that_are_no_utf8_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time_never_goes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits_of_a_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts_and_alerts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_writes_what_is_queued, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callbacks_may_read_and_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_events_over_pages_and_all_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_else_can_read_it, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
