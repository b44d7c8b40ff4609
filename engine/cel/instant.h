/* Timestamps and durations as text and back: RFC 3339, and "1h30m" or "90.5s". */
#ifndef CEL_INSTANT_H
#define CEL_INSTANT_H

#include "engine/base/buf.h"
#include "engine/base/value.h"

/* "2009-02-13T23:31:30.123Z", with as many decimals as there are. */
void instant_time_text(struct buf *out, const struct value_instant *time);
/* "5400s", "-1.5s" */
void instant_span_text(struct buf *out, const struct value_instant *span);

/* False if the text is none. The range is the caller's to check: seconds may lie in the years 0 to 9999. */
bool instant_time_parse(const char *text, size_t len, struct value_instant *ret_time);
/* False if the text is none or beyond an int64 of nanoseconds. */
bool instant_span_parse(const char *text, size_t len, int64_t *ret_nanos);

/* The calendar (proleptic Gregorian, UTC). */
struct instant_date {
    int64_t year;
    int month;       /* 1 to 12 */
    int day;         /* 1 to 31 */
    int day_of_year; /* 0 to 365 */
    int day_of_week; /* 0: Sunday */
    int hour;
    int minute;
    int second;
};

struct instant_date instant_date(int64_t seconds);
int64_t instant_days(int64_t year, int month, int day); /* since 1970-01-01 */

#endif
