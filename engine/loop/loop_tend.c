/* What a long life needs now and then: a mark of the clock each minute, so that the next start knows when
 * somebody was last there; and once an hour the ledger lets go of what no decision needs any more. */
#include <stdint.h>

#include "engine/loop/loop_parts.h"

enum { MARK_MS = 60 * 1000, PRUNE_MS = 60 * 60 * 1000 };

/* The longest window in which anything that could be done now is counted. */
static int64_t longest_window(const struct loop *loop)
{
    const struct site *site = loop->config.site;
    int64_t longest_ms = 0;

    for (size_t i = 0; loop->config.shelf && i < pack_shelf_count(loop->config.shelf); i++) {
        const char *name;
        int64_t window_ms = 0;
        int64_t at_most;

        if (policy_budget(loop->config.policy, pack_shelf_at(loop->config.shelf, i)->name, &name, &window_ms,
                          &at_most) &&
            window_ms > longest_ms)
            longest_ms = window_ms;
    }
    for (size_t i = 0; site && i < site->webhook_count; i++)
        for (size_t b = 0; b < site->webhooks[i].budget_count; b++)
            if (site->webhooks[i].budgets[b].window_ms > longest_ms)
                longest_ms = site->webhooks[i].budgets[b].window_ms;
    return longest_ms;
}

void tend(struct loop *loop)
{
    int64_t now_ms = loop_now(loop);

    if (!loop->config.forget)
        return;
    if (now_ms >= loop->mark_ms) {
        batch_mark(loop);
        loop->mark_ms = now_ms + MARK_MS;
    }
    if (now_ms >= loop->prune_ms) {
        ledger_prune(loop->ledger, now_ms, longest_window(loop));
        loop->prune_ms = now_ms + PRUNE_MS;
    }
}

int64_t tend_due(const struct loop *loop)
{
    return loop->config.forget ? loop->mark_ms : INT64_MAX;
}
