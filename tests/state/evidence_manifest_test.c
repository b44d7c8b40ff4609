/* Property: the manifest is a chain of signed lines whatever happened to the one before, and many writers
 * make one chain. Method: a line cut at each of its bytes, then another added: the chain verifies, and the
 * cut bytes stand in a file of their own; a line that misses only its newline stays; four processes that add
 * at once; a key that is lost, exchanged or readable. */
#include "tests/state/evidence_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char body[] =
    "{\"evidence\":\"E-%d\",\"whole\":true,\"why\":\"\",\"bytes\":0,\"sha256\":"
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"object\":\"\"}";

static int add(struct evidence_store *store, int id, int64_t *ret_n, struct soar_err *err)
{
    struct evidence_dir dir;
    struct ed25519 *key = NULL;
    char text[256], hex[DIGEST_HEX];
    snprintf(text, sizeof text, body, id);
    if (evidence_dir_open(store->path, true, &dir, err))
        return -1;
    int rc = evidence_key_load(&dir, store->options.key, true, &key, err);
    if (rc == 0)
        rc = evidence_manifest_add(&dir, key, text, strlen(text), ret_n, hex, err);
    ed25519_free(key);
    evidence_dir_close(&dir);
    return rc;
}

static int64_t added(struct evidence_store *store, int id)
{
    struct soar_err err = {0};
    int64_t n = 0;
    if (add(store, id, &n, &err))
        fail_msg("%s", err.text);
    return n;
}

static size_t manifest_len(struct evidence_store *store)
{
    size_t len = 0;
    evidence_file(store, "manifest.jsonl", &len);
    return len;
}

static void a_line_that_was_cut_is_put_aside_and_told(void **state)
{
    struct evidence_store *store = *state;
    assert_int_equal(added(store, 1), 1);
    size_t one = manifest_len(store);
    assert_int_equal(added(store, 2), 2);
    size_t two = 0;
    char *whole = evidence_file(store, "manifest.jsonl", &two);
    for (size_t cut = one + 1; cut < two - 1; cut += 7) {
        evidence_write(store, "manifest.jsonl", whole, cut);
        assert_non_null(strstr(evidence_problems(store, NULL), "cut off"));
        assert_int_equal(added(store, 3), 2);
        assert_string_equal(evidence_problems(store, NULL), ""); /* with a look at what was put aside */
        size_t len = 0;
        const char *line = strstr(evidence_file(store, "manifest.jsonl", &len), "\"repaired\":{\"file\":\"");
        assert_non_null(line);
        const char *name = line + strlen("\"repaired\":{\"file\":\"");
        char *aside = arena_copy(store->arena, name, strcspn(name, "\""));
        const char *bytes = evidence_file(store, aside, &len);
        assert_int_equal(len, cut - one);
        assert_memory_equal(bytes, whole + one, len);
        evidence_write(store, aside, "other", 5);
        assert_non_null(strstr(evidence_problems(store, NULL), "is changed"));
        unlink(evidence_at(store, aside));
        assert_non_null(strstr(evidence_problems(store, NULL), "is missing"));
    }
}

static void a_line_that_misses_its_newline_is_a_record(void **state)
{
    struct evidence_store *store = *state;
    size_t len = 0;
    added(store, 1);
    added(store, 2);
    const char *text = evidence_file(store, "manifest.jsonl", &len);
    evidence_write(store, "manifest.jsonl", text, len - 1);
    assert_int_equal(added(store, 3), 3);
    assert_string_equal(evidence_problems(store, NULL), "");
}

/* What somebody spoiled stays as it is, told; what comes then follows on it. */
static void a_spoiled_line_stops_nobody(void **state)
{
    struct evidence_store *store = *state;
    size_t len = 0;
    added(store, 1);
    char *text = evidence_file(store, "manifest.jsonl", &len);
    text[40] ^= 1;
    evidence_write(store, "manifest.jsonl", text, len);
    assert_int_equal(added(store, 2), 2);
    const char *problems = evidence_problems(store, NULL);
    assert_non_null(strstr(problems, "manifest.jsonl:1"));
    assert_null(strstr(problems, "manifest.jsonl:2"));
}

static void many_writers_make_one_chain(void **state)
{
    struct evidence_store *store = *state;
    enum { WRITERS = 4, EACH = 12 };
    for (int writer = 0; writer < WRITERS; writer++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid > 0)
            continue;
        int64_t n = 0;
        int rc = 0;
        for (int i = 0; i < EACH && rc == 0; i++) /* the key, too, is made by whoever is first */
            rc = add(store, writer * EACH + i + 1, &n, NULL);
        _exit(rc ? 1 : 0);
    }
    for (int writer = 0, status = 0; writer < WRITERS; writer++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_string_equal(evidence_problems(store, NULL), "");
    assert_int_equal(added(store, 999), WRITERS * EACH + 1);
}

static void refused(struct evidence_store *store, enum soar_class class, const char *why)
{
    struct soar_err err = {0};
    int64_t n = 0;
    assert_int_equal(add(store, 9, &n, &err), -1);
    assert_int_equal(err.class, class);
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s', not '%s'", err.text, why);
}

static void a_key_is_made_once_and_missed_when_it_is_lost(void **state)
{
    struct evidence_store *store = *state;
    struct stat st;
    added(store, 1);
    assert_int_equal(stat(evidence_at(store, "signing.key"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(chmod(evidence_at(store, "signing.key"), 0644), 0);
    refused(store, SOAR_DENIED, "chmod 600");
    assert_int_equal(chmod(evidence_at(store, "signing.key"), 0600), 0);
    assert_int_equal(rename(evidence_at(store, "signing.key"), evidence_at(store, "away")), 0);
    refused(store, SOAR_PERMANENT, "signing.key is missing, and signing.pub is there");
    evidence_write(store, "signing.key", "rubbish", 7);
    refused(store, SOAR_INVALID, "no private key");
    assert_int_equal(rename(evidence_at(store, "away"), evidence_at(store, "signing.key")), 0);
    assert_int_equal(unlink(evidence_at(store, "signing.pub")), 0);
    assert_int_equal(added(store, 2), 2); /* the public one can be had from the other */
    assert_string_equal(evidence_problems(store, NULL), "");
}

static void a_key_may_lie_elsewhere(void **state)
{
    struct evidence_store *store = *state;
    store->options.key = arena_printf(store->arena, "%s/elsewhere.key", store->top);
    added(store, 1);
    assert_int_equal(access(store->options.key, R_OK), 0);
    assert_int_equal(access(evidence_at(store, "signing.key"), F_OK), -1);
    assert_string_equal(evidence_problems(store, NULL), "");
    store->options.key = arena_printf(store->arena, "%s/other.key", store->top);
    refused(store, SOAR_PERMANENT, "is missing");
}

static void a_record_too_long_is_refused(void **state)
{
    struct evidence_store *store = *state;
    struct evidence_dir dir;
    struct ed25519 *key = NULL;
    struct soar_err err = {0};
    int64_t n = 0;
    char hex[DIGEST_HEX];
    size_t len = 256 * 1024;
    char *text = malloc(len);
    memset(text, ' ', len);
    text[0] = '{';
    text[len - 1] = '}';
    assert_int_equal(evidence_dir_open(store->path, true, &dir, &err), 0);
    assert_int_equal(evidence_key_load(&dir, NULL, true, &key, &err), 0);
    assert_int_equal(evidence_manifest_add(&dir, key, text, len, &n, hex, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    assert_int_equal(manifest_len(store), 0);
    ed25519_free(key);
    evidence_dir_close(&dir);
    free(text);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, evidence_store_make, evidence_store_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_line_that_was_cut_is_put_aside_and_told),
        WITH_STORE(a_line_that_misses_its_newline_is_a_record),
        WITH_STORE(a_spoiled_line_stops_nobody),
        WITH_STORE(many_writers_make_one_chain),
        WITH_STORE(a_key_is_made_once_and_missed_when_it_is_lost),
        WITH_STORE(a_key_may_lie_elsewhere),
        WITH_STORE(a_record_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
