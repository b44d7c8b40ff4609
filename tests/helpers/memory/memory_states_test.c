/* Property: the tar holds the states of system, networks and processes as /proc has them, and the pages of
 * each process under their addresses; what is over a limit or can't be read is told; nothing hostile in a
 * name makes a name. Method: a /proc of our own with three processes; the tar is unpacked by tar(1) and
 * looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers/memory/memory_limits.h"
#include "helpers/memory/memory_states.h"
#include "tests/helpers/memory/crafted.h"

static char path[64], unpacked[64];
static int proc, tree;

static const struct memory_wish usual = {.region_bytes = MEMORY_REGION_BYTES};

static void put_link(const char *at, const char *to)
{
    crafted_text(proc, at, "");
    assert_int_equal(unlinkat(proc, at, 0), 0);
    assert_int_equal(symlinkat(to, proc, at), 0);
}

static void put_process(const char *pid, const char *name, const char *maps)
{
    char at[64], text[256];
    snprintf(at, sizeof at, "%s/stat", pid);
    snprintf(text, sizeof text, "%s (%s) S 1 %s", pid, name, pid);
    crafted_text(proc, at, text);
    snprintf(at, sizeof at, "%s/maps", pid);
    crafted_text(proc, at, maps);
    snprintf(at, sizeof at, "%s/status", pid);
    crafted_text(proc, at, "Name:\tx\n");
}

static int begin(void **state)
{
    (void)state;
    static const char command[] = "nc\0-l\0evil\nline\0";
    unsigned char page[3 * 4096];
    proc = crafted_dir(path);
    tree = crafted_dir(unpacked);
    crafted_text(proc, "version", "Linux of ours\n");
    crafted_text(proc, "sys/kernel/tainted", "4096\n");
    put_link("self", "77");
    put_process("77", "soar-memory", "1000-2000 rw-p 00000000 00:00 0\n");
    put_process("1", "init", "");
    put_process("42", "e) x (vil",
                "400000-401000 r-xp 00000000 08:01 9 /bin/nc\n"
                "600000-603000 rw-p 00000000 00:00 0 [heap]\n"
                "what is this\n"
                "700000-701000 r--p 00000000 00:00 0 [vvar]\n");
    crafted_file(proc, "42/cmdline", command, sizeof command - 1, 0);
    memset(page, 'h', sizeof page);
    memcpy(page + 4096 + 123, "MARKER-IN-MEMORY", 16);
    crafted_file(proc, "42/mem", page, sizeof page, 0x600000);
    put_link("42/exe", "/tmp/x\n/etc/passwd (deleted)");
    put_link("42/fd/3", "socket:[4711]");
    put_link("1/ns/net", "net:[4026531840]");
    put_link("42/ns/net", "net:[4026531840]");
    crafted_text(proc, "1/net/tcp", "  sl  local_address\n");
    crafted_text(proc, "1/net/sctp/assocs", "none\n");
    crafted_text(proc, "42/net/sctp/assocs", "none\n");
    crafted_text(proc, "42/net/tcp", "  sl  local_address\n");
    return 0;
}

static int end(void **state)
{
    (void)state;
    close(proc);
    close(tree);
    crafted_remove(path);
    crafted_remove(unpacked);
    return 0;
}

static void write_states(int from, const struct memory_wish *wish)
{
    char tar[96], command[512];
    snprintf(tar, sizeof tar, "%s/../soar-states-%d.tar", unpacked, (int)getpid());
    int out = open(tar, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(out >= 0);
    assert_int_equal(memory_states_write(from, out, wish), 0);
    close(out);
    snprintf(command, sizeof command,
             "tar --warning=no-timestamp -C '%s' -xkf '%s' && chmod -R u+w '%s' && rm '%s'", unpacked, tar,
             unpacked, tar);
    assert_int_equal(system(command), 0);
}

static const char *unpacked_text(const char *member)
{
    static char text[1024 * 1024];
    int fd = openat(tree, member, O_RDONLY);
    if (fd < 0)
        return NULL;
    ssize_t len = read(fd, text, sizeof text - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

static void expect_text(const char *member, const char *wanted)
{
    const char *text = unpacked_text(member);
    assert_non_null(text);
    assert_string_equal(text, wanted);
}

static void expect_has(const char *member, const char *piece)
{
    const char *text = unpacked_text(member);
    assert_non_null(text);
    assert_non_null(strstr(text, piece));
}

static void states_are_as_proc_has_them(void **state)
{
    (void)state;
    write_states(proc, &usual);
    expect_text("system/version", "Linux of ours\n");
    expect_text("system/sys.kernel.tainted", "4096\n");
    expect_text("network/4026531840/tcp", "  sl  local_address\n");
    expect_text("network/4026531840/sctp.assocs", "none\n");
    expect_text("process/1/stat", "1 (init) S 1 1");
    expect_text("process/42/links",
                "exe\t/tmp/x\\012/etc/passwd (deleted)\nns/net\tnet:[4026531840]\nfd/3\tsocket:[4711]\n");
    expect_has("system/processes", "\tS\te) x (vil\tnc -l evil\\012line \n");
    expect_has("report.json", "\"processes\": 2");
    expect_has("unread.txt", "process/42: 1 lines of its maps can't be understood");
    assert_null(unpacked_text("process/77/stat"));
}

static void memory_is_under_its_addresses(void **state)
{
    (void)state;
    static unsigned char wanted[3 * 4096 + 1];
    write_states(proc, &usual);
    int fd = openat(tree, "process/42/memory/600000-603000", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, wanted, sizeof wanted), 3 * 4096);
    assert_memory_equal(wanted + 4096 + 123, "MARKER-IN-MEMORY", 16);
    close(fd);
    assert_null(unpacked_text("process/42/memory/400000-401000"));
    assert_null(unpacked_text("process/42/memory/700000-701000"));
}

static void what_is_over_the_limit_is_told(void **state)
{
    (void)state;
    const struct memory_wish little = {.region_bytes = 2 * 4096};
    write_states(proc, &little);
    assert_non_null(unpacked_text("process/42/memory/600000-602000"));
    expect_has("unread.txt", "process/42: 600000-603000 from 602000 on: over the limit");
    expect_has("report.json", "\"regions_cut\": 1");
}

static void all_memory_has_a_limit_too(void **state)
{
    (void)state;
    const struct memory_wish little = {.region_bytes = MEMORY_REGION_BYTES, .total_bytes = 4096};
    write_states(proc, &little);
    assert_non_null(unpacked_text("process/42/memory/600000-601000"));
    expect_has("report.json", "\"memory_bytes\": 4096");
}

static void pages_that_cannot_be_read_are_zeros(void **state)
{
    (void)state;
    char mem[96];
    snprintf(mem, sizeof mem, "%s/42/mem", path);
    assert_int_equal(truncate(mem, 0x601000), 0);
    write_states(proc, &usual);
    expect_has("unread.txt", "600000-603000: 2 of its pages are zeros");
    expect_has("report.json", "\"unreadable_pages\": 2");
}

static void an_object_that_many_share_has_one_limit(void **state)
{
    (void)state;
    static const char shared[] = "800000-802000 rw-s 00000000 00:01 12 /SYSV00000000 (deleted)\n";
    const struct memory_wish little = {.region_bytes = 3 * 4096};
    unsigned char pages[2 * 4096] = {1};
    put_process("50", "a", shared);
    put_process("51", "b", shared);
    crafted_file(proc, "50/mem", pages, sizeof pages, 0x800000);
    crafted_file(proc, "51/mem", pages, sizeof pages, 0x800000);
    write_states(proc, &little);
    int first = openat(tree, "process/50/memory/800000-802000", O_RDONLY), second;
    bool other_way = first < 0; /* the order of a directory is the file system's */
    if (other_way)
        first = openat(tree, "process/51/memory/800000-802000", O_RDONLY);
    second = openat(tree, other_way ? "process/50/memory/800000-801000" : "process/51/memory/800000-801000",
                    O_RDONLY);
    assert_true(first >= 0 && second >= 0);
    close(first);
    close(second);
}

static void a_reader_that_goes_away_ends_it(void **state)
{
    (void)state;
    int out = open("/dev/full", O_WRONLY);
    if (out < 0)
        skip();
    assert_int_equal(memory_states_write(proc, out, &usual), 1);
    close(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(states_are_as_proc_has_them, begin, end),
        cmocka_unit_test_setup_teardown(memory_is_under_its_addresses, begin, end),
        cmocka_unit_test_setup_teardown(what_is_over_the_limit_is_told, begin, end),
        cmocka_unit_test_setup_teardown(all_memory_has_a_limit_too, begin, end),
        cmocka_unit_test_setup_teardown(pages_that_cannot_be_read_are_zeros, begin, end),
        cmocka_unit_test_setup_teardown(an_object_that_many_share_has_one_limit, begin, end),
        cmocka_unit_test_setup_teardown(a_reader_that_goes_away_ends_it, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
