/* A run that isolates hosts and takes evidence of them; one of the streams breaks off. */
#include <string.h>

#include "tests/sim/scenario_parts.h"

/* What it collects is there once it is whole, and is taken anew until it is. */
static const char collect_pack[] = "action: Collect_State\n"
                                   "summary: Takes what a host knows of itself as evidence.\n"
                                   "per: host\n"
                                   "lock: state\n"
                                   "done: collected\n"
                                   "providers:\n"
                                   "  state:\n"
                                   "    via: ssh\n"
                                   "    timeout: 2h\n"
                                   "    proved: \"no\"\n"
                                   "    check:\n"
                                   "      - so: kept.?evidence.?whole.orValue(false)\n"
                                   "    apply:\n"
                                   "      - ssh.collect: {script: \"tar\", name: state.tar}\n"
                                   "        deadline: 1h\n";

static const char collect_model[] = "action: Collect_State\n"
                                    "providers:\n"
                                    "  state:\n"
                                    "    start: {}\n"
                                    "    contained: \"true\"\n";

static const char collect_text[] = "playbook_name: Collect\n"
                                   "trigger: SIEM_Alert_High_Confidence\n"
                                   "actions:\n"
                                   "  - {step: isolate, action: Isolate_Endpoint}\n"
                                   "  - {step: collect, action: Collect_State}\n";

static size_t count_events(const struct stage *stage, const char *kind, const char *target, const char *with)
{
    const struct memory_disk *disk = rehearsal_disk(stage->rehearsal);
    size_t count = 0;

    for (size_t i = 0; i < memory_disk_event_count(disk); i++) {
        const struct soar_event *event = memory_disk_event(disk, i);

        count += strcmp(event->kind, kind) == 0 && strcmp(event->target, target) == 0 &&
                 strstr(event->body, with) != NULL;
    }
    return count;
}

/* Of each host one whole evidence, and whatever was begun beside it is kept as the part that it is. */
int collect(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, NULL);
    three_hosts(&stage);
    stage_pack(&stage, collect_pack, collect_model);
    fake_world_fault(
        stage.world,
        &(struct fake_fault){.target = "web-02", .function = "ssh.collect", .fate = FATE_CUT, .times = 1});
    failed = stage_run(&stage, stage_playbook(&stage, collect_text), THREE, err) ||
             to_the_end(&stage, "yes", "again", err) || every_task_is(&stage, 0, OUTCOME_CHANGED, err) ||
             aftermath(&stage, ret_writes, err);
    for (size_t i = 0; !failed && i < 3; i++) {
        const char *key = stage.hosts[i].key;
        size_t begun = count_events(&stage, "evidence.begun", key, "");

        if (count_events(&stage, "evidence.kept", key, "\"whole\":true") != 1 ||
            count_events(&stage, "evidence.kept", key, "") != begun)
            failed = soar_err_set(err, SOAR_PERMANENT, "%s: not one whole evidence, or one that was not kept",
                                  key);
    }
    stage_close(&stage);
    return failed ? -1 : 0;
}
