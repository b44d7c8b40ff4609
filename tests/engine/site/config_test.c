/* Property: a configuration names what there is, with paths beside it, and keeps the rest for other rooms;
 * each mistake has its line. Method: the configuration of the documentation read whole; a table of mistakes
 * with their lines. */
#include "tests/engine/site/loading.h"

static const char whole[] =
    "state: /var/lib/soar\n"
    "socket: /run/soar/soard.sock\n"
    "listen: {address: \"127.0.0.1:8443\", tls: {cert: keys/tls.pem, key: keys/tls.key, client_ca: "
    "keys/ca.pem}}\n"
    "playbooks: [{dir: playbooks}, {git: \"https://git.example/soc/playbooks\", ref: main}]\n"
    "packs: [packs, /etc/soar/packs]\n"
    "intake: [intake]\n"
    "log: {format: json}\n"
    "evidence: {dir: evidence, key: /etc/soar/keys/evidence, reserve: 20GiB, at_most: 500 GB}\n"
    "plugins: plugins\n"
    "triggers:\n"
    "  SIEM_Alert_High_Confidence: {when: \"alert.confidence >= 80\"}\n"
    "webhooks:\n"
    "  siem: {path: /webhook/siem, format: soar, auth: {hmac_sha256: {secret: \"env:SIEM_SECRET\", header: "
    "X-Soar-Signature, "
    "timestamp: X-Soar-Timestamp, window: 5m}},\n"
    "         dedup: {key: [alert.id], window: 24h}, scope: {triggers: [SIEM_Alert_High_Confidence], "
    "confidence_max: 100}, "
    "budget: {isolate: 20/1h}}\n"
    "people: {ana: {uid: 1004, roles: [operator], key: keys/ana.pub}, bo: {uid: 1007, roles: [approver]}}\n"
    "management: [\"10.0.0.5\"]\n"
    "probes: {probe-b: {via: ssh, address: 10.77.0.9}}\n"
    "notify: {on: [started, waiting], to: [oncall]}\n"
    "policy:\n"
    "  protect: {hosts: [\"dc-*\"], users: [\"breakglass-*\"]}\n";

static void a_whole_configuration_is_read(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(load(arena, NULL, whole, &site), "");
    assert_string_equal(site->state, "/var/lib/soar");
    assert_int_equal(site->playbook_dir_count, 1);
    assert_non_null(strstr(site->playbook_dirs[0], "/playbooks"));
    assert_true(site->playbook_dirs[0][0] == '/');
    assert_int_equal(site->pack_dir_count, 2);
    assert_string_equal(site->pack_dirs[1], "/etc/soar/packs");
    assert_true(site->plugins[0] == '/');
    assert_int_equal(site->trigger_count, 1);
    assert_string_equal(site->triggers[0].when, "alert.confidence >= 80");
    assert_int_equal(site->triggers[0].line, 11);
    assert_ptr_equal(site_find_trigger(site, "siem_alert_HIGH_confidence"), &site->triggers[0]);
    assert_null(site_find_trigger(site, "other"));
    assert_string_equal(site->management[0], "10.0.0.5");
    assert_non_null(yaml_get(site->policy, "protect"));
    assert_non_null(yaml_get(site->config, "webhooks"));
    assert_int_equal(site->intake_dir_count, 1);
    assert_non_null(strstr(site->intake_dirs[0], "/intake"));
    assert_true(site->log_json);
    struct site_evidence evidence = site_evidence_of(site, "/var/lib/soar", arena);
    assert_true(evidence.dir[0] == '/' && strstr(evidence.dir, "/evidence") != NULL);
    assert_string_not_equal(evidence.dir, "/var/lib/soar/evidence"); /* beside the file, not in the state */
    assert_string_equal(evidence.key, "/etc/soar/keys/evidence");
    assert_int_equal(evidence.reserve_bytes, (int64_t)20 << 30);
    assert_int_equal(evidence.at_most_bytes, 500000000000);
    assert_string_equal(site->socket, "/run/soar/soard.sock");
    assert_int_equal(site->webhook_count, 1);
    assert_int_equal(site->person_count, 2);
    assert_non_null(site->listen);
    assert_int_equal(strlen(site->config_digest), 64);
}

struct slip {
    const char *text;
    const char *lines;
};

static const struct slip slips[] = {
    {"stat: /x\n", "soard.yaml:1:1: error: unknown key 'stat' in a configuration (did you mean 'state'?)\n"},
    {"triggers: {T: {}}\n",
     "soard.yaml:1:15: error: a trigger needs the key 'when': an expression over alert\n"},
    {"triggers: {T: {when: 'a >'}}\n", NULL},
    {"triggers: {T: {when: vars.x}}\n",
     "soard.yaml:1:22: error: 'when': unknown name 'vars': expected alert\n"},
    {"triggers: {T: {when: alert.x, sources: [siem]}}\n",
     "soard.yaml:1:41: error: 'sources': there is no webhook 'siem'\n"},
    {"triggers: {T: {when: alert.x, sources: []}}\n",
     "soard.yaml:1:40: error: 'sources': it names none; leave it out if any may start it\n"},
    {"triggers: {T: {when: alert.a}, t: {when: alert.b}}\n",
     "soard.yaml:1:32: error: trigger 't' stands twice (case doesn't count)\n"},
    {"playbooks: [{}]\n", "soard.yaml:1:13: error: a place of playbooks needs either 'dir' or 'git'\n"},
    {"playbooks: [{dir: a, git: b}]\n",
     "soard.yaml:1:13: error: a place of playbooks needs either 'dir' or 'git'\n"},
    {"socket: /a-path-that-is-so-long-that-no-socket-can-have-it/and-goes-on-and-on-and-on-until-it-is-too-"
     "long/soard.sock\n",
     "soard.yaml:1:9: error: 'socket': a path of at most 107 bytes, this has 108\n"},
    {"log: {format: xml}\n", "soard.yaml:1:15: error: 'format': expected text or json, found 'xml'\n"},
    {"intake: x\n", "soard.yaml:1:9: error: 'intake': expected a list of texts, found a text\n"},
    {"management: [here]\n", "soard.yaml:1:14: error: 'management': expected an address, found 'here'\n"},
    {"evidence: {reserve: much}\n",
     "soard.yaml:1:21: error: 'reserve': expected a size like 64GiB or 500MB, found 'much'\n"},
    {"evidence: {at_most: 0}\n",
     "soard.yaml:1:21: error: 'at_most': expected a size like 64GiB or 500MB, found '0'\n"},
    {"evidence: {dirs: x}\n",
     "soard.yaml:1:12: error: unknown key 'dirs' in 'evidence' (did you mean 'dir'?)\n"},
    {"packs: here\n", "soard.yaml:1:8: error: 'packs': expected a list of texts, found a text\n"},
};

static void each_mistake_has_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        struct site *site = NULL;
        const char *lines = load(arena, NULL, slips[i].text, &site);
        if (slips[i].lines != NULL) {
            assert_string_equal(lines, slips[i].lines);
        } else { /* the expression language says it in its own words, at its own place */
            assert_true(strncmp(lines, "soard.yaml:1:26: error: 'when': ", 32) == 0);
        }
    }
}

static void evidence_has_a_place_without_being_told(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct site *site = NULL;
    assert_string_equal(load(arena, NULL, "state: /x\n", &site), "");
    const struct site *const sites[] = {NULL, site};
    for (size_t i = 0; i < 2; i++) {
        struct site_evidence evidence = site_evidence_of(sites[i], "/var/lib/soar", arena);
        assert_string_equal(evidence.dir, "/var/lib/soar/evidence");
        assert_null(evidence.key);
        assert_int_equal(evidence.reserve_bytes, (int64_t)2 << 30);
        assert_int_equal(evidence.at_most_bytes, (int64_t)1 << 40);
    }
    assert_string_equal(load(arena, NULL, "evidence: {reserve: 0}\n", &site), "");
    assert_int_equal(site_evidence_of(site, "s", arena).reserve_bytes, 0);
    assert_string_equal(site_evidence_of(site, "s", arena).dir, "s/evidence");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_configuration_is_read),
        cmocka_unit_test(evidence_has_a_place_without_being_told),
        cmocka_unit_test(each_mistake_has_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
