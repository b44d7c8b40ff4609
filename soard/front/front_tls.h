/* TLS as it should be by default, and what a client's certificate says it is. */
#ifndef FRONT_FRONT_TLS_H
#define FRONT_FRONT_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "soar/err.h"

struct ssl_ctx_st;
struct ssl_st;

struct front_tls_texts {
    const char *cert; /* PEM: the certificate, then its chain */
    const char *key;
    const char *client_ca; /* NULL: clients are asked for no certificate */
};

int front_tls_new(const struct front_tls_texts *texts, struct ssl_ctx_st **ret_context, struct soar_err *err)
    __attribute__((warn_unused_result));
void front_tls_free(struct ssl_ctx_st *context);

/* A certificate of the client that our CA vouches for: the one of `now`, the context in force, which may be
 * another than the connection began with. */
bool front_tls_has_client(struct ssl_st *ssl, struct ssl_ctx_st *now);
/* One of its names (dNSName, URI, e-mail) is, byte for byte, one of these. */
bool front_tls_client_is(struct ssl_st *ssl, struct ssl_ctx_st *now, const char *const *names, size_t count);

#endif
