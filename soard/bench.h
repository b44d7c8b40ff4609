/* The bench: a loop beside the real one, in which a plan is played and thrown away.
 *
 * Its journal is in memory and begins with the ledger as it stands, so it knows what is contained and how
 * much of a budget is left. It shares the daemon's event base and nothing else. */
#ifndef SOARD_BENCH_H
#define SOARD_BENCH_H

#include "engine/loop/loop.h"

struct daemon;
struct wiring;
struct bench;

int bench_open(struct daemon *daemon, const struct wiring *wiring, struct arena *arena,
               struct bench **ret_bench, struct soar_err *err) __attribute__((warn_unused_result));
struct loop *bench_loop(const struct bench *bench);
struct soar_store *bench_store(const struct bench *bench);
/* All that can be done now. True: something moved. */
bool bench_turn(struct bench *bench);
void bench_close(struct bench *bench);

#endif
