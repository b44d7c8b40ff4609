/* The keys of a playbook, as tables: what is bound, what editors complete, and what a later version will
 * know. */
#include "engine/base/limits.h"
#include "engine/playbook/playbook_parts.h"

#define SECOND  INT64_C(1000)
#define DAY     (24 * 60 * 60 * SECOND)
#define HOLE_OR "{\"type\": [\"string\", \"number\", \"boolean\", \"array\", \"object\", \"null\"]}"

const char *const playbook_severities[] = {"informational", "low", "medium", "high", "critical", NULL};
const char *const playbook_systems[] = {"linux", "windows", "macos", NULL};
static const char *const failures[] = {"continue", "stop", "rollback", NULL};
static const char *const backoffs[] = {"fixed", "linear", "exponential", NULL};

#define AT(field) offsetof(struct dedup_entry, field)
static const struct bind_key dedup_keys[] = {
    {.name = "key",
     .kind = BIND_TEXTS,
     .offset = AT(key),
     .required = true,
     .about = "a list of expressions over alert"},
    {.name = "window",
     .kind = BIND_DURATION,
     .offset = AT(window_ms),
     .required = true,
     .min = SECOND,
     .max = 30 * DAY,
     .about = "how long a second alert with the same key starts nothing"},
    {0}};
#undef AT
const struct bind_table playbook_dedup_table = {"'dedup'", sizeof(struct dedup_entry), dedup_keys};

#define AT(field) offsetof(struct trigger_entry, field)
static const struct bind_key trigger_keys[] = {
    {.name = "name", .kind = BIND_SCALAR, .offset = AT(name), .about = "of a trigger of the configuration"},
    {.name = "when", .kind = BIND_SCALAR, .offset = AT(when), .about = "the condition itself, over alert"},
    {.name = "dedup", .kind = BIND_NODE, .offset = AT(dedup), .table = &playbook_dedup_table},
    {0}};
#undef AT
const struct bind_table playbook_trigger_table = {"a trigger", sizeof(struct trigger_entry), trigger_keys};

#define AT(field) offsetof(struct retry_entry, field)
static const struct bind_key retry_keys[] = {
    {.name = "attempts",
     .kind = BIND_INT,
     .offset = AT(attempts),
     .min = 1,
     .max = LIMIT_ATTEMPTS,
     .about = "tries in all; default 3"},
    {.name = "backoff",
     .kind = BIND_CHOICE,
     .offset = AT(backoff),
     .words = backoffs,
     .about = "default exponential"},
    {.name = "initial",
     .kind = BIND_DURATION,
     .offset = AT(initial_ms),
     .min = 1,
     .max = DAY,
     .about = "default 2s"},
    {.name = "max", .kind = BIND_DURATION, .offset = AT(max_ms), .min = 1, .max = DAY, .about = "default 1m"},
    {0}};
#undef AT
const struct bind_table playbook_retry_table = {"'retry'", sizeof(struct retry_entry), retry_keys};

#define AT(field) offsetof(struct step_entry, field)
static const struct bind_key step_keys[] = {
    {.name = "step",
     .kind = BIND_SCALAR,
     .offset = AT(step),
     .required = true,
     .about = "its name or number"},
    {.name = "action",
     .kind = BIND_SCALAR,
     .offset = AT(action),
     .required = true,
     .about = "the name of an action: see soarctl action list"},
    {.name = "details", .kind = BIND_SCALAR, .offset = AT(details), .about = "for people; never evaluated"},
    {.name = "when",
     .kind = BIND_SCALAR,
     .offset = AT(when),
     .about = "a bare expression; else the step is skipped"},
    {.name = "target_os",
     .kind = BIND_NODE,
     .offset = AT(target_os),
     .schema =
         "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"type\": \"string\"}}]}",
     .about = "a list of Linux, Windows, macOS: hosts of other systems are skipped"},
    {.name = "target_user",
     .kind = BIND_SCALAR,
     .offset = AT(target_user),
     .about = "the user, usually \"{{alert.user_id}}\""},
    {.name = "targets",
     .kind = BIND_NODE,
     .offset = AT(targets),
     .schema = HOLE_OR,
     .about = "hosts, users or addresses; default \"{{alert.hosts}}\" or \"{{alert.user_id}}\""},
    {.name = "with",
     .kind = BIND_NODE,
     .offset = AT(with),
     .schema = "{\"type\": \"object\"}",
     .about = "parameters of the action"},
    {.name = "needs",
     .kind = BIND_NODE,
     .offset = AT(needs),
     .schema = "{\"anyOf\": [{\"type\": [\"string\", \"number\"]}, {\"type\": \"array\"}]}",
     .about = "steps that must have succeeded; []: none; default: after the step above"},
    {.name = "after",
     .kind = BIND_NODE,
     .offset = AT(after),
     .schema = "{\"anyOf\": [{\"type\": [\"string\", \"number\"]}, {\"type\": \"array\"}]}",
     .about = "steps that it comes after, whatever became of them"},
    {.name = "on_failure",
     .kind = BIND_CHOICE,
     .offset = AT(on_failure),
     .words = failures,
     .about = "continue, stop or rollback"},
    {.name = "enough",
     .kind = BIND_NODE,
     .offset = AT(enough),
     .schema = "{\"type\": [\"string\", \"integer\"]}",
     .about = "any, all, a number or \"80%\" of its targets; default any"},
    {.name = "timeout",
     .kind = BIND_DURATION,
     .offset = AT(timeout_ms),
     .min = SECOND,
     .max = DAY,
     .about = "of one try at one target; default: the action's"},
    {.name = "retry", .kind = BIND_NODE, .offset = AT(retry), .table = &playbook_retry_table},
    {.name = "parallel",
     .kind = BIND_INT,
     .offset = AT(parallel),
     .min = 1,
     .max = LIMIT_PARALLEL,
     .about = "targets at once; default 10"},
    {.name = "expires",
     .kind = BIND_SCALAR,
     .offset = AT(expires),
     .about = "how long this run holds the target; may speak of vars"},
    {.name = "approve", .kind = BIND_LATER},
    {.name = "for_each", .kind = BIND_LATER},
    {.name = "playbook", .kind = BIND_LATER},
    {.name = "wait", .kind = BIND_LATER},
    {.name = "set", .kind = BIND_LATER},
    {.name = "switch", .kind = BIND_LATER},
    {.name = "assert", .kind = BIND_LATER},
    {.name = "value", .kind = BIND_LATER},
    {0}};
#undef AT
const struct bind_table playbook_step_table = {"a step", sizeof(struct step_entry), step_keys};

#define AT(field) offsetof(struct playbook_entry, field)
static const struct bind_key playbook_keys[] = {
    {.name = "playbook_name",
     .kind = BIND_SCALAR,
     .offset = AT(name),
     .required = true,
     .about = "what people call it"},
    {.name = "trigger",
     .kind = BIND_NODE,
     .offset = AT(trigger),
     .table = &playbook_trigger_table,
     .about = "a name from the configuration, or the condition itself"},
    {.name = "severity",
     .kind = BIND_CHOICE,
     .offset = AT(severity),
     .words = playbook_severities,
     .about = "informational, low, medium, high or critical"},
    {.name = "vars",
     .kind = BIND_NODE,
     .offset = AT(vars),
     .schema = "{\"type\": \"object\"}",
     .about = "names for values: vars.NAME in expressions"},
    {.name = "actions",
     .kind = BIND_LIST_OF,
     .offset = AT(actions),
     .required = true,
     .table = &playbook_step_table,
     .about = "the steps, in order"},
    {0}};
#undef AT
static const struct bind_table table = {"a playbook", sizeof(struct playbook_entry), playbook_keys};

const struct bind_table *playbook_table(void)
{
    return &table;
}
