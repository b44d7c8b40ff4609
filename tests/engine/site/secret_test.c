/* Property: a secret is read from where its reference says, without the line break an editor put behind it,
 * and no error shows a piece of it. Method: files, variables and a credentials directory of the test's own;
 * each kind missing. */
#include "tests/engine/site/loading.h"

static int read_secret(const char *reference, struct site_secret *ret_secret, struct soar_err *err)
{
    struct site site = {0};
    return site_secret_read(&site, reference, ret_secret, err);
}

static void expect_file(const char *written, const char *read)
{
    struct files files = files_new(written, NULL);
    char reference[80];
    snprintf(reference, sizeof reference, "file:%s", files.inventory);
    struct site_secret secret = {0};
    struct soar_err err = {.text = ""};
    int result = read_secret(reference, &secret, &err);
    if (read == NULL) {
        assert_int_equal(result, -1);
        assert_null(secret.bytes);
    } else {
        assert_int_equal(result, 0);
        assert_string_equal(secret.bytes, read);
        assert_int_equal(secret.len, strlen(read));
    }
    site_secret_done(&secret);
    assert_null(secret.bytes);
    files_done(&files);
}

static void files_lose_one_line_break(void **state)
{
    (void)state;
    expect_file("hunter2", "hunter2");
    expect_file("hunter2\n", "hunter2");
    expect_file("hunter2\r\n", "hunter2");
    expect_file(" x \n", " x ");
    expect_file("line 1\nline 2\n", "line 1\nline 2\n"); /* a key: as it is */
    expect_file("", NULL);
}

static void a_file_too_large_is_the_wrong_one(void **state)
{
    (void)state;
    static char large[70000];
    memset(large, 'x', sizeof large - 1);
    expect_file(large, NULL);
    large[65536] = '\0';
    expect_file(large, large);
}

static void variables_and_credentials(void **state)
{
    (void)state;
    struct site_secret secret = {0};
    struct soar_err err;
    setenv("SOAR_TEST_SECRET", "hunter2", 1);
    assert_int_equal(read_secret("env:SOAR_TEST_SECRET", &secret, &err), 0);
    assert_string_equal(secret.bytes, "hunter2");
    site_secret_done(&secret);
    struct files files = files_new("hunter3\n", NULL);
    setenv("CREDENTIALS_DIRECTORY", files.dir, 1);
    assert_int_equal(read_secret("credential:inventory.yaml", &secret, &err), 0);
    assert_string_equal(secret.bytes, "hunter3");
    site_secret_done(&secret);
    assert_int_equal(read_secret("credential:../x", &secret, &err), -1);
    assert_int_equal(err.class, SOAR_ABSENT);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(read_secret("credential:inventory.yaml", &secret, &err), -1);
    files_done(&files);
}

struct slip {
    const char *reference;
    enum soar_class class;
    const char *text;
};

static const struct slip slips[] = {
    {"env:SOAR_TEST_NOBODY", SOAR_ABSENT, "secret env:SOAR_TEST_NOBODY: the variable is not set"},
    {"file:/nonexistent/x", SOAR_ABSENT, "secret file /nonexistent/x: No such file or directory"},
    {"vault:a/b#c", SOAR_UNSUPPORTED, "a secret in a vault can't be read here"},
    {"hunter2", SOAR_INVALID, "a secret's reference begins with env:, file: or credential:"},
    {"file:", SOAR_INVALID, "a secret's reference begins with env:, file: or credential:"},
};

static void errors_say_where_and_never_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        struct site_secret secret = {0};
        struct soar_err err;
        assert_int_equal(read_secret(slips[i].reference, &secret, &err), -1);
        assert_int_equal(err.class, slips[i].class);
        assert_string_equal(err.text, slips[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_lose_one_line_break),
        cmocka_unit_test(a_file_too_large_is_the_wrong_one),
        cmocka_unit_test(variables_and_credentials),
        cmocka_unit_test(errors_say_where_and_never_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
