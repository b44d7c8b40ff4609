/* A stored object, read block by block: a zstd frame of ours, as zstd(1) reads it, too.
 *
 * A frame whose writer was killed ends anywhere. Each of its blocks stands on what came before it alone, so
 * all whole blocks can be kept: mending cuts behind the last of them and puts the three bytes of an empty
 * last block there, and the file is a whole frame again. */
#ifndef STATE_EVIDENCE_FRAME_H
#define STATE_EVIDENCE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/digest.h"
#include "soar/err.h"

struct evidence_sum {
    uint64_t bytes; /* as they were collected */
    uint64_t stored_bytes;
    char sha256[DIGEST_HEX];
    char stored_sha256[DIGEST_HEX];
};

/* Whoever waits for something long: called with every megabyte or so; -1 gives up. */
struct evidence_watch {
    int (*moved)(void *arg, uint64_t bytes, uint64_t stored_bytes);
    int (*taken)(void *arg, const void *bytes, size_t len); /* the bytes themselves, as they were collected */
    void *arg;
};

/* How it ends: a whole frame and nothing behind it; else where the last whole block ends, and the sums are of
 * what stands before. */
struct evidence_frame {
    struct evidence_sum sum;
    uint64_t good_bytes; /* of the file */
    uint64_t cut_bytes;  /* behind them */
    bool whole;
};

/* watch may be NULL. -1: the file can't be read. */
int evidence_frame_read(int fd, const struct evidence_watch *watch, struct evidence_frame *ret_frame,
                        struct soar_err *err) __attribute__((warn_unused_result));
/* The same, and then it is whole; a file without one whole block becomes empty, with sums of nothing. */
int evidence_frame_mend(int fd, const struct evidence_watch *watch, struct evidence_frame *ret_frame,
                        struct soar_err *err) __attribute__((warn_unused_result));

#endif
