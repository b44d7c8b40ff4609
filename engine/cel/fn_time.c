/* The parts of a timestamp, in UTC or in a zone, and a duration in whole units. Months, days of the month and
 * days of the year count from 0, as the language has it; getDate() counts from 1. */
#include "engine/cel/functions.h"
#include "engine/cel/instant.h"
#include "engine/cel/zone.h"

enum { ZONE_STEPS = 500 /* a zone named by a variable is read from its file each time */ };

typedef int64_t (*part_fn)(const struct instant_date *date);

static struct value part(struct eval *eval, const struct value *args, size_t count, part_fn get)
{
    int64_t seconds = args[0].instant.seconds;
    if (count == 2) {
        struct soar_err err;
        const struct zone *zone = eval->call->zone;
        if (zone == NULL) {
            eval_spend(eval, ZONE_STEPS);
            zone = zone_new(eval->arena, args[1].text, args[1].len, &err);
        }
        if (zone == NULL) {
            return eval_error(eval, "%s", err.text);
        }
        seconds += zone_offset(zone, seconds);
    }
    struct instant_date date = instant_date(seconds);
    return value_int(get(&date));
}

static int64_t year_of(const struct instant_date *date)
{
    return date->year;
}

static int64_t month_of(const struct instant_date *date)
{
    return date->month - 1;
}

static int64_t day_of_year_of(const struct instant_date *date)
{
    return date->day_of_year;
}

static int64_t day_of_month_of(const struct instant_date *date)
{
    return date->day - 1;
}

static int64_t date_of(const struct instant_date *date)
{
    return date->day;
}

static int64_t day_of_week_of(const struct instant_date *date)
{
    return date->day_of_week;
}

static int64_t hour_of(const struct instant_date *date)
{
    return date->hour;
}

static int64_t minute_of(const struct instant_date *date)
{
    return date->minute;
}

static int64_t second_of(const struct instant_date *date)
{
    return date->second;
}

struct value fn_get_full_year(struct eval *eval, const struct value *args, size_t count)
{
    return part(eval, args, count, year_of);
}

struct value fn_get_month(struct eval *eval, const struct value *args, size_t count)
{
    return part(eval, args, count, month_of);
}

struct value fn_get_day_of_year(struct eval *eval, const struct value *args, size_t count)
{
    return part(eval, args, count, day_of_year_of);
}

struct value fn_get_day_of_month(struct eval *eval, const struct value *args, size_t count)
{
    return part(eval, args, count, day_of_month_of);
}

struct value fn_get_date(struct eval *eval, const struct value *args, size_t count)
{
    return part(eval, args, count, date_of);
}

struct value fn_get_day_of_week(struct eval *eval, const struct value *args, size_t count)
{
    return part(eval, args, count, day_of_week_of);
}

struct value fn_get_hours(struct eval *eval, const struct value *args, size_t count)
{
    return args[0].kind == VALUE_SPAN ? value_int(args[0].instant.seconds / 3600)
                                      : part(eval, args, count, hour_of);
}

struct value fn_get_minutes(struct eval *eval, const struct value *args, size_t count)
{
    return args[0].kind == VALUE_SPAN ? value_int(args[0].instant.seconds / 60)
                                      : part(eval, args, count, minute_of);
}

struct value fn_get_seconds(struct eval *eval, const struct value *args, size_t count)
{
    return args[0].kind == VALUE_SPAN ? value_int(args[0].instant.seconds)
                                      : part(eval, args, count, second_of);
}

/* The part below a second, in a zone as without: of both kinds. A zone must exist all the same. */
struct value fn_get_milliseconds(struct eval *eval, const struct value *args, size_t count)
{
    struct value second = count == 2 ? part(eval, args, count, second_of) : value_null();
    return second.kind == VALUE_ERROR ? second : value_int(args[0].instant.nanos / 1000000);
}
