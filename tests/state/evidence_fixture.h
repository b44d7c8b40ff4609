/* A directory of evidence for a test: made, filled, looked at, removed. */
#ifndef TESTS_STATE_EVIDENCE_FIXTURE_H
#define TESTS_STATE_EVIDENCE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/value.h"
#include "state/evidence_keep.h"
#include "state/evidence_verify.h"

struct evidence_store {
    char path[256]; /* the evidence directory: not there yet */
    char top[200];
    struct arena *arena;
    struct evidence_options options;
};

int evidence_store_make(void **state); /* cmocka's setup and teardown */
int evidence_store_drop(void **state);

/* Half of it compresses well, half not at all; the same for the same seed. The caller frees. */
uint8_t *evidence_bytes(size_t len, uint32_t seed);
int evidence_pipe_of(const void *bytes, size_t len); /* a descriptor that gives these bytes and ends */
struct value evidence_args(struct evidence_store *store, const char *json);

/* keep and seal, as whole; the answer of seal. */
struct value evidence_put(struct evidence_store *store, const char *id, const void *bytes, size_t len);

/* Reads a file below the directory; the arena's. */
char *evidence_file(struct evidence_store *store, const char *name, size_t *ret_len);
void evidence_write(struct evidence_store *store, const char *name, const void *bytes, size_t len);
const char *evidence_at(struct evidence_store *store, const char *name); /* its path */

/* What verify tells, problems in lines; "" if nothing is wrong. journal: JSON list or NULL. */
char *evidence_problems(struct evidence_store *store, const char *journal);

/* An object unpacked by zstd's own simple means; the arena's. */
char *evidence_unpacked(struct evidence_store *store, const char *object, size_t *ret_len);

#endif
