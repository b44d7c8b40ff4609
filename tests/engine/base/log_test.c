/* Property: whatever is logged is one visible line with its level, or nothing at all below the level, in each
 * form; errno survives; lines begin with a priority when, and only when, the journal reads them. Method:
 * standard error is a pipe while the log writes, and what came out is compared to the byte (JSON's time
 * aside, which is looked at).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/json.h"
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

static const struct log_keys hostile_keys = {.source = "siem", .alert = "A\n\"1\"", .run = NULL};

static void about_an_alert(void)
{
    log_with(LOG_INFO_LEVEL, &hostile_keys, "taken: %s", "\"x\\y\"\n");
}

static void keys_stand_behind_the_text(void **state)
{
    (void)state;
    assert_string_equal(caught(about_an_alert),
                        "soar: info: taken: \"x\\y\"\\u{a} (source siem, alert A\\u{a}\"1\")\n");
}

/* `"time":"2026-01-02T03:04:05.678Z"` is taken out, and must look like that. */
static const char *without_time(const char *line)
{
    static char rest[sizeof came_out];
    unsigned parts[7];
    int end = 0;
    const char *at = strstr(line, "\"time\":\"");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "\"time\":\"%4u-%2u-%2uT%2u:%2u:%2u.%3uZ\",%n", &parts[0], &parts[1],
                            &parts[2], &parts[3], &parts[4], &parts[5], &parts[6], &end),
                     7);
    assert_int_equal(end, strlen("\"time\":\"2026-01-02T03:04:05.678Z\","));
    snprintf(rest, sizeof rest, "%.*s%s", (int)(at - line), line, at + end);
    return rest;
}

static void json_has_a_member_for_each_key(void **state)
{
    (void)state;
    log_set_format(LOG_JSON);
    assert_string_equal(without_time(caught(about_an_alert)),
                        "{\"level\":\"info\",\"message\":\"taken: \\\"x\\\\y\\\"\\\\u{a}\","
                        "\"source\":\"siem\",\"alert\":\"A\\\\u{a}\\\"1\\\"\"}\n");
    assert_string_equal(without_time(caught(hostile)),
                        "{\"level\":\"error\",\"message\":\"host x\\\\u{a}soar: error: forged\\\\u{1b}[2J"
                        "\\\\u{202e}\\\\x{ff}\"}\n");
}

static void the_worst_line(void)
{
    static char worst[8192];
    memset(worst, 0xff, sizeof worst - 1);
    const struct log_keys keys = {.source = worst, .alert = worst, .run = worst};
    log_with(LOG_ERROR_LEVEL, &keys, "%s", worst);
}

static void the_worst_line_is_json_still(void **state)
{
    (void)state;
    log_set_format(LOG_JSON);
    const char *line = caught(the_worst_line);
    ARENA_SCOPED arena = arena_new();
    struct value value;
    struct soar_err err = {0};
    assert_int_equal(json_parse(arena, line, strlen(line) - 1, &value, &err), 0);
    assert_int_equal(value.kind, VALUE_MAP);
    assert_int_equal(line[strlen(line) - 1], '\n');
}

/* As systemd does it: the variable names the file that standard error was opened on. */
static void read_by_the_journal(void)
{
    struct stat is;
    char named[64];
    assert_int_equal(fstat(STDERR_FILENO, &is), 0);
    snprintf(named, sizeof named, "%ju:%ju", (uintmax_t)is.st_dev, (uintmax_t)is.st_ino);
    setenv("JOURNAL_STREAM", named, 1);
    log_set_format(LOG_TEXT);
    all_levels();
}

static void the_journal_gets_priorities(void **state)
{
    (void)state;
    log_set_level(LOG_DEBUG_LEVEL);
    assert_string_equal(caught(read_by_the_journal), "<3>a 1\n<4>b 2\n<6>c 3\n<7>d 4\n");
}

static void read_by_another(void)
{
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_set_format(LOG_TEXT);
    all_levels();
}

static void an_inherited_variable_is_not_believed(void **state)
{
    (void)state;
    assert_string_equal(caught(read_by_another), "soar: error: a 1\nsoar: warning: b 2\nsoar: info: c 3\n");
}

static int as_at_first(void **state)
{
    (void)state;
    unsetenv("JOURNAL_STREAM");
    log_set_format(LOG_TEXT);
    log_set_level(LOG_INFO_LEVEL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_choose_what_is_said),
        cmocka_unit_test(a_hostile_text_stays_one_line),
        cmocka_unit_test(an_endless_text_is_cut),
        cmocka_unit_test_setup_teardown(keys_stand_behind_the_text, as_at_first, as_at_first),
        cmocka_unit_test_setup_teardown(json_has_a_member_for_each_key, as_at_first, as_at_first),
        cmocka_unit_test_setup_teardown(the_worst_line_is_json_still, as_at_first, as_at_first),
        cmocka_unit_test_setup_teardown(the_journal_gets_priorities, as_at_first, as_at_first),
        cmocka_unit_test_setup_teardown(an_inherited_variable_is_not_believed, as_at_first, as_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
