/* Property: wherever the stream is cut, what stands before the mark is dropped and what follows is the
 * script's, 256 KiB of it, the rest counted; endless chatter takes no memory. Method: one stream, cut at each
 * byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/winrm/winrm_output.h"
#include "engine/base/limits.h"

#define MARK "0123456789abcdef0123456789abcdef"

static void cut_anywhere(void **state)
{
    (void)state;
    static const char stream[] = "hello 0123456789abcdef\r\n" MARK "\nit says " MARK "\n";
    for (size_t at = 0; at < sizeof stream; at++) {
        struct winrm_output output;
        winrm_output_init(&output, MARK);
        winrm_output_add(&output, stream, at);
        winrm_output_add(&output, stream + at, sizeof stream - 1 - at);
        assert_true(output.begun);
        assert_string_equal(buf_string(&output.text), "it says " MARK "\n");
        winrm_output_done(&output);
    }
}

static void bounded(void **state)
{
    (void)state;
    static char much[LIMIT_ANSWER_BYTES];
    struct winrm_output output;
    memset(much, 'x', sizeof much);
    winrm_output_init(&output, MARK);
    winrm_output_add(&output, much, sizeof much);
    assert_false(output.begun);
    assert_true(output.hold.len <= 4096);
    winrm_output_add(&output, MARK "\n", 33);
    winrm_output_add(&output, much, sizeof much);
    winrm_output_add(&output, "more", 4);
    assert_int_equal(output.text.len, LIMIT_ANSWER_BYTES);
    assert_int_equal(output.cut, 4);
    winrm_output_done(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cut_anywhere), cmocka_unit_test(bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
