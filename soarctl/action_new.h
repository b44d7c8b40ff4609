/* `soarctl action new`: the files a pack begins with, that work as they stand. */
#ifndef SOARCTL_ACTION_NEW_H
#define SOARCTL_ACTION_NEW_H

#include "engine/verbs/verb.h"

extern const struct verb action_new_verb;

#endif
