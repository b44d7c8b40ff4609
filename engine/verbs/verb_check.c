/* `check`: can we reach this host (its monitor, if it is a virtual machine), or this directory or service,
 * and with what rights? It goes the way every task goes: actions that only look, played in a dry run, so that
 * what it proves is what a playbook will meet. */
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

static const char monitor_pack[] = "action: Check_Monitor\n"
                                   "summary: Look whether a virtual machine's monitor lets us image it.\n"
                                   "per: host\n"
                                   "done: reached\n"
                                   "providers:\n"
                                   "  qmp:\n"
                                   "    when: target.qmp\n"
                                   "    via: qmp\n"
                                   "    check:\n"
                                   "      - qmp.reach: {}\n"
                                   "        as: monitor\n"
                                   "      - qmp.query: {command: query-status}\n"
                                   "        as: machine\n"
                                   "      - qmp.files: {prefix: R-}\n"
                                   "        as: room\n"
                                   "      - keep:\n"
                                   "          qemu: monitor.version\n"
                                   "          takes_files: monitor.takes_files\n"
                                   "          status: machine.reply.status\n"
                                   "          free: room.free\n"
                                   "      - so: 'true'\n";

/* The user it is about has the directory's name: so it goes to that one alone. */
static const char directory_pack[] =
    "action: Check_Directory\n"
    "summary: Look whether a directory takes our log-in, and has its base.\n"
    "per: user\n"
    "done: reached\n"
    "providers:\n"
    "  ldap:\n"
    "    over: directories\n"
    "    when: directory.name == target.name\n"
    "    via: ldap\n"
    "    check:\n"
    "      - ldap.bind: {}\n"
    "      - ldap.search: {attributes: [objectClass], limit: 1}\n"
    "        outcomes:\n"
    "          - {when: result.code == 4, is: done}\n"
    "          - {when: result.code == 32, is: permanent, why: 'our log-in is taken, "
    "but nothing is at this base, or it may not be seen: is `base` right?'}\n"
    "        as: seen\n"
    "      - so: seen.entries.size() > 0\n";

static const char host_playbook[] = "playbook_name: check\n"
                                    "trigger: check\n"
                                    "actions:\n"
                                    "  - step: check\n"
                                    "    action: Check_Host\n"
                                    "    retry: {attempts: 1}\n"
                                    "  - step: monitor\n"
                                    "    needs: []\n"
                                    "    action: Check_Monitor\n"
                                    "    retry: {attempts: 1}\n";

static const char service_playbook[] = "playbook_name: check\n"
                                       "trigger: check\n"
                                       "actions:\n"
                                       "  - step: check\n"
                                       "    action: Check_Service\n"
                                       "    retry: {attempts: 1}\n";

static const char directory_playbook[] = "playbook_name: check\n"
                                         "trigger: check\n"
                                         "actions:\n"
                                         "  - step: check\n"
                                         "    action: Check_Directory\n"
                                         "    retry: {attempts: 1}\n";

/* A shelf of its own: the one that others use has no such actions. */
static int load(struct verb_context *context, const struct site_place *service, const char *text,
                struct playbook **ret_playbook, struct soar_err *err)
{
    const char *const packs[] = {check_pack, monitor_pack, directory_pack,
                                 service ? check_service_pack(context->arena, service) : NULL};
    struct pack_shelf *shelf = pack_shelf_new(context->arena);
    struct diag_list diags;
    int rc = 0;

    diag_init(&diags, context->arena, "check");
    for (size_t i = 0; rc == 0 && i < sizeof packs / sizeof *packs && packs[i]; i++)
        rc = pack_shelf_add_text(shelf, packs[i], strlen(packs[i]), "soarctl check", &diags);
    if (rc == 0)
        *ret_playbook = playbook_load(context->arena, "check", text, strlen(text), shelf, NULL, &diags);
    if (*ret_playbook)
        return 0;
    diag_print(&diags, context->mistakes);
    return soar_err_set(err, SOAR_PERMANENT, "the action that looks can't be read");
}

static const char *line_at(const char *text, int index, struct arena *arena)
{
    for (; index > 0 && text; index--) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return text ? arena_copy(arena, text, strcspn(text, "\n")) : "";
}

static const struct run_task *task_of(const struct run *run, const char *step)
{
    for (size_t i = 0; i < run->task_count; i++)
        if (!strcmp(run->tasks[i]->step->name, step))
            return run->tasks[i];
    return NULL;
}

static bool is_reached(const struct run_task *task)
{
    return task->state == TASK_ENDED && task->verdict == VERDICT_SO;
}

static void put_reached(struct value_builder *map, const struct run_task *task, struct arena *arena)
{
    bool reached = is_reached(task);

    value_put_text(map, "reached", value_bool(reached));
    value_put_text(map, "why", value_text(arena, reached ? "" : task->why));
}

static struct value monitor_value(const struct run_task *task, struct arena *arena)
{
    struct value_builder map;

    value_build(&map, arena);
    put_reached(&map, task, arena);
    for (size_t i = 0; is_reached(task) && task->kept.kind == VALUE_MAP && i < task->kept.map->count; i++)
        value_put(&map, value_copy(arena, &task->kept.map->keys[i]),
                  value_copy(arena, &task->kept.map->values[i])); /* the run is gone when this is shown */
    return value_end_map(&map);
}

static struct value host_value(struct verb_context *context, const struct run_task *task)
{
    static const char *const names[] = {"uid", "system", "calls_itself", "nft"};
    const struct run_task *monitor = task_of(context->wait.run, "monitor");
    const char *seen = value_get_string(&task->kept, "seen", "");
    const struct site_host *host = site_find_host(context->site, task->name, &(bool){false});
    bool virtual = host && host->qmp && monitor;
    struct value_builder map;

    value_build(&map, context->arena);
    value_put_text(&map, "host", value_text(context->arena, task->name));
    put_reached(&map, task, context->arena);
    if (host) {
        value_put_text(&map, "address", value_text(context->arena, host->address));
        value_put_text(&map, "via", value_text(context->arena, host->via));
        value_put_text(&map, "user", value_text(context->arena, host->user ? host->user : ""));
        value_put_text(&map, "sudo", value_bool(host->sudo));
    }
    for (int i = 0; is_reached(task) && i < 4; i++)
        value_put_text(&map, names[i], value_text(context->arena, line_at(seen, i, context->arena)));
    if (virtual)
        value_put_text(&map, "monitor", monitor_value(monitor, context->arena));
    context->exit = is_reached(task) && (!virtual || is_reached(monitor)) ? EXIT_DONE : EXIT_FAILED;
    return value_end_map(&map);
}

static struct value directory_value(struct verb_context *context, const struct site_place *directory,
                                    const struct run_task *task)
{
    struct value_builder map;

    value_build(&map, context->arena);
    value_put_text(&map, "directory", value_text(context->arena, directory->name));
    put_reached(&map, task, context->arena);
    value_put_text(&map, "url", value_text(context->arena, directory->url ? directory->url : ""));
    value_put_text(&map, "user",
                   value_text(context->arena, value_get_string(&directory->entry, "bind_dn", "")));
    context->exit = is_reached(task) ? EXIT_DONE : EXIT_FAILED;
    return value_end_map(&map);
}

/* A directory or service of this name, if no host has it. */
static const struct site_place *place_of(const struct verb_context *context, const char *name)
{
    const struct site_place *directory = site_find_directory(context->site, name);
    bool many = false;

    if (site_find_host(context->site, name, &many) || many)
        return NULL;
    return directory ? directory : site_find_service(context->site, name);
}

static VERB_FN(looked)
{
    const struct run *run = context->wait.run;
    const char *name = verb_text(request, "host");
    const struct site_place *place = place_of(context, name);
    const struct run_task *task = task_of(run, "check");

    if (!task)
        return soar_err_set(err, SOAR_PERMANENT, "%s: %s", name,
                            run->step_count > 0 && run->steps[0].why ? run->steps[0].why
                                                                     : "nothing was asked");
    *ret_answer = !place           ? host_value(context, task)
                  : place->service ? check_service_value(context, place, task)
                                   : directory_value(context, place, task);
    return 0;
}

/* A host's spelling may be its address or its whole name; so the names alone are for what was probably meant.
 */
static int nobody(const struct verb_context *context, const char *name, struct soar_err *err)
{
    const struct site *site = context->site;
    size_t size = site->host_count + site->directory_count + site->service_count + 1, count = 0;
    const char **names = arena_array(context->arena, size, sizeof *names);

    for (size_t i = 0; i < site->host_count; i++)
        names[count++] = site->hosts[i].name;
    for (size_t i = 0; i < site->directory_count; i++)
        names[count++] = site->directories[i].name;
    for (size_t i = 0; i < site->service_count; i++)
        names[count++] = site->services[i].name;
    const char *near = text_nearest(name, names);
    return soar_err_set(err, SOAR_INVALID, "no host, directory or service '%s' in %s%s%s%s", name,
                        site->inventory_file ? site->inventory_file : "the inventory",
                        near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

VERB_FN(verb_check)
{
    struct value_builder asked;
    const char *name = verb_text(request, "host");
    const struct site_place *place = place_of(context, name);
    const struct site_place *service = place && place->service ? place : NULL;
    struct value who = value_text(context->arena, place ? place->name : name);
    struct loop_request look = {.mode = MODE_DRY, .by = context->by, .reason = "check"};
    struct playbook *playbook = NULL;
    struct value alert;
    struct run *run = NULL;
    const char *body = NULL;
    bool many = false;

    if (context->site && !place && !site_find_host(context->site, name, &many) && !many)
        return nobody(context, name, err);
    value_build(&asked, context->arena);
    value_put_text(&asked, place ? "user" : "host", place ? who : value_list(context->arena, &who, 1));
    struct value by_hand = value_end_map(&asked);
    if (load(context, service,
             service ? service_playbook
             : place ? directory_playbook
                     : host_playbook,
             &playbook, err) ||
        verb_alert(context, &by_hand, &alert, &body, err))
        return -1;
    look.playbook = playbook;
    look.alert = &alert;
    if (loop_request(context->loop, &look, &run, err))
        return -1;
    return verb_wait_for(context, run, looked, ret_answer);
}
