/* POSIX TZ rules with the extensions of RFC 8536: names in <>, changes from -167 to 167 hours. The order of
 * the two changes in a year tells the hemisphere. */
#include <string.h>

#include "engine/cel/instant.h"
#include "engine/cel/zone.h"

enum { DAY_SECONDS = 86400, HOURS_MAX = 167 };

struct reader {
    const char *text;
    size_t len;
    size_t at;
    bool failed;
};

static int next(const struct reader *reader)
{
    return reader->at < reader->len ? (unsigned char)reader->text[reader->at] : -1;
}

static bool skip(struct reader *reader, char c)
{
    bool there = next(reader) == c;
    reader->at += there;
    return there;
}

static int number(struct reader *reader, int least, int most)
{
    int value = 0;
    size_t start = reader->at;
    for (; next(reader) >= '0' && next(reader) <= '9' && value <= most; reader->at++) {
        value = value * 10 + (next(reader) - '0');
    }
    reader->failed = reader->failed || reader->at == start || value < least || value > most;
    return value;
}

/* [+-]hh[:mm[:ss]] in seconds */
static int32_t clock_time(struct reader *reader)
{
    bool negative = skip(reader, '-');
    if (!negative) {
        skip(reader, '+');
    }
    int32_t seconds = number(reader, 0, HOURS_MAX) * 3600;
    if (skip(reader, ':')) {
        seconds += number(reader, 0, 59) * 60;
        if (skip(reader, ':')) {
            seconds += number(reader, 0, 59);
        }
    }
    return negative ? -seconds : seconds;
}

static void abbreviation(struct reader *reader)
{
    size_t start = reader->at;
    bool quoted = skip(reader, '<');
    while (next(reader) >= 0 &&
           (quoted ? next(reader) != '>' : strchr("+-,0123456789", next(reader)) == NULL)) {
        reader->at++;
    }
    reader->failed = reader->failed || reader->at == start || (quoted && !skip(reader, '>'));
}

static struct zone_day day(struct reader *reader)
{
    struct zone_day day = {.kind = 'D', .seconds = 2 * 3600};
    if (skip(reader, 'M')) {
        day.kind = 'M';
        day.month = number(reader, 1, 12);
        reader->failed = !skip(reader, '.') || reader->failed;
        day.week = number(reader, 1, 5);
        reader->failed = !skip(reader, '.') || reader->failed;
        day.day = number(reader, 0, 6);
    } else if (skip(reader, 'J')) {
        day.kind = 'J';
        day.day = number(reader, 1, 365);
    } else {
        day.day = number(reader, 0, 365);
    }
    if (skip(reader, '/')) {
        day.seconds = clock_time(reader);
    }
    return day;
}

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *ret_rule)
{
    struct reader reader = {.text = text, .len = len};
    struct zone_rule rule = {0};
    abbreviation(&reader);
    rule.standard = -clock_time(&reader); /* POSIX counts westward */
    rule.summer = rule.standard + 3600;
    if (reader.at < len && !reader.failed) {
        rule.changes = true;
        abbreviation(&reader);
        if (next(&reader) != ',') {
            rule.summer = -clock_time(&reader);
        }
        reader.failed = !skip(&reader, ',') || reader.failed;
        rule.begin = day(&reader);
        reader.failed = !skip(&reader, ',') || reader.failed;
        rule.end = day(&reader);
    }
    if (reader.failed || reader.at != len) {
        return false;
    }
    *ret_rule = rule;
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The day of this rule in `year`, as days since 1970. */
static int64_t day_in(const struct zone_day *day, int64_t year)
{
    int64_t first = instant_days(year, 1, 1);
    if (day->kind == 'J') {
        return first + day->day - 1 + (day->day > 59 && is_leap(year));
    }
    if (day->kind == 'D') {
        return first + day->day;
    }
    int64_t month = instant_days(year, day->month, 1);
    int64_t next_month = instant_days(year + day->month / 12, day->month % 12 + 1, 1);
    int64_t weekday = ((month + 4) % 7 + 7) % 7; /* of the first of the month; 1970-01-01 was a Thursday */
    int64_t found = month + (day->day - weekday + 7) % 7 + (int64_t)(day->week - 1) * 7;
    return found < next_month ? found : found - 7; /* the fifth week is the last */
}

int32_t zone_rule_offset(const struct zone_rule *rule, int64_t seconds)
{
    if (!rule->changes) {
        return rule->standard;
    }
    int64_t year = instant_date(seconds + rule->standard).year;
    int64_t begin = day_in(&rule->begin, year) * DAY_SECONDS + rule->begin.seconds - rule->standard;
    int64_t end = day_in(&rule->end, year) * DAY_SECONDS + rule->end.seconds - rule->summer;
    bool summer = begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
    return summer ? rule->summer : rule->standard;
}
