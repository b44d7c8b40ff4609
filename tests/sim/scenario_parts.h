/* What the files of scenarios share. */
#ifndef SIM_SCENARIO_PARTS_H
#define SIM_SCENARIO_PARTS_H

#include "tests/sim/stage.h"

#define THREE                                                                                                \
    "{\"id\":\"A-1\",\"severity\":\"critical\",\"confidence\":95,\"hosts\":[\"web-01\",\"web-02\",\"db-"     \
    "01\"],\"user_id\":\"jdoe\"}"

void three_hosts(struct stage *stage);
/* Until all has ended, people answering each hold and doubt so. */
int to_the_end(struct stage *stage, const char *of_hold, const char *of_doubt, struct soar_err *err);
int every_task_is(struct stage *stage, size_t run_index, enum task_outcome outcome, struct soar_err *err);
/* Time passes, the promises hold, all is released, they hold again and nothing is left. */
int aftermath(struct stage *stage, long *ret_writes, struct soar_err *err);

/* scenario_collect.c */
int collect(const struct stage_options *options, long *ret_writes, struct soar_err *err);

/* scenario_services.c */
int services(const struct stage_options *options, long *ret_writes, struct soar_err *err);

#endif
