/* Property: an entry of `services:` is in the site as it was written, its secrets as references with the
 * names a worker finds them by, nothing of them in what packs see; each mistake has its line. Method: each
 * kind of log-in read; a table of mistakes with their lines word for word. */
#include "tests/engine/site/loading.h"

static const struct site_place *one(struct arena *arena, const char *entry)
{
    struct site *site = NULL;
    const char *text =
        arena_printf(arena, "services:\n  s: {kind: okta, url: \"https://x.example\", %s}\n", entry);
    assert_string_equal(load(arena, text, NULL, &site), "");
    assert_int_equal(site->service_count, 1);
    return &site->services[0];
}

struct log_in {
    const char *entry;
    const char *auth;
    const char *public;
    const char *secrets;
    const char *account;
};

static const struct log_in log_ins[] = {
    {"auth: {basic: {user: u, password: 'env:P'}}", "basic", "{\"basic\":{\"user\":\"u\"}}", "password=env:P",
     "u"},
    {"auth: {bearer: {token: 'env:T'}}", "bearer", "{\"bearer\":{}}", "token=env:T", NULL},
    {"auth: {header: {name: Authorization, prefix: 'SSWS ', value: 'env:O'}}", "header",
     "{\"header\":{\"name\":\"Authorization\",\"prefix\":\"SSWS \"}}", "value=env:O", NULL},
    {"auth: {header: {name: X-Token, prefix: '', value: 'env:O'}}", "header",
     "{\"header\":{\"name\":\"X-Token\",\"prefix\":\"\"}}", "value=env:O", NULL},
    {"auth: {path: {value: 'credential:hook'}}", "path", "{\"path\":{}}", "value=credential:hook", NULL},
    {"auth: {oauth2: {token: 'https://l.example/t', client: c-1, secret: 'credential:k_x', scope: a b, send: "
     "Basic}}",
     "oauth2",
     "{\"oauth2\":{\"token\":\"https://l.example/t\",\"client\":\"c-1\",\"scope\":\"a "
     "b\",\"send\":\"basic\"}}",
     "secret=credential:k_x", "c-1"},
    {"auth: {exchange: {path: /login, user: w, password: 'env:W', answer: data.token, life: 15m}}",
     "exchange",
     "{\"exchange\":{\"path\":\"/login\",\"user\":\"w\",\"answer\":\"data.token\",\"life\":900000}}",
     "password=env:W", "w"},
    {"auth: {jwt: {token: 'https://l.example/t', issuer: i, subject: s, scope: x, key: 'env:K', key_id: k, "
     "algorithm: es256}}",
     "jwt",
     "{\"jwt\":{\"token\":\"https://l.example/"
     "t\",\"issuer\":\"i\",\"subject\":\"s\",\"scope\":\"x\",\"key_id\":\"k\",\"algorithm\":\"ES256\"}}",
     "key=env:K", "i"},
    {"auth: {aws: {access_key: AKIA, region: us-east-1, service: iam, secret: 'env:S', session: 'env:T'}}",
     "aws", "{\"aws\":{\"access_key\":\"AKIA\",\"region\":\"us-east-1\",\"service\":\"iam\"}}",
     "secret=env:S session=env:T", NULL},
    {"auth: {mtls: {certificate: c.pem, key: 'env:K'}, bearer: {token: 'env:T'}}", "bearer",
     "{\"mtls\":{},\"bearer\":{}}", "mtls_key=env:K token=env:T", NULL},
};

static const char *secrets_of(struct arena *arena, const struct site_service *service)
{
    const char *text = "";
    for (size_t i = 0; i < service->secret_count; i++) {
        text = arena_printf(arena, "%s%s%s=%s", text, i > 0 ? " " : "", service->secrets[i].name,
                            service->secrets[i].reference);
    }
    return text;
}

static void each_kind_of_log_in_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof log_ins / sizeof log_ins[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const struct site_place *place = one(arena, log_ins[i].entry);
        const struct site_service *service = place->service;
        assert_string_equal(service->auth, log_ins[i].auth);
        assert_string_equal(json_text(arena, &service->auth_public), log_ins[i].public);
        assert_string_equal(secrets_of(arena, service), log_ins[i].secrets);
        if (log_ins[i].account == NULL) {
            assert_null(service->log_in);
        } else {
            assert_string_equal(service->log_in, log_ins[i].account);
        }
        struct value seen = site_place_value(arena, place);
        const char *text = json_text(arena, &seen);
        assert_null(strstr(text, "env:"));
        assert_null(strstr(text, "c-1"));
    }
}

static void further_secrets_have_names_of_their_own(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct site_service *service =
        one(arena, "auth: {exchange: {url: 'https://l.example/', json: {a: {b: 1}}, secrets: {role: 'env:R', "
                   "password: 'env:S'}, answer: 'header:X-Auth', name: X-Auth}}")
            ->service;
    assert_string_equal(secrets_of(arena, service), "secrets.role=env:R secrets.password=env:S");
    assert_string_equal(json_text(arena, &service->auth_public),
                        "{\"exchange\":{\"url\":\"https://l.example/\",\"json\":{\"a\":{\"b\":1}},"
                        "\"answer\":\"header:X-Auth\",\"name\":\"X-Auth\"}}");
}

static void what_stands_beside_the_log_in_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct site_place *place =
        one(arena, "ca: keys/ca.pem, rate: 90/m, headers: {x-id: 7}, domain: corp.example, tags: [emea], "
                   "options: {realm: corp, ids: [1, 2], on: true}, "
                   "auth: {mtls: {certificate: keys/c.pem, key: 'file:keys/c.key'}}");
    const struct site_service *service = place->service;
    struct value seen = site_place_value(arena, place);
    assert_true(service->ca[0] == '/' && strstr(service->ca, "/keys/ca.pem") != NULL);
    assert_true(service->certificate[0] == '/' && strstr(service->certificate, "/keys/c.pem") != NULL);
    assert_true(strncmp(service->secrets[0].reference, "file:/", 6) == 0);
    assert_null(service->auth);
    assert_int_equal(service->calls, 90);
    assert_int_equal(service->per_ms, 60000);
    assert_string_equal(json_text(arena, &service->headers), "{\"x-id\":\"7\"}");
    assert_string_equal(json_text(arena, &seen),
                        "{\"name\":\"s\",\"kind\":\"okta\",\"url\":\"https://x.example\","
                        "\"options\":{\"realm\":\"corp\",\"ids\":[1,2],\"on\":true},"
                        "\"domain\":\"corp.example\",\"domains\":[\"corp.example\"],\"tags\":[\"emea\"]}");
}

static void a_service_may_be_bare(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    const struct site_place *place = one(arena, "rate: 600/10m");
    struct value seen = site_place_value(arena, place);
    assert_null(place->service->auth);
    assert_int_equal(place->service->secret_count, 0);
    assert_int_equal(place->service->per_ms, 600000);
    assert_string_equal(json_text(arena, &place->service->auth_public), "{}");
    assert_int_equal(value_count(value_get(&seen, "options")), 0);
}

struct slip {
    const char *entry;
    const char *lines;
};

#define AT(col) "inventory.yaml:1:" #col ": error: "
static const struct slip slips[] = {
    {"kind: x, url: 'https://h', atuh: {}",
     AT(43) "unknown key 'atuh' in a service (did you mean 'auth'?)\n"},
    {"kind: x, url: 'https://h', user: u", AT(43) "unknown key 'user' in a service\n"},
    {"kind: x, url: 'http://h.example'",
     AT(30) "'url': http is for a loopback address like 127.0.0.1 alone: https://h.example?\n"},
    {"kind: x, url: 'http://localhost:80'",
     AT(30) "'url': http is for a loopback address like 127.0.0.1 alone: https://localhost?\n"},
    {"kind: x, url: 'http://127.0.0.1.evil.example'",
     AT(30) "'url': http is for a loopback address like 127.0.0.1 alone: https://127.0.0.1.evil.example?\n"},
    {"kind: x, url: 'https://u:p@h'",
     AT(30) "'url': expected https://HOST[:PORT][/PATH], found 'https://u:p@h'\n"},
    {"kind: x, url: 'https://h:99999/'",
     AT(30) "'url': expected https://HOST[:PORT][/PATH], found 'https://h:99999/'\n"},
    {"kind: x, url: 'https://h/?q=1'",
     AT(30) "'url': expected https://HOST[:PORT][/PATH], found 'https://h/?q=1'\n"},
    {"kind: x, url: 'ftp://h'", AT(30) "'url': expected https://HOST[:PORT][/PATH], found 'ftp://h'\n"},
    {"kind: x, url: 'https://h', rate: 90/x",
     AT(49) "'rate': expected a number and a time like 90/m, found '90/x'\n"},
    {"kind: x, url: 'https://h', auth: {beerer: {token: 'env:T'}}",
     AT(50) "unknown key 'beerer' in 'auth' (did you mean 'bearer'?)\n"},
    {"kind: x, url: 'https://h', auth: {bearer: {tokn: 'env:T'}}",
     AT(58) "'bearer' needs the key 'token': a reference to a secret\n" AT(
         59) "unknown key 'tokn' in 'bearer' (did you mean 'token'?)\n"},
    {"kind: x, url: 'https://h', auth: {bearer: {token: hunter2}}",
     AT(66) "'token': expected a reference to a secret (env:NAME, file:PATH, credential:NAME or "
            "vault:MOUNT/PATH#FIELD), not the "
            "secret itself\n"},
    {"kind: x, url: 'https://h', auth: {bearer: {token: 'text:hunter2'}}",
     AT(66) "'token': expected a reference to a secret (env:NAME, file:PATH, credential:NAME or "
            "vault:MOUNT/PATH#FIELD), not the "
            "secret itself\n"},
    {"kind: x, url: 'https://h', auth: {bearer: {token: 'env:T'}, path: {value: 'env:T'}}",
     AT(49) "'auth': expected one of basic, bearer, header, path, oauth2, exchange, jwt and aws, and mtls "
            "beside it or alone\n"},
    {"kind: x, url: 'https://h', auth: {}",
     AT(49) "'auth': expected one of basic, bearer, header, path, oauth2, exchange, jwt and aws, and mtls "
            "beside it or alone\n"},
    {"kind: x, url: 'https://h', auth: {oauth2: {token: 'http://l.example/', client: c, secret: 'env:S'}}",
     AT(66) "'token': http is for a loopback address like 127.0.0.1 alone: https://l.example?\n"},
    {"kind: x, url: 'https://h', auth: {oauth2: {token: 'https://l/', client: 'env:C', secret: 'env:S'}}",
     AT(88) "'client' is public: a secret belongs into a field of `auth` that is one\n"},
    {"kind: x, url: 'https://h', auth: {exchange: {answer: t, user: u}}",
     AT(60) "'exchange' needs one of 'path' and 'url': where to log in\n" AT(
         60) "'exchange': 'user' and 'password' stand together\n"},
    {"kind: x, url: 'https://h', auth: {exchange: {answer: t, path: login, secrets: {a: hunter2}}}",
     AT(78) "'path': expected one that begins with /\n" AT(
         98) "'secrets.a': expected a reference to a secret (env:NAME, file:PATH, credential:NAME or "
             "vault:MOUNT/PATH#FIELD), not "
             "the secret itself\n"},
    {"kind: x, url: 'https://h', auth: {jwt: {token: 'https://l/', issuer: i, key: 'env:K', as: "
     "client_assertion}}",
     AT(55) "'jwt': 'client' and 'as: client_assertion' stand together\n"},
    {"kind: x, url: 'https://h', auth: {header: {name: a, prefix: [], value: 'env:V'}}",
     AT(76) "'prefix': expected a text, found a list\n"},
    {"kind: x, url: 'https://h', auth: {header: {name: 'a b', value: 'env:V'}}",
     AT(65) "'name': expected the name of a header, found 'a b'\n"},
    {"kind: x, url: 'https://h', headers: {Authorization: x}",
     AT(53) "'headers': Authorization is made for each call; who logs in is `auth`'s\n"},
    {"kind: x, url: 'https://h', headers: {x-key: 'env:K'}",
     AT(60) "'x-key' is public: a secret belongs into a field of `auth` that is one\n"},
    {"kind: x, url: 'https://h', options: {a: {b: 1}}",
     AT(56) "'options': expected a text, a number, true, false, or a list of them, found a map\n"},
    {"kind: x, url: 'https://h', options: {a: 'file:x/y/z'}",
     AT(56) "'options' is public: a secret belongs into a field of `auth` that is one\n"},
    {"kind: vault, url: 'https://h', auth: {bearer: {token: 'vault:x/y#z'}}",
     AT(12) "service 's': the vault's own secret can't lie in it: use env:, file: or credential:\n"},
};

static void each_mistake_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        const char *text = arena_printf(arena, "services: {s: {%s}}\n", slips[i].entry);
        assert_string_equal(load(arena, text, NULL, &site), slips[i].lines);
    }
}

static void a_place_has_one_name(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(load(arena,
                             "directories: {corp: {kind: openldap, url: \"ldaps://d\"}}\n"
                             "services: {Corp: {kind: okta, url: 'https://h'}}\n",
                             NULL, &site),
                        "inventory.yaml:2:12: error: service 'corp' has the name of the directory on line 1: "
                        "give it a name of its own\n");
}

/* A stand-in's secrets are in its file; nothing real is read so, nor resolved. */
static void only_a_stand_in_has_its_secret_written_down(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    static const char text[] =
        "services: {s: {kind: x, url: 'http://127.0.0.1:9', auth: {bearer: {token: 'text:s3cret'}}}}\n";
    struct diag_list diags;
    diag_init(&diags, arena, "contract.yaml");
    const struct yaml_node *root = yaml_parse(arena, text, strlen(text), &diags);
    struct site *site = NULL;
    struct site real = {0};
    struct site_secret secret = {0};
    assert_int_equal(site_read_stand_in(arena, root, "contract.yaml", &site, &diags), 0);
    const char *reference = site->services[0].service->secrets[0].reference;
    assert_int_equal(site_secret_read(site, reference, &secret, NULL), 0);
    assert_string_equal(secret.bytes, "s3cret");
    site_secret_done(&secret);
    assert_int_equal(site_secret_read(&real, reference, &secret, NULL), -1);
    assert_int_equal(site_read_inventory(arena, root, "contract.yaml", &site, &diags), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_log_in_is_read),
        cmocka_unit_test(further_secrets_have_names_of_their_own),
        cmocka_unit_test(what_stands_beside_the_log_in_is_read),
        cmocka_unit_test(a_service_may_be_bare),
        cmocka_unit_test(each_mistake_has_its_line),
        cmocka_unit_test(a_place_has_one_name),
        cmocka_unit_test(only_a_stand_in_has_its_secret_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
