/* `soarctl test`: plays the cases of playbooks' tests in a made-up world, and what other verbs need of tests.
 */
#ifndef SOARCTL_TEST_H
#define SOARCTL_TEST_H

#include "engine/verbs/verb.h"

extern const struct verb test_verb;
extern const struct verb_tests test_kind; /* for lint and schema */

#endif
