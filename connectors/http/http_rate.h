/* How often a service may be asked: never more than so many calls in any span of so long. */
#ifndef CONNECTORS_HTTP_RATE_H
#define CONNECTORS_HTTP_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"

struct http_rate {
    int64_t per_ms;
    size_t calls; /* 0: as often as one likes */
    int64_t *at;  /* when the last `calls` of them went out, or will */
    size_t next;  /* the oldest of them */
};

void http_rate_init(struct http_rate *rate, struct arena *arena, size_t calls, int64_t per_ms);
/* The earliest time, from `now` on, at which one more may go out. */
int64_t http_rate_when(const struct http_rate *rate, int64_t now_ms);
/* Takes the place that http_rate_when() told of. */
void http_rate_take(struct http_rate *rate, int64_t at_ms);
/* "90 a minute": in the arena. */
const char *http_rate_text(const struct http_rate *rate, struct arena *arena);

#endif
