/* What the engine may know of the outside without asking a target: time and chance.
 *
 * The rooms below engine/loop read no clock and no randomness; the loop hands them times, and the simulator
 * hands the loop a world of its own. All times are milliseconds. */
#ifndef BASE_WORLD_H
#define BASE_WORLD_H

#include <stddef.h>
#include <stdint.h>

struct world {
    int64_t (*wall_ms)(void *arg); /* since 1970, UTC; may jump */
    int64_t (*boot_ms)(void *arg); /* since boot, suspend included; never goes back */
    const char *(*boot_id)(void *arg);
    void (*random)(void *arg, void *ret_bytes, size_t len);
    void *arg;
};

/* This machine's own: CLOCK_REALTIME, CLOCK_BOOTTIME, /proc/sys/kernel/random/boot_id, getrandom. */
const struct world *world_system(void);

#endif
