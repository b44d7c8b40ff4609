/* A password that nobody keeps: made here, sent, and wiped. */
#ifndef CONNECTORS_WORKER_GENERATE_H
#define CONNECTORS_WORKER_GENERATE_H

#include <stdbool.h>
#include <stddef.h>

#include "soar/err.h"

enum {
    GENERATED_LENGTH_MIN = 16,
    GENERATED_LENGTH_MAX = 128,
    GENERATED_BYTES_MAX = GENERATED_LENGTH_MAX * 2 + 4
};

struct generated {
    char bytes[GENERATED_BYTES_MAX]; /* as the server takes it */
    size_t len;
};

/* `length` characters of 64, each as likely as any other, of all four kinds that password policies ask for.
 * ad: in quotes and UTF-16LE, as unicodePwd wants it. */
int worker_generate(size_t length, bool ad, struct generated *ret_password, struct soar_err *err)
    __attribute__((warn_unused_result));
void worker_generate_wipe(struct generated *password);

#endif
