/* A stage for scenarios: a site of a few hosts, packs with models, a playbook text, a world. */
#ifndef SIM_STAGE_H
#define SIM_STAGE_H

#include "engine/rehearse/rehearsal.h"

struct stage {
    struct arena *arena;
    struct site site;
    struct site_host hosts[64];
    struct policy *policy;
    struct pack_shelf *shelf;
    struct fake_world *world;
    struct rehearsal *rehearsal;
};

/* What a scenario varies, given by the test that plays it. */
struct stage_options {
    uint64_t seed;
    unsigned chaos_percent;
    unsigned dies_percent;
    long die_at;
    enum memory_death die_when;
    long die_again_at;
    struct rehearsal_crash *crashes;
    size_t crash_count;
    const char *breakage;
    bool forget;
    bool recheck;
};

enum { STAGE_ITEMS = 8 };

/* A request of the webhook `siem`: alerts as JSON, offered to these playbooks. */
struct stage_request {
    const char *request; /* tells a repetition */
    size_t alert_count;
    const char *alerts[STAGE_ITEMS];
    size_t playbook_count;
    const struct playbook *playbooks[2];
};

void stage_open(struct stage *stage, const struct stage_options *options, const char *policy_yaml);
void stage_close(struct stage *stage);

/* A pack of the scenario's own, and how its targets answer. */
void stage_pack(struct stage *stage, const char *pack_text, const char *model_text);
void stage_host(struct stage *stage, const char *name, const char *os);
struct playbook *stage_playbook(struct stage *stage, const char *text);
struct value stage_alert(struct stage *stage, const char *json);

/* Starts a run of a playbook on an alert. */
int stage_run(struct stage *stage, const struct playbook *playbook, const char *alert_json,
              struct soar_err *err);
/* Sends alerts, again and again until they are taken. */
int stage_send(struct stage *stage, const struct stage_request *request, struct soar_err *err);
/* Frees everything the ledger knows, as `soarctl release` would. 0 and nothing done if it knows nothing. */
int stage_release_all(struct stage *stage, struct soar_err *err);

/* A run that looks again at everything the ledger knows, and puts back what is not in force. */
int stage_recheck_all(struct stage *stage, struct soar_err *err);

/* A scenario: 0, or -1 and what was broken. */
typedef int (*scenario_fn)(const struct stage_options *options, long *ret_writes, struct soar_err *err);

struct scenario {
    const char *name;
    scenario_fn play;
};

extern const struct scenario scenarios[]; /* ends with a NULL name */

#endif
