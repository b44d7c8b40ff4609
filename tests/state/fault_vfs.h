/* A file layer below SQLite, named "fault": it breaks on command, and remembers what a power cut may lose.
 *
 * All files go through to the system's own layer. Besides, for each file but the shared memory it keeps what
 * the last sync made durable, and each write and truncation since. fault_cut() writes the files as a disk may
 * hold them after the power went: of what was not synced any part may be there, down to sectors of 512 bytes.
 * Safe to use from several threads. */
#ifndef TESTS_STATE_FAULT_VFS_H
#define TESTS_STATE_FAULT_VFS_H

#include <stdint.h>

enum fault_call { FAULT_WRITE, FAULT_SYNC, FAULT_TRUNCATE, FAULT_CALL_COUNT };

/* Registers the layer once and forgets all that was armed and remembered. */
void fault_reset(void);

/* After `pass` more calls of this kind on files whose name ends with `suffix`, the next `times` ones (-1:
 * all) give `code`. */
void fault_arm(enum fault_call call, const char *suffix, int pass, int times, int code);
void fault_disarm(void);
int fault_calls_after(void); /* calls of any kind since the armed one failed; -1: it has not */

/* What the disk may hold now, into an existing directory; the same seed gives the same choice. */
void fault_cut(const char *dir, uint64_t seed);

/* Called before each call, outside of the layer's lock; NULL: none. */
void fault_watch(void (*fn)(void *arg), void *arg);

uint64_t fault_random(uint64_t *seed); /* xorshift: the tests' own dice */

#endif
