/* One generation of what the operator wrote: read together, used together, replaced together.
 *
 * A generation lives in an arena of its own. Runs keep the playbooks and packs they were started with, so it
 * is freed only when it was replaced, nobody holds it and no live run uses it. */
#ifndef SOARD_WIRING_H
#define SOARD_WIRING_H

#include "engine/playbook/playbook.h"
#include "engine/policy/policy.h"
#include "engine/trigger/intake.h"

struct wiring {
    struct arena *arena;
    struct site *site;
    struct pack_shelf *shelf;
    struct policy *policy;
    struct intake_shelf *intake;
    size_t playbook_count;
    const struct playbook *const *playbooks; /* those without a mistake, each name once */
    size_t broken_count;
    const char *const
        *broken; /* playbooks that are not used: "file:line:col: error: …" of the first mistake */
    size_t own_playbooks, own_broken; /* of them, the first: of this machine's directories */
    struct wiring
        *base; /* whose site, packs, policy, mappings and directories it shares, and holds; or NULL */
    size_t held;
    int64_t replaced_ms; /* when another took its place; 0: it is in force */
    struct wiring *next; /* in the list of replaced ones */
};

/* Mistakes and warnings of all files go to `mistakes`, a line each. A playbook with a mistake is left out and
 * listed; any other mistake is -1. */
int wiring_load(const char *config_file, struct wiring **ret_wiring, struct buf *mistakes,
                struct soar_err *err) __attribute__((warn_unused_result));
/* The same generation with other playbooks of its repositories: nothing else is read. */
struct wiring *wiring_again(struct wiring *from, struct buf *mistakes) __attribute__((warn_unused_result));
void wiring_free(struct wiring *wiring);

void wiring_hold(struct wiring *wiring);
void wiring_let_go(struct wiring *wiring);

/* By name, without regard to case; NULL: there is none. */
const struct playbook *wiring_playbook(const struct wiring *wiring, const char *name);

#endif
