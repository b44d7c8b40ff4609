/* The keys of a playbook's test, as tables: what is read, what is told, and the JSON Schema are one thing.
 * What a table can't say (that a step exists, that a line of `given` is of one kind) is checked after. */
#include "engine/rehearse/rehearse_parts.h"

const char *const rehearse_statuses[] = {"completed", "partial", "failed", "cancelled",
                                         "waiting",   "running", NULL};

#define DAYS_MAX   (INT64_C(90) * 24 * 60 * 60 * 1000)
#define CALLS_MAX  100000
#define ANY_TARGET "default: any target"

#define AT(field) offsetof(struct rehearse_given, field)
static const struct bind_key given_keys[] = {
    {.name = "on", .kind = BIND_TEXT, .offset = AT(on), .about = "a target; " ANY_TARGET},
    {.name = "call", .kind = BIND_TEXT, .offset = AT(call), .about = "a function: ssh.run; default: any"},
    {.name = "fails", .kind = BIND_TEXT, .offset = AT(fails), .about = "it was heard and failed: why"},
    {.name = "refuses", .kind = BIND_TEXT, .offset = AT(refuses), .about = "nothing was sent: why"},
    {.name = "cut", .kind = BIND_TEXT, .offset = AT(cut), .about = "what it collects breaks off: why"},
    {.name = "hangs", .kind = BIND_BOOL, .offset = AT(hangs), .about = "never answers, never acts"},
    {.name = "loses", .kind = BIND_BOOL, .offset = AT(loses), .about = "acts, and the answer is lost"},
    {.name = "late", .kind = BIND_BOOL, .offset = AT(late), .about = "acts right before its deadline"},
    {.name = "twice", .kind = BIND_BOOL, .offset = AT(twice), .about = "answers twice"},
    {.name = "times",
     .kind = BIND_INT,
     .offset = AT(times),
     .min = 1,
     .max = CALLS_MAX,
     .about = "default 1"},
    {.name = "after",
     .kind = BIND_INT,
     .offset = AT(after),
     .min = 0,
     .max = CALLS_MAX,
     .about = "calls of this kind that go well first"},
    {.name = "crash_after",
     .kind = BIND_TEXT,
     .offset = AT(crash_after),
     .about = "the engine dies here and starts again: apply, arm, intent, ..."},
    {.name = "step", .kind = BIND_TEXT, .offset = AT(step), .about = "of the crash; default: any"},
    {.name = "target", .kind = BIND_TEXT, .offset = AT(target), .about = "of the crash; " ANY_TARGET},
    {.name = "away",
     .kind = BIND_DURATION,
     .offset = AT(away_ms),
     .min = 1,
     .max = DAYS_MAX,
     .about = "how long nobody is there; default: a few seconds"},
    {.name = "offline", .kind = BIND_TEXT, .offset = AT(offline), .about = "a host nobody can reach"},
    {.name = "for",
     .kind = BIND_DURATION,
     .offset = AT(for_ms),
     .min = 1,
     .max = DAYS_MAX,
     .about = "how long from the start; default: for good"},
    {.name = "is",
     .kind = BIND_NODE,
     .offset = AT(is),
     .schema = "{\"type\": \"object\"}",
     .about = "how the target `on` stands before anybody speaks to it, over its model's `start`"},
    {.name = "answer",
     .kind = BIND_TEXT,
     .offset = AT(answer),
     .about = "what people are asked: hold, doubt, or one question by its id (H-1)"},
    {.name = "say",
     .kind = BIND_TEXT,
     .offset = AT(say),
     .about = "their answer: yes or no to a hold; done, again or not to a doubt"},
    {0}};
#undef AT
static const struct bind_table given_table = {"a line of 'given'", sizeof(struct rehearse_given), given_keys};

#define AT(field) offsetof(struct rehearse_then, field)
static const struct bind_key then_keys[] = {
    {.name = "wait",
     .kind = BIND_DURATION,
     .offset = AT(wait_ms),
     .min = 1,
     .max = DAYS_MAX,
     .about = "time passes"},
    {.name = "release", .kind = BIND_TEXT, .offset = AT(release), .about = "a target, or all"},
    {.name = "stop", .kind = BIND_BOOL, .offset = AT(stop), .about = "a person stops the run"},
    {.name = "again", .kind = BIND_BOOL, .offset = AT(again), .about = "the same alert starts another run"},
    {0}};
#undef AT
static const struct bind_table then_table = {"a line of 'then'", sizeof(struct rehearse_then), then_keys};

#define AT(field) offsetof(struct rehearse_calls, field)
static const struct bind_key never_keys[] = {
    {.name = "call", .kind = BIND_TEXT, .offset = AT(call), .about = "a function; default: any"},
    {.name = "on", .kind = BIND_TEXT, .offset = AT(on), .about = ANY_TARGET},
    {0}};
static const struct bind_key calls_keys[] = {
    {.name = "call", .kind = BIND_TEXT, .offset = AT(call), .about = "a function; default: any"},
    {.name = "on", .kind = BIND_TEXT, .offset = AT(on), .about = ANY_TARGET},
    {.name = "times", .kind = BIND_INT, .offset = AT(times), .min = 0, .max = CALLS_MAX, .about = "exactly"},
    {.name = "at_most", .kind = BIND_INT, .offset = AT(at_most), .min = 0, .max = CALLS_MAX},
    {0}};
#undef AT
static const struct bind_table never_table = {"a line of 'never'", sizeof(struct rehearse_calls), never_keys};
static const struct bind_table calls_table = {"a line of 'calls'", sizeof(struct rehearse_calls), calls_keys};

#define OUTCOMES                                                                                             \
    "{\"enum\": [\"changed\", \"already\", \"partial\", \"failed\", \"refused\", \"unsupported\", "          \
    "\"skipped\", \"held\", \"pending\"]}"
#define RESULTS                                                                                              \
    "{\"enum\": [\"succeeded\", \"partial\", \"failed\", \"refused\", \"unsupported\", \"skipped\"]}"
#define STEPS                                                                                                \
    "{\"type\": \"object\", \"additionalProperties\": {\"anyOf\": [" RESULTS ", {\"type\": \"object\", "     \
    "\"additionalProperties\": {\"anyOf\": [" OUTCOMES ", {\"type\": \"object\", \"properties\": "           \
    "{\"outcome\": " OUTCOMES ", \"why\": {\"type\": \"string\"}}, \"required\": [\"outcome\"], "            \
    "\"additionalProperties\": false}]}}]}}"

#define AT(field) offsetof(struct rehearse_expect, field)
static const struct bind_key expect_keys[] = {
    {.name = "status",
     .kind = BIND_CHOICE,
     .offset = AT(status),
     .words = rehearse_statuses,
     .about = "how the run ended, or that it waits for people or still runs"},
    {.name = "steps",
     .kind = BIND_NODE,
     .offset = AT(steps),
     .schema = STEPS,
     .about = "a step's result, or its targets with what each is: changed, {outcome: failed, why: a piece}"},
    {.name = "never",
     .kind = BIND_LIST_OF,
     .offset = AT(never),
     .table = &never_table,
     .about = "calls that must not be made"},
    {.name = "calls",
     .kind = BIND_LIST_OF,
     .offset = AT(calls),
     .table = &calls_table,
     .about = "how many calls are made, in all lives together"},
    {.name = "contained",
     .kind = BIND_TEXTS,
     .offset = AT(contained),
     .about = "the targets contained at the end, and no other"},
    {.name = "lives", .kind = BIND_INT, .offset = AT(lives), .min = 1, .max = 1000, .about = "1 + crashes"},
    {.name = "starts",
     .kind = BIND_BOOL,
     .offset = AT(starts),
     .about = "whether the trigger takes the alert; if false, nothing is run"},
    {0}};
#undef AT
static const struct bind_table expect_table = {"'expect'", sizeof(struct rehearse_expect), expect_keys};

#define OBJECT    .schema = "{\"type\": \"object\"}"
#define AT(field) offsetof(struct rehearse_case, field)
static const struct bind_key case_keys[] = {
    {.name = "name", .kind = BIND_TEXT, .offset = AT(name), .required = true, .about = "what it shows"},
    {.name = "alert", .kind = BIND_NODE, .offset = AT(alert), OBJECT, .about = "in soar's own form"},
    {.name = "vars", .kind = BIND_NODE, .offset = AT(vars), OBJECT, .about = "as --var gives them"},
    {.name = "given",
     .kind = BIND_LIST_OF,
     .offset = AT(given),
     .table = &given_table,
     .about = "what goes wrong, and what people say"},
    {.name = "for",
     .kind = BIND_DURATION,
     .offset = AT(for_ms),
     .min = 1,
     .max = DAYS_MAX,
     .about = "look after this time; default: when all has come to rest"},
    {.name = "then",
     .kind = BIND_LIST_OF,
     .offset = AT(then),
     .table = &then_table,
     .about = "what happens after that, one by one"},
    {.name = "expect",
     .kind = BIND_MAP,
     .offset = AT(expect),
     .required = true,
     .table = &expect_table,
     .about = "what must be so at the end"},
    {0}};
#undef AT
static const struct bind_table case_table = {"a case", sizeof(struct rehearse_case), case_keys};

#define AT(field) offsetof(struct rehearse_test, field)
static const struct bind_key file_keys[] = {
    {.name = "playbook",
     .kind = BIND_TEXT,
     .offset = AT(playbook_path),
     .required = true,
     .about = "its file, as seen from this one"},
    {.name = "inventory", .kind = BIND_SCALAR, .offset = AT(inventory), .about = "a file"},
    {.name = "hosts",
     .kind = BIND_NODE,
     .offset = AT(hosts),
     OBJECT,
     .about = "instead of a file, as in an inventory; default: the alert's hosts"},
    {.name = "directories",
     .kind = BIND_NODE,
     .offset = AT(directories),
     OBJECT,
     .about = "as in an inventory"},
    {.name = "services", .kind = BIND_NODE, .offset = AT(services), OBJECT, .about = "as in an inventory"},
    {.name = "policy", .kind = BIND_NODE, .offset = AT(policy), OBJECT, .about = "as in the configuration"},
    {.name = "models",
     .kind = BIND_TEXTS,
     .offset = AT(models),
     .about = "files; default: NAME.rehearse.yaml beside each pack"},
    {.name = "cases",
     .kind = BIND_LIST_OF,
     .offset = AT(case_list),
     .required = true,
     .table = &case_table,
     .about = "each is played alone, in a world of its own"},
    {0}};
#undef AT
const struct bind_table rehearse_file_table = {"a playbook's test", sizeof(struct rehearse_test), file_keys};

const struct bind_table *rehearse_table(void)
{
    return &rehearse_file_table;
}
