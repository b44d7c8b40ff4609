/* A script's end as the answer's map: exit, out, err, cut, raw. */
#ifndef CONNECTORS_SSH_ANSWER_H
#define CONNECTORS_SSH_ANSWER_H

#include "connectors/ssh/ssh_stream.h"
#include "engine/base/value.h"

struct value ssh_answer(struct arena *arena, const struct ssh_stream *out, const struct ssh_stream *errors);

/* Only err and cut, where the output went elsewhere. */
void ssh_answer_errors(struct value_builder *map, const struct ssh_stream *errors);

#endif
