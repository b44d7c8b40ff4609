/* Arithmetic that functions need, too. */
#ifndef CEL_OPERATORS_H
#define CEL_OPERATORS_H

#include "engine/cel/eval.h"

#define OPERATOR_TIME_FIRST INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define OPERATOR_TIME_LAST  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* A span in nanoseconds, which is how far the language lets one reach; false beyond. */
bool operator_span_nanos(const struct value_instant *span, int64_t *ret_nanos);
struct value operator_span(int64_t nanos);

/* A timestamp of these, or an error outside of the years 1 to 9999. `nanos` may be of any sign below one
 * second. */
struct value operator_time(struct eval *eval, int64_t seconds, int64_t nanos);

#endif
