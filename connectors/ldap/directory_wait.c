/* Waiting for the server: never beyond the call's deadline, never longer than one message may be.
 *
 * The socket doesn't block, so half a message keeps nobody: the library comes back, and the clock is looked
 * at again. After any failure here the connection is of no use and is closed. */
#include <string.h>
#include <sys/time.h>

#include "connectors/ldap/directory.h"
#include "engine/base/text.h"

enum { WORDS_BYTES = 400 };

static const char *shown(struct arena *arena, const char *text)
{
    BUF_SCOPED out;
    buf_init(&out, 0);
    size_t len = text ? strnlen(text, WORDS_BYTES) : 0;
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    text_visible(&out, text, len);
    return arena_string(arena, buf_string(&out));
}

int directory_fail(struct directory *directory, int code, const char *doing, struct soar_err *err)
{
    directory_close(directory);
    if (code == LDAP_TIMEOUT || worker_now_ms() >= directory->deadline_ms)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: timed out", doing);
    if (code == LDAP_SERVER_DOWN || code == LDAP_DECODING_ERROR || code == LDAP_CONNECT_ERROR)
        return soar_err_set(err, SOAR_TRANSIENT, "%s: the connection was cut", doing);
    if (code == LDAP_FILTER_ERROR)
        return soar_err_set(err, SOAR_INVALID, "%s: the filter is none", doing);
    return soar_err_set(
        err, code == LDAP_ENCODING_ERROR || code == LDAP_PARAM_ERROR ? SOAR_INVALID : SOAR_TRANSIENT,
        "%s: %s", doing, ldap_err2string(code));
}

LDAPMessage *directory_next(struct directory *directory, int number, const char *doing, struct soar_err *err)
{
    LDAPMessage *message = NULL;
    int64_t left = directory->deadline_ms - worker_now_ms();
    if (left < 0)
        left = 0;
    struct timeval wait = {.tv_sec = (time_t)(left / 1000), .tv_usec = (suseconds_t)(left % 1000) * 1000};
    int rc = ldap_result(directory->ld, number, LDAP_MSG_ONE, &wait, &message);
    if (rc > 0)
        return message;
    int code = LDAP_TIMEOUT;
    if (rc < 0)
        ldap_get_option(directory->ld, LDAP_OPT_RESULT_CODE, &code);
    else
        ldap_abandon_ext(directory->ld, number, NULL, NULL);
    directory_fail(directory, code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code, doing, err);
    return NULL;
}

/* It was sent our password, and may say it back: into an answer, and with that into the record. */
static bool says_password(const struct directory *directory, const char *words)
{
    const char *password = directory->secrets ? value_get_string(directory->secrets, "password", "") : "";
    return words && *password && strstr(words, password) != NULL;
}

int directory_result(struct directory *directory, LDAPMessage *message, const char *doing,
                     struct arena *arena, struct directory_said *ret_said, struct soar_err *err)
{
    char *words = NULL;
    int code = LDAP_OTHER;
    int rc = ldap_parse_result(directory->ld, message, &code, NULL, &words, NULL, NULL, 1);
    if (rc == LDAP_SUCCESS) {
        ret_said->code = code;
        ret_said->text = says_password(directory, words)
                             ? "(the server's words are withheld: they hold our password)"
                         : words && *words ? shown(arena, words)
                         : code            ? arena_string(arena, ldap_err2string(code))
                                           : "";
    }
    ldap_memfree(words);
    return rc == LDAP_SUCCESS ? 0 : directory_fail(directory, rc, doing, err);
}

int directory_end(struct directory *directory, int number, const char *doing, struct arena *arena,
                  struct directory_said *ret_said, struct soar_err *err)
{
    LDAPMessage *message = directory_next(directory, number, doing, err);
    return message ? directory_result(directory, message, doing, arena, ret_said, err) : -1;
}
