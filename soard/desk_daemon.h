/* What soard tells of itself to the verbs that ask (engine/verbs/verb.h, struct verb_daemon). */
#ifndef SOARD_DESK_DAEMON_H
#define SOARD_DESK_DAEMON_H

struct daemon;
struct verb_daemon;

void desk_daemon(struct daemon *daemon, struct verb_daemon *ret_of);

#endif
