/* The verdict on one task. `never` is asked first and nothing goes round it; then pauses and what the source
 * is believed; then the rules that want people; then how many there were. Each answer names its rule and says
 * why in words for the person who reads it. */
#include <stdio.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/policy/policy_parts.h"
#include "engine/site/spelling.h"

static bool is_user(const struct policy_request *request)
{
    return request->per != NULL && strcmp(request->per, "user") == 0;
}

bool target_is_machine(const struct policy_request *request)
{
    return request->per != NULL &&
           (strcmp(request->per, "host") == 0 || strcmp(request->per, "address") == 0);
}

/* "wheel,docker", as a host lists them; a DN is one name, commas and all. */
static void add_listed(struct names *names, const char *text)
{
    while (*text != '\0') {
        size_t len = strchr(text, '=') != NULL ? strlen(text) : strcspn(text, ",");
        names_add_user(names, arena_copy(names->arena, text, len));
        text += len + (text[len] == ',');
    }
}

/* Is one of these values, folded, one of the texts? A group may be given as its DN. */
static bool has_one_of(const struct value *values, const struct bind_texts *texts, struct arena *arena)
{
    struct names names = {.arena = arena};
    if (values->kind == VALUE_STRING) {
        add_listed(&names, values->text);
    }
    for (size_t i = 0; i < value_count(values); i++) {
        const struct value *item = values->kind == VALUE_LIST ? value_at(values, i) : NULL;
        if (item != NULL && item->kind == VALUE_STRING) {
            names_add_user(&names, item->text);
        }
    }
    for (size_t i = 0; i < texts->count; i++) {
        if (names_have(&names, fold_name(arena, texts->items[i]))) {
            return true;
        }
    }
    return false;
}

static bool in_group(const struct policy_request *request, const struct bind_texts *groups,
                     struct arena *arena)
{
    static const char *const facts[] = {"groups", "memberOf", "member_of"};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct value *found = value_get(request->facts, facts[i]);
        if (found != NULL && has_one_of(found, groups, arena)) {
            return true;
        }
    }
    return false;
}

static bool has_tag(const struct site_host *host, const struct policy_request *request,
                    const struct bind_texts *tags, struct arena *arena)
{
    for (size_t i = 0; host != NULL && i < host->tag_count; i++) {
        for (size_t j = 0; j < tags->count; j++) {
            if (text_same_fold(host->tags[i], tags->items[j])) {
                return true;
            }
        }
    }
    return fact_tags_match(request, tags, arena);
}

bool fact_tags_match(const struct policy_request *request, const struct bind_texts *tags, struct arena *arena)
{
    const struct value *found = value_get(request->facts, "tags");
    return found != NULL && has_one_of(found, tags, arena);
}

struct policy_request place_request(const struct policy_request *request)
{
    return (struct policy_request){.per = "host",
                                   .key = request->host->key,
                                   .name = request->host->name,
                                   .host = request->host,
                                   .source = request->source};
}

static bool matches_user(const struct selector *selector, const struct policy_request *request,
                         struct arena *arena, const char **ret_what)
{
    struct names names = {.arena = arena};
    names_of_user(&names, request);
    const char *pattern = names_match_user(&names, &selector->users);
    if (pattern != NULL) {
        *ret_what = arena_printf(arena, "users '%s'", pattern);
    } else if (in_group(request, &selector->groups, arena)) {
        *ret_what = "members of one of its groups";
    } else if (selector->admins && value_get_bool(request->facts, "admin", false)) {
        *ret_what = "administrators";
    } else {
        return false;
    }
    return true;
}

bool selector_matches(const struct selector *selector, const struct policy *policy,
                      const struct policy_request *request, struct arena *arena, const char **ret_what)
{
    struct names names = {.arena = arena};
    const char *pattern = NULL;
    if (is_user(request)) {
        if (matches_user(selector, request, arena, ret_what)) {
            return true;
        }
        if (request->host == NULL) {
            return false;
        }
        struct policy_request place = place_request(request);
        return selector_matches(selector, policy, &place, arena, ret_what);
    }
    if (!target_is_machine(request)) { /* a ticket, a file: no rule names it */
        return false;
    }
    names_of_host(&names, policy, request);
    const struct site_host *host = request->host;
    for (size_t i = 0; host == NULL && i < names.count; i++) {
        host = site_find_host(policy->site, names.items[i], NULL);
    }
    if ((pattern = names_match_host(&names, &selector->hosts)) != NULL) {
        *ret_what = arena_printf(arena, "hosts '%s'", pattern);
    } else if ((pattern = names_match_host(&names, &selector->addresses)) != NULL) {
        *ret_what = arena_printf(arena, "addresses %s", pattern);
    } else if (has_tag(host, request, &selector->tags, arena)) {
        *ret_what = "hosts with one of its tags";
        return true;
    }
    return pattern != NULL;
}

/* Whoever connects to one of these meets itself. */
static bool is_loopback(const struct names *names)
{
    static const char *const prefixes[] = {"127.0.0.1", "0.0.0.0", "::1", "::"};
    static const char *const globs[] = {"localhost", "*.localhost", "ip6-localhost", "ip6-loopback"};
    for (size_t i = 0; i < names->count; i++) {
        for (size_t j = 0; j < sizeof prefixes / sizeof prefixes[0]; j++) {
            if (spelling_in_prefix(names->items[i], prefixes[j]) ||
                spelling_glob(globs[j], names->items[i])) {
                return true;
            }
        }
    }
    return false;
}

/* soar's own machines and accounts, whatever the policy says. */
static const char *own_why(const struct policy *policy, const struct policy_request *request,
                           struct arena *arena)
{
    struct names names = {.arena = arena};
    bool user = is_user(request);
    if (user) {
        names_of_account(&names, request);
    } else if (target_is_machine(request)) {
        names_of_host(&names, policy, request);
    }
    const struct own *own = user ? policy->own_users : policy->own_hosts;
    size_t count = user ? policy->own_user_count : policy->own_host_count;
    for (size_t i = 0; i < count; i++) {
        if (names_have(&names, own[i].text)) {
            return own[i].why;
        }
    }
    if (user && request->host != NULL) {
        struct policy_request place = place_request(request);
        return own_why(policy, &place, arena);
    }
    return !user && is_loopback(&names) ? policy_runs_there : NULL;
}

static struct policy_answer allowed(void)
{
    return (struct policy_answer){.verdict = POLICY_ALLOW, .rule = "", .why = ""};
}

/* The rules of one strength. */
static bool ask_rules(const struct policy *policy, const struct policy_request *request,
                      enum policy_verdict verdict, struct arena *arena, struct policy_answer *ret_answer)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        const char *what = "";
        if (rule->verdict != verdict ||
            (verdict == POLICY_HOLD && request->freed && request->freed(request->freed_arg, rule->name)) ||
            !selector_matches(&rule->selector, policy, request, arena, &what)) {
            continue;
        }
        *ret_answer = (struct policy_answer){
            .verdict = rule->verdict,
            .rule = rule->name,
            .why = rule->why != NULL ? rule->why : arena_printf(arena, "the policy names %s", what)};
        return true;
    }
    return false;
}

static void ask_budget(const struct policy *policy, const struct policy_request *request, struct arena *arena,
                       struct policy_answer *ret_answer)
{
    const struct budget *budget = policy_find_budget(policy, request->action);
    if (budget == NULL || request->spent_by_us) {
        return;
    }
    int64_t kept = request->person ? 0 : budget->kept_for_people;
    int64_t most = budget->at_most > kept ? budget->at_most - kept : 0;
    const char *rule = arena_printf(arena, "blast_radius.%s", budget->name);
    if (request->spent < most || (request->freed != NULL && request->freed(request->freed_arg, rule))) {
        return;
    }
    BUF_SCOPED window;
    buf_init(&window, 0);
    text_duration(&window, budget->window_ms);
    ret_answer->verdict = budget->over;
    ret_answer->rule = rule;
    ret_answer->why =
        arena_printf(arena, "%lld of %lld within %s%s", (long long)request->spent, (long long)most,
                     buf_string(&window), kept > 0 ? " (the rest is kept for people)" : "");
}

void policy_judge(const struct policy *policy, const struct policy_request *request, struct arena *arena,
                  struct policy_answer *ret_answer)
{
    *ret_answer = allowed();
    const char *own = own_why(policy, request, arena);
    if (own != NULL) {
        *ret_answer = (struct policy_answer){.verdict = POLICY_REFUSE, .rule = "never", .why = own};
        return;
    }
    if (policy_address_never(policy, request, arena, ret_answer) ||
        ask_rules(policy, request, POLICY_REFUSE, arena, ret_answer) || request->put_back) {
        return;
    }
    if (policy_pause(request, arena, ret_answer) || policy_scope(policy, request, arena, ret_answer) ||
        ask_rules(policy, request, POLICY_HOLD, arena, ret_answer) ||
        policy_address_private(policy, request, arena, ret_answer) ||
        policy_source_spent(request, arena, ret_answer)) {
        return;
    }
    ask_budget(policy, request, arena, ret_answer);
}
