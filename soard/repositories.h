/* Repositories of playbooks in soard: asked at the start, at their times, at a reload and when somebody says
 * so, beside everything else. A commit that is used puts a generation with its playbooks in the place of the
 * present one; runs keep theirs. */
#ifndef SOARD_REPOSITORIES_H
#define SOARD_REPOSITORIES_H

#include "soar/err.h"

struct daemon;

int repositories_open(struct daemon *daemon, struct soar_err *err) __attribute__((warn_unused_result));
void repositories_close(struct daemon *daemon);
/* After a reload: by whom. */
void repositories_use(struct daemon *daemon, const char *by);
/* Between two turns. */
void repositories_turned(struct daemon *daemon);

#endif
