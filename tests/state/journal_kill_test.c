/* kill -9 in the middle of writing: each batch that was acknowledged is there, the chain has no gap, and the
 * next life goes on. Method: fifty lives of a child over one journal. It writes batches of chance size,
 * several at once, and tells each acknowledgement over a pipe; the parent kills it after a number of them
 * drawn from a fixed seed, then opens the journal. */
#include "tests/state/journal_fixture.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "state/journal_verify.h"
#include "tests/state/fault_vfs.h"

enum { LIVES = 50, AT_ONCE = 8, EVENTS_MAX = 12 };

/* In the child: one of the batches that are out at once. */
struct slot {
    struct soar_batch batch;
    struct soar_event events[EVENTS_MAX];
    struct soar_row row;
    int pipe_fd;
    bool out;
};

static void acknowledge(void *arg, const struct soar_err *err)
{
    struct slot *slot = arg;
    int64_t n = slot->events[slot->batch.event_count - 1].n;
    if (err->class != SOAR_DONE || write(slot->pipe_fd, &n, sizeof(n)) != sizeof(n))
        _exit(3);
    slot->out = false;
}

static int64_t fill_slot(struct slot *slot, int64_t n, uint64_t *seed)
{
    slot->batch.event_count = 1 + fault_random(seed) % EVENTS_MAX;
    for (size_t i = 0; i < slot->batch.event_count; i++, n++)
        slot->events[i] = (struct soar_event){"R-1", n, 1000, "note", "", "", "", "{\"some\":\"text\"}"};
    slot->row = (struct soar_row){
        .view = SOAR_VIEW_RUN, .key = "R-1", .run = "R-1", .state = "s", .at_ms = n - 1, .body = "{}"};
    slot->batch.events = slot->events;
    slot->batch.rows = &slot->row;
    slot->batch.row_count = 1;
    slot->batch.done = acknowledge;
    slot->batch.arg = slot;
    slot->out = true;
    return n;
}

/* Never returns; ends by its parent's hand. */
static void live(const char *dir, int pipe_fd, uint64_t seed, int64_t n)
{
    static struct slot slots[AT_ONCE];
    struct soar_store *store = NULL;
    struct journal_options options = {.log_idle_bytes = 100000, .log_full_bytes = 200000};
    if (journal_open(dir, &options, &store, NULL) < 0)
        _exit(2);
    for (;;) {
        for (int i = 0; i < AT_ONCE; i++) {
            if (slots[i].out)
                continue;
            n = fill_slot(&slots[i], n, &seed);
            slots[i].pipe_fd = pipe_fd;
            if (store->ops->submit(store, &slots[i].batch, NULL) < 0)
                _exit(4);
        }
        struct pollfd wait = {.fd = store->ops->descriptor(store), .events = POLLIN};
        poll(&wait, 1, -1);
        store->ops->deliver(store);
    }
}

/* The last acknowledged number. */
static int64_t one_life(const char *dir, uint64_t *seed, int64_t next_n)
{
    int ends[2];
    int status;
    int64_t n = 0;
    int64_t acked = next_n - 1;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        live(dir, ends[1], fault_random(seed), next_n);
    }
    close(ends[1]);
    for (uint64_t left = fault_random(seed) % 200; left > 0; left--) {
        assert_int_equal(read(ends[0], &n, sizeof(n)), sizeof(n));
        acked = n;
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (read(ends[0], &n, sizeof(n)) == sizeof(n)) /* told before it died */
        acked = n;
    close(ends[0]);
    return acked;
}

static int take_at(void *arg, const struct soar_row *row)
{
    *(int64_t *)arg = row->at_ms;
    return 0;
}

static void test_fifty_lives(void **state)
{
    (void)state;
    uint64_t seed = 20240611;
    int64_t next_n = 1;
    char *dir = fixture_dir();
    for (int life = 0; life < LIVES; life++) {
        struct soar_verdict verdict;
        struct soar_query query = {.view = SOAR_VIEW_RUN, .key = "R-1"};
        int64_t row_n = 0;
        int64_t acked = one_life(dir, &seed, next_n);
        struct soar_store *store = fixture_open(dir, NULL);
        int64_t found = fixture_count(store, "R-1");
        assert_true(found >= acked);
        assert_int_equal(journal_verify(store, NULL, &verdict, NULL), 0);
        if (verdict.problem_count)
            fail_msg("life %d: %s", life, verdict.problems[0].text);
        assert_int_equal(verdict.events, found);
        assert_int_equal(store->ops->rows(store, &query, take_at, &row_n, NULL), 0);
        assert_int_equal(row_n, found); /* events and views are of one transaction */
        store->ops->close(store);
        next_n = found + 1;
    }
    assert_true(next_n > 1000);
    fixture_drop(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fifty_lives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
