/* The list of commands and their help, made of the verbs' table: what is printed can't differ from what is
 * read. */
#include "soarctl/commands.h"

#include <string.h>

#include "soarctl/action_new.h"
#include "soarctl/action_test.h"
#include "soarctl/args.h"
#include "soarctl/evidence.h"
#include "soarctl/test.h"

/* Those of this program about evidence stand behind this one. */
static const char evidence_list[] = "evidence list";

/* The others, behind all of the engine's. */
static const struct verb *const own_verbs[] = {&action_new_verb, &action_test_verb, &test_verb, NULL};

const struct verb *command_find(const char *name)
{
    for (const struct verb *verb = evidence_verbs; verb->name; verb++)
        if (strcmp(name, verb->name) == 0)
            return verb;
    for (size_t i = 0; own_verbs[i]; i++)
        if (strcmp(name, own_verbs[i]->name) == 0)
            return own_verbs[i];
    return verb_find(name);
}

static bool is_evidence(const struct verb *verb)
{
    for (const struct verb *own = evidence_verbs; own->name; own++)
        if (verb == own)
            return true;
    return false;
}

const struct verb *command_next(const struct verb *verb)
{
    for (size_t i = 0; own_verbs[i]; i++)
        if (verb == own_verbs[i])
            return own_verbs[i + 1];
    if (verb && strcmp(verb->name, evidence_list) == 0)
        return evidence_verbs;
    const struct verb *next = verb ? verb + 1 : verbs;
    if (is_evidence(verb) && !next->name)
        next = verb_find(evidence_list) + 1;
    return next->name ? next : own_verbs[0];
}

void commands_help(struct buf *out)
{
    buf_text(out, "soarctl runs containment playbooks, and shows and undoes what they did.\n\n"
                  "  soarctl VERB … [--state DIR] [--inventory FILE] [--config FILE] [--socket PATH] "
                  "[--json] [--yes]\n");
    for (const struct verb *verb = NULL; (verb = command_next(verb));) {
        if (verb->heading)
            buf_printf(out, "\n%s\n", verb->heading);
        buf_printf(out, "  %-18s %s\n", verb->name, verb->about);
    }
    buf_printf(out, "\n  %-18s %s\n  %-18s %s\n", "help VERB", "what a verb takes", "version",
               "of this program");
    buf_text(
        out,
        "\nExit: 0 done, 1 failed or refused, 2 a mistake in the command or a file, 3 waits for a person,\n"
        "4 in part or still trying a host. Manual: soarctl(1).\n");
}

static void params_help(const struct verb_param *params, bool options, struct buf *out)
{
    for (; params->name; params++) {
        bool place = params->kind == PARAM_PLACE || params->kind == PARAM_PLACES;
        BUF_SCOPED left = {0};
        if (place == options)
            continue;
        if (!place)
            buf_printf(&left, "--%s%s", params->name, params->value ? " " : "");
        buf_text(&left, params->value ? params->value : "");
        buf_printf(out, "  %-20s %s%s\n", buf_string(&left), params->about,
                   params->kind == PARAM_TEXTS ? " (repeatable)" : "");
    }
}

void command_help(const struct verb *verb, struct buf *out)
{
    buf_printf(out, "soarctl %s", verb->name);
    for (const struct verb_param *param = verb->params; param->name; param++)
        if (param->kind == PARAM_PLACE || param->kind == PARAM_PLACES)
            buf_printf(out, param->required ? " %s" : " [%s]", param->value);
    buf_printf(out, " [options]\n\n%s\n\n", verb->about);
    params_help(verb->params, false, out);
    params_help(verb->params, true, out);
    buf_text(out, "\nFor every verb:\n");
    params_help(args_common, true, out);
}
