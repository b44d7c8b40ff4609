/* The six messages, as pywinrm and winrs write them. Everything that is no constant of ours is escaped, also
 * the ids that the far side gave. */
#include <stdio.h>

#include "connectors/winrm/winrm.h"
#include "connectors/worker/base64.h"
#include "engine/base/text.h"
#include "engine/base/world.h"

#define SHELL    "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"

enum { QUICK_SECONDS = 20 }; /* of what needs no waiting */

static void escaped(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c >= 0x20) /* XML has no way to write the others */
            text_xml(out, c, 1);
}

static void new_message(char ret_id[64])
{
    unsigned char b[16];
    const struct world *world = world_system();
    world->random(world->arg, b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(ret_id, 64, "uuid:%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* Up to what only some have: options and selector. */
static void head(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell,
                 const char *action, int seconds)
{
    new_message(shell->message);
    buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
                  " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
                  " xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\""
                  " xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\""
                  " xmlns:rsp=\"" SHELL "\"><s:Header><a:To>");
    escaped(out, peer->url);
    buf_text(out, "</a:To><a:ReplyTo><a:Address s:mustUnderstand=\"true\">"
                  "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>"
                  "<a:Action s:mustUnderstand=\"true\">");
    buf_printf(out, "%s</a:Action><w:MaxEnvelopeSize s:mustUnderstand=\"true\">%d</w:MaxEnvelopeSize>",
               action, WINRM_ENVELOPE_BYTES);
    buf_printf(out, "<a:MessageID>%s</a:MessageID>", shell->message);
    buf_text(out, "<w:Locale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/>"
                  "<p:DataLocale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/>"
                  "<w:ResourceURI s:mustUnderstand=\"true\">" SHELL "/cmd</w:ResourceURI>");
    buf_printf(out, "<w:OperationTimeout>PT%dS</w:OperationTimeout>", seconds);
    if (shell->id[0]) {
        buf_text(out, "<w:SelectorSet><w:Selector Name=\"ShellId\">");
        escaped(out, shell->id);
        buf_text(out, "</w:Selector></w:SelectorSet>");
    }
}

static void body(struct buf *out)
{
    buf_text(out, "</s:Header><s:Body>");
}

static void end(struct buf *out)
{
    buf_text(out, "</s:Body></s:Envelope>");
}

void winrm_create(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell)
{
    head(out, peer, shell, TRANSFER "/Create", QUICK_SECONDS);
    buf_text(out, "<w:OptionSet><w:Option Name=\"WINRS_NOPROFILE\">TRUE</w:Option>"
                  "<w:Option Name=\"WINRS_CODEPAGE\">65001</w:Option></w:OptionSet>");
    body(out);
    buf_text(out, "<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams>"
                  "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>");
    end(out);
}

void winrm_command(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell,
                   const char *command)
{
    head(out, peer, shell, SHELL "/Command", QUICK_SECONDS);
    buf_text(out, "<w:OptionSet><w:Option Name=\"WINRS_CONSOLEMODE_STDIN\">FALSE</w:Option>"
                  "<w:Option Name=\"WINRS_SKIP_CMD_SHELL\">FALSE</w:Option></w:OptionSet>");
    body(out);
    buf_text(out, "<rsp:CommandLine><rsp:Command>");
    escaped(out, command);
    buf_text(out, "</rsp:Command></rsp:CommandLine>");
    end(out);
}

void winrm_send(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell, const char *bytes,
                size_t len, bool last)
{
    head(out, peer, shell, SHELL "/Send", QUICK_SECONDS);
    body(out);
    buf_text(out, "<rsp:Send><rsp:Stream Name=\"stdin\" CommandId=\"");
    escaped(out, shell->command);
    buf_text(out, last ? "\" End=\"true\">" : "\">");
    base64_encode(out, bytes, len);
    buf_text(out, "</rsp:Stream></rsp:Send>");
    end(out);
}

void winrm_receive(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell, int seconds)
{
    head(out, peer, shell, SHELL "/Receive", seconds);
    body(out);
    buf_text(out, "<rsp:Receive><rsp:DesiredStream CommandId=\"");
    escaped(out, shell->command);
    buf_text(out, "\">stdout stderr</rsp:DesiredStream></rsp:Receive>");
    end(out);
}

void winrm_terminate(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell)
{
    head(out, peer, shell, SHELL "/Signal", QUICK_SECONDS);
    body(out);
    buf_text(out, "<rsp:Signal CommandId=\"");
    escaped(out, shell->command);
    buf_text(out, "\"><rsp:Code>" SHELL "/signal/terminate</rsp:Code></rsp:Signal>");
    end(out);
}

void winrm_delete(struct buf *out, const struct winrm_peer *peer, struct winrm_shell *shell)
{
    head(out, peer, shell, TRANSFER "/Delete", QUICK_SECONDS);
    body(out);
    end(out);
}
