/* Every change to the record that can be made with an editor is named, at its place.
 * Method: a sound journal is written, closed, changed by SQL as somebody with the file would, opened and
 * verified; the words of the problem and its event are looked at. Without the change the same journal has no
 * problem. */
#include "tests/state/journal_fixture.h"

#include <stdio.h>
#include <string.h>
#include "engine/base/digest.h"
#include "state/journal_verify.h"

struct record {
    char *dir;
    struct soar_head known;
    char text_digest[DIGEST_HEX];
    char alert_digest[DIGEST_HEX];
};

static const char TEXT[] = "name: isolate";
static const char ALERT[] = "{\"host\":\"web-01\"}";

/* Events 1 (alert.received), 2 (run.started), 3 to 8: in turns. */
static void write_start(struct soar_store *store, struct record *record)
{
    struct fixture_batch batch;
    char received[256];
    char started[256];
    struct soar_event events[2];
    struct soar_text text = {
        .digest = record->text_digest, .kind = "playbook", .name = "isolate", .origin = "file", .body = TEXT};
    struct soar_alert alert = {
        .id = "A-1", .received_at_ms = 1, .source = "siem", .digest = record->alert_digest, .body = ALERT};
    fixture_batch(&batch, "-", 1);
    events[0] = events[1] = batch.event;
    snprintf(received, sizeof(received), "{\"alert\":\"A-1\",\"digest\":\"%s\"}", record->alert_digest);
    snprintf(started, sizeof(started), "{\"playbook\":\"x\",\"packs\":{\"isolate\":\"%s\"}}",
             record->text_digest);
    events[0].kind = "alert.received";
    events[0].body = received;
    events[1].run = "R-0";
    events[1].kind = "run.started";
    events[1].body = started;
    batch.batch.events = events;
    batch.batch.event_count = 2;
    batch.batch.alerts = &alert;
    batch.batch.alert_count = 1;
    batch.batch.texts = &text;
    batch.batch.text_count = 1;
    assert_int_equal(store->ops->submit(store, &batch.batch, NULL), 0);
    fixture_wait(store, &batch);
    assert_int_equal(batch.err.class, SOAR_DONE);
}

static int setup(void **state)
{
    static struct record record;
    record.dir = fixture_dir();
    digest_sha256_hex(TEXT, strlen(TEXT), record.text_digest);
    digest_sha256_hex(ALERT, strlen(ALERT), record.alert_digest);
    struct soar_store *store = fixture_open(record.dir, NULL);
    write_start(store, &record);
    for (int n = 1; n <= 3; n++) {
        fixture_fill(store, "R-1", n, 1);
        fixture_fill(store, "R-2", n, 1);
    }
    store->ops->head(store, &record.known, NULL);
    store->ops->close(store);
    *state = &record;
    return 0;
}

static int teardown(void **state)
{
    fixture_drop(((struct record *)*state)->dir);
    return 0;
}

static struct soar_verdict verify(struct record *record, const struct soar_head *known)
{
    struct soar_verdict verdict;
    struct soar_err err = {0};
    struct soar_store *store = fixture_open(record->dir, NULL);
    if (journal_verify(store, known, &verdict, &err) < 0)
        fail_msg("verify: %s", err.text);
    store->ops->close(store);
    return verdict;
}

static void expect(struct record *record, const char *sql, const struct soar_head *known, int64_t seq,
                   const char *words)
{
    if (sql)
        fixture_tamper(record->dir, sql);
    struct soar_verdict verdict = verify(record, known);
    for (int64_t i = 0; i < verdict.problem_count && i < SOAR_PROBLEMS_MAX; i++) {
        if (verdict.problems[i].seq == seq && strstr(verdict.problems[i].text, words))
            return;
    }
    fail_msg("%s: no problem at %d says \"%s\" (%d problems, first \"%s\")", sql, (int)seq, words,
             (int)verdict.problem_count, verdict.problem_count ? verdict.problems[0].text : "");
}

static void test_a_sound_journal_has_no_problem(void **state)
{
    struct record *record = *state;
    struct soar_verdict verdict = verify(record, &record->known);
    assert_int_equal(verdict.problem_count, 0);
    assert_int_equal(verdict.events, 8);
    assert_int_equal(verdict.runs, 4);
    assert_int_equal(verdict.alerts, 1);
    assert_int_equal(verdict.texts, 1);
    assert_int_equal(verdict.chains, 1);
    assert_string_equal(verdict.head.hash, record->known.hash);
    assert_int_equal(verdict.head.seq, 8);
}

static void test_each_field_of_an_event(void **state)
{
    static const char *const changes[] = {"body = body || ' '", "kind = 'x'",   "step = 'x'", "item = 'x'",
                                          "target = 'x'",       "run = 'R-1x'", "n = 7",      "at = at + 1",
                                          "chain = 'x'"};
    struct record *record = *state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        char sql[256];
        snprintf(sql, sizeof(sql),
                 "CREATE TABLE keep AS SELECT * FROM event; UPDATE event SET %s WHERE seq = 4", changes[i]);
        expect(record, sql, NULL, 4, "fields were changed");
        fixture_tamper(record->dir,
                       "DELETE FROM event; INSERT INTO event SELECT * FROM keep; DROP TABLE keep");
    }
    assert_int_equal(verify(record, &record->known).problem_count, 0);
}

static void test_a_hash(void **state)
{
    expect(*state, "UPDATE event SET hash = zeroblob(32) WHERE seq = 5", NULL, 5, "doesn't follow");
    expect(*state, NULL, NULL, 6, "doesn't follow");
}

static void test_a_content_hash_is_no_way_around(void **state)
{
    expect(*state, "UPDATE event SET body = '{}', content = zeroblob(32) WHERE seq = 5", NULL, 5,
           "doesn't follow");
}

static void test_hashes_of_another_length(void **state)
{
    expect(*state, "UPDATE event SET content = x'00' WHERE seq = 5", NULL, 5, "32 bytes");
}

static void test_a_deleted_row(void **state)
{
    expect(*state, "DELETE FROM event WHERE seq = 5", NULL, 6, "event 5 before it is missing");
    expect(*state, NULL, NULL, 7, "event 3 follows on 1");
}

static void test_deleted_rows(void **state)
{
    expect(*state, "DELETE FROM event WHERE seq IN (5, 6)", NULL, 7, "events 5 to 6 before it are missing");
}

static void test_the_beginning(void **state)
{
    expect(*state, "DELETE FROM event WHERE seq = 1", NULL, 2, "event 1 before it is missing");
}

/* R-1's second and third event change places in the order of commit. */
static void test_two_rows_swapped(void **state)
{
    expect(*state,
           "UPDATE event SET seq = 100 WHERE seq = 5; UPDATE event SET seq = 5 WHERE seq = 7;"
           "UPDATE event SET seq = 7 WHERE seq = 100",
           NULL, 5, "fields were changed");
    expect(*state, NULL, NULL, 5, "event 3 was committed before event 2");
}

static void test_a_cut_tail_shows_against_a_known_head(void **state)
{
    struct record *record = *state;
    fixture_tamper(record->dir, "DELETE FROM event WHERE seq > 6");
    assert_int_equal(verify(record, NULL).problem_count, 0);
    expect(record, NULL, &record->known, 0, "tail is missing");
}

/* Whoever noted only the hash is served, too: any event may have it, but one must. */
static void test_a_known_hash_without_its_number(void **state)
{
    struct record *record = *state;
    struct soar_head known = record->known;
    known.seq = 0;
    assert_int_equal(verify(record, &known).problem_count, 0);
    struct soar_store *store = fixture_open(record->dir, NULL);
    fixture_fill(store, "R-7", 1, 2);
    store->ops->close(store);
    assert_int_equal(verify(record, &known).problem_count, 0);
    fixture_tamper(record->dir, "DELETE FROM event WHERE seq > 7");
    expect(record, NULL, &known, 0, "no event has the hash that is known");
    memset(known.hash, '0', sizeof(known.hash) - 1); /* the head of a journal that was empty then */
    assert_int_equal(verify(record, &known).problem_count, 0);
}

/* Cut, and written on with other events: sound in itself. */
static void test_a_new_tail_shows_against_a_known_head(void **state)
{
    struct record *record = *state;
    fixture_tamper(record->dir, "DELETE FROM event WHERE seq > 6");
    struct soar_store *store = fixture_open(record->dir, NULL);
    fixture_fill(store, "R-8", 1, 4);
    store->ops->close(store);
    assert_int_equal(verify(record, NULL).problem_count, 0);
    expect(record, NULL, &record->known, 8, "written anew");
}

static void test_time_going_back(void **state)
{
    expect(*state, "UPDATE event SET at = 5 WHERE seq = 6", NULL, 6, "time is before");
}

static void test_an_alert(void **state)
{
    expect(*state, "UPDATE alert SET body = '{\"host\":\"web-02\"}'", NULL, 0,
           "alert A-1: its body was changed");
}

/* With a digest that fits: the event that names it knows better. */
static void test_an_alert_with_its_digest(void **state)
{
    expect(*state,
           "UPDATE alert SET body = 'x', "
           "digest = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'",
           NULL, 1, "another digest");
}

static void test_a_deleted_alert(void **state)
{
    expect(*state, "DELETE FROM alert", NULL, 1, "alert A-1, which it names, is missing");
}

static void test_a_text(void **state)
{
    expect(*state, "UPDATE text SET body = body || '#'", NULL, 0, "its body was changed");
}

static void test_a_deleted_text(void **state)
{
    expect(*state, "DELETE FROM text", NULL, 2, "which it names, is missing");
}

static void test_more_problems_than_are_kept(void **state)
{
    struct record *record = *state;
    struct soar_store *store = fixture_open(record->dir, NULL);
    fixture_fill(store, "R-3", 1, 50);
    store->ops->close(store);
    fixture_tamper(record->dir, "UPDATE event SET body = ''");
    struct soar_verdict verdict = verify(record, NULL);
    assert_int_equal(verdict.problem_count, 58);
    assert_int_equal(verdict.problems[SOAR_PROBLEMS_MAX - 1].seq, SOAR_PROBLEMS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_sound_journal_has_no_problem, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_field_of_an_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_content_hash_is_no_way_around, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hashes_of_another_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deleted_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deleted_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_beginning, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_rows_swapped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_cut_tail_shows_against_a_known_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_known_hash_without_its_number, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_new_tail_shows_against_a_known_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time_going_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_alert_with_its_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deleted_alert, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deleted_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_problems_than_are_kept, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
