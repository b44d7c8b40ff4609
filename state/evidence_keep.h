/* Keeping one evidence: what soar-evidence does for the engine.
 *
 * As it should go: keep() reads the pipe to its end into a part, and answers when it is durable. seal()
 * brings the verdict of whoever collected; the part becomes an object and gets a record, both durable. Only
 * now is it evidence.
 *
 * As it goes wrong: whatever stops the stream, what came before is kept and sealed as partial, with the
 * reason. A crash leaves a part, with the facts beside it; salvage() makes of it what can be made: a partial
 * record, or, if the crash came after the verdict, the record that was to be made. Asked again it answers the
 * same. */
#ifndef STATE_EVIDENCE_KEEP_H
#define STATE_EVIDENCE_KEEP_H

#include "engine/base/value.h"
#include "engine/base/world.h"
#include "state/evidence_stream.h"

struct evidence_options {
    const char *dir;
    const char *key;  /* NULL: signing.key in dir */
    uint64_t reserve; /* bytes that stay free on its disk */
    uint64_t at_most; /* bytes of one evidence, as they are collected */
};

struct evidence_keeper; /* of one evidence */

struct evidence_keeper *evidence_keeper_new(const struct evidence_options *options,
                                            const struct world *world);
void evidence_keeper_free(struct evidence_keeper *keeper);

/* facts: the arguments of evidence.keep. in: closed. *ret: a map in the arena. */
int evidence_keep(struct evidence_keeper *keeper, const struct value *facts, int in, int64_t deadline_ms,
                  const struct evidence_watch *watch, struct arena *arena, struct value *ret,
                  struct soar_err *err) __attribute__((warn_unused_result));
int evidence_seal(struct evidence_keeper *keeper, const struct value *verdict, struct arena *arena,
                  struct value *ret, struct soar_err *err) __attribute__((warn_unused_result));
int evidence_salvage(struct evidence_keeper *keeper, const struct value *facts,
                     const struct evidence_watch *watch, struct arena *arena, struct value *ret,
                     struct soar_err *err) __attribute__((warn_unused_result));

#endif
