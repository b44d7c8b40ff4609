/* Property: whatever somebody changes about evidence is told, by name; what nobody changed is not.
 * Method: a store of four evidences (one without bytes, two of the same bytes), and a table of changes done
 * to it, one at a time: each must be told in the words expected, and the store before it must be sound. The
 * script that uses nothing of ours must come to the same verdict. */
#include "tests/state/evidence_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/json.h"

struct sealed {
    struct value first, second; /* the answers of E-1 and E-2 */
};

static struct sealed fill(struct evidence_store *store)
{
    struct sealed sealed;
    uint8_t *bytes = evidence_bytes(400000, 3);
    sealed.first = evidence_put(store, "E-1", bytes, 400000);
    sealed.second = evidence_put(store, "E-2", "second", 6);
    evidence_put(store, "E-3", "", 0);
    evidence_put(store, "E-4", "second", 6);
    free(bytes);
    return sealed;
}

static const char *file_of(const struct value *answer)
{
    return value_get_string(answer, "file", "");
}

static void flip(struct evidence_store *store, const char *name, size_t at)
{
    size_t len = 0;
    char *bytes = evidence_file(store, name, &len);
    bytes[at < len ? at : len - 1] ^= 1;
    evidence_write(store, name, bytes, len);
}

/* Lines first to last (from 1) of the manifest, in any order; 0 ends. */
static void keep_lines(struct evidence_store *store, const int *lines)
{
    size_t len = 0;
    BUF_SCOPED out = {0};
    const char *text = evidence_file(store, "manifest.jsonl", &len);
    for (; *lines; lines++) {
        const char *at = text;
        for (int i = 1; i < *lines; i++)
            at = strchr(at, '\n') + 1;
        buf_add(&out, at, (size_t)(strchr(at, '\n') - at) + 1);
    }
    evidence_write(store, "manifest.jsonl", buf_string(&out), out.len);
}

/* Replaces one word of the manifest by one of the same length. */
static void replace(struct evidence_store *store, const char *word, const char *with)
{
    size_t len = 0;
    char *text = evidence_file(store, "manifest.jsonl", &len), *at = strstr(text, word);
    assert_non_null(at);
    assert_int_equal(strlen(word), strlen(with));
    memcpy(at, with, strlen(with));
    evidence_write(store, "manifest.jsonl", text, len);
}

static void object_byte(struct evidence_store *store, const struct sealed *sealed)
{
    flip(store, file_of(&sealed->first), 200000);
}
static void object_first_byte(struct evidence_store *store, const struct sealed *sealed)
{
    flip(store, file_of(&sealed->first), 0);
}
static void object_longer(struct evidence_store *store, const struct sealed *sealed)
{
    size_t len = 0;
    char *bytes = evidence_file(store, file_of(&sealed->first), &len);
    evidence_write(store, file_of(&sealed->first), bytes, len + 1); /* the NUL behind it */
}
static void object_shorter(struct evidence_store *store, const struct sealed *sealed)
{
    size_t len = 0;
    char *bytes = evidence_file(store, file_of(&sealed->first), &len);
    evidence_write(store, file_of(&sealed->first), bytes, len - 1);
}
static void object_swapped(struct evidence_store *store, const struct sealed *sealed)
{
    const char *one = evidence_at(store, file_of(&sealed->first)),
               *two = evidence_at(store, file_of(&sealed->second));
    const char *aside = evidence_at(store, "aside");
    assert_int_equal(rename(one, aside) | rename(two, one) | rename(aside, two), 0);
}
static void object_gone(struct evidence_store *store, const struct sealed *sealed)
{
    assert_int_equal(unlink(evidence_at(store, file_of(&sealed->second))), 0);
}
static void object_link(struct evidence_store *store, const struct sealed *sealed)
{
    const char *one = evidence_at(store, file_of(&sealed->second)), *aside = evidence_at(store, "aside");
    assert_int_equal(rename(one, aside) | symlink(aside, one), 0);
}
static void object_more(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    evidence_write(store, "objects/00/0011.zst", "x", 1);
}
static void line_removed(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    keep_lines(store, (const int[]){1, 2, 4, 0});
}
static void first_line_removed(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    keep_lines(store, (const int[]){2, 3, 4, 0});
}
static void last_line_removed(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    keep_lines(store, (const int[]){1, 2, 3, 0});
}
static void lines_swapped(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    keep_lines(store, (const int[]){1, 3, 2, 4, 0});
}
static void line_twice(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    keep_lines(store, (const int[]){1, 2, 3, 4, 4, 0});
}
static void line_changed(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    replace(store, "\"run\":\"R-1\"", "\"run\":\"R-2\"");
}
static void last_line_changed(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    replace(store, "\"evidence\":\"E-4\"", "\"evidence\":\"E-5\"");
}
static void signature_changed(struct evidence_store *store, const struct sealed *sealed)
{
    size_t len = 0;
    (void)sealed;
    char *text = evidence_file(store, "manifest.jsonl", &len);
    char *at = strstr(text, "\"signature\":\"") + 20;
    *at = *at == 'A' ? 'B' : 'A';
    evidence_write(store, "manifest.jsonl", text, len);
}
static void line_garbled(struct evidence_store *store, const struct sealed *sealed)
{
    (void)sealed;
    replace(store, "{\"n\":2,", "[\"n\":2,");
}
static void line_cut(struct evidence_store *store, const struct sealed *sealed)
{
    size_t len = 0;
    (void)sealed;
    const char *text = evidence_file(store, "manifest.jsonl", &len);
    evidence_write(store, "manifest.jsonl", text, len - 30);
}
static void key_exchanged(struct evidence_store *store, const struct sealed *sealed)
{
    struct ed25519 *key = NULL;
    BUF_SCOPED pem = {0};
    (void)sealed;
    assert_int_equal(ed25519_make(&key, NULL), 0);
    ed25519_public_pem(ed25519_public(key), &pem);
    ed25519_free(key);
    evidence_write(store, "signing.pub", pem.data, pem.len);
}

static const struct {
    const char *name;
    void (*change)(struct evidence_store *store, const struct sealed *sealed);
    const char *told;
    bool unseen; /* only the journal, or another copy, shows it */
} changes[] = {
    {"a byte of an object", object_byte, "E-1: objects/", false},
    {"its first byte", object_first_byte, "E-1: objects/", false},
    {"a byte more", object_longer, "was changed", false},
    {"a byte less", object_shorter, "was changed", false},
    {"objects swapped", object_swapped, "E-2: objects/", false},
    {"an object removed", object_gone, "is missing", false},
    {"an object that is a link", object_link, "E-2: objects/", false},
    {"an object added", object_more, "objects/00/0011.zst: no record names it", false},
    {"a line removed", line_removed, "manifest.jsonl:3: is record 4: lines before it are missing", false},
    {"the first line removed", first_line_removed, "manifest.jsonl:1: is record 2", false},
    {"the last line removed", last_line_removed, "", true},
    {"lines swapped", lines_swapped, "manifest.jsonl:2: doesn't follow", false},
    {"a line twice", line_twice, "E-4 has a record already", false},
    {"a line changed", line_changed, "manifest.jsonl:1: its signature is wrong", false},
    {"the last line changed", last_line_changed, "manifest.jsonl:4: its signature is wrong", false},
    {"a signature changed", signature_changed, "manifest.jsonl:1: its signature is wrong", false},
    {"a line garbled", line_garbled, "manifest.jsonl:2: is no record", false},
    {"the last line cut", line_cut, "manifest.jsonl:4: the last line is cut off", false},
    {"the key exchanged", key_exchanged, "signed with another key than signing.pub", false},
};

static int script(struct evidence_store *store)
{
    char command[1024];
    snprintf(command, sizeof command, "python3 %s/examples/evidence/verify.py %s >%s/said 2>&1",
             SOAR_SOURCE_DIR, store->path, store->top);
    int status = system(command); /* NOLINT: paths of our own */
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void every_change_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        void *own = NULL;
        evidence_store_make(&own);
        struct evidence_store *store = own;
        struct sealed sealed = fill(store);
        assert_string_equal(evidence_problems(store, NULL), "");
        changes[i].change(store, &sealed);
        const char *problems = evidence_problems(store, NULL);
        if (changes[i].told[0] ? strstr(problems, changes[i].told) == NULL : problems[0] != '\0')
            fail_msg("%s: told '%s', not '%s'", changes[i].name, problems, changes[i].told);
        if (script(store) != (changes[i].unseen ? 0 : 1))
            fail_msg("%s: the script came to another verdict", changes[i].name);
        evidence_store_drop(&own);
    }
}

static void a_sound_store_is_sound_for_the_script(void **state)
{
    struct evidence_store *store = *state;
    fill(store);
    assert_int_equal(script(store), 0);
}

static char *journal_of(struct evidence_store *store, const struct sealed *sealed, const char *rest)
{
    return arena_printf(
        store->arena,
        "[{\"evidence\":\"E-1\",\"state\":\"whole\",\"bytes\":400000,\"sha256\":\"%s\"},"
        "{\"evidence\":\"E-2\",\"state\":\"whole\",\"bytes\":6},{\"evidence\":\"E-3\",\"state\":"
        "\"whole\",\"bytes\":0},{\"evidence\":\"E-9\",\"state\":\"begun\"},{\"evidence\":\"E-8\","
        "\"state\":\"partial\",\"bytes\":0,\"file\":\"\"}%s]",
        value_get_string(&sealed->first, "sha256", ""), rest);
}

static void the_journal_and_the_manifest_say_the_same(void **state)
{
    struct evidence_store *store = *state;
    struct sealed sealed = fill(store);
    static const struct {
        const char *rest, *told;
    } cases[] = {
        {",{\"evidence\":\"E-4\",\"state\":\"whole\",\"bytes\":6}", ""},
        {"", "E-4: has a record in the manifest, and the journal doesn't know it"},
        {",{\"evidence\":\"E-4\",\"state\":\"partial\",\"bytes\":6}",
         "E-4: partial in the journal, whole in the manifest"},
        {",{\"evidence\":\"E-4\",\"state\":\"whole\",\"bytes\":7}", "E-4: its bytes in the journal is not"},
        {",{\"evidence\":\"E-4\",\"state\":\"whole\",\"bytes\":6,\"record_sha256\":\"5f0c\"}",
         "E-4: its record is not the one that the journal saw written"},
        {",{\"evidence\":\"E-4\",\"state\":\"whole\"},{\"evidence\":\"E-5\",\"state\":\"whole\",\"bytes\":1}",
         "E-5: the journal says that it was kept, the manifest has no record"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *problems = evidence_problems(store, journal_of(store, &sealed, cases[i].rest));
        if (cases[i].told[0] ? strncmp(problems, cases[i].told, strlen(cases[i].told)) != 0
                             : problems[0] != '\0')
            fail_msg("'%s', not '%s'", problems, cases[i].told);
    }
    keep_lines(store, (const int[]){1, 2, 3, 0}); /* the tail is cut: nobody but the journal can tell */
    assert_non_null(strstr(
        evidence_problems(
            store, journal_of(store, &sealed, ",{\"evidence\":\"E-4\",\"state\":\"whole\",\"bytes\":6}")),
        "E-4: the journal says that it was kept"));
}

/* What a manifest names as an object is opened only if it is one: also when whoever wrote it had the key. */
static void no_record_leads_out_of_the_directory(void **state)
{
    struct evidence_store *store = *state;
    static const char *const bodies[] = {
        "{\"object\":\"../../../etc/passwd\",\"bytes\":1,\"sha256\":\"%s\"}",
        "{\"object\":\"objects/ab/../../signing.key\",\"bytes\":1,\"sha256\":\"%s\"}",
        "{\"object\":\"signing.key\",\"bytes\":1,\"sha256\":\"%s\"}",
        "{\"object\":\"\",\"bytes\":1,\"sha256\":\"%s\"}",
        "{\"object\":\"objects/..\",\"bytes\":1,\"sha256\":\"../../../../../etc/passwd\"}",
        "{\"object\":17,\"bytes\":1,\"sha256\":null}",
        "{}",
    };
    char hex[DIGEST_HEX];
    digest_sha256_hex("x", 1, hex);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        BUF_SCOPED text = {0};
        const char *at = strstr(bodies[i], "%s");
        buf_add(&text, bodies[i], at ? (size_t)(at - bodies[i]) : strlen(bodies[i]));
        if (at)
            buf_printf(&text, "%s%s", hex, at + 2);
        struct value record = evidence_args(store, buf_string(&text));
        assert_null(evidence_record_object(&record));
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, evidence_store_make, evidence_store_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_is_told),
        WITH_STORE(a_sound_store_is_sound_for_the_script),
        WITH_STORE(the_journal_and_the_manifest_say_the_same),
        WITH_STORE(no_record_leads_out_of_the_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
