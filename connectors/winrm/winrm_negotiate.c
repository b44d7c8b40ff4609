/* Log-in by GSSAPI: MIT's Kerberos, or the NTLM of gss-ntlmssp. libcurl can do both, but not as WinRM wants
 * them: it offers its NTLM by a name that WinRM doesn't, and takes only a ticket that somebody else got. Each
 * log-in is held to the one mechanism that the inventory names, so no host talks us down from Kerberos to
 * NTLM. Credentials stay in this process's memory, and nothing is delegated. Where the domain's controllers
 * are, /etc/krb5.conf or the DNS says. */
#include "connectors/winrm/winrm_negotiate.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/worker/base64.h"

struct negotiation {
    gss_OID mechanism;
    gss_name_t host;
    gss_cred_id_t ours;
    gss_ctx_id_t context;
    OM_uint32 flags;
    bool done;
};

static gss_OID_desc ntlm = {10, (char *)(uintptr_t) "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"};

static void words(struct buf *out, OM_uint32 code, int kind, gss_OID mechanism)
{
    OM_uint32 minor, more = 0;
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    do {
        if (gss_display_status(&minor, code, kind, mechanism, &more, &text) != GSS_S_COMPLETE)
            return;
        buf_printf(out, "%s%.*s", out->len ? ": " : "", (int)text.length, (const char *)text.value);
        gss_release_buffer(&minor, &text);
    } while (more);
}

static int failed(const struct negotiation *it, OM_uint32 major, OM_uint32 minor, const char *doing,
                  struct soar_err *err)
{
    BUF_SCOPED text;
    buf_init(&text, 0);
    words(&text, minor, GSS_C_MECH_CODE, it->mechanism);
    if (text.len == 0)
        words(&text, major, GSS_C_GSS_CODE, GSS_C_NO_OID);
    bool missing = GSS_ROUTINE_ERROR(major) == GSS_S_BAD_MECH;
    return soar_err_set(err, missing ? SOAR_PERMANENT : SOAR_DENIED, "%s: %s%s",
                        it->mechanism == &ntlm ? "NTLM" : "Kerberos", doing,
                        missing ? ": the package gss-ntlmssp is not installed here" : buf_string(&text));
}

static OM_uint32 import(const char *text, gss_OID kind, gss_name_t *ret_name, OM_uint32 *ret_minor)
{
    gss_buffer_desc name = {strlen(text), (void *)(uintptr_t)text};
    return gss_import_name(ret_minor, &name, kind, ret_name);
}

static int prepare(struct negotiation *it, const struct winrm_peer *peer, const char *password,
                   struct soar_err *err)
{
    OM_uint32 minor = 0, ignored;
    BUF_SCOPED service;
    gss_name_t user = GSS_C_NO_NAME;
    gss_OID_set_desc only = {1, it->mechanism};
    gss_buffer_desc secret = {strlen(password), (void *)(uintptr_t)password};
    buf_init(&service, 0);
    buf_printf(&service, "HTTP@%s", peer->host);
    OM_uint32 major = import(buf_string(&service), GSS_C_NT_HOSTBASED_SERVICE, &it->host, &minor);
    major = major ? major : import(peer->user, GSS_C_NT_USER_NAME, &user, &minor);
    if (major == GSS_S_COMPLETE)
        major = gss_acquire_cred_with_password(&minor, user, &secret, GSS_C_INDEFINITE, &only, GSS_C_INITIATE,
                                               &it->ours, NULL, NULL);
    gss_release_name(&ignored, &user);
    return major == GSS_S_COMPLETE ? 0 : failed(it, major, minor, "log-in: ", err);
}

struct negotiation *negotiation_new(const struct winrm_peer *peer, const struct value *secrets,
                                    struct soar_err *err)
{
    const char *password = value_get_string(secrets, "password", NULL);
    if (password == NULL) {
        soar_err_set(err, SOAR_INVALID, "the inventory has no password for this host");
        return NULL;
    }
    struct negotiation *it = calloc(1, sizeof *it);
    if (it == NULL)
        abort();
    *it = (struct negotiation){.mechanism = peer->login == WINRM_KERBEROS ? gss_mech_krb5 : &ntlm,
                               .host = GSS_C_NO_NAME,
                               .ours = GSS_C_NO_CREDENTIAL,
                               .context = GSS_C_NO_CONTEXT,
                               .flags = peer->login == WINRM_KERBEROS ? GSS_C_MUTUAL_FLAG : 0};
    if (prepare(it, peer, password, err)) {
        negotiation_free(it);
        return NULL;
    }
    return it;
}

void negotiation_free(struct negotiation *it)
{
    OM_uint32 minor;
    if (it == NULL)
        return;
    gss_delete_sec_context(&minor, &it->context, GSS_C_NO_BUFFER);
    gss_release_cred(&minor, &it->ours);
    gss_release_name(&minor, &it->host);
    free(it);
}

int negotiation_step(struct negotiation *it, const char *said, struct buf *ret_token, struct soar_err *err)
{
    OM_uint32 minor = 0, ignored;
    BUF_SCOPED theirs;
    buf_init(&theirs, 0);
    if (said && base64_decode(&theirs, said, strlen(said), err))
        return soar_err_wrap(err, "its log-in token");
    gss_buffer_desc in = {theirs.len, theirs.data}, out = GSS_C_EMPTY_BUFFER;
    OM_uint32 major =
        gss_init_sec_context(&minor, it->ours, &it->context, it->host, it->mechanism, it->flags, 0,
                             GSS_C_NO_CHANNEL_BINDINGS, said ? &in : GSS_C_NO_BUFFER, NULL, &out, NULL, NULL);
    base64_encode(ret_token, out.value, out.length);
    gss_release_buffer(&ignored, &out);
    if (GSS_ERROR(major))
        return failed(it, major, minor, "", err);
    it->done = major == GSS_S_COMPLETE;
    return 0;
}

bool negotiation_is_done(const struct negotiation *it)
{
    return it->done;
}
