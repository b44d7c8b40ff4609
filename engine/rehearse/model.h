/* How a target answers in a rehearsal: NAME.rehearse.yaml, beside its pack.
 *
 * A pack says what is asked and done; its model says what a target would answer, as a few rules over a small
 * state. So the pack's own expressions are tried for real, and no network is needed. A model never stands in
 * for a real target outside `soarctl test` and the simulator. */
#ifndef REHEARSE_MODEL_H
#define REHEARSE_MODEL_H

#include "engine/action/tree.h"
#include "engine/cel/cel.h"
#include "engine/yaml/yaml.h"

struct model_answer {
    const char *phase;         /* "check"; verify is answered like check */
    int position;              /* 0: any call of the phase */
    struct cel_program *when;  /* over `state` and `target`, or NULL */
    const struct tree *answer; /* a map, laid over the connector's default; its {{ }} know the same names */
};

struct model_effect {
    const char *phase;          /* "apply", "revert" */
    int position;               /* 0: any writing call of the phase */
    struct value set;           /* a map, laid over the state */
    struct cel_program *counts; /* is this a change in the world? NULL: it is */
};

struct model {
    const char *action;
    const char *provider;
    int line, col; /* of the provider's name */
    bool fenced;   /* as the pack says: an older call that comes late does nothing */
    struct value start;
    size_t answer_count;
    const struct model_answer *answers;
    size_t effect_count;
    const struct model_effect *effects;
    struct cel_program *lapse_when; /* the target undoes it by itself … */
    int64_t lapse_after_ms;         /* … so long after the last change of its state */
    struct value lapse_set;
    struct cel_program *contained; /* is it wholly in force? */
};

/* One file holds the models of all providers of an action. NULL with errors in diags. */
struct model *model_load(struct arena *arena, const char *text, size_t len, size_t *ret_count,
                         struct diag_list *diags);

/* What a model's expressions see: `state`, and `target` {key, name, place} made of the target's key. */
struct value model_names(struct arena *arena, const struct value *state, const char *key);

/* An expression over these names; false if it can't be evaluated. */
bool model_holds(const struct cel_program *program, const struct value *names, struct arena *arena);

#endif
