/* What a source is believed, and pauses: rules that hold a task because of where its alert came from. A rule
 * that protects errs on the side of matching; a scope errs on the other: a host is in it by what it was
 * resolved to, never by the alert's spelling, and if it could be several machines, each must be. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/policy/policy_parts.h"
#include "engine/site/spelling.h"

static const char *source_rule(struct arena *arena, const char *kind, const char *name)
{
    return arena_printf(arena, "%s.%s", kind, name);
}

static bool is_free(const struct policy_request *request, const char *rule)
{
    return request->freed != NULL && request->freed(request->freed_arg, rule);
}

static bool hold(struct policy_answer *ret_answer, const char *rule, const char *why)
{
    *ret_answer = (struct policy_answer){.verdict = POLICY_HOLD, .rule = rule, .why = why};
    return true;
}

static bool known_in_scope(const struct site_webhook *source, const struct site_host *host,
                           struct arena *arena)
{
    const struct bind_texts patterns = {.count = source->host_count, .items = source->hosts};
    struct names names = {.arena = arena};
    names_of_known(&names, host);
    if (names_match_host(&names, &patterns) != NULL) {
        return true;
    }
    for (size_t i = 0; i < host->tag_count; i++) {
        for (size_t j = 0; j < source->tag_count; j++) {
            if (text_same_fold(host->tags[i], source->tags[j])) {
                return true;
            }
        }
    }
    return false;
}

/* Of a machine that was not resolved: by what find found, or by its key before. */
static bool stranger_in_scope(const struct policy *policy, const struct policy_request *request,
                              struct arena *arena)
{
    const struct site_webhook *source = request->source;
    const struct bind_texts patterns = {.count = source->host_count, .items = source->hosts};
    const struct bind_texts tags = {.count = source->tag_count, .items = source->tags};
    struct names names = {.arena = arena};
    names_of_stranger(&names, request);
    for (size_t i = 0; i < names.count; i++) {
        const struct site_host *host = site_find_host(policy->site, names.items[i], NULL);
        if (host != NULL) {
            return known_in_scope(source, host, arena);
        }
    }
    return names_match_host(&names, &patterns) != NULL || fact_tags_match(request, &tags, arena);
}

static bool host_in_scope(const struct policy *policy, const struct policy_request *request,
                          struct arena *arena)
{
    const struct site_webhook *source = request->source;
    struct names names = {.arena = arena};
    if (source->host_count + source->tag_count == 0) {
        return true;
    }
    names_of_host(&names, policy, request);
    for (size_t i = 0; i < names.count; i++) {
        const struct site_host *host = site_find_host(policy->site, names.items[i], NULL);
        if (host != NULL && !known_in_scope(source, host, arena)) {
            return false; /* it could be this one */
        }
    }
    return request->host != NULL ? known_in_scope(source, request->host, arena)
                                 : stranger_in_scope(policy, request, arena);
}

static bool is_known(const struct policy *policy, const struct policy_request *request, struct arena *arena)
{
    bool many = false;
    struct names names = {.arena = arena};
    names_of_stranger(&names, request);
    names_add(&names, request->name);
    for (size_t i = 0; i < names.count; i++) {
        if (site_find_host(policy->site, names.items[i], &many) != NULL || many) {
            return true;
        }
    }
    return false;
}

bool policy_scope(const struct policy *policy, const struct policy_request *request, struct arena *arena,
                  struct policy_answer *ret_answer)
{
    const struct site_webhook *source = request->source;
    const bool effect = request->per != NULL && strcmp(request->per, "once") != 0; /* a ticket names nobody */
    if (!effect) {
        return false;
    }
    if (source == NULL) {
        return request->source_gone != NULL && !is_free(request, "scope.gone") &&
               hold(ret_answer, "scope.gone",
                    arena_printf(arena,
                                 "source %s is not in the configuration any more: nothing says what "
                                 "it may do",
                                 request->source_gone));
    }
    const char *rule = source_rule(arena, "scope", source->name);
    if (is_free(request, rule)) {
        return false;
    }
    if (request->confidence > (double)source->confidence_max) {
        return hold(ret_answer, rule,
                    arena_printf(arena, "source %s is believed up to confidence %lld, its alert says %g",
                                 source->name, (long long)source->confidence_max, request->confidence));
    }
    bool machine = target_is_machine(request);
    struct policy_request place;
    if (!machine && request->host != NULL) { /* a person's account there */
        place = place_request(request);
        request = &place;
        machine = true;
    }
    if (machine && strcmp(request->per, "address") == 0 && !is_known(policy, request, arena)) {
        return false; /* a scope is about our machines, and this is none */
    }
    return machine && !host_in_scope(policy, request, arena) &&
           hold(ret_answer, rule,
                arena_printf(arena, "source %s may not name this host (its scope)", source->name));
}

bool policy_pause(const struct policy_request *request, struct arena *arena, struct policy_answer *ret_answer)
{
    const char *rule = request->paused == NULL ? NULL : source_rule(arena, "pause", request->paused);
    return rule != NULL && !is_free(request, rule) &&
           hold(ret_answer, rule, "paused; goes on by itself when the pause ends");
}

/* The longest name that fits, as for the policy's own. */
static const struct site_budget *find_budget(const struct site_webhook *source, const char *action)
{
    const struct site_budget *found = NULL;
    for (size_t i = 0; i < source->budget_count; i++) {
        const struct site_budget *budget = &source->budgets[i];
        if (budget_fits(budget->name, action) &&
            (found == NULL || strlen(budget->name) > strlen(found->name))) {
            found = budget;
        }
    }
    return found;
}

bool policy_source_budget(const struct site_webhook *source, const char *action, struct arena *arena,
                          const char **ret_name, int64_t *ret_window_ms, int64_t *ret_at_most)
{
    const struct site_budget *budget = source == NULL ? NULL : find_budget(source, action);
    if (budget == NULL) {
        return false;
    }
    *ret_name = arena_printf(arena, "%s/%s", source->name, budget->name);
    *ret_window_ms = budget->window_ms;
    *ret_at_most = budget->at_most;
    return true;
}

bool policy_source_spent(const struct policy_request *request, struct arena *arena,
                         struct policy_answer *ret_answer)
{
    const struct site_webhook *source = request->source;
    const struct site_budget *budget = source == NULL ? NULL : find_budget(source, request->action);
    if (budget == NULL || request->spent_by_us || request->source_spent < budget->at_most) {
        return false;
    }
    const char *rule = arena_printf(arena, "budget.%s.%s", source->name, budget->name);
    BUF_SCOPED window;
    buf_init(&window, 0);
    text_duration(&window, budget->window_ms);
    return !is_free(request, rule) && hold(ret_answer, rule,
                                           arena_printf(arena, "source %s: %lld of %lld within %s",
                                                        source->name, (long long)request->source_spent,
                                                        (long long)budget->at_most, buf_string(&window)));
}
