/* Property: a buffer holds exactly what was added, up to its maximum to the byte; behind the first addition
 * that did not fit nothing more arrives. Method: each way of adding, at the borders of the first size and of
 * the maximum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"

static void adds_in_order(void **state)
{
    (void)state;
    BUF_SCOPED buf;
    buf_init(&buf, 0);
    assert_string_equal(buf_string(&buf), "");
    buf_add(&buf, NULL, 0);
    assert_null(buf.data);
    buf_text(&buf, "step ");
    buf_char(&buf, '1');
    buf_add(&buf, "\0x", 2);
    buf_printf(&buf, "%s-%d", "web", 7);
    assert_int_equal(buf.len, 13);
    assert_memory_equal(buf.data, "step 1\0xweb-7", 14);
    assert_false(buf.failed);
}

static void grows_byte_by_byte(void **state)
{
    (void)state;
    BUF_SCOPED buf;
    buf_init(&buf, 0);
    for (size_t i = 0; i < 5000; i++) {
        buf_char(&buf, (char)('a' + i % 26));
        assert_int_equal(buf.data[i + 1], '\0');
    }
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(buf.data[i], 'a' + i % 26);
    }
}

static void the_maximum_holds_to_the_byte(void **state)
{
    (void)state;
    for (size_t max = 1; max < 400; max++) {
        BUF_SCOPED buf;
        buf_init(&buf, max);
        for (size_t i = 0; i < max; i++) {
            buf_char(&buf, 'x');
        }
        assert_false(buf.failed);
        buf_char(&buf, 'y');
        assert_true(buf.failed);
        assert_int_equal(buf.len, max);
        assert_null(strchr(buf.data, 'y'));
    }
}

static void what_was_reserved_does_not_move(void **state)
{
    (void)state;
    BUF_SCOPED buf;
    buf_init(&buf, 10000);
    buf_reserve(&buf, 9999);
    const char *data = buf.data;
    assert_string_equal(buf_string(&buf), "");
    for (int i = 0; i < 9999; i++)
        buf_char(&buf, 'x');
    assert_ptr_equal(buf.data, data);
    assert_int_equal(buf.len, 9999);
    assert_false(buf.failed);
    buf_reserve(&buf, 2);
    assert_true(buf.failed);
}

static void failure_sticks_until_cleared(void **state)
{
    (void)state;
    BUF_SCOPED buf;
    buf_init(&buf, 4);
    buf_text(&buf, "abcde");
    buf_text(&buf, "a"); /* would fit, but the text would have a hole */
    assert_true(buf.failed);
    assert_int_equal(buf.len, 0);
    buf_clear(&buf);
    buf_printf(&buf, "%d", 1234);
    assert_false(buf.failed);
    assert_string_equal(buf_string(&buf), "1234");
    buf_printf(&buf, "%0300d", 1);
    assert_true(buf.failed);
    assert_string_equal(buf_string(&buf), "1234");
}

static void printf_finds_its_own_length(void **state)
{
    (void)state;
    for (int width = 250; width <= 260; width++) {
        BUF_SCOPED buf;
        buf_init(&buf, 0);
        buf_printf(&buf, "<%*s>", width, "x");
        assert_int_equal(buf.len, width + 2);
        assert_int_equal(buf.data[width + 1], '>');
    }
}

static void a_reader_consumes_from_the_front(void **state)
{
    (void)state;
    BUF_SCOPED buf;
    buf_init(&buf, 0);
    buf_drop_front(&buf, 0);
    buf_text(&buf, "one\ntwo\n");
    buf_drop_front(&buf, 4);
    assert_string_equal(buf_string(&buf), "two\n");
    buf_drop_front(&buf, 4);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf_string(&buf), "");
}

static void done_leaves_an_empty_buffer(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 3);
    buf_text(&buf, "abc");
    buf_done(&buf);
    assert_null(buf.data);
    buf_text(&buf, "abcd");
    assert_true(buf.failed);
    buf_done(&buf);
}

/* What was drained from a secret one is not behind what is left. */
static void a_secret_one_leaves_nothing_behind(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    buf.secret = true;
    for (int i = 0; i < 1000; i++) { /* grows, and keeps what it has */
        buf_printf(&buf, "%03d|", i);
    }
    assert_int_equal(buf.len, 4000);
    assert_memory_equal(buf.data + 3996, "999|", 5);
    buf_drop_front(&buf, 3992);
    assert_string_equal(buf.data, "998|999|");
    for (size_t i = buf.len; i < 4000; i++) {
        assert_int_equal(buf.data[i], 0);
    }
    buf_done(&buf);
    assert_null(buf.data);
    assert_true(buf.secret); /* it may be used again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_one_leaves_nothing_behind),
        cmocka_unit_test(adds_in_order),
        cmocka_unit_test(grows_byte_by_byte),
        cmocka_unit_test(the_maximum_holds_to_the_byte),
        cmocka_unit_test(what_was_reserved_does_not_move),
        cmocka_unit_test(failure_sticks_until_cleared),
        cmocka_unit_test(printf_finds_its_own_length),
        cmocka_unit_test(a_reader_consumes_from_the_front),
        cmocka_unit_test(done_leaves_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
