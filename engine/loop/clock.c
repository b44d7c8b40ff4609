/* The journal's own clock. After clock_begin() the wall clock is asked only how far away
 * it is, never what time it is. */
#include "engine/loop/clock.h"

#include <string.h>

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void clock_begin(struct clock *clock, const struct world *world, const struct clock_mark *mark)
{
    bool same_boot = mark->at_ms && strcmp(mark->boot_id, world->boot_id(world->arg)) == 0;
    int64_t start_ms;

    clock->world = world;
    clock->ahead_ms = mark->ahead_ms;
    clock->boot_ms = world->boot_ms(world->arg);
    if (same_boot && clock->boot_ms >= mark->boot_ms)
        start_ms = mark->at_ms + (clock->boot_ms - mark->boot_ms);
    else
        start_ms = world->wall_ms(world->arg);
    clock->base_ms = later(start_ms, later(mark->at_ms, mark->last_event_ms));
}

int64_t clock_now_ms(const struct clock *clock)
{
    return clock->base_ms + (clock->world->boot_ms(clock->world->arg) - clock->boot_ms);
}

int64_t clock_ahead_ms(const struct clock *clock)
{
    return clock_now_ms(clock) - clock->world->wall_ms(clock->world->arg);
}
