/* Time zones: "UTC", "+05:30", and the names of the system's zone files ("Europe/Berlin").
 *
 * Names are read from /usr/share/zoneinfo by our own reader: localtime_r knows one zone per process, and that
 * one comes from the environment. A zone that stands as a constant in an expression is read when the
 * expression is compiled. */
#ifndef CEL_ZONE_H
#define CEL_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include "engine/base/arena.h"
#include "soar/err.h"

struct zone;

/* NULL and err if there is no such zone. */
const struct zone *zone_new(struct arena *arena, const char *name, size_t len, struct soar_err *err);

/* Seconds east of UTC at that time. */
int32_t zone_offset(const struct zone *zone, int64_t seconds);

/* zone_rule.c: the last line of a zone file, in the form of POSIX TZ ("CET-1CEST,M3.5.0,M10.5.0/3"): what
 * holds after the file's last change. */
struct zone_day {
    char kind; /* M: month, week, day; J: day without leap days; D: day with them */
    int month, week, day;
    int32_t seconds; /* local time of the change */
};

struct zone_rule {
    int32_t standard; /* seconds east */
    int32_t summer;
    bool changes;
    struct zone_day begin; /* of summer time */
    struct zone_day end;
};

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *ret_rule);
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t seconds);

#endif
