/* What the tests of soar-ssh share: a private sshd, a relay that cuts, and calls through the pool. */
#ifndef TESTS_SSH_LAB_H
#define TESTS_SSH_LAB_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/value.h"
#include "engine/loop/pool.h"

/* What the relay has seen, in memory shared with it. */
struct relay_seen {
    volatile int chunks_up; /* reads from the client */
    volatile int connections;
};

struct ssh_lab {
    char dir[64];
    pid_t sshd;
    int sshd_log;
    int port;
    struct event_base *base;
    struct soar_caller *pool;
    struct arena *arena; /* of the last answer */
    uint64_t number;
    bool answered;
    bool sending;
    bool kill_when_sending; /* the worker, as the kernel would */
    enum soar_class class;
    struct value result;
    char *why;
};

void lab_open(struct ssh_lab *lab, bool with_sshd);
void lab_close(struct ssh_lab *lab);
bool lab_has_account(const struct ssh_lab *lab, const char *user);

char *lab_file(const struct ssh_lab *lab, const char *name); /* caller frees */
char *lab_known(const struct ssh_lab *lab, const char *kind,
                const char *name); /* a known_hosts line; caller frees */

/* One call to its end. session binds user, port and known_hosts. */
struct lab_call {
    const char *session, *user, *known_hosts, *key, *passphrase, *function, *args, *peer_more, *address,
        *key_text /* in the place of `key`, a file's name */, *certificate;
    int port;
    int64_t left_ms;
    bool read_only;
};
void lab_run(struct ssh_lab *lab, struct lab_call call);
/* The usual one: an ed25519 known host, the usual key, as the usual account. */
void lab_script(struct ssh_lab *lab, const char *function, const char *script, const char *arg,
                const char *input);
const char *lab_user(void);

int lab_free_port(void);

/* A process on a port of its own that relays to `port`, and resets everything once `up` bytes went from the
 * client or `down` bytes came from the server (-1: never). */
pid_t relay_start(int port, int64_t up, int64_t down, int *ret_port, struct relay_seen **ret_seen);
void process_end(pid_t pid);

#endif
