/* Property: what was kept is what came, under its own hash, never written again; it is whole only if
 * everybody says so; whatever stops the stream, what came before is kept as partial; and what a crash leaves
 * is salvaged to what it was. Method: streams of half-compressible bytes through the keeper, compared with
 * what zstd unpacks in one go; each reason to stop; crashes played by failing the next step; the whole store
 * verified after each. */
#include "tests/state/evidence_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/digest.h"

enum { SOME = 3 * 1024 * 1024 + 17 };

static struct evidence_keeper *keeper_of(struct evidence_store *store)
{
    return evidence_keeper_new(&store->options, world_system());
}

static struct value keep(struct evidence_store *store, struct evidence_keeper *keeper, const char *facts,
                         const void *bytes, size_t len, int64_t deadline_ms)
{
    struct soar_err err = {0};
    struct value kept, args = evidence_args(store, facts);
    if (evidence_keep(keeper, &args, evidence_pipe_of(bytes, len), deadline_ms, NULL, store->arena, &kept,
                      &err))
        fail_msg("%s", err.text);
    return kept;
}

static struct value seal(struct evidence_store *store, struct evidence_keeper *keeper, const char *verdict)
{
    struct soar_err err = {0};
    struct value sealed, args = evidence_args(store, verdict);
    if (evidence_seal(keeper, &args, store->arena, &sealed, &err))
        fail_msg("%s", err.text);
    return sealed;
}

static struct value salvage(struct evidence_store *store, const char *facts)
{
    struct soar_err err = {0};
    struct value answer, args = evidence_args(store, facts);
    struct evidence_keeper *keeper = keeper_of(store);
    if (evidence_salvage(keeper, &args, NULL, store->arena, &answer, &err))
        fail_msg("%s", err.text);
    evidence_keeper_free(keeper);
    return answer;
}

static void assert_sha256(const struct value *answer, const char *key, const void *bytes, size_t len)
{
    char hex[DIGEST_HEX];
    digest_sha256_hex(bytes, len, hex);
    assert_string_equal(value_get_string(answer, key, ""), hex);
}

static void assert_partial(const struct value *answer, const char *why)
{
    assert_false(value_get_bool(answer, "whole", true));
    if (strstr(value_get_string(answer, "why", ""), why) == NULL)
        fail_msg("'%s' is not in '%s'", why, value_get_string(answer, "why", ""));
}

static void assert_contents(struct evidence_store *store, const struct value *answer, const void *bytes,
                            size_t len)
{
    size_t got = 0;
    assert_int_equal(value_get_int(answer, "bytes", -1), (int64_t)len);
    assert_sha256(answer, "sha256", bytes, len);
    const char *file = value_get_string(answer, "file", "");
    const char *unpacked = evidence_unpacked(store, file, &got);
    assert_int_equal(got, len);
    assert_memory_equal(unpacked, bytes, len);
    const char *stored = evidence_file(store, file, &got);
    assert_int_equal(value_get_int(answer, "stored_bytes", -1), (int64_t)got);
    assert_sha256(answer, "stored_sha256", stored, got);
}

static void what_was_kept_is_what_came(void **state)
{
    struct evidence_store *store = *state;
    static const size_t sizes[] = {1, 4096, 128 * 1024, 1024 * 1024, SOME, 20 * 1024 * 1024};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct stat st;
        uint8_t *bytes = evidence_bytes(sizes[i], (uint32_t)i + 1);
        struct value answer =
            evidence_put(store, arena_printf(store->arena, "E-%zu", i + 1), bytes, sizes[i]);
        const char *file = value_get_string(&answer, "file", "");
        assert_true(value_get_bool(&answer, "whole", false));
        assert_string_equal(value_get_string(&answer, "why", "?"), "");
        assert_contents(store, &answer, bytes, sizes[i]);
        assert_int_equal(stat(evidence_at(store, file), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0400);
        assert_int_equal(st.st_nlink, 1); /* no part is left */
        assert_non_null(strstr(file, value_get_string(&answer, "sha256", "?")));
        free(bytes);
    }
    assert_string_equal(evidence_problems(store, NULL), "");
}

static void a_record_tells_what_was_told(void **state)
{
    struct evidence_store *store = *state;
    size_t len = 0;
    struct evidence_keeper *keeper = keeper_of(store);
    keep(store, keeper,
         "{\"id\":\"E-9\",\"name\":\"memory\",\"run\":\"R-7\",\"step\":\"snap\",\"target\":\"host:web-01\","
         "\"host\":{"
         "\"name\":\"web-01\"},\"by\":\"ana\",\"tool\":{\"name\":\"t\",\"sha256\":\"00\"},\"argv\":[\"a\","
         "\"\\\"b\"],"
         "\"form\":\"lime\",\"expected_bytes\":4}",
         "four", 4, INT64_MAX);
    seal(store, keeper,
         "{\"id\":\"E-9\",\"whole\":true,\"exit\":0,\"their_bytes\":4,\"their_time\":\"2026-11-22T06:00:"
         "00Z\"}");
    evidence_keeper_free(keeper);
    const char *line = evidence_file(store, "manifest.jsonl", &len);
    static const char *const told[] = {
        "\"evidence\":\"E-9\",\"whole\":true,\"why\":\"\",\"name\":\"memory\"",
        "\"target\":\"host:web-01\",\"host\":{\"name\":\"web-01\"},\"by\":\"ana\"",
        "\"argv\":[\"a\",\"\\\"b\"]",
        "\"expected_bytes\":4",
        "\"their_time\":\"2026-11-22T06:00:00Z\"",
        "\"begun\":\"20",
        "\"took_ms\":",
        "\"n\":1,\"before\":\"000000000000"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (strstr(line, told[i]) == NULL)
            fail_msg("%s is not in %s", told[i], line);
}

static void whole_is_what_everybody_says(void **state)
{
    struct evidence_store *store = *state;
    static const struct {
        const char *verdict, *why;
    } cases[] = {
        {"{\"id\":\"E-1\",\"whole\":false,\"why\":\"exit 3\"}", "exit 3"},
        {"{\"id\":\"E-1\",\"whole\":false}", "didn't say"},
        {"{\"id\":\"E-1\",\"whole\":true,\"their_bytes\":5}", "sent 5 bytes, 4 arrived"},
        {"{\"id\":\"E-1\",\"whole\":true,\"their_sha256\":\"00\"}", "SHA-256"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *id = arena_printf(store->arena, "E-%zu", i + 1);
        struct evidence_keeper *keeper = keeper_of(store);
        char *verdict = arena_string(store->arena, cases[i].verdict);
        verdict[9] = id[2];
        keep(store, keeper, arena_printf(store->arena, "{\"id\":\"%s\"}", id), "four", 4, INT64_MAX);
        struct value answer = seal(store, keeper, verdict);
        assert_partial(&answer, cases[i].why);
        assert_contents(store, &answer, "four", 4); /* the same object each time */
        evidence_keeper_free(keeper);
    }
    assert_string_equal(evidence_problems(store, NULL), "");
}

static void what_stops_a_stream_leaves_what_came(void **state)
{
    struct evidence_store *store = *state;
    uint8_t *bytes = evidence_bytes(SOME, 5);
    struct evidence_keeper *keeper = keeper_of(store);
    struct value kept =
        keep(store, keeper, "{\"id\":\"E-1\",\"limit_bytes\":2000000}", bytes, SOME, INT64_MAX);
    assert_string_equal(value_get_string(&kept, "ended", ""), "limit");
    struct value answer = seal(store, keeper, "{\"id\":\"E-1\",\"whole\":true}");
    assert_partial(&answer, "limit of 2000000 bytes");
    assert_contents(store, &answer, bytes, 2000000);
    evidence_keeper_free(keeper);

    keeper = keeper_of(store);
    kept = keep(store, keeper, "{\"id\":\"E-2\",\"limit_bytes\":3145745}", bytes, SOME, INT64_MAX);
    assert_string_equal(value_get_string(&kept, "ended", ""), "end"); /* exactly so much is not more */
    evidence_keeper_free(keeper);
    answer = salvage(store, "{\"id\":\"E-2\"}");
    assert_partial(&answer, "before it was sealed");
    assert_contents(store, &answer, bytes, SOME);

    keeper = keeper_of(store);
    kept = keep(store, keeper, "{\"id\":\"E-3\"}", bytes, SOME, 0);
    assert_string_equal(value_get_string(&kept, "ended", ""), "late");
    answer = seal(store, keeper, "{\"id\":\"E-3\",\"whole\":true}");
    assert_partial(&answer, "time was over");
    assert_string_equal(value_get_string(&answer, "file", "?"), ""); /* nothing is no object */
    evidence_keeper_free(keeper);

    store->options.reserve = INT64_MAX; /* more than any disk has free */
    keeper = keeper_of(store);
    kept = keep(store, keeper, "{\"id\":\"E-4\"}", bytes, SOME, INT64_MAX);
    assert_string_equal(value_get_string(&kept, "ended", ""), "reserve");
    answer = seal(store, keeper, "{\"id\":\"E-4\",\"whole\":true}");
    assert_partial(&answer, "reserve");
    evidence_keeper_free(keeper);
    assert_string_equal(evidence_problems(store, NULL), "");
    free(bytes);
}

static void at_most_bounds_every_stream(void **state)
{
    struct evidence_store *store = *state;
    store->options.at_most = 3;
    struct evidence_keeper *keeper = keeper_of(store);
    struct value kept = keep(store, keeper, "{\"id\":\"E-1\",\"limit_bytes\":4}", "four", 4, INT64_MAX);
    assert_string_equal(value_get_string(&kept, "ended", ""), "limit");
    assert_int_equal(value_get_int(&kept, "bytes", 0), 3);
    evidence_keeper_free(keeper);
}

static void the_same_bytes_are_one_object(void **state)
{
    struct evidence_store *store = *state;
    struct stat before, after;
    size_t len = 0;
    struct value one = evidence_put(store, "E-1", "the same", 8);
    assert_int_equal(stat(evidence_at(store, value_get_string(&one, "file", "")), &before), 0);
    struct value other = evidence_put(store, "E-2", "the same", 8);
    assert_string_equal(value_get_string(&one, "file", "1"), value_get_string(&other, "file", "2"));
    assert_int_equal(stat(evidence_at(store, value_get_string(&one, "file", "")), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_non_null(strstr(evidence_file(store, "manifest.jsonl", &len), "\"again\":true"));
    assert_string_equal(evidence_problems(store, NULL), "");
}

static void a_damaged_object_is_neither_trusted_nor_overwritten(void **state)
{
    struct evidence_store *store = *state;
    size_t len = 0, again = 0;
    struct value one = evidence_put(store, "E-1", "the same bytes", 14);
    const char *file = value_get_string(&one, "file", "");
    char *stored = evidence_file(store, file, &len);
    stored[len - 3] ^= 1;
    evidence_write(store, file, stored, len);
    struct value other = evidence_put(store, "E-2", "the same bytes", 14);
    assert_non_null(strstr(value_get_string(&other, "file", ""), ".2.zst"));
    assert_contents(store, &other, "the same bytes", 14);
    assert_memory_equal(evidence_file(store, file, &again), stored, len);
    assert_int_equal(again, len);
    assert_non_null(strstr(evidence_problems(store, NULL), "E-1: objects/")); /* and it is told */
    assert_null(strstr(evidence_problems(store, NULL), "E-2"));
}

static void an_id_is_used_once(void **state)
{
    struct evidence_store *store = *state;
    static const char *const none[] = {"{}",
                                       "{\"id\":\"\"}",
                                       "{\"id\":\"E-\"}",
                                       "{\"id\":\"E-1/../../x\"}",
                                       "{\"id\":\"E-1234567890123456789\"}",
                                       "{\"id\":\"../E-1\"}"};
    struct soar_err err = {0};
    struct value ret;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct evidence_keeper *keeper = keeper_of(store);
        struct value args = evidence_args(store, none[i]);
        assert_int_equal(
            evidence_keep(keeper, &args, evidence_pipe_of("x", 1), INT64_MAX, NULL, store->arena, &ret, &err),
            -1);
        assert_int_equal(err.class, SOAR_INVALID);
        assert_int_equal(evidence_salvage(keeper, &args, NULL, store->arena, &ret, &err), -1);
        assert_int_equal(err.class, SOAR_INVALID);
        evidence_keeper_free(keeper);
    }
    evidence_put(store, "E-1", "x", 1);
    struct evidence_keeper *keeper = keeper_of(store), *other = keeper_of(store);
    struct value used = evidence_args(store, "{\"id\":\"E-1\"}"),
                 new = evidence_args(store, "{\"id\":\"E-2\"}");
    assert_int_equal(
        evidence_keep(keeper, &used, evidence_pipe_of("x", 1), INT64_MAX, NULL, store->arena, &ret, &err),
        -1);
    assert_non_null(strstr(err.text, "in the manifest already"));
    assert_int_equal(
        evidence_keep(keeper, &new, evidence_pipe_of("x", 1), INT64_MAX, NULL, store->arena, &ret, &err), 0);
    assert_int_equal(
        evidence_keep(other, &new, evidence_pipe_of("x", 1), INT64_MAX, NULL, store->arena, &ret, &err), -1);
    assert_non_null(strstr(err.text, "begun already"));
    assert_int_equal(evidence_salvage(other, &new, NULL, store->arena, &ret, &err),
                     -1); /* its writer lives */
    assert_int_equal(err.class, SOAR_TRANSIENT);
    assert_int_equal(evidence_seal(other, &new, store->arena, &ret, &err), -1);
    assert_int_equal(err.class, SOAR_INVALID);
    evidence_keeper_free(keeper);
    evidence_keeper_free(other);
}

static void nothing_is_salvaged_to_nothing(void **state)
{
    struct evidence_store *store = *state;
    struct value answer = salvage(store, "{\"id\":\"E-5\",\"name\":\"memory\"}");
    assert_partial(&answer, "before anything of it had arrived");
    assert_int_equal(value_get_int(&answer, "bytes", -1), 0);
    struct value again = salvage(store, "{\"id\":\"E-5\"}");
    assert_true(value_equal(&answer, &again));
    assert_string_equal(evidence_problems(store, NULL), "");
}

static void what_is_sealed_answers_as_it_was(void **state)
{
    struct evidence_store *store = *state;
    struct value sealed = evidence_put(store, "E-1", "sealed", 6);
    struct value answer = salvage(store, "{\"id\":\"E-1\"}");
    assert_true(value_equal(&sealed, &answer));
    evidence_write(store, "parts/E-1", "left", 4); /* of a crash before it was removed */
    answer = salvage(store, "{\"id\":\"E-1\"}");
    assert_true(value_equal(&sealed, &answer));
    assert_int_equal(access(evidence_at(store, "parts/E-1"), F_OK), -1);
}

/* The part is cut anywhere; the facts that were noted stand in the record. */
static void a_cut_part_is_kept_up_to_its_last_block(void **state)
{
    struct evidence_store *store = *state;
    uint8_t *bytes = evidence_bytes(SOME, 7);
    size_t len = 0, got = 0;
    for (unsigned i = 1; i < 12; i++) {
        char *facts = arena_printf(store->arena, "{\"id\":\"E-%u\",\"name\":\"noted\"}", i);
        char *part = arena_printf(store->arena, "parts/E-%u", i);
        struct evidence_keeper *keeper = keeper_of(store);
        keep(store, keeper, facts, bytes, SOME, INT64_MAX);
        evidence_keeper_free(keeper);
        evidence_file(store, part, &len);
        assert_int_equal(truncate(evidence_at(store, part), (off_t)(len * i / 12 + i)), 0);
        struct value answer = salvage(store, arena_printf(store->arena, "{\"id\":\"E-%u\"}", i));
        assert_partial(&answer, "before it was sealed");
        got = (size_t)value_get_int(&answer, "bytes", 0);
        assert_true(got + 300 * 1024 > (size_t)SOME * i / 12); /* a block or two are lost, no more */
        assert_contents(store, &answer, bytes, got);
        assert_non_null(strstr(evidence_file(store, "manifest.jsonl", &len), "\"name\":\"noted\""));
    }
    assert_string_equal(evidence_problems(store, NULL), "");
    free(bytes);
}

/* The record can't be written: as a crash between the verdict and the record. */
static void a_verdict_survives_a_crash(void **state)
{
    struct evidence_store *store = *state;
    struct soar_err err = {0};
    struct value ret, verdict = evidence_args(store, "{\"id\":\"E-1\",\"whole\":true,\"exit\":0}");
    struct evidence_keeper *keeper = keeper_of(store);
    keep(store, keeper, "{\"id\":\"E-1\",\"name\":\"memory\"}", "contents", 8, INT64_MAX);
    assert_int_equal(mkdir(evidence_at(store, "manifest.jsonl"), 0700), 0);
    assert_int_equal(evidence_seal(keeper, &verdict, store->arena, &ret, &err), -1);
    assert_int_equal(rmdir(evidence_at(store, "manifest.jsonl")), 0);
    evidence_keeper_free(keeper);
    assert_string_equal(evidence_problems(store, NULL),
                        ""); /* the object has a part still: nothing is wrong */
    struct value answer = salvage(store, "{\"id\":\"E-1\"}");
    assert_true(value_get_bool(&answer, "whole", false));
    assert_contents(store, &answer, "contents", 8);
    size_t len = 0;
    assert_non_null(strstr(evidence_file(store, "manifest.jsonl", &len), "\"took_ms\""));
    assert_string_equal(evidence_problems(store, NULL), "");
}

/* … but a verdict about other bytes is none. */
static void a_verdict_on_other_bytes_is_not_believed(void **state)
{
    struct evidence_store *store = *state;
    size_t len = 0;
    struct evidence_keeper *keeper = keeper_of(store);
    keep(store, keeper, "{\"id\":\"E-1\"}", "contents", 8, INT64_MAX);
    evidence_keeper_free(keeper);
    static const char note[] =
        "{\"evidence\":\"E-1\",\"whole\":true,\"why\":\"\",\"bytes\":8,\"sha256\":\"00\"}";
    evidence_write(store, "parts/E-1.seal", note, sizeof note - 1);
    struct value answer = salvage(store, "{\"id\":\"E-1\"}");
    assert_partial(&answer, "before it was sealed");
    assert_null(strstr(evidence_file(store, "manifest.jsonl", &len), "\"whole\":true"));
    assert_int_equal(access(evidence_at(store, "parts/E-1.seal"), F_OK), -1);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, evidence_store_make, evidence_store_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(what_was_kept_is_what_came),
        WITH_STORE(a_record_tells_what_was_told),
        WITH_STORE(whole_is_what_everybody_says),
        WITH_STORE(what_stops_a_stream_leaves_what_came),
        WITH_STORE(at_most_bounds_every_stream),
        WITH_STORE(the_same_bytes_are_one_object),
        WITH_STORE(a_damaged_object_is_neither_trusted_nor_overwritten),
        WITH_STORE(an_id_is_used_once),
        WITH_STORE(nothing_is_salvaged_to_nothing),
        WITH_STORE(what_is_sealed_answers_as_it_was),
        WITH_STORE(a_cut_part_is_kept_up_to_its_last_block),
        WITH_STORE(a_verdict_survives_a_crash),
        WITH_STORE(a_verdict_on_other_bytes_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
