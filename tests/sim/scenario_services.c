/* A person at two clouds and in a directory, an address at two firewalls; some of them are away for a while,
 * some have too much to do, and one cloud has another person of that name. */
#include <string.h>

#include "engine/base/value.h"
#include "tests/sim/scenario_parts.h"
#include "tests/sim/services.h"

static const char text[] =
    "playbook_name: Services\n"
    "trigger: SIEM_Alert_High_Confidence\n"
    "actions:\n"
    "  - {step: suspend, action: Suspend_User, target_user: \"{{alert.user_id}}\"}\n"
    "  - {step: shut, action: Shut_Out, targets: [203.0.113.7, \"2001:db8::7\"], needs: []}\n";

static const char alert[] = "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"user_id\":"
                            "\"jdoe@corp.example\"}";

static int read_site(struct stage *stage, struct soar_err *err)
{
    struct diag_list diags;
    struct site *read = NULL;

    diag_init(&diags, stage->arena, "inventory.yaml");
    const struct yaml_node *root =
        yaml_parse(stage->arena, service_inventory, strlen(service_inventory), &diags);

    if (!root || site_read_inventory(stage->arena, root, "inventory.yaml", &read, &diags))
        return soar_err_set(err, SOAR_PERMANENT, "its inventory can't be read");
    stage->site.directories = read->directories;
    stage->site.directory_count = read->directory_count;
    stage->site.services = read->services;
    stage->site.service_count = read->service_count;
    return 0;
}

static void stands(struct stage *stage, const char *target, const char *key, struct value value)
{
    struct value_builder state;

    value_build(&state, stage->arena);
    value_put_text(&state, key, value);
    fake_world_start(stage->world, target, value_end_map(&state));
}

int services(const struct stage_options *options, long *ret_writes, struct soar_err *err)
{
    struct stage stage;
    int failed;

    stage_open(&stage, options, NULL);
    stage_pack(&stage, suspend_pack, suspend_model);
    stage_pack(&stage, shut_pack, shut_model);
    failed = read_site(&stage, err);
    stands(&stage, "jdoe@okta-b", "mail", value_static("somebody@else.example"));
    fake_world_fault(stage.world, &(struct fake_fault){.target = "fw-2", .fate = FATE_REFUSE, .times = 9});
    fake_world_fault(stage.world, &(struct fake_fault){.target = "okta-a", .fate = FATE_REFUSE, .times = 3});
    failed = failed || stage_run(&stage, stage_playbook(&stage, text), alert, err) ||
             to_the_end(&stage, "no", "again", err);
    if (!failed && fake_world_calls(stage.world, "jdoe@okta-b", "http.send"))
        failed = soar_err_set(err, SOAR_PERMANENT, "the wrong person's account was suspended");
    if (!failed && !fake_world_contained(stage.world, "user:okta-a/jdoe", "Suspend_User"))
        failed = soar_err_set(err, SOAR_PERMANENT, "the right person's account is open");
    if (!failed && !fake_world_contained(stage.world, "address:fw-2/2001:db8::7", "Shut_Out"))
        failed = soar_err_set(err, SOAR_PERMANENT, "an address is not shut out");
    failed = failed || aftermath(&stage, ret_writes, err);
    stage_close(&stage);
    return failed ? -1 : 0;
}
