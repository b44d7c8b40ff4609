/* The leaky bucket as one number: the time at which it would be empty again (GCRA). What is refused costs
 * nothing, so a sender that hammers is served at its rate, not starved. */
#include "soard/front/bucket.h"

bool bucket_take(struct bucket *bucket, int64_t now_ms, int64_t *ret_wait_ms)
{
    *ret_wait_ms = 0;
    if (bucket->count <= 0 || bucket->period_ms <= 0)
        return true;
    int64_t now_us = now_ms * 1000;
    int64_t each_us = bucket->period_ms * 1000 / bucket->count;
    int64_t room_us = each_us * (bucket->count - 1);
    int64_t full_us = bucket->full_us > now_us ? bucket->full_us : now_us;
    if (full_us - now_us > room_us) {
        *ret_wait_ms = (full_us - now_us - room_us + 999) / 1000;
        return false;
    }
    bucket->full_us = full_us + each_us;
    return true;
}
