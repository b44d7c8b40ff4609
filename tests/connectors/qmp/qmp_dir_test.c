/* Property: a name never leads out of the directory of dumps, nothing is overwritten, no link or pipe is
 * read, and a directory that others may write to is refused. Method: a real directory, with everything in it
 * that could be mistaken for a dump. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "connectors/qmp/qmp.h"

static char dir[] = "/tmp/soar-qmp-dir.XXXXXX";
static struct qmp_peer peer = {.name = "vm", .socket = "/none", .dir = dir};
static struct soar_err err;

static int rc_of_name(const char *text, size_t len)
{
    struct value given = {.kind = VALUE_STRING, .text = text, .len = len};
    const char *name;
    return qmp_dir_name(&given, "file", &name, &err);
}

static void names(void **state)
{
    static const char *const bad[] = {"",     ".",    "..",  ".hidden",  "-rf", "a/b",  "/etc/passwd",
                                      "../a", "a\nb", "a b", "a\x1b[2J", "é",   "a;rm", "$HOME"};
    char longest[300];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (rc_of_name(bad[i], strlen(bad[i])) == 0 || err.class != SOAR_INVALID)
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(rc_of_name("a\0b", 3), -1);
    memset(longest, 'a', sizeof longest);
    longest[251] = '\0';
    assert_int_equal(rc_of_name(longest, 251), -1);
    assert_int_equal(rc_of_name("20261122-1+memory++host:web-01+do+1", 35), 0);
    assert_int_equal(qmp_dir_name(NULL, "file", &(const char *){NULL}, &err), -1);
}

static void make(const char *name, const char *bytes)
{
    int fd;
    assert_int_equal(qmp_dir_create(&peer, name, &fd, &err), 0);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
}

static char *path(const char *name)
{
    static char text[200];
    snprintf(text, sizeof text, "%s/%s", dir, name);
    return text;
}

static void nothing_is_overwritten(void **state)
{
    int fd = -1;
    struct stat st;
    (void)state;
    make("once", "abc");
    assert_int_equal(qmp_dir_create(&peer, "once", &fd, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    assert_int_equal(stat(path("once"), &st), 0);
    assert_int_equal(st.st_size, 3);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(symlink("/tmp/soar-qmp-elsewhere", path("link")), 0);
    assert_int_equal(qmp_dir_create(&peer, "link", &fd, &err), -1);
    assert_int_not_equal(access("/tmp/soar-qmp-elsewhere", F_OK), 0);
}

static void only_our_files_are_read(void **state)
{
    int fd;
    uint64_t bytes;
    (void)state;
    assert_int_equal(symlink("/etc/passwd", path("r-link")), 0);
    assert_int_equal(mkfifo(path("r-pipe"), 0600), 0);
    assert_int_equal(mkdir(path("r-dir"), 0700), 0);
    make("r-open", "x");
    assert_int_equal(chmod(path("r-open"), 0666), 0);
    make("r-good", "four");
    static const char *const bad[] = {"r-link", "r-pipe", "r-dir", "r-open", "r-absent"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(qmp_dir_read(&peer, bad[i], &fd, &bytes, &err), -1);
    assert_int_equal(err.class, SOAR_ABSENT);
    assert_int_equal(qmp_dir_read(&peer, "r-good", &fd, &bytes, &err), 0);
    assert_int_equal(bytes, 4);
    close(fd);

    ARENA_SCOPED arena = arena_new();
    struct value list;
    assert_int_equal(qmp_dir_list(&peer, "r-", arena, &list, &err), 0);
    const struct value *files = value_get(&list, "files");
    assert_int_equal(value_count(files), 1);
    assert_string_equal(value_get_string(value_at(files, 0), "name", ""), "r-good");
    assert_int_equal(value_get_int(value_at(files, 0), "bytes", 0), 4);
    assert_false(value_get_bool(value_at(files, 0), "whole", true));
    int64_t room = value_get_int(&list, "free", 0);
    assert_true(room > 0);
    struct qmp_peer careful = peer; /* what the journal needs is no room for a dump */
    careful.reserve = (uint64_t)room / 2;
    assert_int_equal(qmp_dir_list(&careful, "r-", arena, &list, &err), 0);
    assert_true(value_get_int(&list, "free", INT64_MAX) < room / 4 * 3);
    careful.reserve = (uint64_t)INT64_MAX;
    assert_int_equal(qmp_dir_list(&careful, "r-", arena, &list, &err), 0);
    assert_int_equal(value_get_int(&list, "free", -1), 0);
}

static void removed(void **state)
{
    (void)state;
    make("gone", "x");
    assert_int_equal(qmp_dir_remove(&peer, "gone", &err), 0);
    assert_int_not_equal(access(path("gone"), F_OK), 0);
    assert_int_equal(qmp_dir_remove(&peer, "gone", &err), 0); /* twice is once */
    assert_int_equal(qmp_dir_remove(&peer, "r-dir", &err), -1);
}

static void too_many(void **state)
{
    char name[20];
    ARENA_SCOPED arena = arena_new();
    struct value list;
    (void)state;
    for (int i = 0; i < 201; i++) {
        snprintf(name, sizeof name, "many-%d", i);
        make(name, "");
    }
    assert_int_equal(qmp_dir_list(&peer, "many-", arena, &list, &err), -1);
    assert_int_equal(qmp_dir_list(&peer, "many-19", arena, &list, &err), 0);
    const struct value *files = value_get(&list, "files");
    assert_int_equal(value_count(files), 11);
    assert_string_equal(value_get_string(value_at(files, 0), "name", ""), "many-19");
    assert_string_equal(value_get_string(value_at(files, 1), "name", ""), "many-190");
}

static void directories(void **state)
{
    struct qmp_peer none = {.name = "vm", .socket = "/none"}, absent = peer;
    int fd;
    (void)state;
    assert_int_equal(qmp_dir_open(&none, &fd, &err), -1);
    assert_int_equal(err.class, SOAR_UNSUPPORTED);
    absent.dir = "/tmp/soar-qmp-is-not-there";
    assert_int_equal(qmp_dir_open(&absent, &fd, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    assert_int_equal(chmod(dir, 0770), 0);
    assert_int_equal(qmp_dir_open(&peer, &fd, &err), -1);
    assert_int_equal(err.class, SOAR_DENIED);
    assert_int_equal(chmod(dir, 0700), 0);
    assert_int_equal(qmp_dir_open(&peer, &fd, &err), 0);
    close(fd);
}

static int open_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL;
}

static int close_dir(void **state)
{
    char command[100];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names),
                                       cmocka_unit_test(nothing_is_overwritten),
                                       cmocka_unit_test(only_our_files_are_read),
                                       cmocka_unit_test(removed),
                                       cmocka_unit_test(too_many),
                                       cmocka_unit_test(directories)};
    return cmocka_run_group_tests(tests, open_dir, close_dir);
}
