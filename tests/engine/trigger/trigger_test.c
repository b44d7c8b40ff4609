/* Property: what is one alert is made whole, and the original stays beside it, untouched; a batch, and what
 * is too deep, is told as what it is. Method: texts on both sides of each border. */
#include "tests/engine/trigger/alerting.h"

static const struct sample batches[] = {
    {"[]", "expected one alert as an object, found a list of 0: give them one by one"},
    {"{\"alerts\": [{}, {}]}", "expected one alert, found a batch of 2 under 'alerts': give them one by one"},
    {"\"x\"", "expected an alert as an object, found string"},
};

static void a_batch_is_not_an_alert(void **state)
{
    (void)state;
    hold_samples(batches, sizeof batches / sizeof batches[0]);
}

static void the_original_stays(void **state)
{
    (void)state;
    ARENA_SCOPED arena = arena_new();
    struct value raw =
        parse_json(arena, "{\"raw\": 1, \"big\": 9007199254740993, \"a.b\": [1, 2], \"hosts\": [\"x\"]}");
    struct value alert;
    assert_int_equal(trigger_normalise(&raw, arena, &alert, NULL), 0);
    assert_string_equal(json_text(arena, value_get(&alert, "raw")),
                        "{\"raw\":1,\"big\":9007199254740993,\"a.b\":[1,2],\"hosts\":[\"x\"]}");
    assert_int_equal(value_get_int(&alert, "big", 0), 9007199254740993);
    assert_non_null(value_get(&alert, "a.b"));
}

/* The event that holds an alert is JSON of the same depth limit: what is too deep could never be read again.
 */
static void an_alert_has_a_depth(void **state)
{
    ARENA_SCOPED arena = arena_new();
    (void)state;
    for (int levels = 47; levels <= 48; levels++) {
        BUF_SCOPED json = {0};
        struct value alert;
        struct soar_err err = {.text = ""};
        buf_text(&json, "{\"x\": ");
        for (int i = 0; i < levels; i++) {
            buf_text(&json, "[");
        }
        for (int i = 0; i < levels; i++) {
            buf_text(&json, "]");
        }
        buf_text(&json, "}");
        struct value raw = parse_json(arena, buf_string(&json));
        assert_int_equal(trigger_normalise(&raw, arena, &alert, &err), levels == 47 ? 0 : -1);
        assert_string_equal(err.text, levels == 47 ? "" : "the alert is nested deeper than 48 levels");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_alert_has_a_depth),
        cmocka_unit_test(a_batch_is_not_an_alert),
        cmocka_unit_test(the_original_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
