/* Property: whatever the account's login shell is, and whatever a value holds, the value arrives byte for
 * byte as "$1" and on standard input, and nothing of it runs. Method: a private sshd with an account for each
 * shell (needs root, for a mount namespace with its own /etc/passwd); two hundred hostile values, in batches
 * as many arguments of one call and singly on standard input, answered with their digests; a canary that any
 * of them would leave if it ran. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "tests/connectors/ssh/hostile_values.h"
#include "tests/connectors/ssh/ssh_lab.h"

enum { BATCH = 20 };

static struct ssh_lab lab;
static char canary_file[128], canary[160], *known;

static int open_lab(void **state)
{
    char at[64];
    (void)state;
    lab_open(&lab, true);
    snprintf(at, sizeof at, "[127.0.0.1]:%d", lab.port);
    known = lab_known(&lab, "ed25519", at);
    snprintf(canary_file, sizeof canary_file, "%s/home/canary", lab.dir);
    snprintf(canary, sizeof canary, "touch %s", canary_file);
    return 0;
}

static int close_lab(void **state)
{
    (void)state;
    free(known);
    lab_close(&lab);
    return 0;
}

static void add_digest(struct buf *out, const char *value)
{
    char hex[DIGEST_HEX];
    digest_sha256_hex(value, strlen(value), hex);
    buf_printf(out, "%s  -\n", hex);
}

/* args and input may be empty; the answer must be the digests of all arguments and of the input. */
static void check(const char *user, const struct buf *args, const struct buf *input,
                  const struct buf *expected, size_t at)
{
    BUF_SCOPED call;
    buf_init(&call, 0);
    buf_text(&call, "{\"script\":\"for i do printf %s \\\"$i\\\" | sha256sum; done; sha256sum\",\"args\":[");
    buf_add(&call, buf_string(args), args->len);
    buf_text(&call, "],\"stdin\":");
    json_quote(&call, buf_string(input), input->len);
    buf_text(&call, "}");
    lab_run(&lab, (struct lab_call){.session = user,
                                    .user = user,
                                    .function = "ssh.run",
                                    .args = buf_string(&call),
                                    .known_hosts = known});
    if (lab.class != SOAR_DONE)
        fail_msg("%s, value %zu: %s: %s", user, at, soar_class_name(lab.class), lab.why);
    if (strcmp(value_get_string(&lab.result, "out", ""), buf_string(expected)) != 0)
        fail_msg("%s, value %zu arrived changed: %s %s", user, at, value_get_string(&lab.result, "out", ""),
                 value_get_string(&lab.result, "err", ""));
    assert_int_not_equal(access(canary_file, F_OK), 0);
}

static void check_range(const char *user, size_t from, size_t to)
{
    BUF_SCOPED args;
    BUF_SCOPED expected;
    BUF_SCOPED input;
    buf_init(&args, 0);
    buf_init(&expected, 0);
    buf_init(&input, 0);
    for (size_t i = from; i < to; i++) {
        char *value = hostile_value(i, canary);
        buf_text(&args, i > from ? "," : "");
        json_quote(&args, value, strlen(value));
        add_digest(&expected, value);
        if (i == from)
            buf_text(&input, value);
        free(value);
    }
    add_digest(&expected, buf_string(&input));
    check(user, &args, &input, &expected, from);
}

/* The last value fills a line, so it goes alone: once as argument, once as input. */
static void check_largest(const char *user, bool as_input)
{
    BUF_SCOPED args;
    BUF_SCOPED expected;
    BUF_SCOPED input;
    buf_init(&args, 0);
    buf_init(&expected, 0);
    buf_init(&input, 0);
    char *value = hostile_value(HOSTILE_VALUES - 1, canary);
    if (as_input)
        buf_text(&input, value);
    else
        json_quote(&args, value, strlen(value));
    add_digest(&expected, value);
    if (!as_input)
        add_digest(&expected, "");
    free(value);
    check(user, &args, &input, &expected, HOSTILE_VALUES - 1);
}

static void arrive(const char *user)
{
    if (!lab_has_account(&lab, user)) {
        print_message(
            "skipped: no account %s (needs root for a namespace with accounts of its own, and that shell)\n",
            user);
        skip();
    }
    for (size_t i = 0; i < HOSTILE_VALUES - 1; i += BATCH)
        check_range(user, i, i + BATCH < HOSTILE_VALUES - 1 ? i + BATCH : HOSTILE_VALUES - 1);
    for (size_t i = 0; i < HOSTILE_VALUES - 1; i++) /* and each alone, on standard input as well */
        if (!strcmp(user, "t_sh") || i % 7 == 0)
            check_range(user, i, i + 1);
    check_largest(user, false);
    check_largest(user, true);
}

#define ARRIVE(shell)                                                                                        \
    static void under_##shell(void **state)                                                                  \
    {                                                                                                        \
        (void)state;                                                                                         \
        arrive("t_" #shell);                                                                                 \
    }
ARRIVE(sh)
ARRIVE(bash)
ARRIVE(dash)
ARRIVE(fish)
ARRIVE(tcsh)
ARRIVE(mksh)
ARRIVE(busybox)

/* What anybody may run: the caller's own account and shell. */
static void under_own_shell(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE_VALUES - 1; i += BATCH)
        check_range(lab_user(), i, i + BATCH < HOSTILE_VALUES - 1 ? i + BATCH : HOSTILE_VALUES - 1);
}

/* The canary works: run for what it is, it leaves its file. */
static void canary_sings(void **state)
{
    (void)state;
    lab_script(&lab, "ssh.run", canary, NULL, NULL);
    assert_int_equal(access(canary_file, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(under_sh),      cmocka_unit_test(under_bash),      cmocka_unit_test(under_dash),
        cmocka_unit_test(under_fish),    cmocka_unit_test(under_tcsh),      cmocka_unit_test(under_mksh),
        cmocka_unit_test(under_busybox), cmocka_unit_test(under_own_shell), cmocka_unit_test(canary_sings),
    };
    return cmocka_run_group_tests(tests, open_lab, close_lab);
}
