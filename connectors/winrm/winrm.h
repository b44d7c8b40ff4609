/* soar-winrm inside: one peer, one connection, one script after the other, each in a shell of its own.
 *
 * winrm_peer says who it is; winrm_run() makes a shell there (WS-Management, DSP0226; its Windows part is
 * MS-WSMV), starts PowerShell in it by the one constant command line, sends script and values, reads until
 * the command is done, and deletes the shell. Each of these is one envelope: winrm_envelope writes it,
 * winrm_post() sends it, winrm_answer reads what came back.
 *
 * Classes: whatever fails is TRANSIENT unless it is known to be worse; winrm_main makes UNKNOWN of it if a
 * writing script may have started. */
#ifndef CONNECTORS_WINRM_WINRM_H
#define CONNECTORS_WINRM_WINRM_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "connectors/winrm/winrm_output.h"
#include "connectors/worker/powershell.h"
#include "connectors/worker/worker.h"
#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/value.h"
#include "soar/err.h"

enum winrm_login { WINRM_NTLM, WINRM_KERBEROS, WINRM_BASIC };

struct winrm_peer {
    const char *name;    /* the inventory's, for people */
    const char *host;    /* the name that its certificate, and its ticket, must be for */
    const char *address; /* where it is: numeric, or a name to resolve */
    const char *port;
    const char *user;
    const char *ca; /* authorities in PEM form; NULL: the system's */
    const char *url;
    enum winrm_login login;
};

struct winrm {
    struct winrm_peer peer;
    CURL *curl; /* keeps the connection; NULL before the first call */
    char curl_says[CURL_ERROR_SIZE];
    int64_t deadline_ms; /* of the call that is out */
};

/* winrm_peer.c */
int winrm_peer_parse(struct arena *arena, const struct value *peer, struct winrm_peer *ret_peer,
                     struct soar_err *err) __attribute__((warn_unused_result));

/* winrm_post.c: one envelope there, its answer back. -1: no answer (TRANSIENT), or who answered is not the
 * one (DENIED). Status 200 with a text, or 500 with a fault's; 401 is DENIED, any other PERMANENT. */
int winrm_post(struct winrm *winrm, const struct buf *envelope, const struct value *secrets, int64_t until_ms,
               struct buf *ret_text, long *ret_status, struct soar_err *err)
    __attribute__((warn_unused_result));
/* A connection of its own, and any HTTP answer over it: its status, or what it says it is. */
int winrm_reach(const struct winrm_peer *peer, int64_t deadline_ms, struct buf *ret_greeting,
                struct soar_err *err) __attribute__((warn_unused_result));
void winrm_close(struct winrm *winrm);

/* winrm_envelope.c */
enum { WINRM_ENVELOPE_BYTES = 153600, WINRM_ID_MAX = 256 }; /* what every WinRM takes and gives */

struct winrm_shell {
    char id[WINRM_ID_MAX]; /* "" before there is one */
    char command[WINRM_ID_MAX];
    char message[64]; /* the last one's MessageID: its answer must relate to it */
};

void winrm_create(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell);
void winrm_command(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell,
                   const char *command);
void winrm_send(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell, const char *bytes,
                size_t len, bool last);
void winrm_receive(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell, int seconds);
void winrm_terminate(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell);
void winrm_delete(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell);

/* winrm_answer.c: what an envelope that came back says. A fault is -1, with its own words; *ret_timed_out
 * (or NULL) takes the one that only says "nothing yet", with 0. */
struct winrm_end {
    bool done;
    bool told; /* with an exit code */
    int64_t exit;
};
int winrm_answer_created(const struct buf *text, long status, struct winrm_shell *shell, struct soar_err *err)
    __attribute__((warn_unused_result));
int winrm_answer_command(const struct buf *text, long status, struct winrm_shell *shell, struct soar_err *err)
    __attribute__((warn_unused_result));
int winrm_answer_plain(const struct buf *text, long status, const struct winrm_shell *shell,
                       struct soar_err *err) __attribute__((warn_unused_result));
int winrm_answer_received(const struct buf *text, long status, const struct winrm_shell *shell,
                          struct winrm_output *out, struct winrm_output *errors, struct winrm_end *ret_end,
                          struct soar_err *err) __attribute__((warn_unused_result));

/* winrm_run.c: call->sent tells afterwards whether the script may have started. */
int winrm_run(struct winrm *winrm, const struct powershell_script *script, struct worker_call *call,
              struct winrm_output *out, struct winrm_output *errors, int64_t *ret_exit, struct soar_err *err)
    __attribute__((warn_unused_result));

#endif
