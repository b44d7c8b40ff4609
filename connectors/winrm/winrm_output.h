/* One of the two output streams of PowerShell, as it comes, cut at any byte: what stands before the loader's
 * mark is chatter, what follows the script's. It keeps LIMIT_ANSWER_BYTES and counts the rest. */
#ifndef CONNECTORS_WINRM_OUTPUT_H
#define CONNECTORS_WINRM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"

struct winrm_output {
    const char *mark;
    struct buf hold; /* before the mark: the last bytes that came */
    struct buf text;
    uint64_t cut;
    bool begun;
};

void winrm_output_init(struct winrm_output *output, const char *mark);
void winrm_output_done(struct winrm_output *output);
void winrm_output_add(struct winrm_output *output, const char *bytes, size_t len);

#endif
