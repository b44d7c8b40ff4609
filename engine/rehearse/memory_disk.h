/* What a memory store has made durable. For the files of this room. */
#ifndef REHEARSE_MEMORY_DISK_H
#define REHEARSE_MEMORY_DISK_H

#include "engine/rehearse/memory_store.h"

int memory_disk_write(struct memory_disk *disk, const struct soar_batch *batch, struct soar_err *err);
void memory_disk_events(const struct memory_disk *disk, const char *run, int64_t from_n, soar_event_fn fn,
                        void *arg);
void memory_disk_rows(const struct memory_disk *disk, const struct soar_query *query, soar_row_fn fn,
                      void *arg);
bool memory_disk_text(const struct memory_disk *disk, const char *digest, soar_text_fn fn, void *arg);
bool memory_disk_alert(const struct memory_disk *disk, const char *id,
                       int (*fn)(void *, const struct soar_alert *), void *arg);

#endif
