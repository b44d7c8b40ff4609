/* What the engine itself costs: a rehearsal of one run over many hosts, two steps, every call answered at
 * once. Nothing is reached and nothing is synced, so what is measured is the fold, its decisions and its
 * views. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/base/buf.h"
#include "tests/sim/stage.h"

static const char two_steps[] = "playbook_name: Fleet\n"
                                "trigger: SIEM_Alert_High_Confidence\n"
                                "actions:\n"
                                "  - {step: isolate, action: Isolate_Endpoint, parallel: 500}\n"
                                "  - {step: mark, action: Mark_Host, parallel: 500}\n";

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add_hosts(struct stage *stage, size_t count)
{
    BUF_SCOPED text = {0};
    struct diag_list diags;
    struct site *site = NULL;

    buf_text(&text, "hosts:\n");
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "  host-%zu: {address: 127.9.%zu.%zu, os: linux, user: root}\n", i + 1, i / 250,
                   i % 250 + 1);
    diag_init(&diags, stage->arena, "hosts.yaml");
    const struct yaml_node *root =
        yaml_parse(stage->arena, arena_string(stage->arena, buf_string(&text)), text.len, &diags);

    if (!root || site_read_inventory(stage->arena, root, "/hosts.yaml", &site, &diags))
        abort();
    stage->site = *site;
}

static const char *alert_of(struct stage *stage, size_t count)
{
    BUF_SCOPED text = {0};

    buf_text(&text, "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[");
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s\"host-%zu\"", i ? "," : "", i + 1);
    buf_text(&text, "]}");
    return arena_string(stage->arena, buf_string(&text));
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 500;
    struct stage_options options = {.seed = 1};
    struct soar_err err = {0};
    struct stage stage;

    stage_open(&stage, &options, "blast_radius: {isolate: {at_most: 100000/1h, over: hold}}\n");
    add_hosts(&stage, count);
    double from = seconds_now();
    int failed = stage_run(&stage, stage_playbook(&stage, two_steps), alert_of(&stage, count), &err) ||
                 rehearsal_run(stage.rehearsal, &err);
    double spent = seconds_now() - from;
    const struct run *run = failed ? NULL : rehearsal_run_at(stage.rehearsal, 0);

    if (failed)
        fprintf(stderr, "bench_fleet: %s\n", err.text);
    else
        printf("{\"hosts\":%zu,\"seconds\":%.3f,\"events\":%lld,\"batches\":%ld,\"result\":\"%s\"}\n", count,
               spent, (long long)run->n, memory_disk_writes(rehearsal_disk(stage.rehearsal)),
               run_result_name(run->result));
    stage_close(&stage);
    return failed;
}
