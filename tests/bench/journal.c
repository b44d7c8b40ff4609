/* How fast is the journal? `bench/journal [DIR]` prints what it does and, on its last line, the result as
 * JSON.
 *
 * Three loads of one second each: 1, 100 and 1,000 events a batch. One batch is out at a time for submit→done
 * (p50, p99), then 64 at once for events a second (group commit). An event has a body of 200 bytes; each
 * batch changes one row of a view. DIR: where the journal lies while it runs; it shall be on the disk that is
 * meant, not in memory. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "state/journal_sqlite.h"

enum { AT_ONCE = 64, EVENTS_MAX = 1000, SAMPLES_MAX = 200000, MEASURE_MS = 1000 };

struct slot {
    struct soar_batch batch;
    struct soar_event events[EVENTS_MAX];
    struct soar_row row;
    int64_t begun_us;
    struct bench *bench;
    int out;
};

struct bench {
    struct soar_store *store;
    struct slot slots[AT_ONCE];
    int64_t n;
    int64_t done_batches;
    size_t sample_count;
    int64_t samples_us[SAMPLES_MAX];
};

struct figures {
    double batches_per_s;
    double events_per_s;
    double p50_ms;
    double p99_ms;
};

static char body[201];

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what)
{
    fprintf(stderr, "journal: %s\n", what);
    exit(1);
}

static void done(void *arg, const struct soar_err *err)
{
    struct slot *slot = arg;
    struct bench *bench = slot->bench;
    if (err->class != SOAR_DONE)
        die(err->text);
    if (bench->sample_count < SAMPLES_MAX)
        bench->samples_us[bench->sample_count++] = now_us() - slot->begun_us;
    bench->done_batches++;
    slot->out = 0;
}

static void submit(struct bench *bench, struct slot *slot, size_t events)
{
    for (size_t i = 0; i < events; i++) {
        slot->events[i] = (struct soar_event){.run = "R-20240611-101500-abcdef",
                                              .n = ++bench->n,
                                              .at_ms = 1700000000000,
                                              .kind = "call.ended",
                                              .step = "isolate",
                                              .item = "",
                                              .target = "host:web-01.example.org",
                                              .body = body};
    }
    slot->row = (struct soar_row){.view = SOAR_VIEW_TASK,
                                  .key = "R/isolate//host%3aweb-01/do",
                                  .run = "R",
                                  .state = "acting",
                                  .body = body};
    slot->batch = (struct soar_batch){.events = slot->events,
                                      .event_count = events,
                                      .rows = &slot->row,
                                      .row_count = 1,
                                      .done = done,
                                      .arg = slot};
    slot->bench = bench;
    slot->begun_us = now_us();
    slot->out = 1;
    if (bench->store->ops->submit(bench->store, &slot->batch, NULL) < 0)
        die("submit");
}

static void deliver(struct bench *bench)
{
    struct pollfd wait = {.fd = bench->store->ops->descriptor(bench->store), .events = POLLIN};
    poll(&wait, 1, -1);
    bench->store->ops->deliver(bench->store);
}

/* `at_once` batches are kept out for a second; returns the batches done in it, and how long it took. */
static double load(struct bench *bench, int at_once, size_t events)
{
    int64_t begun = now_us();
    bench->done_batches = 0;
    bench->sample_count = 0;
    while (now_us() - begun < MEASURE_MS * 1000) {
        for (int i = 0; i < at_once; i++) {
            if (!bench->slots[i].out)
                submit(bench, &bench->slots[i], events);
        }
        deliver(bench);
    }
    double seconds = (double)(now_us() - begun) / 1e6;
    double rate = (double)bench->done_batches / seconds;
    for (int i = 0; i < at_once; i++) {
        while (bench->slots[i].out)
            deliver(bench);
    }
    return rate;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static double percentile_ms(struct bench *bench, int percent)
{
    size_t i = bench->sample_count * (size_t)percent / 100;
    return (double)bench->samples_us[i < bench->sample_count ? i : bench->sample_count - 1] / 1000;
}

static struct figures measure(struct bench *bench, size_t events)
{
    struct figures figures;
    figures.batches_per_s = load(bench, 1, events);
    qsort(bench->samples_us, bench->sample_count, sizeof(bench->samples_us[0]), by_size);
    figures.p50_ms = percentile_ms(bench, 50);
    figures.p99_ms = percentile_ms(bench, 99);
    figures.events_per_s = load(bench, AT_ONCE, events) * (double)events;
    printf("%4zu events a batch: %.0f commits/s, %.3f / %.3f ms (p50/p99); %d at once: %.0f events/s\n",
           events, figures.batches_per_s, figures.p50_ms, figures.p99_ms, AT_ONCE, figures.events_per_s);
    return figures;
}

static void remove_journal(const char *dir)
{
    static const char *const names[] = {"journal.db", "journal.db-wal", "journal.db-shm", "owner.lock"};
    char path[4096];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (snprintf(path, sizeof(path), "%s/%s", dir, names[i]) < (int)sizeof(path))
            unlink(path);
    }
    rmdir(dir);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    static const size_t sizes[] = {1, 100, 1000};
    struct figures figures[3];
    struct soar_err err;
    char dir[4096];
    memset(body, 'x', sizeof(body) - 1);
    snprintf(dir, sizeof(dir), "%s/soar-bench-XXXXXX", argc > 1 ? argv[1] : ".");
    if (!mkdtemp(dir) || journal_open(dir, NULL, &bench.store, &err) < 0)
        die("open");
    for (int i = 0; i < 3; i++)
        figures[i] = measure(&bench, sizes[i]);
    bench.store->ops->close(bench.store);
    remove_journal(dir);
    printf("{\"journal\":[");
    for (int i = 0; i < 3; i++)
        printf("%s{\"events_per_batch\":%zu,\"commits_per_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
               "\"at_once\":%d,\"events_per_s\":%.0f}",
               i ? "," : "", sizes[i], figures[i].batches_per_s, figures[i].p50_ms, figures[i].p99_ms,
               AT_ONCE, figures[i].events_per_s);
    printf("]}\n");
    return 0;
}
