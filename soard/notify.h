/* What the service manager is told (sd_notify's protocol): ready, reloading, stopping, status, alive. */
#ifndef SOARD_NOTIFY_H
#define SOARD_NOTIFY_H

#include <stdint.h>

struct notify;

/* By NOTIFY_SOCKET and WATCHDOG_USEC, which are taken out of the environment. Never NULL; without a manager
 * every word goes nowhere. */
struct notify *notify_new(void);
void notify_free(struct notify *notify);

/* `state`: lines of NAME=VALUE. */
void notify_say(struct notify *notify, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notify_reloading(struct notify *notify); /* with the time, as the manager wants it */

/* How often it wants to hear that we live: half of its patience, in ms; 0: never. */
int64_t notify_watchdog_ms(const struct notify *notify);

#endif
