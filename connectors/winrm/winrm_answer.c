/* What an envelope that came back says.
 *
 * A fault has a code for programs (WSManFault's Code, else the SOAP subcode) and words for people, both from
 * whoever we speak to: the words are shown, the code decides between "nothing yet", "not you" and the rest.
 * An answer that doesn't relate to our message is none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/winrm/winrm.h"
#include "connectors/worker/base64.h"
#include "connectors/worker/xml_tree.h"
#include "engine/base/text.h"

#define STATE "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/"

enum { SHOWN_BYTES = 300 };

static const struct value *child_at(const struct value *element, const char *const *path)
{
    for (; element && *path; path++)
        element = xml_child(element, *path);
    return element;
}

static const char *attribute(const struct value *element, const char *name)
{
    return value_get_string(value_get(element, "attributes"), name, "");
}

/* "w:TimedOut" → "TimedOut" */
static const char *local(const char *text)
{
    const char *colon = strrchr(text, ':');
    text = colon ? colon + 1 : text;
    return text + strspn(text, " \t\r\n");
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* By the numbers of winerror.h and wsmerror.h, and by DSP0226's names. */
static int fault(const struct value *body, bool *ret_timed_out, struct soar_err *err)
{
    static const char *const timed_out[] = {"2150858793", "TimedOut", NULL};
    static const char *const denied[] = {"5", "AccessDenied", NULL};
    static const char *const passing[] = {"2150859174",    "2150859173", "QuotaLimit", "Concurrency",
                                          "InternalError", "TimedOut",   "2150858793", NULL};
    const struct value *it = xml_child(body, "Fault");
    const char *const to_subcode[] = {"Code", "Subcode", "Value", NULL};
    const char *const to_reason[] = {"Reason", "Text", NULL};
    const char *const to_wsman[] = {"Detail", "WSManFault", NULL};
    if (it == NULL)
        return soar_err_set(err, SOAR_TRANSIENT, "it answered an error without a fault");
    const char *subcode = local(xml_text(child_at(it, to_subcode)));
    const char *number = attribute(child_at(it, to_wsman), "Code");
    if (ret_timed_out && (is_one_of(number, timed_out) || is_one_of(subcode, timed_out))) {
        *ret_timed_out = true;
        return 0;
    }
    const char *words = xml_text(child_at(it, to_reason));
    words += strspn(words, " \t\r\n");
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    size_t len = strcspn(words, "\r\n");
    text_visible(&shown, words, len < SHOWN_BYTES ? len : SHOWN_BYTES);
    bool no = is_one_of(number, denied) || is_one_of(subcode, denied);
    bool pass = is_one_of(number, passing) || is_one_of(subcode, passing);
    return soar_err_set(err,
                        no     ? SOAR_DENIED
                        : pass ? SOAR_TRANSIENT
                               : SOAR_PERMANENT,
                        "%s%s%s%s%s", subcode, *number ? " " : "", *number ? number : "",
                        shown.len ? ": " : "", buf_string(&shown));
}

/* The body of an answer to our last message; NULL with a reason, or, timed out, without one. */
static const struct value *open_envelope(struct arena *arena, const struct buf *text, long status,
                                         const struct winrm_shell *shell, bool *ret_timed_out,
                                         struct soar_err *err)
{
    struct value *tree = arena_alloc(arena, sizeof *tree);
    const char *const to_relates[] = {"Header", "RelatesTo", NULL};
    if (xml_parse(arena, buf_string(text), text->len, tree, err)) {
        err->class = SOAR_TRANSIENT;
        soar_err_wrap(err, "its answer (HTTP %ld) is no envelope", status);
        return NULL;
    }
    const struct value *body = xml_child(tree, "Body");
    if (strcmp(value_get_string(tree, "name", ""), "Envelope") != 0 || body == NULL) {
        soar_err_set(err, SOAR_TRANSIENT, "its answer (HTTP %ld) is no envelope", status);
        return NULL;
    }
    if (status != 200 || xml_child(body, "Fault")) {
        fault(body, ret_timed_out, err);
        return NULL;
    }
    const char *relates = xml_text(child_at(tree, to_relates));
    if (strcasecmp(local(relates), local(shell->message)) != 0) {
        soar_err_set(err, SOAR_TRANSIENT, "its answer is to another message");
        return NULL;
    }
    return body;
}

static int take_id(char ret_id[WINRM_ID_MAX], const char *id, const char *what, struct soar_err *err)
{
    size_t len = strlen(id);
    if (len == 0 || len >= WINRM_ID_MAX || !text_is_word(id, len))
        return soar_err_set(err, SOAR_TRANSIENT, "it gave no %s", what);
    memcpy(ret_id, id, len + 1);
    return 0;
}

/* <w:SelectorSet><w:Selector Name="ShellId">, in ReferenceParameters of ResourceCreated. */
static const char *shell_selector(const struct value *body)
{
    const char *const to_set[] = {"ResourceCreated", "ReferenceParameters", "SelectorSet", NULL};
    const struct value *children = value_get(child_at(body, to_set), "children");
    for (size_t i = 0; i < value_count(children); i++)
        if (strcmp(attribute(value_at(children, i), "Name"), "ShellId") == 0)
            return xml_text(value_at(children, i));
    return "";
}

int winrm_answer_created(const struct buf *text, long status, struct winrm_shell *shell, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    const struct value *body = open_envelope(arena, text, status, shell, NULL, err);
    return body ? take_id(shell->id, shell_selector(body), "ShellId", err) : -1;
}

int winrm_answer_command(const struct buf *text, long status, struct winrm_shell *shell, struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    const char *const to_id[] = {"CommandResponse", "CommandId", NULL};
    const struct value *body = open_envelope(arena, text, status, shell, NULL, err);
    return body ? take_id(shell->command, xml_text(child_at(body, to_id)), "CommandId", err) : -1;
}

int winrm_answer_plain(const struct buf *text, long status, const struct winrm_shell *shell,
                       struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    return open_envelope(arena, text, status, shell, NULL, err) ? 0 : -1;
}

static int take_stream(const struct value *stream, const struct winrm_shell *shell, struct winrm_output *out,
                       struct winrm_output *errors, struct soar_err *err)
{
    const char *name = attribute(stream, "Name"), *text = xml_text(stream);
    struct winrm_output *to = strcmp(name, "stdout") == 0 ? out : strcmp(name, "stderr") == 0 ? errors : NULL;
    if (to == NULL || strcasecmp(attribute(stream, "CommandId"), shell->command) != 0)
        return soar_err_set(err, SOAR_TRANSIENT, "it answered with another command's output");
    BUF_SCOPED bytes;
    buf_init(&bytes, 0);
    if (base64_decode(&bytes, text, strlen(text), err)) {
        err->class = SOAR_TRANSIENT;
        return soar_err_wrap(err, "output");
    }
    winrm_output_add(to, buf_string(&bytes), bytes.len);
    return 0;
}

static void take_state(const struct value *state, struct winrm_end *end)
{
    const char *text = xml_text(xml_child(state, "ExitCode"));
    char *rest = NULL;
    end->done = strcmp(attribute(state, "State"), STATE "Done") == 0;
    errno = 0;
    end->exit = strtoll(text, &rest, 10);
    end->told = end->done && *text && rest && *rest == '\0' && errno == 0 && end->exit >= INT32_MIN &&
                end->exit <= UINT32_MAX;
}

int winrm_answer_received(const struct buf *text, long status, const struct winrm_shell *shell,
                          struct winrm_output *out, struct winrm_output *errors, struct winrm_end *ret_end,
                          struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    bool timed_out = false;
    const struct value *body = open_envelope(arena, text, status, shell, &timed_out, err);
    *ret_end = (struct winrm_end){0};
    if (body == NULL)
        return timed_out ? 0 : -1;
    const struct value *answer = xml_child(body, "ReceiveResponse"),
                       *children = value_get(answer, "children");
    if (answer == NULL)
        return soar_err_set(err, SOAR_TRANSIENT, "it answered with no ReceiveResponse");
    for (size_t i = 0; i < value_count(children); i++) {
        const struct value *child = value_at(children, i);
        const char *name = value_get_string(child, "name", "");
        if (strcmp(name, "Stream") == 0 && take_stream(child, shell, out, errors, err))
            return -1;
        if (strcmp(name, "CommandState") == 0)
            take_state(child, ret_end);
    }
    return 0;
}
