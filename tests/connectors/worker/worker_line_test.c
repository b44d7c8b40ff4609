/* Property: lines come out whole, in order and bounded, however their bytes arrive; a cut one never does;
 * what was read is wiped. Method: a pipe fed in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "connectors/worker/worker_line.h"

static const char *text;
static size_t len;

static void pieces_of_every_size(void **state)
{
    (void)state;
    static const char all[] = "{\"a\":1}\n\n{\"b\":\"two\"}\nlast one is cut";
    for (size_t piece = 1; piece < sizeof all; piece++) {
        int fds[2];
        struct line_reader reader;
        struct soar_err err = {0};
        assert_int_equal(pipe(fds), 0);
        line_reader_init(&reader, fds[0], 64);
        const char *const expected[] = {"{\"a\":1}", "", "{\"b\":\"two\"}"};
        size_t got = 0, at = 0;
        while (at < sizeof all - 1) {
            size_t n = sizeof all - 1 - at < piece ? sizeof all - 1 - at : piece;
            assert_int_equal(write(fds[1], all + at, n), n);
            at += n;
            while (line_read(&reader, false, &text, &len, &err) == 1) {
                assert_string_equal(text, expected[got]);
                assert_int_equal(len, strlen(expected[got++]));
            }
        }
        assert_int_equal(got, 3);
        close(fds[1]);
        assert_int_equal(line_read(&reader, true, &text, &len, &err),
                         -1); /* the end; what was cut is no line */
        assert_int_equal(err.class, SOAR_DONE);
        line_reader_done(&reader);
        close(fds[0]);
    }
}

static void too_long(void **state)
{
    (void)state;
    int fds[2];
    struct line_reader reader;
    struct soar_err err = {0};
    assert_int_equal(pipe(fds), 0);
    line_reader_init(&reader, fds[0], 16);
    assert_int_equal(write(fds[1], "123456789012345\n1234567890123456\n", 33), 33);
    assert_int_equal(line_read(&reader, true, &text, &len, &err), 1);
    assert_int_equal(line_read(&reader, true, &text, &len, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    line_reader_done(&reader);
    close(fds[0]);
    close(fds[1]);
}

static void wiped(void **state)
{
    (void)state;
    int fds[2];
    struct line_reader reader;
    struct soar_err err = {0};
    assert_int_equal(pipe(fds), 0);
    line_reader_init(&reader, fds[0], 4096);
    assert_int_equal(write(fds[1], "secret-secret\nx\n", 16), 16);
    assert_int_equal(line_read(&reader, true, &text, &len, &err), 1);
    assert_int_equal(line_read(&reader, true, &text, &len, &err), 1);
    assert_string_equal(text, "x");
    assert_null(memmem(reader.data, reader.size, "secret", 6));
    line_reader_done(&reader);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_of_every_size), cmocka_unit_test(too_long),
                                       cmocka_unit_test(wiped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
