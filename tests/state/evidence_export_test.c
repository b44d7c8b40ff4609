/* Property: what is exported is what was kept, in the form asked for, with records that verify by themselves;
 * what was damaged isn't exported, and no directory that is there is written into.
 * Method: a store exported both ways and compared byte by byte; its records' signatures checked with the
 * exported key; a damaged object; an evidence without bytes; ids that are none. */
#include "tests/state/evidence_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "state/evidence_export.h"

static int export_to(struct evidence_store *store, const char *name, const char *ids, bool raw,
                     struct value *ret_files, struct soar_err *err)
{
    struct evidence_dir dir;
    struct value list = evidence_args(store, ids);
    struct evidence_export export = {
        .dir = &dir, .to = arena_printf(store->arena, "%s/%s", store->top, name), .ids = &list, .raw = raw};
    assert_int_equal(evidence_dir_open(store->path, false, &dir, err), 0);
    int rc = evidence_export(&export, store->arena, ret_files, err);
    evidence_dir_close(&dir);
    return rc;
}

static char *exported(struct evidence_store *store, const char *name, size_t *ret_len)
{
    return evidence_file(store, arena_printf(store->arena, "../%s", name), ret_len);
}

static void copies_are_what_was_kept(void **state)
{
    struct evidence_store *store = *state;
    struct soar_err err = {0};
    struct value files;
    size_t len = 0, stored_len = 0;
    uint8_t *bytes = evidence_bytes(900000, 1);
    struct value sealed = evidence_put(store, "E-1", bytes, 900000);
    evidence_put(store, "E-2", "", 0);
    evidence_put(store, "E-3", "third", 5);
    assert_int_equal(export_to(store, "raw", "[\"E-1\",\"E-2\"]", true, &files, &err), 0);
    assert_int_equal(value_count(&files), 2);
    assert_memory_equal(exported(store, "raw/E-1.raw", &len), bytes, 900000);
    assert_int_equal(len, 900000);
    exported(store, "raw/E-2.raw", &len);
    assert_int_equal(len, 0);
    assert_int_equal(export_to(store, "stored", "[\"E-1\"]", false, &files, &err), 0);
    const char *stored = evidence_file(store, value_get_string(&sealed, "file", ""), &stored_len);
    assert_memory_equal(exported(store, "stored/E-1.zst", &len), stored, stored_len);
    assert_int_equal(len, stored_len);
    free(bytes);
}

static void records_verify_by_themselves(void **state)
{
    struct evidence_store *store = *state;
    struct soar_err err = {0};
    struct value files, record;
    uint8_t public[ED25519_PUBLIC_BYTES], signature[ED25519_SIGNATURE_BYTES];
    size_t len = 0, signed_len = 0;
    evidence_put(store, "E-1", "first", 5);
    evidence_put(store, "E-2", "second", 6);
    assert_int_equal(export_to(store, "out", "[\"E-2\"]", false, &files, &err), 0);
    const char *pem = exported(store, "out/signing.pub", &len);
    assert_int_equal(ed25519_public_load(pem, len, public, &err), 0);
    const char *line = exported(store, "out/records.jsonl", &len);
    assert_int_equal(line[len - 1], '\n');
    assert_true(evidence_record_read(store->arena, line, len - 1, &record, &signed_len, signature));
    assert_true(ed25519_verify(public, line, signed_len, signature));
    assert_string_equal(value_get_string(&record, "evidence", ""), "E-2");
    assert_non_null(strstr(exported(store, "out/README.txt", &len), "openssl pkeyutl -verify"));
}

static void what_is_not_as_recorded_is_not_exported(void **state)
{
    struct evidence_store *store = *state;
    struct soar_err err = {0};
    struct value files;
    size_t len = 0;
    struct value sealed = evidence_put(store, "E-1", "these are some bytes", 20);
    const char *file = value_get_string(&sealed, "file", "");
    char *stored = evidence_file(store, file, &len);
    stored[len - 4] ^= 1;
    evidence_write(store, file, stored, len);
    assert_int_equal(export_to(store, "raw", "[\"E-1\"]", true, &files, &err), -1);
    assert_non_null(strstr(err.text, "is not what its record says"));
    assert_int_equal(access(arena_printf(store->arena, "%s/raw/E-1.raw", store->top), F_OK), -1);
    assert_int_equal(export_to(store, "stored", "[\"E-1\"]", false, &files, &err), -1);
    assert_int_equal(access(arena_printf(store->arena, "%s/stored/E-1.zst", store->top), F_OK), -1);
}

static void what_makes_no_sense_is_told(void **state)
{
    struct evidence_store *store = *state;
    struct soar_err err = {0};
    struct value files;
    evidence_put(store, "E-1", "first", 5);
    assert_int_equal(export_to(store, "evidence", "[\"E-1\"]", false, &files, &err), -1); /* it is there */
    assert_int_equal(err.class, SOAR_INVALID);
    assert_int_equal(export_to(store, "a", "[\"E-2\"]", false, &files, &err), -1);
    assert_non_null(strstr(err.text, "E-2: it has no record"));
    assert_int_equal(export_to(store, "b", "[\"../x\"]", false, &files, &err), -1);
    assert_non_null(strstr(err.text, "is no evidence"));
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, evidence_store_make, evidence_store_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(copies_are_what_was_kept),
        WITH_STORE(records_verify_by_themselves),
        WITH_STORE(what_is_not_as_recorded_is_not_exported),
        WITH_STORE(what_makes_no_sense_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
