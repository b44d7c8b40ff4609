/* What a policy says that is no verdict on a task: how long is tried, how often is looked again, how long a
 * run may hold. */
#include "engine/base/text.h"
#include "engine/policy/policy_parts.h"

const char *policy_digest(const struct policy *policy)
{
    return policy->digest;
}

int64_t policy_offline_ms(const struct policy *policy)
{
    return policy->offline.keep_trying_ms;
}

int64_t policy_offline_every_ms(const struct policy *policy)
{
    return policy->offline.every_ms;
}

int64_t policy_recheck_every_ms(const struct policy *policy)
{
    return policy->recheck.every_ms;
}

bool policy_puts_back(const struct policy *policy)
{
    return policy->recheck.broken == RECHECK_PUTS_BACK;
}

int64_t policy_expires_least_ms(const struct policy *policy)
{
    return policy->expires.at_least_ms;
}

int64_t policy_expires_most_ms(const struct policy *policy)
{
    return policy->expires.at_most_ms;
}

bool policy_expires_frees(const struct policy *policy)
{
    return policy->expires.then == EXPIRES_FREES;
}

bool policy_expires_fits(const struct policy *policy, int64_t ms, struct arena *arena, const char **ret_why)
{
    bool less = ms < policy->expires.at_least_ms;
    if (ms == 0 || (!less && ms <= policy->expires.at_most_ms)) {
        return true;
    }
    BUF_SCOPED bound;
    buf_init(&bound, 0);
    text_duration(&bound, less ? policy->expires.at_least_ms : policy->expires.at_most_ms);
    *ret_why = arena_printf(arena, "the policy wants at %s %s (`expires: {%s}`)", less ? "least" : "most",
                            buf_string(&bound), less ? "at_least" : "at_most");
    return false;
}
