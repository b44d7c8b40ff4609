/* A store in memory: for dry runs, for `soarctl test`, and for the simulator, where it dies at a write.
 *
 * The disk and the process are two things here: a memory_disk outlives the stores opened on it, as a disk
 * outlives a process. A death is planned on a store; when it comes, before or after the write became durable,
 * the store answers nobody any more, and whoever drives the loop must throw it away and start again from the
 * disk. */
#ifndef REHEARSE_MEMORY_STORE_H
#define REHEARSE_MEMORY_STORE_H

#include "soar/store.h"

struct memory_disk;

struct memory_disk *memory_disk_new(void) __attribute__((warn_unused_result));
void memory_disk_free(struct memory_disk *disk);

/* What is on it: in the order of commit. */
size_t memory_disk_event_count(const struct memory_disk *disk);
const struct soar_event *memory_disk_event(const struct memory_disk *disk, size_t index);
long memory_disk_writes(const struct memory_disk *disk); /* batches ever committed */

struct soar_store *memory_store_open(struct memory_disk *disk) __attribute__((warn_unused_result));
/* A disk of its own that goes with it: for dry runs. */
struct soar_store *memory_store_new(void) __attribute__((warn_unused_result));

enum memory_death { DEATH_BEFORE, DEATH_AFTER };

/* Dies at its write number `at` (1: the first), before it is durable or after. */
void memory_store_die_at(struct soar_store *store, long at, enum memory_death when);
/* Asked for each event as it becomes durable: true kills the store right after that batch. */
void memory_store_die_when(struct soar_store *store, bool (*fatal)(void *arg, const struct soar_event *event),
                           void *arg);
bool memory_store_dead(const struct soar_store *store);
void memory_store_kill(struct soar_store *store);
/* At most this many batches become durable at one deliver(); 0: all that are queued. */
void memory_store_slow(struct soar_store *store, size_t batches);

#endif
