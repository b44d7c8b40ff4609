/* Log-in to a connection by tokens that go back and forth in headers: NTLM, or Kerberos. WinRM takes both
 * under the one name Negotiate. */
#ifndef CONNECTORS_WINRM_NEGOTIATE_H
#define CONNECTORS_WINRM_NEGOTIATE_H

#include "connectors/winrm/winrm.h"

struct negotiation;

struct negotiation *negotiation_new(const struct winrm_peer *peer, const struct value *secrets,
                                    struct soar_err *err);
void negotiation_free(struct negotiation *it);

/* What we say next, in base64, to what the other side said (NULL: nothing yet). *ret_token stays empty when
 * there is nothing more to say. */
int negotiation_step(struct negotiation *it, const char *said, struct buf *ret_token, struct soar_err *err)
    __attribute__((warn_unused_result));
bool negotiation_is_done(const struct negotiation *negotiation);

#endif
