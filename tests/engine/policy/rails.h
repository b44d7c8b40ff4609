/* A site of a few machines, a policy from a text, and one question to it. */
#ifndef TESTS_POLICY_RAILS_H
#define TESTS_POLICY_RAILS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/policy/policy.h"

static const char *const dc_also[] = {"dc1.corp.example", "fd00::5"};
static const char *const dc_tags[] = {"dc"};
static const char *const web_tags[] = {"prod"};
static const struct site_host rail_hosts[] = {
    {.name = "DC-01",
     .key = "host:dc-01",
     .fqdn = "dc-01.corp.example",
     .address = "10.0.0.5",
     .os = "windows",
     .user = "svc-soar",
     .tag_count = 1,
     .tags = dc_tags,
     .also_count = 2,
     .also = dc_also},
    {.name = "web-01",
     .key = "host:web-01",
     .address = "10.0.0.11",
     .os = "linux",
     .user = "root",
     .tag_count = 1,
     .tags = web_tags},
    {.name = "soar-01", .key = "host:soar-01", .address = "10.0.0.1", .os = "linux"},
    {.name = "gw", .key = "host:gw", .address = "10.0.0.254", .os = "linux"},
    {.name = "b\u00fccher", .key = "host:xn--bcher-kva", .address = "10.0.0.60", .os = "linux"},
};

static const char *const own_addresses[] = {"10.0.0.1", "fe80::1"};
static const char *const own_names[] = {"soar-01.corp.example"};
static const char *const own_ways[] = {"10.0.0.254"};
static const struct policy_self rail_self = {.address_count = 2,
                                             .addresses = own_addresses,
                                             .name_count = 1,
                                             .names = own_names,
                                             .way_count = 1,
                                             .ways = own_ways};

/* The policy of a text ("" for none); its mistakes as lines in *ret_lines. */
static inline struct policy *rails_new(struct arena *arena, const char *text, const char **ret_lines)
{
    struct diag_list diags;
    diag_init(&diags, arena, "soard.yaml");
    struct site *site = arena_alloc(arena, sizeof *site);
    site->host_count = sizeof rail_hosts / sizeof rail_hosts[0];
    site->hosts = rail_hosts;
    if (*text != '\0') {
        site->policy = yaml_parse(arena, text, strlen(text), &diags);
        assert_non_null(site->policy);
    }
    struct policy *policy = NULL;
    int result = policy_load(arena, site, &rail_self, &policy, &diags);
    assert_int_equal(result, diags.errors > 0 ? -1 : 0);
    BUF_SCOPED out;
    buf_init(&out, 0);
    diag_print(&diags, &out);
    *ret_lines = arena_string(arena, buf_string(&out));
    return policy;
}

static inline struct policy *rails_well(struct arena *arena, const char *text)
{
    const char *lines = NULL;
    struct policy *policy = rails_new(arena, text, &lines);
    assert_string_equal(lines, "");
    return policy;
}

/* "allow", "hold RULE: WHY", "refuse RULE: WHY". */
static inline const char *judged(struct arena *arena, const struct policy *policy,
                                 const struct policy_request *request)
{
    struct policy_answer answer;
    policy_judge(policy, request, arena, &answer);
    if (answer.verdict == POLICY_ALLOW) {
        assert_string_equal(answer.rule, "");
        return "allow";
    }
    return arena_printf(arena, "%s %s: %s", answer.verdict == POLICY_HOLD ? "hold" : "refuse", answer.rule,
                        answer.why);
}

static inline struct policy_request about(const char *per, const char *name)
{
    return (struct policy_request){
        .action = "Isolate_Endpoint", .containment = true, .per = per, .name = name};
}

#endif
