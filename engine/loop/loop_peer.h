/* What a worker is told of its peer, by connector; engine/loop's own. Each makes the peer as JSON and, if
 * log_in isn't NULL, says which secrets go with a call; -1: the inventory or a file beside it doesn't give
 * what it takes (PERMANENT). */
#ifndef LOOP_LOOP_PEER_H
#define LOOP_LOOP_PEER_H

#include "engine/loop/loop_parts.h"

int peer_ssh(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
             struct arena *arena, struct peer *ret_peer, struct soar_err *err);
int peer_ldap(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
              struct arena *arena, struct peer *ret_peer, struct soar_err *err);
int peer_http(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
              struct arena *arena, struct peer *ret_peer, struct soar_err *err);
/* Of a service that no task is about: a vault. */
int peer_of_service(const struct site_place *place, struct arena *arena, struct peer *ret_peer,
                    struct soar_err *err);
int peer_qmp(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
             struct arena *arena, struct peer *ret_peer, struct soar_err *err);
int peer_winrm(const struct site *site, const struct run_task *task, const struct peer_log_in *log_in,
               struct arena *arena, struct peer *ret_peer, struct soar_err *err);

/* The machine a task is about: its target, or the place where it looks after an account. NULL with PERMANENT.
 */
const struct site_host *peer_host(const struct site *site, const struct run_task *task, struct soar_err *err);

/* The name that a certificate for this host is for. */
const char *peer_principal(const struct site_host *host, struct arena *arena);
/* A key and a certificate for this host and this hour (loop_peer_certificate.c). */
int peer_certificate(const struct site *site, const struct site_host *host, const struct peer_log_in *log_in,
                     struct arena *arena, char **ret_secrets, struct soar_err *err);

/* One secret that goes with each call; nothing without a reference. */
void peer_needs(struct peer *peer, const char *what, const char *reference, struct arena *arena);

#endif
