/* The journal's own clock: never goes back, follows no one who sets the wall clock.
 *
 * It starts at the later of the wall clock and the last event and runs with the boot clock from there; on the
 * same boot it goes on from where the last writer stood, by the boot clock, whatever was done to the wall
 * clock meanwhile. */
#ifndef LOOP_CLOCK_H
#define LOOP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/world.h"

struct clock {
    const struct world *world;
    int64_t base_ms; /* this clock at boot_ms */
    int64_t boot_ms;
    int64_t ahead_ms; /* of the wall clock, as it was last noted */
};

/* What the last writer left: where this clock stood, on which boot, at which boot time; 0 and "" if none. */
struct clock_mark {
    int64_t at_ms;
    const char *boot_id;
    int64_t boot_ms;
    int64_t last_event_ms;
    int64_t ahead_ms; /* of the wall clock, as it was last noted */
};

void clock_begin(struct clock *clock, const struct world *world, const struct clock_mark *mark);
int64_t clock_now_ms(const struct clock *clock);
int64_t clock_ahead_ms(const struct clock *clock); /* of the wall clock, now */

#endif
