/* soar-ldap inside: one directory server, one connection, one operation after the other.
 *
 * directory_peer says which server and who we are there; directory_open() connects, checks the certificate
 * and logs in; the functions look and change; directory_close() ends the connection. Every operation is sent
 * without waiting and its answers are taken in directory_next(), the only place that waits: it keeps the
 * call's deadline, whatever the server does.
 *
 * Classes: what fails before an answer came is TRANSIENT here unless it is known to be worse (a certificate,
 * a log-in: DENIED); ldap_main makes UNKNOWN of it if a writing call may have been sent. A number that the
 * server gave is no failure: it is the answer's `code`. */
#ifndef CONNECTORS_LDAP_DIRECTORY_H
#define CONNECTORS_LDAP_DIRECTORY_H

#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>

#include "connectors/worker/worker.h"
#include "engine/base/arena.h"
#include "engine/base/value.h"
#include "soar/err.h"

struct directory_peer {
    const char *name; /* the inventory's, for people */
    const char *url;  /* as given, with its port: what the certificate's name is checked against */
    const char *host;
    const char *port;
    const char *ca; /* PEM text, or NULL: the system's authorities */
    const char *bind_dn;
    const char *base;
    bool start_tls; /* else the connection begins with TLS */
};

struct directory {
    struct directory_peer peer;
    int fd;                      /* of the connection, or -1 */
    LDAP *ld;                    /* NULL: not connected; else logged in */
    int authorities;             /* a memory file with the peer's ca, or -1 */
    int64_t deadline_ms;         /* of the call that is out */
    const struct value *secrets; /* that call's */
};

/* What came of one operation: LDAP's number and the server's words. */
struct directory_said {
    int code;
    const char *text;
};

/* directory_peer.c */
int directory_peer_parse(struct arena *arena, const struct value *peer, struct directory_peer *ret_peer,
                         struct soar_err *err) __attribute__((warn_unused_result));

/* directory_session.c */
void directory_start(struct directory *directory);
int directory_open(struct directory *directory, const struct value *secrets, struct soar_err *err)
    __attribute__((warn_unused_result));
void directory_close(struct directory *directory);
/* A kept connection that has something to say, or ended, while nothing was asked of it is of no use. */
bool directory_is_quiet(const struct directory *directory);

/* directory_stream.c: the library reads and writes through it. 0, or -1. */
int directory_stream(struct directory *directory, Sockbuf *socket);

/* directory_wait.c: the next message of an operation; the caller frees it with ldap_msgfree(). NULL: err. */
LDAPMessage *directory_next(struct directory *directory, int number, const char *doing, struct soar_err *err);
/* The one message of an operation that has but one. `arena` keeps the text. */
int directory_end(struct directory *directory, int number, const char *doing, struct arena *arena,
                  struct directory_said *ret_said, struct soar_err *err) __attribute__((warn_unused_result));
/* The result inside a message, which is freed. */
int directory_result(struct directory *directory, LDAPMessage *message, const char *doing,
                     struct arena *arena, struct directory_said *ret_said, struct soar_err *err)
    __attribute__((warn_unused_result));
/* The library could not even send, or the connection is gone: TRANSIENT. */
int directory_fail(struct directory *directory, int code, const char *doing, struct soar_err *err);

/* directory_search.c */
int directory_search(struct directory *directory, struct worker_call *call, struct value *ret_result,
                     struct soar_err *err) __attribute__((warn_unused_result));
int directory_look(struct directory *directory, struct worker_call *call, struct value *ret_result,
                   struct soar_err *err) __attribute__((warn_unused_result)); /* ldap.bind's small one */

/* directory_change.c: they say worker_sending(). */
int directory_modify(struct directory *directory, struct worker_call *call, struct value *ret_result,
                     struct soar_err *err) __attribute__((warn_unused_result));
int directory_password(struct directory *directory, struct worker_call *call, struct value *ret_result,
                       struct soar_err *err) __attribute__((warn_unused_result));

#endif
