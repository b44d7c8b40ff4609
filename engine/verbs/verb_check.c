/* `check`: can we reach this host, and with what rights? It goes the way every task goes: an action that only
 * looks, played in a dry run, so that what it proves is what a playbook will meet. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/report/report_run.h"
#include "engine/verbs/verb_parts.h"

static const char check_pack[] = "action: Check_Host\n"
                                 "summary: Look whether a host can be reached, and with what rights.\n"
                                 "per: host\n"
                                 "done: reached\n"
                                 "providers:\n"
                                 "  ssh:\n"
                                 "    when: target.os != \"windows\"\n"
                                 "    via: ssh\n"
                                 "    check:\n"
                                 "      - ssh.read:\n"
                                 "          script: |\n"
                                 "            id -u\n"
                                 "            uname -s\n"
                                 "            uname -n\n"
                                 "            command -v nft >/dev/null 2>&1 && echo nft || echo none\n"
                                 "        keep: {seen: result.out}\n"
                                 "      - so: 'true'\n";

static const char check_playbook[] = "playbook_name: check\n"
                                     "trigger: check\n"
                                     "actions:\n"
                                     "  - step: check\n"
                                     "    action: Check_Host\n"
                                     "    retry: {attempts: 1}\n";

/* A shelf of its own: the one that others use has no such action. */
static int load(struct verb_context *context, struct playbook **ret_playbook, struct soar_err *err)
{
    struct pack_shelf *shelf = pack_shelf_new(context->arena);
    struct diag_list diags;

    diag_init(&diags, context->arena, "check");
    if (pack_shelf_add_text(shelf, check_pack, strlen(check_pack), "soarctl check", &diags) == 0)
        *ret_playbook = playbook_load(context->arena, "check", check_playbook, strlen(check_playbook), shelf,
                                      NULL, &diags);
    if (*ret_playbook)
        return 0;
    diag_print(&diags, context->mistakes);
    return soar_err_set(err, SOAR_PERMANENT, "the action that looks at a host can't be read");
}

static const char *line_at(const char *text, int index, struct arena *arena)
{
    for (; index > 0 && text; index--) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return text ? arena_copy(arena, text, strcspn(text, "\n")) : "";
}

static struct value host_value(struct verb_context *context, const struct run_task *task)
{
    static const char *const names[] = {"uid", "system", "calls_itself", "nft"};
    bool reached = task->state == TASK_ENDED && task->verdict == VERDICT_SO;
    const char *seen = value_get_string(&task->kept, "seen", "");
    const struct site_host *host = site_find_host(context->site, task->name, &(bool){false});
    struct value_builder map;

    value_build(&map, context->arena);
    value_put_text(&map, "host", value_text(context->arena, task->name));
    value_put_text(&map, "reached", value_bool(reached));
    value_put_text(&map, "why", value_text(context->arena, reached ? "" : task->why));
    if (host) {
        value_put_text(&map, "address", value_text(context->arena, host->address));
        value_put_text(&map, "via", value_text(context->arena, host->via));
        value_put_text(&map, "user", value_text(context->arena, host->user ? host->user : ""));
        value_put_text(&map, "sudo", value_bool(host->sudo));
    }
    for (int i = 0; reached && i < 4; i++)
        value_put_text(&map, names[i], value_text(context->arena, line_at(seen, i, context->arena)));
    context->exit = reached ? EXIT_DONE : EXIT_FAILED;
    return value_end_map(&map);
}

static VERB_FN(looked)
{
    const struct run *run = context->wait.run;

    if (run->task_count == 0)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", verb_text(request, "host"),
                            run->step_count > 0 && run->steps[0].why ? run->steps[0].why
                                                                     : "nothing was asked");
    *ret_answer = host_value(context, run->tasks[0]);
    return 0;
}

VERB_FN(verb_check)
{
    struct value_builder asked;
    struct value host = value_text(context->arena, verb_text(request, "host"));
    struct loop_request look = {.mode = MODE_DRY, .by = context->by, .reason = "check"};
    struct playbook *playbook = NULL;
    struct value alert;
    struct run *run = NULL;
    const char *body = NULL;

    value_build(&asked, context->arena);
    value_put_text(&asked, "host", value_list(context->arena, &host, 1));
    struct value by_hand = value_end_map(&asked);
    if (load(context, &playbook, err) || verb_alert(context, &by_hand, &alert, &body, err))
        return -1;
    look.playbook = playbook;
    look.alert = &alert;
    if (loop_request(context->loop, &look, &run, err))
        return -1;
    return verb_wait_for(context, run, looked, ret_answer);
}
