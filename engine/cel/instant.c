/* The calendar, RFC 3339 and durations as text. Nothing here asks the C library: gmtime and strptime know
 * years, locales and leap seconds that the language does not have. */
#include "engine/cel/instant.h"

#include <string.h>

enum { DAY_SECONDS = 86400, NANO_DIGITS = 9 };

#define NANOS INT64_C(1000000000)

/* Days since 1970-01-01, by the count of 400-year eras that begin in March: then the leap day is the last of
 * its year. */
int64_t instant_days(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void civil(int64_t days, struct instant_date *date)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0: March */
    date->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date->month = (int)(month < 10 ? month + 3 : month - 9);
    date->year = year_of_era + era * 400 + (date->month <= 2);
}

struct instant_date instant_date(int64_t seconds)
{
    struct instant_date date = {0};
    int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
    int rest = (int)(seconds - days * DAY_SECONDS);
    civil(days, &date);
    date.hour = rest / 3600;
    date.minute = rest / 60 % 60;
    date.second = rest % 60;
    date.day_of_year = (int)(days - instant_days(date.year, 1, 1));
    date.day_of_week = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    return date;
}

/* ".5" for 500,000,000; nothing for 0. */
static void fraction(struct buf *out, int32_t nanos)
{
    char digits[NANO_DIGITS];
    int count = NANO_DIGITS;
    if (nanos == 0) {
        return;
    }
    for (int i = NANO_DIGITS - 1; i >= 0; i--) {
        digits[i] = (char)('0' + nanos % 10);
        nanos /= 10;
    }
    while (digits[count - 1] == '0') {
        count--;
    }
    buf_char(out, '.');
    buf_add(out, digits, (size_t)count);
}

void instant_time_text(struct buf *out, const struct value_instant *time)
{
    struct instant_date date = instant_date(time->seconds);
    buf_printf(out, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)date.year, date.month, date.day, date.hour,
               date.minute, date.second);
    fraction(out, time->nanos);
    buf_char(out, 'Z');
}

void instant_span_text(struct buf *out, const struct value_instant *span)
{
    bool negative = span->seconds < 0 || span->nanos < 0;
    uint64_t seconds = span->seconds < 0 ? 0 - (uint64_t)span->seconds : (uint64_t)span->seconds;
    buf_printf(out, "%s%llu", negative ? "-" : "", (unsigned long long)seconds);
    fraction(out, span->nanos < 0 ? -span->nanos : span->nanos);
    buf_char(out, 's');
}

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

/* Exactly `count` digits, a number from `least` to `most`. */
static int digits(struct reader *reader, int count, int least, int most)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        int c = next(reader);
        if (c < '0' || c > '9') {
            reader->failed = true;
            return least;
        }
        number = number * 10 + (c - '0');
        reader->at++;
    }
    reader->failed = reader->failed || number < least || number > most;
    return number;
}

static void literally(struct reader *reader, char c)
{
    reader->failed = reader->failed || next(reader) != c;
    reader->at++;
}

/* Behind a point: nanoseconds; digits beyond the ninth are cut. */
static int32_t decimals(struct reader *reader)
{
    int32_t nanos = 0;
    int count = 0;
    for (; next(reader) >= '0' && next(reader) <= '9'; reader->at++, count++) {
        nanos = count < NANO_DIGITS ? nanos * 10 + (next(reader) - '0') : nanos;
    }
    reader->failed = reader->failed || count == 0;
    for (; count < NANO_DIGITS; count++) {
        nanos *= 10;
    }
    return nanos;
}

static int zone_offset(struct reader *reader)
{
    int c = next(reader);
    reader->at++;
    if (c == 'Z') {
        return 0;
    }
    reader->failed = reader->failed || (c != '+' && c != '-');
    int hours = digits(reader, 2, 0, 23);
    literally(reader, ':');
    int minutes = digits(reader, 2, 0, 59);
    return (c == '-' ? -60 : 60) * (hours * 60 + minutes);
}

static int month_days(int year, int month)
{
    return (int)(instant_days(year + month / 12, month % 12 + 1, 1) - instant_days(year, month, 1));
}

bool instant_time_parse(const char *text, size_t len, struct value_instant *ret_time)
{
    struct reader reader = {.text = text, .len = len};
    int year = digits(&reader, 4, 0, 9999);
    literally(&reader, '-');
    int month = digits(&reader, 2, 1, 12);
    literally(&reader, '-');
    int day = digits(&reader, 2, 1, 31);
    literally(&reader, 'T');
    int hour = digits(&reader, 2, 0, 23);
    literally(&reader, ':');
    int minute = digits(&reader, 2, 0, 59);
    literally(&reader, ':');
    int second = digits(&reader, 2, 0, 59);
    int32_t nanos = 0;
    if (next(&reader) == '.') {
        reader.at++;
        nanos = decimals(&reader);
    }
    int offset = zone_offset(&reader);
    if (reader.failed || reader.at != len || day > month_days(year, month)) {
        return false;
    }
    int64_t seconds =
        instant_days(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset;
    *ret_time = (struct value_instant){.seconds = seconds, .nanos = nanos};
    return true;
}

/* The unit's length in nanoseconds, or 0. */
static int64_t unit(struct reader *reader)
{
    static const struct {
        const char *name;
        int64_t nanos;
    } units[] = {
        {"ns", 1},       {"us", 1000},      {"\u00b5s", 1000}, {"\u03bcs", 1000},
        {"ms", 1000000}, {"s", 1000000000}, {"m", 60 * NANOS}, {"h", 3600 * NANOS},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t len = strlen(units[i].name);
        if (len <= reader->len - reader->at && memcmp(units[i].name, reader->text + reader->at, len) == 0) {
            reader->at += len;
            return units[i].nanos;
        }
    }
    return 0;
}

/* One "1.5h" added to *total; false on a mistake or beyond the range. */
static bool component(struct reader *reader, uint64_t *total)
{
    const uint64_t most = (uint64_t)INT64_MAX + 1;
    uint64_t whole = 0;
    int32_t nanos = 0;
    size_t start = reader->at;
    for (; next(reader) >= '0' && next(reader) <= '9'; reader->at++) {
        uint64_t digit = (uint64_t)(next(reader) - '0');
        if (whole > (most - digit) / 10) {
            return false;
        }
        whole = whole * 10 + digit;
    }
    bool point = next(reader) == '.';
    size_t before = reader->at - start;
    reader->at += point;
    if (point && next(reader) >= '0' && next(reader) <= '9') {
        nanos = decimals(reader);
    } else if (before == 0) {
        return false;
    }
    uint64_t size = (uint64_t)unit(reader);
    if (size == 0 || whole > most / size) {
        return false;
    }
    uint64_t part = (uint64_t)nanos * size / (uint64_t)NANOS; /* of units below a second; of longer ones: */
    if (size > (uint64_t)NANOS) {
        part = (uint64_t)nanos * (size / (uint64_t)NANOS);
    }
    part += whole * size;
    if (part > most - *total) {
        return false;
    }
    *total += part;
    return true;
}

bool instant_span_parse(const char *text, size_t len, int64_t *ret_nanos)
{
    struct reader reader = {.text = text, .len = len};
    uint64_t total = 0;
    bool negative = next(&reader) == '-';
    reader.at += negative || next(&reader) == '+';
    if (len - reader.at == 1 && next(&reader) == '0') {
        *ret_nanos = 0;
        return true;
    }
    if (reader.at == len) {
        return false;
    }
    while (reader.at < len) {
        if (!component(&reader, &total)) {
            return false;
        }
    }
    if (total > (uint64_t)INT64_MAX && !negative) {
        return false;
    }
    *ret_nanos = negative ? (int64_t)(0 - total) : (int64_t)total;
    return true;
}
