/* The keys of a pack, each with its kind and one line of help: what the reader binds by and the JSON Schema
 * is made of.
 *
 * docs/writing-an-action.md is the text of it; a key that isn't here isn't in the language. */
#include "engine/action/pack_parts.h"

#define MAP_OF_CEL                                                                                           \
    "{\"type\": \"object\", \"additionalProperties\": {\"type\": [\"string\", \"number\", \"boolean\"]}}"
#define STATEMENTS "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/statement\"}}"
#define VERIFY     "{\"anyOf\": [" STATEMENTS ", {\"$ref\": \"#/$defs/verify\"}]}"
#define VIA                                                                                                  \
    "{\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"array\", \"items\": {\"enum\": [\"winrm\", "          \
    "\"ssh\"]}}]}"
#define LETS                                                                                                 \
    "{\"type\": \"object\", \"additionalProperties\": "                                                      \
    "{\"anyOf\": [{\"type\": [\"string\", \"number\", \"boolean\"]}, {\"$ref\": \"#/$defs/lines\"}]}}"

/* clang-format off: a table reads by its columns */
#define KEY(name_, kind_, owner_, field_, about_)                                                            \
    .name = name_, .kind = BIND_##kind_, .offset = offsetof(struct owner_, field_), .about = about_

enum { SECOND_MS = 1000, DAY_MS = 24 * 3600 * 1000 };

static const char *const per_words[] = {"host", "user", "address", "file", "once", NULL};
static const char *const over_words[] = {"directories", "hosts", "services", NULL};
static const char *const doubt_words[] = {"ask", "retry", "skip", NULL};
static const char *const judgement_words[] = {"done",   "already",   "underway",  "absent",  "unsupported",
                                              "denied", "transient", "permanent", "unknown", NULL};

static const struct bind_key param_keys[] = {
    {KEY("type", TEXT, file_param, type, "what a value must be, such as ip or list of endpoint"),
     .required = true},
    {KEY("default", NODE, file_param, default_value,
         "taken when nothing is given; without it the parameter must be given")},
    {KEY("about", TEXT, file_param, about, "one line for people")},
    {0}};
static const struct bind_table param_table = {"a parameter", sizeof(struct file_param), param_keys};

static const struct bind_key remain_keys[] = {
    {KEY("what", TEXT, file_remain, what, "what lives on after the action"), .required = true},
    {KEY("until", DURATION, file_remain, until_ms, "how long at most")},
    {0}};
static const struct bind_table remain_table = {"an item of `remains`", sizeof(struct file_remain),
                                               remain_keys};

static const struct bind_key outcome_keys[] = {
    {KEY("when", SCALAR, file_case, when, "CEL over `result`"), .required = true},
    {KEY("is", CHOICE, file_case, is, "what the answer means then"), .required = true,
     .words = judgement_words},
    {KEY("why", TEXT, file_case, why, "what people are told")},
    {0}};
static const struct bind_table outcome_table = {"an outcome", sizeof(struct file_case), outcome_keys};

static const struct bind_key provider_keys[] = {
    {KEY("when", SCALAR, file_provider, when,
         "CEL over `target`, and over `directory` or `service`: does this provider fit?")},
    {KEY("via", NODE, file_provider, via, "the connector, or [winrm, ssh]"), .required = true, .schema = VIA},
    {KEY("over", CHOICE, file_provider, over,
         "one task for each directory of the site, or for each host of the alert"),
     .words = over_words},
    {KEY("service", TEXT, file_provider, service, "the kind of service it speaks to")},
    {KEY("let", NODE, file_provider, let, "names for expressions and texts, evaluated when used"),
     .schema = LETS},
    {KEY("outcomes", LIST_OF, file_provider, outcomes, "of each call, behind those that the call has itself"),
     .table = &outcome_table},
    {KEY("find", NODE, file_provider, phases[PHASE_FIND], "reads: which object is it?"),
     .schema = STATEMENTS},
    {KEY("check", NODE, file_provider, phases[PHASE_CHECK], "reads: is it so already?"),
     .schema = STATEMENTS},
    {KEY("apply", NODE, file_provider, phases[PHASE_APPLY],
         "does it; right from the top, however often it was begun"),
     .schema = STATEMENTS},
    {KEY("verify", NODE, file_provider, phases[PHASE_VERIFY],
         "reads: what is the target now? left out: check again, once"),
     .schema = VERIFY},
    {KEY("revert", NODE, file_provider, phases[PHASE_REVERT], "undoes it: makes the action a containment"),
     .schema = STATEMENTS},
    {KEY("timeout", DURATION, file_provider, timeout_ms, "of one try, polls not counted; default 2m"),
     .min = SECOND_MS, .max = DAY_MS},
    {KEY("in_doubt", CHOICE, file_provider, in_doubt,
         "without `check`: what a writing call in doubt leads to; default ask"),
     .words = doubt_words},
    {KEY("fenced", BOOL, file_provider, fenced,
         "a call of an older try that comes late does nothing once a newer try has written: its scripts see "
         "to that")},
    {KEY("remains", LIST_OF, file_provider, remains, "what lives on afterwards"), .table = &remain_table},
    {KEY("cannot_undo", TEXTS, file_provider, cannot_undo, "what `revert` does not give back")},
    {KEY("unsupported", TEXT, file_provider, unsupported,
         "why nobody can do this where `when` holds: instead of phases")},
    {KEY("proved", TEXT, file_provider, proved, "on what it was proved, or no")},
    {KEY("done", TEXT, file_provider, done,
         "what a target is when this provider has done it, where that isn't what the action's `done` says")},
    {KEY("done_with", TEXTS, file_provider, done_with,
         "parameters whose names `done` says, too, where they are true: reset makes it `disabled, reset`")},
    {0}};
static const struct bind_table provider_table = {"a provider", sizeof(struct file_provider), provider_keys};

static const struct bind_key pack_keys[] = {
    {KEY("action", TEXT, file_pack, action, "its name, such as Isolate_Endpoint"), .required = true},
    {KEY("summary", TEXT, file_pack, summary, "one sentence"), .required = true},
    {KEY("per", CHOICE, file_pack, per, "what it fans out over"), .required = true, .words = per_words},
    {KEY("lock", TEXT, file_pack, lock,
         "what two may not work on at once at one target; default: the whole target")},
    {KEY("done", TEXT, file_pack, done, "what a target is when it is done, as people say it: isolated")},
    {KEY("undone", TEXT, file_pack, undone, "what it is when it was undone: released")},
    {KEY("params", MAP_OF, file_pack, params, "all that a playbook can hand in"), .table = &param_table},
    {KEY("providers", MAP_OF, file_pack, providers,
         "ways to do it, tried in order; none here: those of the files that extend it"),
     .table = &provider_table},
    {0}};
const struct bind_table pack_table = {"an action", sizeof(struct file_pack), pack_keys};

static const struct bind_key extension_keys[] = {
    {KEY("extends", TEXT, file_extension, extends, "the action that it adds providers to"), .required = true},
    {KEY("providers", MAP_OF, file_extension, providers, "more ways to do it, tried before the action's own"),
     .required = true, .table = &provider_table},
    {0}};
const struct bind_table pack_extension_table = {"an extension of an action", sizeof(struct file_extension),
                                                extension_keys};

static const struct bind_key pack_verify_keys[] = {
    {KEY("every", DURATION, file_verify, every_ms, "check again after this; default 5s"), .min = SECOND_MS,
     .max = DAY_MS},
    {KEY("within", DURATION, file_verify, within_ms, "after this underway becomes pending; default: lag"),
     .min = SECOND_MS, .max = DAY_MS},
    {KEY("lag", DURATION, file_verify, lag_ms, "within this the far side may not show it yet; default 30s"),
     .min = 0, .max = DAY_MS},
    {KEY("keep", NODE, file_verify, keep, "kept of what was read, before the verdict"), .schema = MAP_OF_CEL},
    {0}};
const struct bind_table pack_verify_table = {"`verify`", sizeof(struct file_verify), pack_verify_keys};

static const struct bind_key pack_call_keys[] = {
    {KEY("as", TEXT, file_call, as, "the answer's name until the end of the try")},
    {KEY("when", SCALAR, file_call, when, "CEL; else stepped over")},
    {KEY("expect", SCALAR, file_call, expect, "CEL over `result`; else the try fails")},
    {KEY("why", TEXT, file_call, why, "what people are told if it isn't as expected")},
    {KEY("outcomes", LIST_OF, file_call, outcomes, "looked at before `expect`; the first that holds decides"),
     .table = &outcome_table},
    {KEY("keep", NODE, file_call, keep, "journaled: there after a crash and for `revert`"),
     .schema = MAP_OF_CEL},
    {KEY("until", SCALAR, file_call, until, "CEL; a read is made again until it holds")},
    {KEY("every", DURATION, file_call, every_ms, "of `until`; default 5s"), .min = SECOND_MS, .max = DAY_MS},
    {KEY("within", DURATION, file_call, within_ms, "of `until`; default 2m"), .min = SECOND_MS,
     .max = DAY_MS},
    {KEY("once", BOOL, file_call, once, "if done, never again in this task")},
    {KEY("in_doubt", CHOICE, file_call, in_doubt, "of a `once` that may have happened; default ask"),
     .words = doubt_words},
    {KEY("deadline", DURATION, file_call, deadline_ms, "of this call; default 30s"), .min = 1, .max = DAY_MS},
    {0}};
const struct bind_table pack_call_table = {"a call", sizeof(struct file_call), pack_call_keys};

static const struct bind_key one_keys[] = {
    {KEY("one", TEXT, file_statement, one, "the name of the only item"), .required = true},
    {KEY("of", SCALAR, file_statement, of, "CEL: the list it must be alone in"), .required = true},
    {KEY("id", SCALAR, file_statement, id, "CEL: the id it is known by"), .required = true},
    {KEY("facts", NODE, file_statement, bindings, "more that is known of it"), .schema = MAP_OF_CEL},
    {0}};
static const struct bind_table one_table = {"`one`", sizeof(struct file_statement), one_keys};

static const struct bind_key refuse_case_keys[] = {
    {KEY("when", SCALAR, file_case, when, "CEL"), .required = true},
    {KEY("why", TEXT, file_case, why, "what people are told"), .required = true},
    {0}};
static const struct bind_table refuse_case_table = {"an item of `refuse`", sizeof(struct file_case),
                                                    refuse_case_keys};

static const struct bind_key refuse_keys[] = {
    {KEY("refuse", LIST_OF, file_statement, refuse, "the pack's own guard-rail"), .required = true,
     .table = &refuse_case_table},
    {0}};
static const struct bind_table refuse_table = {"`refuse`", sizeof(struct file_statement), refuse_keys};

static const struct bind_key verdict_keys[] = {
    {KEY("so", SCALAR, file_statement, so, "CEL: wholly there"), .required = true},
    {KEY("clear", SCALAR, file_statement, clear,
         "CEL: nothing of it is there; default: neither so nor underway")},
    {KEY("underway", SCALAR, file_statement, underway, "CEL: accepted, on its way")},
    {0}};
static const struct bind_table verdict_table = {"the verdict", sizeof(struct file_statement), verdict_keys};

static const struct bind_key prior_keys[] = {
    {KEY("prior", NODE, file_statement, bindings, "what was there before us"), .required = true,
     .schema = MAP_OF_CEL},
    {0}};
static const struct bind_table prior_table = {"`prior`", sizeof(struct file_statement), prior_keys};

static const struct bind_key let_keys[] = {
    {KEY("let", NODE, file_statement, bindings, "names for what was read"), .required = true,
     .schema = MAP_OF_CEL},
    {0}};
static const struct bind_table let_table = {"`let`", sizeof(struct file_statement), let_keys};

static const struct bind_key keep_keys[] = {
    {KEY("keep", NODE, file_statement, bindings, "journaled: there after a crash and for `revert`"),
     .required = true, .schema = MAP_OF_CEL},
    {0}};
static const struct bind_table keep_table = {"`keep`", sizeof(struct file_statement), keep_keys};

static const struct bind_key pack_line_keys[] = {
    {KEY("each", TEXT, file_line, each, "the name of an item of the list")},
    {KEY("in", SCALAR, file_line, in, "CEL: the list")},
    {KEY("line", SCALAR, file_line, line, "the text, once for each item"), .required = true},
    {KEY("when", SCALAR, file_line, when, "CEL; else left out")},
    {0}};
const struct bind_table pack_line_table = {"an item of `lines`", sizeof(struct file_line), pack_line_keys};

const struct bind_table *const pack_statement_tables[] = {
    [STATEMENT_CALL] = NULL,
    [STATEMENT_ONE] = &one_table,
    [STATEMENT_REFUSE] = &refuse_table,
    [STATEMENT_PRIOR] = &prior_table,
    [STATEMENT_VERDICT] = &verdict_table,
    [STATEMENT_LET] = &let_table,
    [STATEMENT_KEEP] = &keep_table,
};
const char *const pack_statement_keys[] = {
    [STATEMENT_CALL] = NULL,       [STATEMENT_ONE] = "one",
    [STATEMENT_REFUSE] = "refuse", [STATEMENT_PRIOR] = "prior",
    [STATEMENT_VERDICT] = "so",    [STATEMENT_LET] = "let",
    [STATEMENT_KEEP] = "keep",     NULL,
};
/* clang-format on */
