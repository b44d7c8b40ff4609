/* mtls: a certificate of our own in the TLS handshake; alone, or beside another kind. fields: certificate
 * (PEM, with the ones between it and the authority); secret: mtls_key (PEM). */
#include <string.h>

#include "connectors/http/auth.h"

static int certificate_of(const struct value *fields, const char **ret_pem, struct soar_err *err)
{
    *ret_pem = value_get_string(fields, "certificate", "");
    return strstr(*ret_pem, "-----BEGIN CERTIFICATE-----")
               ? 0
               : soar_err_set(err, SOAR_INVALID, "`certificate` holds no certificate in PEM form");
}

static int check(const struct value *fields, struct soar_err *err)
{
    const char *pem;
    return certificate_of(fields, &pem, err);
}

static int act(const struct value *fields, const struct value *secrets, const char *token,
               struct http_request *request, struct soar_err *err)
{
    (void)token;
    if (certificate_of(fields, &request->certificate, err) ||
        auth_secret(secrets, "mtls_key", &request->key, err))
        return -1;
    return 0;
}

const struct auth_kind auth_mtls = {.name = "mtls", .check = check, .act = act};
