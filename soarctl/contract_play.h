/* One case of a contract, played: the real engine and the real worker against the stand-in.
 *
 * Time is the case's own and jumps to what is due, but only while no call is out; while one is, the event
 * loop runs for real. So `verify: {every: 15s, within: 30m}` takes no time, and a call takes what it takes.
 * A call that the stand-in leaves hanging is given up as if its deadline had come.
 *
 * The journal is in memory; nothing is written anywhere. */
#ifndef SOARCTL_CONTRACT_PLAY_H
#define SOARCTL_CONTRACT_PLAY_H

#include "soarctl/stand_in.h"

struct contract_stage { /* what the cases of one contract share */
    struct event_base *base;
    struct stand_in *stand_in;
    const struct contract *contract;
    const struct pack *pack;        /* with the contract's provider and no other */
    const struct pack_shelf *shelf; /* has an action of that name: what a step's parameters are read by */
    const volatile int *stop;       /* a signal came; or NULL */
    bool verbose;
};

/* {name, line, passed, failures: [{line, col, text}], ms, exchanges?: [text]}, as rehearse_print() takes it
 * among `cases`. Mistakes in the contract's inventory part go to diags, and the case has failed. */
struct value contract_play(const struct contract_stage *stage, const struct contract_case *one,
                           struct arena *arena, struct diag_list *diags);

#endif
