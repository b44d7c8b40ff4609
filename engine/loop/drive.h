/* Drives a loop with libevent: waits on the store's descriptor, the callers' own events and the next due
 * time. */
#ifndef LOOP_DRIVE_H
#define LOOP_DRIVE_H

#include <stdbool.h>

struct event_base;
struct loop;

/* Turns until done(arg) says so, the loop has settled, the store gave up, or *stop was set (by a signal
 * handler that also breaks the base). Returns 0, or -1 when the store gave up. done may be NULL. */
int loop_drive(struct loop *loop, struct event_base *base, bool (*done)(void *arg), void *arg,
               const volatile int *stop);

/* The same for a daemon, which never settles: turns until *stop is set or the store gave up. turned(arg) is
 * called after each turn and says whether it did something that wants another turn at once. */
int loop_drive_on(struct loop *loop, struct event_base *base, bool (*turned)(void *arg), void *arg,
                  const volatile int *stop);

#endif
