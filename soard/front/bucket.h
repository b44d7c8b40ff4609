/* A rate: so many in so long, the first ones at once, the later ones as time frees them. */
#ifndef FRONT_BUCKET_H
#define FRONT_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    int64_t count; /* in period_ms; 0: no limit */
    int64_t period_ms;
    int64_t full_us; /* when everything taken so far will have flowed off */
};

/* Takes one at now_ms (a clock that never goes back); false: none is left, and *ret_wait_ms says for how
 * long. */
bool bucket_take(struct bucket *bucket, int64_t now_ms, int64_t *ret_wait_ms)
    __attribute__((nonnull, warn_unused_result));

#endif
