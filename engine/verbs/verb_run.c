/* `run`: a playbook here and now. Without soard nothing ends by itself, so a playbook that counts on that is
 * refused unless the person says they know; soard ends it. */
#include "engine/base/text.h"
#include "engine/verbs/verb_parts.h"

static int check_ends(const struct playbook *playbook, const struct value *request, struct soar_err *err)
{
    if (value_get_bool(request, "no_ends", false))
        return 0;
    for (size_t i = 0; i < playbook->step_count; i++) {
        const struct playbook_step *step = &playbook->steps[i];
        BUF_SCOPED span = {0};
        if (step->expires_ms == 0)
            continue;
        text_duration(&span, step->expires_ms);
        return soar_err_set(
            err, SOAR_INVALID,
            "%s:%d: step %s ends after %s (`expires:`), and nobody is here to end it: no soard runs. "
            "--no-ends runs it all the same; end it with `soarctl release`",
            playbook->file, step->line, step->name, buf_string(&span));
    }
    return 0;
}

static int check_open(const struct loop_request *asked, struct soar_err *err)
{
    if (asked->alert && value_is_string(value_get(asked->alert, "status"), "resolved"))
        return soar_err_set(err, SOAR_INVALID,
                            "the SIEM closed this alert (status: resolved); it starts no containment. "
                            "If it must be: --host and --user, with a --reason");
    return 0;
}

VERB_FN(verb_run)
{
    struct loop_request asked;
    struct run *run = NULL;
    bool dry = value_get_bool(request, "dry_run", false);

    context->stays = !context->remote && !value_get_bool(request, "no_wait", false);
    if (verb_request(context, request, &asked, err) || check_open(&asked, err))
        return -1;
    if (!dry && !context->remote && check_ends(asked.playbook, request, err))
        return -1;
    asked.mode = dry ? MODE_DRY : MODE_REAL;
    if (loop_request(context->loop, &asked, &run, err))
        return -1;
    return verb_wait_run(context, run, ret_answer);
}
