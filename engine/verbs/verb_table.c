/* The one list of verbs: names, parameters, what must be open, how the answer is printed. Help, the command
 * line and the errors about both are made of it; a verb that isn't here doesn't exist. */
#include <string.h>

#include "engine/report/print_run.h"
#include "engine/report/report_ledger.h"
#include "engine/verbs/verb_parts.h"

#define END                                                                                                  \
    {                                                                                                        \
        NULL, PARAM_KIND_COUNT, NULL, false, NULL                                                            \
    }
#define FLAG(name, about)                                                                                    \
    {                                                                                                        \
        name, PARAM_FLAG, NULL, false, about                                                                 \
    }
#define TEXT(name, value, about)                                                                             \
    {                                                                                                        \
        name, PARAM_TEXT, value, false, about                                                                \
    }
#define TEXTS(name, value, about)                                                                            \
    {                                                                                                        \
        name, PARAM_TEXTS, value, false, about                                                               \
    }
#define PLACE(name, value, about)                                                                            \
    {                                                                                                        \
        name, PARAM_PLACE, value, true, about                                                                \
    }
#define MAYBE(name, value, about)                                                                            \
    {                                                                                                        \
        name, PARAM_PLACE, value, false, about                                                               \
    }
#define PLACES(name, value, required, about)                                                                 \
    {                                                                                                        \
        name, PARAM_PLACES, value, required, about                                                           \
    }
#define DOCUMENT(name, about)                                                                                \
    {                                                                                                        \
        name, PARAM_DOCUMENT, "FILE|-", false, about                                                         \
    }

#define SOURCE                                                                                               \
    TEXT("source", "NAME",                                                                                   \
         "what sent the alert: a webhook, or falco, elastic …; left out: the one that knows it")
#define ABOUT_WHAT                                                                                           \
    PLACE("playbook", "PLAYBOOK", "a file, or a name found in the playbooks' directories"),                  \
        DOCUMENT("alert", "the alert (JSON)"), SOURCE,                                                       \
        TEXTS("host", "HOST", "without an alert: a host of the inventory; may be repeated"),                 \
        TEXT("user", "USER", "without an alert: a user, CORP\\\\name or name"),                              \
        TEXTS("var", "NAME=VALUE", "a variable of the playbook; the value is JSON, else text")

#define NO_WAIT                                                                                              \
    FLAG("no-wait", "leaves when only hosts that are off are left; `soarctl resume` tries them again")

static const struct verb_param no_params[] = {END};

static const struct verb_param run_params[] = {
    ABOUT_WHAT,
    TEXT("reason", "TEXT", "why, for the record"),
    TEXT("case", "CASE", "the case it belongs to"),
    FLAG("dry-run", "looks at the targets, changes nothing, keeps no record"),
    FLAG("no-ends", "runs a playbook with `expires:` although nobody is there to end it"),
    NO_WAIT,
    END,
};

static const struct verb_param plan_params[] = {
    ABOUT_WHAT,
    FLAG("check", "asks the targets how they are, by reading only"),
    END,
};

static const struct verb_param lint_params[] = {
    PLACES("paths", "PATH…", true,
           "playbooks, packs, contracts, inventories, configurations, mapping files; or directories of them"),
    END,
};

static const struct verb_param schema_params[] = {
    PLACE("kind", "KIND", "playbook, action, test, contract, inventory, config or intake"),
    END,
};

static const struct verb_param runs_params[] = {
    TEXT("only", "STATE", "those in this state: running, ended …"),
    TEXT("limit", "N", "at most so many, the latest (default 50)"),
    TEXT("after", "RUN", "those before this one, the last that was shown"),
    END,
};

static const struct verb_param run_id[] = {PLACE("run", "RUN", "its id, or a beginning of it"), END};
static const struct verb_param retry_params[] = {
    PLACE("run", "RUN", "its id, or a beginning of it"),
    PLACES("targets", "TARGET…", false, "only these; left out: all that are not done"),
    NO_WAIT,
    END,
};

static const struct verb_param resume_params[] = {MAYBE("run", "RUN", "its id, or a beginning of it"),
                                                  NO_WAIT, END};

static const struct verb_param stop_params[] = {
    PLACE("run", "RUN", "its id, or a beginning of it"),
    TEXT("reason", "TEXT", "why, for the record"),
    FLAG("now", "doesn't wait for what is under way: an image of an hour is kept as far as it came"),
    END,
};

static const struct verb_param contained_params[] = {FLAG("check", "asks all of them now, by reading only"),
                                                     END};

static const struct verb_param release_params[] = {
    PLACE("what", "TARGET|RUN", "a target, or all that a run holds"),
    TEXT("reason", "TEXT", "why, for the record"),
    END,
};

static const struct verb_param waiting_params[] = {MAYBE("ask", "H-n|D-n", "only this one"), END};

static const struct verb_param ask_params[] = {
    PLACE("ask", "H-n", "the hold, as `waiting` shows it"),
    MAYBE("digest", "DIGEST", "of those it held when you looked: nothing is done if more have joined"),
    TEXT("reason", "TEXT", "why, for the record"),
    END,
};

static const struct verb_param decide_params[] = {
    PLACE("ask", "D-n", "the doubt, as `waiting` shows it"),
    PLACE("answer", "done|again|not", "you saw that it is so · do it once more · it is not and shall not be"),
    TEXT("reason", "TEXT", "why, for the record"),
    END,
};

static const struct verb_param ends_params[] = {
    PLACE("ask", "A-n", "the question, as `waiting` shows it"),
    PLACE("digest", "DIGEST", "of what you looked at, as it was shown"),
    TEXT("reason", "TEXT", "why, for the record"),
    END,
};

static const struct verb_param pause_params[] = {
    MAYBE("what", "PLAYBOOK|SOURCE", "what waits; left out: --all"),
    FLAG("all", "everything waits"),
    TEXT("for", "TIME", "how long, as 30m, 1h; then it goes on by itself"),
    TEXT("reason", "TEXT", "why, for the record"),
    FLAG("end", "goes on now"),
    END,
};

static const struct verb_param extend_params[] = {
    PLACE("what", "TARGET|RUN", "a target, or all that a run holds"),
    PLACE("duration", "TIME|off", "from now, as 4h; off: without an end"),
    END,
};

static const struct verb_param alert_params[] = {PLACE("alert", "ALERT", "its id, as `show` has it"), END};

static const struct verb_param fetch_params[] = {
    MAYBE("repository", "NAME", "a repository of the configuration; left out: all"),
    END,
};

static const struct verb_param promote_params[] = {
    PLACE("repository", "NAME", "a repository of the configuration"),
    PLACE("commit", "COMMIT", "the one that waits, or its first 8 digits or more"),
    END,
};

static const struct verb_param evidence_params[] = {
    TEXT("run", "RUN", "of this run alone"),
    END,
};

static const struct verb_param verify_params[] = {
    TEXT("head", "HASH", "a head that was noted elsewhere: the record must contain it"),
    END,
};

static const struct verb_param action_params[] = {PLACE("name", "NAME", "of the action"), END};
static const struct verb_param check_params[] = {
    PLACE("host", "HOST", "a host of the inventory, a directory or a service"), END};

static const struct verb_param trigger_params[] = {
    {"alert", PARAM_DOCUMENT, "FILE|-", true, "the alert (JSON), or a batch of them"},
    SOURCE,
    PLACES("paths", "PATH…", false, "playbooks; left out: the playbooks' directories"),
    END,
};

static const struct verb_param eval_params[] = {
    PLACE("expression", "EXPR", "in CEL"),
    DOCUMENT("alert", "what `alert` is in it"),
    SOURCE,
    TEXTS("var", "NAME=VALUE", "what `vars.NAME` is in it"),
    END,
};

static const struct verb_param graph_params[] = {PLACE("playbook", "PLAYBOOK", "a file or a name"), END};

const struct verb verbs[] = {
    {.name = "status",
     .heading = "What is",
     .role = ROLE_VIEWER,
     .about = "is soard well, what was missed, what needs people",
     .params = no_params,
     .needs = NEEDS_READ,
     .fn = verb_status,
     .print = verb_print_status},
    {.name = "contained",
     .role = ROLE_VIEWER,
     .about = "what is contained now, or perhaps; by which runs, until when",
     .params = contained_params,
     .needs = NEEDS_READ,
     .fn = verb_contained,
     .print = print_contained,
     .plan_when = "check"},
    {.name = "waiting",
     .role = ROLE_VIEWER,
     .about = "everything that needs a person",
     .params = waiting_params,
     .needs = NEEDS_READ,
     .fn = verb_waiting,
     .print = print_waiting},
    {.name = "runs",
     .role = ROLE_VIEWER,
     .about = "the runs in the record, latest first",
     .params = runs_params,
     .needs = NEEDS_READ,
     .fn = verb_runs,
     .print = verb_print_runs},
    {.name = "show",
     .role = ROLE_VIEWER,
     .about = "a run on one screen",
     .params = run_id,
     .needs = NEEDS_READ,
     .fn = verb_show,
     .print = print_show},
    {.name = "watch",
     .role = ROLE_VIEWER,
     .about = "what a run did, line by line",
     .params = run_id,
     .needs = NEEDS_READ,
     .fn = verb_show,
     .print = print_watch},
    {.name = "alert",
     .role = ROLE_VIEWER,
     .about = "an alert as it was received",
     .params = alert_params,
     .needs = NEEDS_READ,
     .fn = verb_alert_show,
     .print = verb_print_text},
    {.name = "playbooks",
     .role = ROLE_VIEWER,
     .about = "the playbooks that soard has loaded",
     .params = no_params,
     .needs = NEEDS_READ,
     .fn = verb_playbooks,
     .print = verb_print_playbooks},
    {.name = "plan",
     .role = ROLE_VIEWER,
     .about = "what would be done to what, and why not",
     .params = plan_params,
     .needs = NEEDS_PLAN,
     .fn = verb_plan,
     .print = print_plan},
    {.name = "check",
     .role = ROLE_OPERATOR,
     .about = "can we reach this host, directory or service, and with what rights",
     .params = check_params,
     .needs = NEEDS_PLAN,
     .fn = verb_check,
     .print = verb_print_check},
    {.name = "run",
     .heading = "Doing and undoing",
     .role = ROLE_OPERATOR,
     .about = "run a playbook here and now",
     .params = run_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_run,
     .print = print_run_end,
     .plan_when = "dry_run",
     .preview = verb_plan,
     .preview_needs = NEEDS_PLAN,
     .preview_print = print_plan,
     .question = "Go on?",
     .lives = true},
    {.name = "resume",
     .role = ROLE_OPERATOR,
     .about = "go on with what was paused or cut off; tries offline hosts now",
     .params = resume_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_resume,
     .print = print_run_end,
     .lives = true},
    {.name = "retry",
     .role = ROLE_OPERATOR,
     .about = "try again what failed or was offline",
     .params = retry_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_retry,
     .print = print_run_end,
     .lives = true},
    {.name = "stop",
     .role = ROLE_OPERATOR,
     .about = "begin nothing more of a run; undoes nothing",
     .params = stop_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_stop,
     .print = print_run_end,
     .lives = true},
    {.name = "release",
     .role = ROLE_OPERATOR,
     .about = "undo what holds a target, or what a run holds",
     .params = release_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_release,
     .print = print_run_end,
     .preview = verb_release_preview,
     .preview_needs = NEEDS_READ,
     .preview_print = verb_print_release,
     .question = "Release?",
     .lives = true},
    {.name = "extend",
     .role = ROLE_OPERATOR,
     .about = "hold a target longer, or all that a run holds",
     .params = extend_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_extend,
     .print = verb_print_extend},
    {.name = "pause",
     .role = ROLE_OPERATOR,
     .about = "alerts are kept and matched, effects wait; for a time, or --end",
     .params = pause_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_pause,
     .print = verb_print_pause},
    {.name = "override",
     .heading = "Answering",
     .role = ROLE_APPROVER,
     .about = "free what a hold stopped: exactly these",
     .params = ask_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_override,
     .print = verb_print_answered,
     .lives = true},
    {.name = "drop",
     .role = ROLE_APPROVER,
     .about = "leave alone what a hold stopped",
     .params = ask_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_drop,
     .print = verb_print_answered,
     .lives = true},
    {.name = "decide",
     .role = ROLE_OPERATOR,
     .about = "what became of a call in doubt, said by a person",
     .params = decide_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_decide,
     .print = print_run_end,
     .lives = true},
    {.name = "approve",
     .role = ROLE_APPROVER,
     .about = "end a containment whose time has come",
     .params = ends_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_approve,
     .print = verb_print_ends},
    {.name = "deny",
     .role = ROLE_APPROVER,
     .about = "keep a containment whose time has come",
     .params = ends_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_deny,
     .print = verb_print_ends},
    {.name = "reload",
     .heading = "soard and the record",
     .role = ROLE_ADMIN,
     .about = "soard reads its files anew: all of them, or none",
     .params = no_params,
     .needs = NEEDS_READ,
     .fn = verb_reload,
     .print = verb_print_reload},
    {.name = "playbooks fetch",
     .role = ROLE_OPERATOR,
     .about = "ask the repositories of playbooks now",
     .params = fetch_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_playbooks_fetch,
     .print = verb_print_repositories},
    {.name = "playbooks promote",
     .role = ROLE_ADMIN,
     .about = "use the commit of a repository that waits for a person",
     .params = promote_params,
     .needs = NEEDS_DRIVE,
     .fn = verb_playbooks_promote,
     .print = verb_print_repositories},
    {.name = "token",
     .about = "a new random token for the API, and its line for `people:`",
     .params = no_params,
     .needs = NEEDS_NOTHING,
     .fn = verb_token,
     .print = verb_print_token},
    {.name = "journal verify",
     .role = ROLE_VIEWER,
     .about = "is the record whole and unchanged, and do the views follow from it",
     .params = verify_params,
     .needs = NEEDS_READ,
     .fn = verb_journal_verify,
     .print = verb_print_verify},
    {.name = "journal export",
     .role = ROLE_VIEWER,
     .about = "the whole record as lines of JSON",
     .params = no_params,
     .needs = NEEDS_READ,
     .fn = verb_journal_export,
     .print = verb_print_text},
    {.name = "evidence list",
     .role = ROLE_VIEWER,
     .about = "what was collected: of which machine, how much, whole or partial",
     .params = evidence_params,
     .needs = NEEDS_READ,
     .fn = verb_evidence_list,
     .print = verb_print_evidence_list},
    {.name = "lint",
     .heading = "Writing playbooks",
     .about = "every mistake in these files, each with its place",
     .params = lint_params,
     .needs = NEEDS_PACKS,
     .fn = verb_lint,
     .print = verb_print_lint},
    {.name = "trigger",
     .about = "which playbooks would this alert start, and why not the others",
     .params = trigger_params,
     .needs = NEEDS_PACKS,
     .fn = verb_trigger,
     .print = verb_print_trigger},
    {.name = "eval",
     .about = "one expression, its value and type",
     .params = eval_params,
     .needs = NEEDS_NOTHING,
     .fn = verb_eval,
     .print = verb_print_eval},
    {.name = "graph",
     .about = "the steps of a playbook and what waits for what, for dot",
     .params = graph_params,
     .needs = NEEDS_PACKS,
     .fn = verb_graph,
     .print = verb_print_text},
    {.name = "schema",
     .about = "the JSON Schema of a kind of file, for editors",
     .params = schema_params,
     .needs = NEEDS_NOTHING,
     .fn = verb_schema,
     .print = verb_print_text},
    {.name = "action list",
     .about = "the actions there are",
     .params = no_params,
     .needs = NEEDS_PACKS,
     .fn = verb_action_list,
     .print = verb_print_actions},
    {.name = "action show",
     .about = "one action: parameters, providers, what it does",
     .params = action_params,
     .needs = NEEDS_PACKS,
     .fn = verb_action_show,
     .print = verb_print_action},
    {.name = "action reference",
     .about = "all that a pack and a contract may hold, as Markdown",
     .params = no_params,
     .needs = NEEDS_NOTHING,
     .fn = verb_action_reference,
     .print = verb_print_text},
    {.name = NULL},
};

const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; verbs[i].name; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}
