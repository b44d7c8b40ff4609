/* Property: whatever short form a source uses, hosts and users end as lists of objects; spellings stay as
 * they came; what is neither is refused with its path. Method: forms and the alert each must become. */
#include "tests/engine/trigger/alerting.h"

#include "engine/base/limits.h"

static const struct sample samples[] = {
    {"{\"hosts\": [{\"name\": \"WEB-01.\", \"os\": \"Ubuntu Linux 22.04\", \"ip\": \"10.0.0.1\", \"x\": 1}]}",
     "{\"hosts\":[{\"name\":\"WEB-01.\",\"os\":\"linux\",\"ip\":[\"10.0.0.1\"],\"x\":1}],\"status\":\"open\","
     "\"host\":{\"name\":\"WEB-01.\",\"os\":\"linux\",\"ip\":[\"10.0.0.1\"],\"x\":1},\"users\":[]}"},
    {"{\"hosts\": [\"web-01\", \"web-02\"]}",
     "{\"hosts\":[{\"name\":\"web-01\"},{\"name\":\"web-02\"}],\"status\":\"open\",\"host\":{\"name\":\"web-"
     "01\"},\"users\":[]}"},
    {"{\"host\": {\"name\": \"a\", \"os\": \"Windows 11\"}}",
     "{\"host\":{\"name\":\"a\",\"os\":\"windows\"},\"status\":\"open\",\"hosts\":[{\"name\":\"a\",\"os\":"
     "\"windows\"}],"
     "\"users\":[]}"},
    {"{\"hosts\": {\"ip\": [\"10.0.0.9\"], \"os\": {\"family\": \"darwin\"}}}",
     "{\"hosts\":[{\"ip\":[\"10.0.0.9\"],\"os\":\"macos\"}],\"status\":\"open\",\"host\":{\"ip\":[\"10.0.0."
     "9\"],\"os\":"
     "\"macos\"},\"users\":[]}"},
    {"{\"hosts\": [\"a\"], \"host\": \"b\"}",
     "{\"hosts\":[{\"name\":\"a\"}],\"host\":{\"name\":\"a\"},\"status\":\"open\",\"users\":[]}"},
    {"{\"user_id\": \"jdoe\"}",
     "{\"user_id\":\"jdoe\",\"status\":\"open\",\"hosts\":[],\"users\":[{\"name\":\"jdoe\"}]}"},
    {"{\"user_id\": 4711}",
     "{\"user_id\":\"4711\",\"status\":\"open\",\"hosts\":[],\"users\":[{\"name\":\"4711\"}]}"},
    {"{\"users\": [{\"name\": \"jdoe\", \"domain\": \"corp\"}, \"eve\"]}",
     "{\"users\":[{\"name\":\"jdoe\",\"domain\":\"corp\"},{\"name\":\"eve\"}],\"status\":\"open\",\"hosts\":["
     "],\"user_id\":"
     "\"jdoe\"}"},
    {"{\"hosts\": null, \"users\": null, \"user_id\": null}",
     "{\"hosts\":[],\"users\":[],\"user_id\":null,\"status\":\"open\"}"},
    {"{\"hosts\": []}", "{\"hosts\":[],\"status\":\"open\",\"users\":[]}"},
    {"{\"hosts\": [{\"name\": \"a\", \"os\": \"Solaris 11\"}]}",
     "{\"hosts\":[{\"name\":\"a\",\"os\":\"solaris "
     "11\"}],\"status\":\"open\",\"host\":{\"name\":\"a\",\"os\":\"solaris 11\"},"
     "\"users\":[]}"},
    {"{\"hosts\": [{\"os\": \"linux\"}]}",
     "alert.hosts[0]: expected a 'name' or an 'ip' in it, found an object"},
    {"{\"hosts\": [\"a\", {\"name\": [1]}]}", "alert.hosts[1].name: expected a text, found a list"},
    {"{\"hosts\": [\"a\", \"\"]}", "alert.hosts[1]: expected a text, found an empty text"},
    {"{\"hosts\": [true]}", "alert.hosts[0]: expected a text, found true or false"},
    {"{\"hosts\": [{\"name\": \"a\", \"ip\": [\"10.0.0.1\", {}]}]}",
     "alert.hosts[0].ip[1]: expected a text, found an object"},
    {"{\"hosts\": [{\"name\": \"a\", \"os\": 1.5}]}", "alert.hosts[0].os: expected a text, found a number"},
    {"{\"users\": [{\"domain\": \"corp\"}]}", "alert.users[0].name: expected a text, found nothing"},
    {"{\"user_id\": {}}", "alert.user_id: expected a text, found an object"},
};

static void every_form_becomes_one(void **state)
{
    (void)state;
    hold_samples(samples, sizeof samples / sizeof samples[0]);
}

static void too_many_hosts_are_refused(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value_builder hosts;
    value_build(&hosts, arena);
    for (int i = 0; i < LIMIT_TARGETS + 1; i++) {
        value_push(&hosts, value_static("a"));
    }
    struct value_builder raw;
    value_build(&raw, arena);
    value_put_text(&raw, "hosts", value_end_list(&hosts));
    struct value alert = value_end_map(&raw);
    struct soar_err err;
    assert_int_equal(trigger_normalise(&alert, arena, &alert, &err), -1);
    assert_string_equal(err.text, arena_printf(arena, "alert.hosts: has %d entries, at most %d are allowed",
                                               LIMIT_TARGETS + 1, LIMIT_TARGETS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_becomes_one),
        cmocka_unit_test(too_many_hosts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
