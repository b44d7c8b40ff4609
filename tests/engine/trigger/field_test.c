/* Property: a field of the wrong kind, or out of its bounds, is refused with its path and what was found.
 * Method: one alert for each kind of wrong. */
#include "tests/engine/trigger/alerting.h"

static const struct sample samples[] = {
    {"{\"id\": []}", "alert.id: expected a text, found a list"},
    {"{\"id\": 12345678901234567}",
     "{\"id\":\"12345678901234567\",\"status\":\"open\",\"hosts\":[],\"users\":[]}"},
    {"{\"confidence\": \"95\"}", "alert.confidence: expected a number from 0 to 100, found a text"},
    {"{\"confidence\": 101}", "alert.confidence: expected a number from 0 to 100, found a number"},
    {"{\"confidence\": -0.5}", "alert.confidence: expected a number from 0 to 100, found a number"},
    {"{\"confidence\": 0}", "{\"confidence\":0,\"status\":\"open\",\"hosts\":[],\"users\":[]}"},
    {"{\"confidence\": 99.5}", "{\"confidence\":99.5,\"status\":\"open\",\"hosts\":[],\"users\":[]}"},
    {"{\"severity\": \"HIGH\"}", "{\"severity\":\"high\",\"status\":\"open\",\"hosts\":[],\"users\":[]}"},
    {"{\"severity\": \"apocalyptic\"}",
     "alert.severity: expected informational, low, medium, high or critical, found a text"},
    {"{\"severity\": 5}",
     "alert.severity: expected informational, low, medium, high or critical, found a number"},
    {"{\"status\": \"closed\"}", "alert.status: expected \"open\" or \"resolved\", found a text"},
    {"{\"status\": \"Resolved\"}", "{\"status\":\"resolved\",\"hosts\":[],\"users\":[]}"},
    {"{\"rule\": \"x\"}", "alert.rule: expected an object, found a text"},
    {"{\"process\": 1}", "alert.process: expected an object, found a number"},
    {"{\"network\": {\"peers\": \"10.0.0.1\"}}", "alert.network.peers: expected a list, found a text"},
    {"{\"network\": {\"peers\": [\"10.0.0.1\", null]}}",
     "alert.network.peers[1]: expected a text, found null"},
};

static void each_wrong_kind_is_told(void **state)
{
    (void)state;
    hold_samples(samples, sizeof samples / sizeof samples[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_wrong_kind_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
