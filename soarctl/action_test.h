/* `soarctl action test`: a pack against its contract, with the real engine and the real worker, and no
 * network but loopback. */
#ifndef SOARCTL_ACTION_TEST_H
#define SOARCTL_ACTION_TEST_H

#include "engine/verbs/verb.h"

extern const struct verb action_test_verb;

#endif
