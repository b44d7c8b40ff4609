/* Property: whatever is logged is one visible line with its level, or nothing at all below the level; errno
 * survives. Method: standard error is a pipe while the log writes, and what came out is compared to the byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/log.h"

static char came_out[64 * 1024];

/* Runs one logging function with standard error caught. */
static const char *caught(void (*log_it)(void))
{
    int ends[2], saved = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    log_it();
    dup2(saved, STDERR_FILENO); /* closes the last writing end */
    close(saved);
    size_t len = 0;
    ssize_t got;
    while ((got = read(ends[0], came_out + len, sizeof came_out - 1 - len)) > 0) {
        len += (size_t)got;
    }
    close(ends[0]);
    came_out[len] = '\0';
    return came_out;
}

static void all_levels(void)
{
    log_error("a %d", 1);
    log_warning("b %d", 2);
    log_info("c %d", 3);
    log_debug("d %d", 4);
}

static void hostile(void)
{
    errno = EBADF;
    log_error("host %s", "x\nsoar: error: forged\x1b[2J\xe2\x80\xae\xff");
    assert_int_equal(errno, EBADF);
}

static void endless(void)
{
    log_error("%05000d", 0);
}

static void levels_choose_what_is_said(void **state)
{
    (void)state;
    assert_string_equal(caught(all_levels), "soar: error: a 1\nsoar: warning: b 2\nsoar: info: c 3\n");
    log_set_level(LOG_ERROR_LEVEL);
    assert_string_equal(caught(all_levels), "soar: error: a 1\n");
    log_set_level(LOG_DEBUG_LEVEL);
    assert_string_equal(caught(all_levels),
                        "soar: error: a 1\nsoar: warning: b 2\nsoar: info: c 3\nsoar: debug: d 4\n");
}

static void a_hostile_text_stays_one_line(void **state)
{
    (void)state;
    assert_string_equal(caught(hostile),
                        "soar: error: host x\\u{a}soar: error: forged\\u{1b}[2J\\u{202e}\\x{ff}\n");
}

static void an_endless_text_is_cut(void **state)
{
    (void)state;
    const char *line = caught(endless);
    size_t len = strlen(line);
    assert_in_range(len, 4000, 4200);
    assert_string_equal(line + len - 5, "0…\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_choose_what_is_said),
        cmocka_unit_test(a_hostile_text_stays_one_line),
        cmocka_unit_test(an_endless_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
