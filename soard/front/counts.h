/* What happened since the front's start, for the `count` message: answers by status, refusals by source. */
#ifndef FRONT_COUNTS_H
#define FRONT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soard/front/refusal.h"

struct counts_source;

struct counts {
    uint64_t connections;
    uint64_t answers[600]; /* by status */
    struct counts_source *sources;
    size_t source_count;
    bool changed;
};

/* source: a webhook's name, "api", or "-" where no path was known. Never a word of the sender's: the list is
 * as long as the configurations were. */
void counts_refused(struct counts *counts, const char *source, enum refusal refusal);
void counts_answered(struct counts *counts, int status);
void counts_write(const struct counts *counts, size_t open, struct buf *out); /* the message, with its LF */
void counts_done(struct counts *counts);

#endif
