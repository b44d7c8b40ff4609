/* The keys of `policy:`. What only later parts of the product read (release, playbooks, break_glass) is bound
 * for its form and used by nobody. */
#include "engine/policy/policy_parts.h"

#define DAY (24 * 60 * 60 * INT64_C(1000))

static const char *const overs[] = {"hold", "refuse", NULL};
static const char *const brokens[] = {"put_back", "tell", NULL};
static const char *const thens[] = {"ask", "free", NULL};
static const char *const private_words[] = {"ask", "allow", "never", NULL};
static const char *const closed[] = {"ask", "nothing", NULL};
static const char *const glasses[] = {"off", NULL};

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
    {.name = "admins",
     .kind = BIND_BOOL,
     .offset = AT(admins),
     .about = "true: accounts that their directory or host calls an administrator's"},
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
     .max = INT64_C(90) * DAY,
     .about = "default 24h"},
    {.name = "every",
     .kind = BIND_DURATION,
     .offset = AT(every_ms),
     .min = 1000,
     .max = DAY,
     .about = "first pause, doubling to ten times that; default 1m"},
    {0}};
#undef AT
static const struct bind_table offline_table = {"'offline'", sizeof(struct offline_entry), offline_keys};

#define AT(field) offsetof(struct recheck_entry, field)
static const struct bind_key recheck_keys[] = {
    {.name = "every",
     .kind = BIND_DURATION,
     .offset = AT(every_ms),
     .min = 0,
     .max = INT64_C(7) * DAY,
     .about = "how often each containment is looked at again; default 5m, 0s: never"},
    {.name = "broken",
     .kind = BIND_CHOICE,
     .offset = AT(broken),
     .words = brokens,
     .about = "what is done with one found open; default put_back"},
    {0}};
#undef AT
static const struct bind_table recheck_table = {"'recheck'", sizeof(struct recheck_entry), recheck_keys};

#define AT(field) offsetof(struct expires_entry, field)
static const struct bind_key expires_keys[] = {
    {.name = "at_least",
     .kind = BIND_DURATION,
     .offset = AT(at_least_ms),
     .min = 1000,
     .max = INT64_C(365) * DAY,
     .about = "a playbook may say no less; default 30m"},
    {.name = "at_most",
     .kind = BIND_DURATION,
     .offset = AT(at_most_ms),
     .min = 1000,
     .max = INT64_C(365) * DAY,
     .about = "and no more; default 30d"},
    {.name = "then",
     .kind = BIND_CHOICE,
     .offset = AT(then),
     .words = thens,
     .about = "is a person asked, or is the target freed; default ask"},
    {0}};
#undef AT
static const struct bind_table expires_table = {"'expires'", sizeof(struct expires_entry), expires_keys};

#define AT(field) offsetof(struct release_entry, field)
static const struct bind_key release_keys[] = {{.name = "two_people",
                                                .kind = BIND_MAPS,
                                                .offset = AT(two_people),
                                                .table = &policy_selector_table,
                                                .about = "what two people free; not used yet"},
                                               {.name = "on_siem_closed",
                                                .kind = BIND_CHOICE,
                                                .offset = AT(on_siem_closed),
                                                .words = closed,
                                                .about = "a resolved alert; not used yet"},
                                               {0}};
#undef AT
static const struct bind_table release_table = {"'release'", sizeof(struct release_entry), release_keys};

#define AT(field) offsetof(struct promote_entry, field)
static const struct bind_key promote_keys[] = {
    {.name = "live", .kind = BIND_TEXT, .offset = AT(live), .about = "promote; not used yet"},
    {.name = "freeze",
     .kind = BIND_TEXT,
     .offset = AT(freeze),
     .about = "when nothing goes live; not used yet"},
    {0}};
#undef AT
static const struct bind_table promote_table = {"'playbooks'", sizeof(struct promote_entry), promote_keys};

#define AT(field) offsetof(struct policy_entry, field)
#define RULE      .kind = BIND_MAPS, .table = &policy_selector_table
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
    {.name = "recheck", .kind = BIND_MAP, .offset = AT(recheck), .table = &recheck_table},
    {.name = "expires", .kind = BIND_MAP, .offset = AT(expires), .table = &expires_table},
    {.name = "private_addresses",
     .kind = BIND_CHOICE,
     .offset = AT(private_addresses),
     .words = private_words,
     .about = "an address of a private range that is to be blocked; default ask"},
    {.name = "release", .kind = BIND_MAP, .offset = AT(release), .table = &release_table},
    {.name = "playbooks", .kind = BIND_MAP, .offset = AT(playbooks), .table = &promote_table},
    {.name = "break_glass",
     .kind = BIND_CHOICE,
     .offset = AT(break_glass),
     .words = glasses,
     .about = "one person alone; not used yet"},
    {0}};
#undef AT
const struct bind_table policy_entry_table = {"'policy'", sizeof(struct policy_entry), policy_keys};

const struct bind_table *policy_table(void)
{
    return &policy_entry_table;
}
