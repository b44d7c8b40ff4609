/* The names of the views, for every store and every reader of one. The names are a format on disk. */
#include "soar/store.h"

#include <assert.h>

static const char *const NAMES[SOAR_VIEW_COUNT] = {
    [SOAR_VIEW_RUN] = "run",
    [SOAR_VIEW_TASK] = "task",
    [SOAR_VIEW_TIMER] = "timer",
    [SOAR_VIEW_ASK] = "ask",
    [SOAR_VIEW_CONTAINMENT] = "containment",
    [SOAR_VIEW_HOLDER] = "holder",
    [SOAR_VIEW_SPEND] = "spend",
    [SOAR_VIEW_DEDUP] = "dedup",
    [SOAR_VIEW_EVIDENCE] = "evidence",
    [SOAR_VIEW_LEASE] = "lease",
};

const char *soar_view_name(enum soar_view view)
{
    assert(view < SOAR_VIEW_COUNT);
    return NAMES[view];
}
