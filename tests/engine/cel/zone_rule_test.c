/* Property: every form of a POSIX TZ rule is read, every other text is refused, and an offset changes at the
 * second of the rule. Method: tables; the times were worked out by hand from a calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/cel/zone.h"

static void rules_give_offsets(void **state)
{
    static const struct {
        const char *rule;
        int64_t seconds;
        int32_t offset;
    } table[] = {
        {"UTC0", 0, 0},
        {"<+0545>-5:45", 0, 20700},
        {"EST5", 0, -18000},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1774745999, 3600},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1774746000, 7200},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1792889999, 7200},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1792890000, 3600},
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", 1767225600, 39600}, /* January: summer in the south */
        {"AEST-10AEDT,M10.1.0,M4.1.0/3", 1782864000, 36000}, /* July */
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 1767225600, 0},       /* negative summer time */
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1774745999, -7200},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1774746000, -3600},
        {"XXX3YYY2,J60/0,J300/0", 1709261999,
         -10800}, /* 2024-03-01T02:59:59Z; J60 is March 1 in a leap year, too */
        {"XXX3YYY2,J60/0,J300/0", 1709262000, -7200},
        {"XXX3YYY,59/0,300/0", 1709175599, -10800}, /* day 59 counts February 29 */
        {"XXX3YYY,59/0,300/0", 1709175600, -7200},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct zone_rule rule;
        assert_true(zone_rule_parse(table[i].rule, strlen(table[i].rule), &rule));
        if (zone_rule_offset(&rule, table[i].seconds) != table[i].offset) {
            fail_msg("%s at %lld: %d", table[i].rule, (long long)table[i].seconds,
                     zone_rule_offset(&rule, table[i].seconds));
        }
    }
}

static void other_texts_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "CET",
        "-1",
        "<CET-1",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M3.5.0,",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0/3x",
        "CET-999",
        "CET-1CEST,J0,J9",
        "CET-1CEST,366,9",
        "CET-1:60",
        "CET-1CEST,M3.5.0/,M10.5.0",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct zone_rule rule;
        if (zone_rule_parse(texts[i], strlen(texts[i]), &rule)) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_give_offsets),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
