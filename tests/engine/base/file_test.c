/* Property: a file is read whole or not at all, never beyond its maximum, and an error names it and says
 * which kind of trouble it is. Method: files in a directory of the test's own; a pipe as standard input,
 * which claims no size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"

static char directory[] = "/tmp/soar-file-test-XXXXXX";

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static char *write_file(struct arena *arena, const char *name, const char *bytes, size_t len)
{
    char *path = arena_printf(arena, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void reads_every_byte(void **state)
{
    (void)state;
    enum { BIG = 100000 };
    ARENA_SCOPED arena = arena_new();
    char *big = arena_alloc(arena, BIG);
    for (size_t i = 0; i < BIG; i++) {
        big[i] = (char)(i * 31);
    }
    const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"", 0}, {"a\0b", 3}, {big, BIG}};
    for (size_t i = 0; i < 3; i++) {
        char *path = write_file(arena, "f", cases[i].bytes, cases[i].len);
        char *text = NULL;
        size_t len = 99;
        struct soar_err err = {0};
        assert_int_equal(file_read(arena, path, cases[i].len, &text, &len, &err), 0);
        assert_int_equal(len, cases[i].len);
        assert_memory_equal(text, cases[i].bytes, len);
        assert_int_equal(text[len], '\0');
        unlink(path);
    }
}

static void one_byte_too_many_is_an_error(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    char *path = write_file(arena, "f", "12345", 5);
    char *text = NULL;
    size_t len = 0;
    struct soar_err err = {0};
    assert_int_equal(file_read(arena, path, 4, &text, &len, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_string_equal(err.text, arena_printf(arena, "%s: larger than 4 bytes", path));
    assert_null(text);
    unlink(path);
}

static void an_error_names_file_and_reason(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    char *path = arena_printf(arena, "%s/missing", directory);
    char *text = NULL;
    size_t len = 0;
    struct soar_err err = {0};
    assert_int_equal(file_read(arena, path, 10, &text, &len, &err), -1);
    assert_int_equal(err.class, SOAR_ABSENT);
    assert_string_equal(err.text, arena_printf(arena, "%s: No such file or directory", path));
    assert_int_equal(file_read(arena, directory, 10, &text, &len, &err), -1);
    assert_int_equal(err.class, SOAR_PERMANENT);
    assert_string_equal(err.text, arena_printf(arena, "%s: Is a directory", directory));
}

static void a_dash_is_standard_input(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "from a pipe", 11), 11);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    char *text = NULL;
    size_t len = 0;
    struct soar_err err = {0};
    int result = file_read(arena, "-", 11, &text, &len, &err);
    int again = file_read(arena, "-", 11, &text, &len, &err); /* it stays open, and is at its end */
    dup2(saved, STDIN_FILENO);
    close(saved);
    assert_int_equal(result, 0);
    assert_int_equal(again, 0);
    assert_int_equal(len, 0);
}

static void a_path_is_beside_its_file(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"site/soar.yaml", "hosts.yaml", "site/hosts.yaml"},
        {"/etc/soar/soar.yaml", "../x", "/etc/soar/../x"},
        {"/soar.yaml", "x", "/x"},
        {"soar.yaml", "x/y", "x/y"},
        {"-", "x", "x"},
        {"site/soar.yaml", "/abs", "/abs"},
    };
    ARENA_SCOPED arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(file_beside(arena, cases[i][0], cases[i][1]), cases[i][2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_byte),
        cmocka_unit_test(one_byte_too_many_is_an_error),
        cmocka_unit_test(an_error_names_file_and_reason),
        cmocka_unit_test(a_dash_is_standard_input),
        cmocka_unit_test(a_path_is_beside_its_file),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
