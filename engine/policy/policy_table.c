/* The keys of `policy:`. What later parts of the product read (release, recheck, ...) is accepted and left in
 * the tree. */
#include "engine/policy/policy_parts.h"

static const char *const overs[] = {"hold", "refuse", NULL};

#define LIST_OF_TEXT "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}"

struct named {
    struct bind_texts names;
    struct bind_texts tags;
};

static const struct bind_key named_keys[] = {
    {.name = "names", .kind = BIND_TEXTS, .offset = offsetof(struct named, names)},
    {.name = "tags", .kind = BIND_TEXTS, .offset = offsetof(struct named, tags)},
    {0}};
const struct bind_table policy_named_table = {"'hosts'", sizeof(struct named), named_keys};

#define AT(field) offsetof(struct selector_entry, field)
static const struct bind_key selector_keys[] = {
    {.name = "hosts",
     .kind = BIND_NODE,
     .offset = AT(hosts),
     .schema =
         "{\"anyOf\": [" LIST_OF_TEXT ", {\"type\": \"object\", \"properties\": {\"names\": " LIST_OF_TEXT
         ", \"tags\": " LIST_OF_TEXT "}, \"additionalProperties\": false}]}",
     .about = "names with * and ?, addresses; or {tags: [...]}"},
    {.name = "tags", .kind = BIND_TEXTS, .offset = AT(tags), .about = "hosts with one of these tags"},
    {.name = "users", .kind = BIND_TEXTS, .offset = AT(users), .about = "names with * and ?"},
    {.name = "groups", .kind = BIND_TEXTS, .offset = AT(groups), .about = "members of one of these"},
    {.name = "addresses", .kind = BIND_TEXTS, .offset = AT(addresses), .about = "prefixes: 10.0.0.0/24"},
    {.name = "why", .kind = BIND_TEXT, .offset = AT(why), .about = "what people are told"},
    {0}};
#undef AT
const struct bind_table policy_selector_table = {"a rule", sizeof(struct selector_entry), selector_keys};

#define AT(field) offsetof(struct limit_entry, field)
static const struct bind_key limit_keys[] = {
    {.name = "at_most", .kind = BIND_SCALAR, .offset = AT(at_most), .required = true, .about = "20/1h"},
    {.name = "kept_for_people",
     .kind = BIND_INT,
     .offset = AT(kept_for_people),
     .min = 0,
     .max = 1000000,
     .about = "of these, for runs that a person starts"},
    {.name = "over", .kind = BIND_CHOICE, .offset = AT(over), .words = overs, .about = "default hold"},
    {0}};
#undef AT
static const struct bind_table limit_table = {"a limit", sizeof(struct limit_entry), limit_keys};

#define AT(field) offsetof(struct offline_entry, field)
static const struct bind_key offline_keys[] = {
    {.name = "keep_trying",
     .kind = BIND_DURATION,
     .offset = AT(keep_trying_ms),
     .min = 0,
     .max = INT64_C(90) * 24 * 60 * 60 * 1000,
     .about = "default 24h"},
    {.name = "every",
     .kind = BIND_DURATION,
     .offset = AT(every_ms),
     .min = 1000,
     .max = INT64_C(24) * 60 * 60 * 1000,
     .about = "first pause, doubling to ten times that; default 1m"},
    {0}};
#undef AT
static const struct bind_table offline_table = {"'offline'", sizeof(struct offline_entry), offline_keys};

#define AT(field) offsetof(struct policy_entry, field)
#define RULE      .kind = BIND_NODE, .schema = "{\"type\": [\"object\", \"array\"]}"
static const struct bind_key policy_keys[] = {
    {.name = "protect", .offset = AT(protect), RULE, .about = "short for never"},
    {.name = "never", .offset = AT(never), RULE, .about = "refused; nobody can override it"},
    {.name = "two_people", .offset = AT(two_people), RULE, .about = "held until two people agree"},
    {.name = "ask", .offset = AT(ask), RULE, .about = "held until a person agrees"},
    {.name = "blast_radius",
     .kind = BIND_MAP_OF,
     .offset = AT(limits),
     .table = &limit_table,
     .about = "how many in what time, by the beginning of an action's name"},
    {.name = "offline", .kind = BIND_MAP, .offset = AT(offline), .table = &offline_table},
    {.name = "break_glass", .kind = BIND_NODE, .offset = AT(rest)},
    {.name = "release", .kind = BIND_NODE, .offset = AT(rest)},
    {.name = "expires", .kind = BIND_NODE, .offset = AT(rest)},
    {.name = "recheck", .kind = BIND_NODE, .offset = AT(rest)},
    {.name = "playbooks", .kind = BIND_NODE, .offset = AT(rest)},
    {0}};
#undef AT
const struct bind_table policy_entry_table = {"'policy'", sizeof(struct policy_entry), policy_keys};

const struct bind_table *policy_table(void)
{
    return &policy_entry_table;
}
