/* Ids of runs and alerts: R-261122-030411-k7qx is when, to the second in UTC, and four letters.
 *
 * The letters count from a random start in each second, so that no two of this life are the same, whatever
 * was forgotten; in the second in which it began the store is asked, too, since an earlier life may share it.
 */
#include <assert.h>
#include <stdio.h>
#include <time.h>

#include "engine/loop/loop_parts.h"

#define IDS_A_SECOND (UINT32_C(1) << 20) /* four letters of 32 */

static int found_row(void *arg, const struct soar_row *row)
{
    (void)row;
    *(bool *)arg = true;
    return 1;
}

static int found_alert(void *arg, const struct soar_alert *alert)
{
    (void)alert;
    *(bool *)arg = true;
    return 1;
}

/* A run's alert may bear its letters, so both are looked for. */
static bool is_stored(struct loop *loop, const char *tail, struct arena *arena)
{
    struct soar_store *store = loop->config.store;
    struct soar_query query = {.view = SOAR_VIEW_RUN, .key = arena_printf(arena, "R%s", tail)};
    struct soar_err none;
    bool found = false;

    return store->ops->rows(store, &query, found_row, &found, &none) == 0 &&
           (found ||
            store->ops->alert(store, arena_printf(arena, "A%s", tail), found_alert, &found, &none) == 0);
}

static void begin_second(struct loop *loop, int64_t second)
{
    struct id_maker *ids = &loop->ids;

    if (ids->second == second)
        return;
    if (!ids->first_second)
        ids->first_second = second;
    ids->second = second;
    ids->count = 0;
    loop->config.world->random(loop->config.world->arg, &ids->start, sizeof ids->start);
}

const char *loop_new_id(struct loop *loop, char kind, struct arena *arena)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz023456789";
    int64_t second = loop_now(loop) / 1000;
    time_t seconds = (time_t)second;
    char tail[40];
    struct tm when;

    begin_second(loop, second);
    gmtime_r(&seconds, &when);
    do {
        uint32_t number = loop->ids.start + loop->ids.count++;

        assert(loop->ids.count <= IDS_A_SECOND && "more than a million ids in a second");
        snprintf(tail, sizeof tail, "-%02d%02d%02d-%02d%02d%02d-%c%c%c%c", when.tm_year % 100,
                 when.tm_mon + 1, when.tm_mday, when.tm_hour, when.tm_min, when.tm_sec,
                 letters[number >> 15 & 31], letters[number >> 10 & 31], letters[number >> 5 & 31],
                 letters[number & 31]);
    } while (second == loop->ids.first_second && is_stored(loop, tail, arena));
    return arena_printf(arena, "%c%s", kind, tail);
}
