/* Property: an answer is read for what it is to us: an id, output, an end with its exit code; a fault is told
 * by its number and shown in its words; what relates to another message, or is no envelope, is none. Method:
 * texts as WinRM writes them, and those with one thing changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "connectors/winrm/winrm.h"

#define MARK "0123456789abcdef0123456789abcdef"

static struct winrm_shell shell = {.id = "S-1", .command = "C-1", .message = "uuid:AB"};

static void envelope(struct buf *out, const char *relates, const char *body)
{
    buf_init(out, 0);
    buf_printf(
        out,
        "<s:Envelope xmlns:s=\"x\" xmlns:a=\"y\" xmlns:w=\"z\" xmlns:rsp=\"r\" xmlns:t=\"t\"><s:Header>"
        "<a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body>%s</s:Body></s:Envelope>",
        relates, body);
}

static void a_shell_and_a_command(void **state)
{
    (void)state;
    struct winrm_shell made = {.message = "uuid:AB"};
    struct soar_err err = {0};
    BUF_SCOPED created, command, none;
    envelope(
        &created, "uuid:ab",
        "<t:ResourceCreated><a:ReferenceParameters><w:SelectorSet><w:Selector Name=\"Other\">x</w:Selector>"
        "<w:Selector "
        "Name=\"ShellId\">AB-12</w:Selector></w:SelectorSet></a:ReferenceParameters></t:ResourceCreated>");
    assert_int_equal(winrm_answer_created(&created, 200, &made, &err), 0);
    assert_string_equal(made.id, "AB-12");
    envelope(&command, "uuid:AB",
             "<rsp:CommandResponse><rsp:CommandId>C-7</rsp:CommandId></rsp:CommandResponse>");
    assert_int_equal(winrm_answer_command(&command, 200, &made, &err), 0);
    assert_string_equal(made.command, "C-7");
    envelope(&none, "uuid:AB",
             "<rsp:CommandResponse><rsp:CommandId>a b</rsp:CommandId></rsp:CommandResponse>");
    assert_int_equal(winrm_answer_command(&none, 200, &made, &err), -1);
    assert_int_equal(winrm_answer_created(&none, 200, &made, &err), -1);
}

struct got {
    struct winrm_output out, errors;
    struct winrm_end end;
    struct soar_err err;
    int rc;
};

static void receive(struct got *got, const char *body, long status)
{
    BUF_SCOPED text;
    memset(got, 0, sizeof *got);
    winrm_output_init(&got->out, MARK);
    winrm_output_init(&got->errors, MARK);
    envelope(&text, "uuid:AB", body);
    got->rc = winrm_answer_received(&text, status, &shell, &got->out, &got->errors, &got->end, &got->err);
}

static void done(struct got *got)
{
    winrm_output_done(&got->out);
    winrm_output_done(&got->errors);
}

#define STREAM(name, command, text)                                                                          \
    "<rsp:Stream Name=\"" name "\" CommandId=\"" command "\">" text "</rsp:Stream>"
#define ENDED(state, code)                                                                                   \
    "<rsp:CommandState CommandId=\"C-1\" "                                                                   \
    "State=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/" state "\">" code         \
    "</rsp:CommandState>"

static void output_and_end(void **state)
{
    (void)state;
    struct got got;
    /* "MARK\nhi" and "MARK\n" */
    receive(
        &got,
        "<rsp:ReceiveResponse>" STREAM("stdout", "C-1", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYKaGk=")
            STREAM("stderr", "c-1", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYK")
                ENDED("Done", "<rsp:ExitCode>4294967295</rsp:ExitCode>") "</rsp:ReceiveResponse>",
        200);
    assert_int_equal(got.rc, 0);
    assert_true(got.end.done && got.end.told && got.out.begun && got.errors.begun);
    assert_int_equal(got.end.exit, 4294967295);
    assert_string_equal(buf_string(&got.out.text), "hi");
    done(&got);
    static const char *const untold[] = {"", "<rsp:ExitCode></rsp:ExitCode>",
                                         "<rsp:ExitCode>0x1</rsp:ExitCode>",
                                         "<rsp:ExitCode>99999999999</rsp:ExitCode>"};
    for (size_t i = 0; i < sizeof untold / sizeof *untold; i++) {
        char body[1024];
        snprintf(body, sizeof body, "<rsp:ReceiveResponse>" ENDED("Done", "%s") "</rsp:ReceiveResponse>",
                 untold[i]);
        receive(&got, body, 200);
        assert_true(got.rc == 0 && got.end.done && !got.end.told);
        done(&got);
    }
    receive(&got, "<rsp:ReceiveResponse>" ENDED("Running", "") "</rsp:ReceiveResponse>", 200);
    assert_true(got.rc == 0 && !got.end.done);
    done(&got);
}

static void what_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        long status;
        enum soar_class class;
        const char *word;
    } cases[] = {
        {"<rsp:ReceiveResponse>" STREAM("stdout", "C-2", "aGk=") "</rsp:ReceiveResponse>", 200,
         SOAR_TRANSIENT, "another command"},
        {"<rsp:ReceiveResponse>" STREAM("other", "C-1", "aGk=") "</rsp:ReceiveResponse>", 200, SOAR_TRANSIENT,
         "another command"},
        {"<rsp:ReceiveResponse>" STREAM("stdout", "C-1", "a-b") "</rsp:ReceiveResponse>", 200, SOAR_TRANSIENT,
         "base64"},
        {"<x/>", 200, SOAR_TRANSIENT, "no ReceiveResponse"},
        {"<x/>", 500, SOAR_TRANSIENT, "without a fault"},
        {"<s:Fault><s:Code><s:Subcode><s:Value>w:AccessDenied</s:Value></s:Subcode></s:Code></s:Fault>", 500,
         SOAR_DENIED, "AccessDenied"},
        {"<s:Fault><s:Reason><s:Text> No\x1b way\nor so</s:Text></s:Reason></s:Fault>", 500, SOAR_TRANSIENT,
         "no envelope"},
        {"<s:Fault><s:Reason><s:Text> No\xe2\x80\xae way\nor so</s:Text></s:Reason></s:Fault>", 500,
         SOAR_PERMANENT, ": No\\u{202e} way"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct got got;
        receive(&got, cases[i].body, cases[i].status);
        assert_int_equal(got.rc, -1);
        assert_int_equal(got.err.class, cases[i].class);
        if (strstr(got.err.text, cases[i].word) == NULL)
            fail_msg("%zu: %s", i, got.err.text);
        done(&got);
    }
    struct got got;
    receive(&got, "<s:Fault><s:Detail><f:WSManFault xmlns:f=\"f\" Code=\"2150858793\"/></s:Detail></s:Fault>",
            500);
    assert_true(got.rc == 0 && !got.end.done);
    done(&got);
}

static void another_message(void **state)
{
    (void)state;
    struct soar_err err = {0};
    BUF_SCOPED text;
    envelope(&text, "uuid:CD", "");
    assert_int_equal(winrm_answer_plain(&text, 200, &shell, &err), -1);
    assert_non_null(strstr(err.text, "another message"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shell_and_a_command),
        cmocka_unit_test(output_and_end),
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(another_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
