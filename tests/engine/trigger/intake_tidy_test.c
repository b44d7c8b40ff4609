/* Property: an alert keeps only hosts with a name or an address, users with a name, addresses that are some
 * and name one machine, numbers within bounds; what goes is noted. Method: one mapping that takes what the
 * payload says, payloads that say it wrongly. */
#include "tests/engine/trigger/intake_testing.h"

#include "engine/trigger/intake_parts.h"

#define TAKE                                                                                                 \
    HEAD "when: has(document.a)\nalert:\n"                                                                   \
         "  {id: event.a, status: event.?status, severity: event.?severity, confidence: event.?confidence, " \
         "rule: event.?rule, user_id: event.?user_id, users: event.?users, hosts: event.?hosts, "            \
         "network: event.?network, process: event.?process}\n"

#define ALONE ",\"status\":\"open\""

static const struct {
    const char *json;
    const char *alert;
} samples[] = {
    {"{\"a\": 1, \"hosts\": [{\"name\": \"w\", \"ip\": [\"10.0.0.5\", \"010.0.0.1\", \"::ffff:10.0.0.5\", "
     "\"127.0.0.1\", \"fe80::2\", \"x.x.250.50\", 5, \"1234\", \"2001:DB8::1\"]}], \"user_id\": \"u\"}",
     "{\"id\":\"1\",\"user_id\":\"u\",\"hosts\":[{\"name\":\"w\",\"ip\":[\"10.0.0.5\",\"2001:db8::1\"]}"
     "]" ALONE
     ",\"host\":{\"name\":\"w\",\"ip\":[\"10.0.0.5\",\"2001:db8::1\"]},\"users\":[{\"name\":\"u\"}],"
     "\"intake\":{\"source\":\"x\",\"notes\":[\"hosts[0].ip: \\\"010.0.0.1\\\" is no address\","
     "\"hosts[0].ip: \\\"x.x.250.50\\\" is no address\",\"hosts[0].ip: 5 is no address\","
     "\"hosts[0].ip: \\\"1234\\\" is no address\"]}}"},
    {"{\"a\": 1, \"hosts\": [{\"os\": \"linux\"}, {\"ip\": \"127.0.0.1\"}, {\"name\": [\"p\", \"q\"]}, "
     "{\"name\": \"LocalHost\"}, [\"z\"], {\"name\": \"w\", \"os\": {\"x\": 1}}], \"user_id\": [\"u\"]}",
     "{\"id\":\"1\",\"hosts\":[{\"name\":\"w\"}]" ALONE ",\"host\":{\"name\":\"w\"},\"users\":[],"
     "\"intake\":{\"source\":\"x\",\"notes\":[\"user_id: expected one name, found a list\",\"hosts[0]: has "
     "no name and "
     "no address\",\"hosts[1]: has no name and no address\",\"hosts[2].name: expected one name, found a "
     "list\","
     "\"hosts[2]: has no name and no address\",\"hosts[3].name: LocalHost is every machine's "
     "name\",\"hosts[3]: has no "
     "name and no address\",\"hosts[4]: has no name and no address\"]}}"},
    {"{\"a\": 1, \"hosts\": \"w\", \"users\": [{\"domain\": \"d\"}, {\"name\": [1]}, 7, {\"name\": \"u\"}]}",
     "{\"id\":\"1\",\"hosts\":[{\"name\":\"w\"}],\"users\":[{\"name\":\"7\"},{\"name\":\"u\"}]" ALONE
     ",\"host\":{\"name\":\"w\"},\"user_id\":\"7\",\"intake\":{\"source\":\"x\",\"notes\":[\"users[0]: has "
     "no name\","
     "\"users[1]: has no name\"]}}"},
    {"{\"a\": 1, \"user_id\": \"u\", \"severity\": \"HIGH\", \"confidence\": 100, \"rule\": {\"id\": 5}, "
     "\"network\": "
     "{\"peers\": [\"10.0.0.1\", \"nobody\"], \"port\": 5}}",
     "{\"id\":\"1\",\"user_id\":\"u\",\"severity\":\"high\",\"confidence\":100,\"rule\":{\"id\":\"5\"},"
     "\"network\":{"
     "\"port\":5,\"peers\":[\"10.0.0.1\"]}" ALONE
     ",\"hosts\":[],\"users\":[{\"name\":\"u\"}],\"intake\":{\"source\":"
     "\"x\",\"notes\":[\"network.peers: \\\"nobody\\\" is no address\"]}}"},
    {"{\"a\": 1, \"user_id\": \"u\", \"severity\": \"sev1\", \"confidence\": 101, \"rule\": \"r\", "
     "\"network\": "
     "{\"peers\": []}, \"process\": [1]}",
     "{\"id\":\"1\",\"user_id\":\"u\"" ALONE
     ",\"hosts\":[],\"users\":[{\"name\":\"u\"}],\"intake\":{\"source\":\"x\","
     "\"notes\":[\"severity: expected informational, low, medium, high or critical\",\"alert.confidence: "
     "expected a "
     "number from 0 to 100, found a number\",\"rule: expected an object, found a string\",\"process: "
     "expected an "
     "object, found a list\"]}}"},
    {"{\"a\": 1, \"status\": \"Resolved\"}", "refused: status: expected open or resolved"},
    {"{\"a\": [1]}", "refused: id: expected a text"},
    {"{\"a\": 1, \"confidence\": true}",
     "{\"id\":\"1\"" ALONE
     ",\"hosts\":[],\"users\":[],\"intake\":{\"source\":\"x\",\"notes\":[\"alert.confidence: "
     "expected a number from 0 to 100, found true or false\",\"it names no host and no user\"]}}"},
};

static bool same_json(struct arena *arena, const char *found, const char *expected)
{
    struct value first;
    struct value second;
    if (strcmp(found, expected) == 0) {
        return true;
    }
    return json_parse(arena, found, strlen(found), &first, NULL) == 0 &&
           json_parse(arena, expected, strlen(expected), &second, NULL) == 0 && value_equal(&first, &second);
}

static void what_has_not_its_form_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        ARENA_SCOPED arena = arena_new();
        const char *alert = alert_of(arena, TAKE, samples[i].json);
        if (!same_json(arena, alert, samples[i].alert)) {
            fail_msg("%s:\nexpected %s\nfound    %s", samples[i].json, samples[i].alert, alert);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_not_its_form_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
