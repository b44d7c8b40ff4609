/* Evidence to take away: objects, their records, the public key, and how to check them. */
#ifndef STATE_EVIDENCE_EXPORT_H
#define STATE_EVIDENCE_EXPORT_H

#include "engine/base/value.h"
#include "state/evidence_dir.h"

struct evidence_export {
    const struct evidence_dir *dir;
    const char *to;                          /* a directory that is made */
    const struct value *ids;                 /* a list of texts */
    bool raw;                                /* as collected, else as stored */
    int (*moved)(void *arg, uint64_t bytes); /* may be NULL */
    void *arg;
};

/* *ret_files: a list of maps {evidence, file, bytes, sha256} in the arena. What is not as its record says is
 * an error, and its copy stays away. */
int evidence_export(const struct evidence_export *export, struct arena *arena, struct value *ret_files,
                    struct soar_err *err) __attribute__((warn_unused_result));

#endif
