/* All commands: the engine's verbs, and those only this program can wire (`test`). */
#ifndef SOARCTL_COMMANDS_H
#define SOARCTL_COMMANDS_H

#include "engine/verbs/verb.h"

const struct verb *command_find(const char *name);
const struct verb *command_next(const struct verb *verb); /* NULL: the first; NULL after the last */

void commands_help(struct buf *out);                         /* all of them */
void command_help(const struct verb *verb, struct buf *out); /* one, with its parameters */

#endif
