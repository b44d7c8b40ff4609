/* Property: a reference to a vault means one path of its API and one field, whatever its letters are; one
 * that means nothing, that has no vault to go to, or that stands where nobody can wait for it is told when
 * the files are read. Method: references with what they mean; inventories and configurations with their
 * mistakes. */
#include "tests/engine/site/loading.h"

static const struct {
    const char *reference;
    bool signer;
    const char *path, *field; /* NULL: it means nothing */
} references[] = {
    {"vault:kv/web-01#key", false, "/v1/kv/data/web-01", "key"},
    {"vault:secret/hosts/dc 1/ünï#pass word", false, "/v1/secret/data/hosts/dc%201/%C3%BCn%C3%AF",
     "pass word"},
    {"vault:kv/a?b&c=%2e#f#g", false, "/v1/kv/data/a%3Fb%26c%3D%252e", "f#g"},
    {"vault:kv/...#f", false, "/v1/kv/data/...", "f"},
    {"vault:kv#key", false, NULL, NULL},
    {"vault:kv/web-01", false, NULL, NULL},
    {"vault:kv/web-01#", false, NULL, NULL},
    {"vault:/web-01#key", false, NULL, NULL},
    {"vault:kv/#key", false, NULL, NULL},
    {"vault:kv//a#key", false, NULL, NULL},
    {"vault:kv/../sys/seal#key", false, NULL, NULL},
    {"vault:kv/./a#key", false, NULL, NULL},
    {"vault:", false, NULL, NULL},
    {"vault:ssh/sign/soar", true, "/v1/ssh/sign/soar", NULL},
    {"vault:ssh/sign/a b", true, "/v1/ssh/sign/a%20b", NULL},
    {"vault:ssh/sign/soar#key", true, NULL, NULL},
    {"vault:ssh/issue/soar", true, NULL, NULL},
    {"vault:ssh/sign", true, NULL, NULL},
    {"vault:ssh/sign/soar/more", true, NULL, NULL},
    {"vault:ssh/sign/..", true, NULL, NULL},
};

static void references_mean_a_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site_vault_ref ref;
        struct soar_err err = {0};
        int rc = site_vault_ref(arena, references[i].reference, references[i].signer, &ref, &err);
        if ((rc == 0) != (references[i].path != NULL)) {
            fail_msg("%s: %s", references[i].reference, rc ? err.text : ref.path);
        }
        if (rc != 0) {
            continue;
        }
        assert_string_equal(ref.path, references[i].path);
        assert_int_equal(ref.field == NULL, references[i].field == NULL);
        if (ref.field != NULL) {
            assert_string_equal(ref.field, references[i].field);
        }
    }
}

#define VAULT " v: {kind: vault, url: 'https://v', auth: {bearer: {token: 'env:T'}}}\n"
#define HOST  "hosts:\n w: {os: linux, "

static const struct {
    const char *inventory, *config, *told;
} files[] = {
    {HOST "key: 'vault:kv/w#key'}\nservices:\n" VAULT, NULL, ""},
    {HOST "certificate_authority: 'vault:ssh/sign/soar'}\nservices:\n" VAULT, NULL, ""},
    {HOST "key: 'vault:kv/w#key'}\n", NULL,
     "inventory.yaml:2:22: error: 'vault:kv/w#key': there is no service of `kind: vault` to ask for it\n"},
    {"services:\n" VAULT " x: {kind: vault, url: 'https://x'}\n"
     " s: {kind: slack, url: 'https://s', auth: {path: {value: 'vault:kv/s#hook'}}}\n",
     NULL,
     "inventory.yaml:4:58: error: 'vault:kv/s#hook': there is more than one service of `kind: vault` to ask "
     "for "
     "it\n"},
    {"services:\n" VAULT " x: {kind: vault, url: 'https://x'}\n", NULL, ""},
    {HOST "key: 'vault:kv/w'}\nservices:\n" VAULT, NULL,
     "inventory.yaml:2:22: error: 'key': expected vault:MOUNT/PATH#FIELD, found 'vault:kv/w'\n"},
    {HOST "certificate_authority: 'vault:kv/w#key'}\nservices:\n" VAULT, NULL,
     "inventory.yaml:2:40: error: 'certificate_authority': expected vault:MOUNT/sign/ROLE, a signer of SSH "
     "certificates, found 'vault:kv/w#key'\n"},
    {NULL, "listen: {address: '127.0.0.1:1', tls: {cert: c, key: 'vault:kv/t#key'}}\n",
     "soard.yaml:1:54: error: 'key': soard reads it when it starts, and asks no vault then: use "
     "credential:NAME, file:PATH or env:NAME (an agent of the vault's can write the file)\n"},
};

static void mistakes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        assert_string_equal(load(arena, files[i].inventory, files[i].config, &site), files[i].told);
    }
}

static void the_vault_is_the_one_service(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    load(arena, "services:\n s: {kind: slack, url: 'https://s'}\n" VAULT, NULL, &site);
    assert_string_equal(site_vault(site)->name, "v");
    load(arena, "services:\n s: {kind: slack, url: 'https://s'}\n", NULL, &site);
    assert_null(site_vault(site));
    load(arena, "services:\n" VAULT " x: {kind: vault, url: 'https://x'}\n", NULL, &site);
    assert_null(site_vault(site));
    assert_false(site_in_vault(NULL));
    assert_false(site_in_vault("file:vault:x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_mean_a_path),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(the_vault_is_the_one_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
