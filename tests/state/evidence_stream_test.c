/* Property: a disk that refuses, and a writer that never ends, cost the stream its rest and nobody anything
 * else: what was stored is a whole frame of a beginning, its sums are those of the file, and the record still
 * finds room. Method: a file that may not grow (RLIMIT_FSIZE); a file system of 24 MiB of its own (a
 * namespace, where that is allowed) filled by somebody else while a stream comes in; a pipe whose writer
 * stays silent until the deadline. */
#include "tests/state/evidence_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/evidence_stream.h"

enum { LEN = 24 * 1024 * 1024 };

static void the_part_is_a_beginning(struct evidence_store *store, const struct value *answer,
                                    const uint8_t *bytes, const char *why)
{
    size_t len = 0;
    assert_false(value_get_bool(answer, "whole", true));
    if (strstr(value_get_string(answer, "why", ""), why) == NULL)
        fail_msg("'%s', not '%s'", value_get_string(answer, "why", ""), why);
    size_t got = (size_t)value_get_int(answer, "bytes", 0);
    assert_in_range(got, 1024 * 1024, LEN - 1);
    assert_memory_equal(evidence_unpacked(store, value_get_string(answer, "file", ""), &len), bytes, got);
    assert_int_equal(len, got);
    const char *problems = evidence_problems(store, NULL);
    if (problems[0])
        fail_msg("%s", problems);
}

static struct value kept_and_sealed(struct evidence_store *store, const uint8_t *bytes,
                                    const struct evidence_watch *watch, const char *ended)
{
    struct soar_err err = {0};
    struct value kept, sealed, args = evidence_args(store, "{\"id\":\"E-1\"}"),
                               verdict = evidence_args(store, "{\"id\":\"E-1\",\"whole\":true}");
    struct evidence_keeper *keeper = evidence_keeper_new(&store->options, world_system());
    if (evidence_keep(keeper, &args, evidence_pipe_of(bytes, LEN), INT64_MAX, watch, store->arena, &kept,
                      &err))
        fail_msg("%s", err.text);
    struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &none);
    assert_string_equal(value_get_string(&kept, "ended", ""), ended);
    if (evidence_seal(keeper, &verdict, store->arena, &sealed, &err))
        fail_msg("%s", err.text);
    evidence_keeper_free(keeper);
    return sealed;
}

/* In a child: limits and namespaces are for life. */
static int in_child(void (*play)(struct evidence_store *store), struct evidence_store *store)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        play(store);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void grow_no_more(void *arg, uint64_t limit)
{
    struct rlimit most = {limit, RLIM_INFINITY};
    (void)arg;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &most);
}

static int limit_later(void *arg, uint64_t bytes, uint64_t stored_bytes)
{
    (void)bytes;
    (void)stored_bytes;
    grow_no_more(arg, 5 * 1024 * 1024 + 333);
    return 0;
}

static void play_refused(struct evidence_store *store)
{
    uint8_t *bytes = evidence_bytes(LEN, 1);
    struct evidence_watch watch = {.moved = limit_later};
    struct value answer = kept_and_sealed(store, bytes, &watch, "failed");
    the_part_is_a_beginning(store, &answer, bytes, "writing failed: File too large");
}

static void a_write_that_fails_leaves_what_was_stored(void **state)
{
    assert_int_equal(in_child(play_refused, *state), 0);
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, text, strlen(text)) < 0)
        perror(path);
    if (fd >= 0)
        close(fd);
}

/* A small disk of our own; false: not allowed here. */
static bool small_disk(const char *path)
{
    char map[64];
    uid_t uid = geteuid();
    if (unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)))
        return false;
    if (uid) {
        write_text("/proc/self/setgroups", "deny");
        snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
        write_text("/proc/self/uid_map", map);
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", path, "tmpfs", 0, "size=24m") == 0;
}

/* Somebody takes the room between two looks at it. */
static int fill(void *arg, uint64_t bytes, uint64_t stored_bytes)
{
    static int fd = -1;
    static const char block[64 * 1024];
    (void)bytes;
    if (stored_bytes < 6 * 1024 * 1024 || fd >= 0)
        return 0;
    fd = open(arg, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    while (write(fd, block, sizeof block) > 0)
        ;
    return 0;
}

static void play_full(struct evidence_store *store)
{
    uint8_t *bytes = evidence_bytes(LEN, 2);
    if (!small_disk(store->top))
        _exit(77);
    evidence_put(store, "E-7", "before", 6);
    struct evidence_watch watch = {.moved = fill, .arg = arena_printf(store->arena, "%s/other", store->top)};
    struct value answer = kept_and_sealed(store, bytes, &watch, "full");
    the_part_is_a_beginning(store, &answer, bytes, "the disk is full");
    unlink(watch.arg);
}

static void play_reserve(struct evidence_store *store)
{
    uint8_t *bytes = evidence_bytes(LEN, 2);
    if (!small_disk(store->top))
        _exit(77);
    store->options.reserve = 12 * 1024 * 1024;
    struct value answer = kept_and_sealed(store, bytes, NULL, "reserve");
    the_part_is_a_beginning(store, &answer, bytes, "reserve of 12 MiB");
    struct evidence_dir dir;
    assert_int_equal(evidence_dir_open(store->path, false, &dir, NULL), 0);
    assert_true(evidence_dir_room(&dir, store->options.reserve) > 0); /* and nothing of it was touched */
    evidence_dir_close(&dir);
}

static void a_full_disk_leaves_what_was_stored(void **state)
{
    int exit = in_child(play_full, *state);
    if (exit == 77)
        skip();
    assert_int_equal(exit, 0);
}

static void the_reserve_stays_free(void **state)
{
    int exit = in_child(play_reserve, *state);
    if (exit == 77)
        skip();
    assert_int_equal(exit, 0);
}

static int count(void *arg, uint64_t bytes, uint64_t stored_bytes)
{
    (void)bytes;
    (void)stored_bytes;
    ++*(int *)arg;
    return 0;
}

/* By a clock that moves when it is read: nobody waits. */
static int64_t clock_ms;
static int64_t tick(void)
{
    return clock_ms += 100;
}

static void a_silent_writer_is_left_at_the_deadline(void **state)
{
    struct evidence_store *store = *state;
    struct evidence_dir dir;
    struct evidence_sum sum;
    enum evidence_end end = EVIDENCE_ENDED;
    struct soar_err why = {0}, err = {0};
    int ends[2], turns = 0, part = -1;
    struct evidence_watch watch = {.moved = count, .arg = &turns};
    assert_int_equal(evidence_dir_open(store->path, true, &dir, &err), 0);
    assert_int_equal(evidence_part_new(&dir, "E-1", &part, &err), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(write(ends[1], "some", 4), 4);
    clock_ms = 0;
    struct evidence_flow flow = {.dir = &dir,
                                 .in = ends[0],
                                 .part = part,
                                 .limit = INT64_MAX,
                                 .deadline_ms = 250,
                                 .now_ms = tick,
                                 .watch = &watch};
    assert_int_equal(evidence_stream(&flow, &sum, &end, &why, &err), 0);
    assert_int_equal(end, EVIDENCE_LATE);
    assert_int_equal(sum.bytes, 4);
    assert_true(turns >= 2);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(write(ends[1], "more", 4), -1); /* whoever writes learns it */
    close(ends[1]);
    close(part);
    evidence_dir_close(&dir);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, evidence_store_make, evidence_store_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_write_that_fails_leaves_what_was_stored),
        WITH_STORE(a_full_disk_leaves_what_was_stored),
        WITH_STORE(the_reserve_stays_free),
        WITH_STORE(a_silent_writer_is_left_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
