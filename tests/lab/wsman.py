#!/usr/bin/python3
"""A stand-in of a Windows machine's WinRM: WS-Management (DSP0226, MS-WSMV) over HTTPS, strict in what it takes, with shells that
run what a table says. Debian's pywinrm drives it unchanged (tests/connectors/winrm/pywinrm_test.py). It logs in by Basic, by NTLMv2
and, with a keytab, by Kerberos, under the names that WinRM offers: Basic and Negotiate. It is no Windows: what it says of PowerShell
is what `programs` says, by the digest of the script, so a text that changes is noticed.

    machine = Machine(certificate, key, user="soar", password="...")
    machine.scripts[sha256 of the script] = function(values) -> (stdout bytes, stderr bytes, exit)
    machine.trick = "cut"        see TRICKS
    machine.start(); machine.port; machine.complaints; machine.log; machine.stop()

Use by hand: wsman.py CERTIFICATE KEY PORT USER PASSWORD     (any script answers with its own text)
"""
import base64
import hmac
import http.server
import json
import os
import re
import socket
import ssl
import struct
import sys
import threading
import time
import uuid
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import powershell

S = "{http://www.w3.org/2003/05/soap-envelope}"
A = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
W = "{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}"
P = "{http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd}"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
R = "{" + SHELL + "}"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
ANONYMOUS = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"
STATE = SHELL + "/CommandState/"
COMMAND_LINE_MAX = 8191  # cmd.exe's

TRICKS = """
denied      Create is a fault: access denied           quota       Create is a fault: too many shells
timed-out   the first two Receives say TimedOut        split       each Receive brings three bytes of output
cut-command the connection ends after Command came     cut-send    after the last Send came
cut         the connection ends at the first Receive   hang        the first Receive is never answered
no-exit     Done without an exit code                  endless     output without an end
other       answers relate to another message          large       an answer of a mebibyte
chatter     output before PowerShell's own             foreign     another command's output
dtd         an answer with a document type             status      HTTP 404
short       the last line of what was sent is lost""".split("\n")


def md4(data):
    """RFC 1320; OpenSSL 3 has it no more."""
    rol = lambda x, n: ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF
    data += b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    rounds = [
        (lambda b, c, d: (b & c) | (~b & d), 0, list(range(16)), (3, 7, 11, 19)),
        (lambda b, c, d: (b & c) | (b & d) | (c & d), 0x5A827999, [i // 4 + i % 4 * 4 for i in range(16)], (3, 5, 9, 13)),
        (lambda b, c, d: b ^ c ^ d, 0x6ED9EBA1, [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], (3, 9, 11, 15)),
    ]
    for at in range(0, len(data), 64):
        words = struct.unpack("<16I", data[at : at + 64])
        a, b, c, d = state
        for mix, plus, order, turns in rounds:
            for i in range(16):
                a, b, c, d = d, rol((a + mix(b, c, d) + words[order[i]] + plus) & 0xFFFFFFFF, turns[i % 4]), b, c
        state = [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


class Ntlm:
    """The server's half of NTLMv2 (MS-NLMP) on one connection."""

    def __init__(self, user, password):
        self.user, self.password, self.challenge = user, password, os.urandom(8)

    def answer(self, token):
        """-> (token to send or None, logged in or not)"""
        if token[:8] != b"NTLMSSP\0" or len(token) < 12:
            return None, False
        kind = struct.unpack("<I", token[8:12])[0]
        if kind == 1:
            name = "WIN".encode("utf-16-le")
            info = struct.pack("<HH", 2, len(name)) + name + struct.pack("<HH", 1, len(name)) + name + struct.pack("<HHQ", 7, 8, int((time.time() + 11644473600) * 10**7))
            info += struct.pack("<HH", 0, 0)
            flags = 0x00000001 | 0x00000200 | 0x00008000 | 0x00080000 | 0x00800000 | 0x20000000 | 0x80000000 | 0x00000010 | 0x00010000
            head = b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(name), len(name), 56, flags) + self.challenge + b"\0" * 8
            head += struct.pack("<HHI", len(info), len(info), 56 + len(name)) + struct.pack("<BBHBBBB", 10, 0, 17763, 0, 0, 0, 15)
            return head + name + info, False
        field = lambda at: token[struct.unpack("<I", token[at + 4 : at + 8])[0] :][: struct.unpack("<H", token[at : at + 2])[0]]
        if kind != 3:
            return None, False
        response, domain, user = field(20), field(28).decode("utf-16-le"), field(36).decode("utf-16-le")
        key = hmac.new(md4(self.password.encode("utf-16-le")), (user.upper() + domain).encode("utf-16-le"), "md5").digest()
        proof = hmac.new(key, self.challenge + response[16:], "md5").digest()
        return None, user.lower() == self.user.lower() and hmac.compare_digest(proof, response[:16])


class Kerberos:
    """The server's half of Kerberos by GSSAPI, with the keytab that KRB5_KTNAME names."""

    def __init__(self):
        import gssapi

        self.context = gssapi.SecurityContext(usage="accept")

    def answer(self, token):
        try:
            return self.context.step(token), self.context.complete
        except Exception as e:  # whatever it is, he isn't in
            print("kerberos:", e, file=sys.stderr)
            return None, False


class Fault(Exception):
    def __init__(self, subcode, words, number=None, status=500):
        super().__init__(words)
        self.subcode, self.number, self.status = subcode, number, status


class Cut(Exception):
    pass


class Command:
    def __init__(self, line):
        self.line, self.stdin, self.ended = line, b"", False
        self.out, self.errors, self.exit, self.over, self.receives = b"", b"", None, False, 0


class Machine:
    def __init__(self, certificate, key, user="soar", password="Soar-Secret-1", kerberos=False, port=0, address="127.0.0.1"):
        self.user, self.password, self.kerberos = user, password, kerberos
        self.scripts, self.commands, self.loader = {}, {}, None
        self.trick, self.complaints, self.log, self.shells, self.messages = "", [], [], {}, set()
        self.ways = set()  # how people logged in
        self.lock = threading.Lock()
        self.freed = threading.Event()
        machine = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            logged_in, way = False, None

            def log_message(self, *_):
                pass

            def do_POST(self):
                machine.post(self)

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self.freed.set()
        self.server.shutdown()
        self.server.server_close()

    # ---- HTTP and log-in ---------------------------------------------------------------------------------------------

    def post(self, http):
        length = int(http.headers.get("Content-Length", "0"))
        body = http.rfile.read(length)
        token = self.log_in(http)
        if not http.logged_in:
            offers = ["Negotiate" + (" " + base64.b64encode(token).decode() if token else ""), 'Basic realm="WSMAN"']
            return self.reply(http, 401, b"", [("WWW-Authenticate", o) for o in offers])
        proof = [("WWW-Authenticate", "Negotiate " + base64.b64encode(token).decode())] if token else []
        try:
            if self.trick == "status":
                return self.reply(http, 404, b"not here", proof)
            self.reply(http, 200, self.envelope(http, body), proof)
        except Fault as fault:
            self.reply(http, fault.status, self.fault(fault), proof)
        except Cut:
            http.close_connection = True
            http.connection.shutdown(socket.SHUT_RDWR)

    def log_in(self, http):
        """Sets http.logged_in; gives the token to send back."""
        way, _, rest = http.headers.get("Authorization", "").partition(" ")
        if way == "Basic":
            http.logged_in = base64.b64decode(rest) == f"{self.user}:{self.password}".encode()
            self.ways.add("basic")
        elif way == "Negotiate":
            token = base64.b64decode(rest)
            ntlm = token[:8] == b"NTLMSSP\0"
            if http.way is None or (ntlm and token[8] == 1) or not ntlm:
                http.way = Ntlm(self.user, self.password) if ntlm else Kerberos() if self.kerberos else None
            back, http.logged_in = http.way.answer(token) if http.way else (None, False)
            if http.logged_in:
                self.ways.add("ntlm" if ntlm else "kerberos")
            return back
        elif way:
            self.complain(f"a way to log in that WinRM doesn't offer: {way}")
            http.logged_in = False
        return None

    def reply(self, http, status, body, headers=()):
        http.send_response(status)
        for name, value in headers:
            http.send_header(name, value)
        http.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
        http.send_header("Content-Length", str(len(body)))
        http.end_headers()
        http.wfile.write(body)

    # ---- envelopes -----------------------------------------------------------------------------------------------------

    def complain(self, what):
        with self.lock:
            self.complaints.append(what)

    def need(self, good, what):
        if not good:
            self.complain(what)
            raise Fault("w:SchemaValidationError", what, "2150858817")

    def envelope(self, http, body):
        self.need(http.path == "/wsman", f"path {http.path}")
        kind = http.headers.get("Content-Type", "").replace(" ", "").lower()
        self.need(kind == "application/soap+xml;charset=utf-8", f"Content-Type {kind}")
        self.need(b"<!DOCTYPE" not in body, "a document type")
        try:
            root = ET.fromstring(body)
        except ET.ParseError as e:
            self.need(False, f"no XML: {e}")
        self.need(root.tag == S + "Envelope" and [c.tag for c in root] == [S + "Header", S + "Body"], "not an envelope")
        header, content = root
        one = lambda tag: (lambda found: found[0] if len(found) == 1 else self.need(False, f"{len(found)} of {tag}"))(header.findall(tag))
        must = lambda e: "true" in (e.get(S + "mustUnderstand"), e.get("mustUnderstand"))
        known = {A + n for n in ("To", "ReplyTo", "Action", "MessageID")} | {P + "DataLocale"}
        known |= {W + n for n in ("MaxEnvelopeSize", "Locale", "ResourceURI", "OperationTimeout", "SelectorSet", "OptionSet")}
        self.need({c.tag for c in header} <= known, f"headers {[c.tag for c in header]}")
        self.need(re.match(r"https?://[^/]+/wsman$", one(A + "To").text or ""), "To")
        self.need(one(A + "ReplyTo").findtext(A + "Address") == ANONYMOUS, "ReplyTo")
        size = one(W + "MaxEnvelopeSize")
        self.need(must(size) and 8192 <= int(size.text) <= 512000 and len(body) <= int(size.text), "MaxEnvelopeSize")
        message = one(A + "MessageID").text or ""
        self.need(re.fullmatch(r"uuid:[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", message), "MessageID")
        self.need(message not in self.messages, "a MessageID twice")
        self.messages.add(message)
        uri = one(W + "ResourceURI")
        self.need(must(uri) and uri.text == SHELL + "/cmd", "ResourceURI")
        self.need(re.fullmatch(r"PT[0-9.]{1,9}S", one(W + "OperationTimeout").text or ""), "OperationTimeout")
        action = one(A + "Action")
        self.need(must(action), "Action must be understood")
        selectors = {s.get("Name"): s.text for s in header.findall(W + "SelectorSet/" + W + "Selector")}
        options = {o.get("Name"): o.text for o in header.findall(W + "OptionSet/" + W + "Option")}
        answer = self.act(action.text, selectors, options, content)
        relates = message if self.trick != "other" else "uuid:" + str(uuid.uuid4())
        if self.trick == "large":
            answer += "<x>" + "y" * 1048576 + "</x>"
        head = "<!DOCTYPE s:Envelope>" if self.trick == "dtd" else ""
        return (
            f'{head}<s:Envelope xml:lang="en-US" xmlns:s="{S[1:-1]}" xmlns:a="{A[1:-1]}" xmlns:w="{W[1:-1]}" xmlns:rsp="{SHELL}" '
            f'xmlns:x="{TRANSFER}"><s:Header><a:Action>{action.text}Response</a:Action><a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>'
            f"<a:To>{ANONYMOUS}</a:To><a:RelatesTo>{relates}</a:RelatesTo></s:Header><s:Body>{answer}</s:Body></s:Envelope>"
        ).encode()

    def fault(self, fault):
        detail = ""
        if fault.number:
            space = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
            detail = f'<s:Detail><f:WSManFault xmlns:f="{space}" Code="{fault.number}" Machine="win"><f:Message>{fault}</f:Message></f:WSManFault></s:Detail>'
        return (
            f'<s:Envelope xml:lang="en-US" xmlns:s="{S[1:-1]}" xmlns:w="{W[1:-1]}"><s:Header/><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value>'
            f'<s:Subcode><s:Value>{fault.subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">{fault}</s:Text></s:Reason>{detail}'
            "</s:Fault></s:Body></s:Envelope>"
        ).encode()

    # ---- shells --------------------------------------------------------------------------------------------------------

    def act(self, action, selectors, options, content):
        name = action.rsplit("/", 1)[-1]
        with self.lock:
            self.log.append(name)
        if name == "Create":
            self.need(action == TRANSFER + "/Create" and selectors == {}, "Create")
            return self.create(options, content)
        self.need(action == (TRANSFER if name == "Delete" else SHELL) + "/" + name, f"action {action}")
        self.need(list(selectors) == ["ShellId"], f"selectors {selectors}")
        shell = self.shells.get(selectors["ShellId"])
        if shell is None:
            raise Fault("w:InvalidSelectors", "The shell was not found on the server.", "2150858843")
        if name == "Delete":
            self.need(len(content) == 0, "Delete has a body")
            del self.shells[selectors["ShellId"]]
            return ""
        self.need(len(content) == 1 and name in ("Command", "Send", "Receive", "Signal"), f"action {action}")
        return getattr(self, name.lower())(shell, options, content[0])

    def create(self, options, content):
        if self.trick == "denied":
            raise Fault("w:AccessDenied", "Access is denied.", "5")
        if self.trick == "quota":
            raise Fault("w:QuotaLimit", "The maximum number of concurrent shells for this user has been exceeded.", "2150859174")
        self.need(set(options) <= {"WINRS_NOPROFILE", "WINRS_CODEPAGE"}, f"options {options}")
        self.need(len(content) == 1 and content[0].tag == R + "Shell", "Shell")
        self.need(content[0].findtext(R + "InputStreams") == "stdin", "InputStreams")
        self.need(content[0].findtext(R + "OutputStreams") == "stdout stderr", "OutputStreams")
        name = str(uuid.uuid4()).upper()
        self.shells[name] = {}
        return (
            f"<x:ResourceCreated><a:Address>https://win/wsman</a:Address><a:ReferenceParameters><w:ResourceURI>{SHELL}/cmd</w:ResourceURI>"
            f'<w:SelectorSet><w:Selector Name="ShellId">{name}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>'
            f"<rsp:Shell><rsp:ShellId>{name}</rsp:ShellId></rsp:Shell>"
        )

    def command(self, shell, options, element):
        self.need(element.tag == R + "CommandLine", "CommandLine")
        self.need(options.get("WINRS_SKIP_CMD_SHELL") in ("TRUE", "FALSE") and options.get("WINRS_CONSOLEMODE_STDIN") in ("TRUE", "FALSE"), "options")
        self.need(not shell, "a shell runs one command at a time")
        line = " ".join(e.text or "" for e in element)
        self.need(element[0].tag == R + "Command" and 0 < len(line) <= COMMAND_LINE_MAX, "the command line")
        name = str(uuid.uuid4()).upper()
        shell[name] = Command(line)
        if self.trick == "cut-command":
            raise Cut
        if options["WINRS_CONSOLEMODE_STDIN"] == "TRUE":  # it waits for nothing
            self.run(shell[name])
        return f"<rsp:CommandResponse><rsp:CommandId>{name}</rsp:CommandId></rsp:CommandResponse>"

    def find(self, shell, name):
        command = shell.get(name)
        if command is None:
            raise Fault("w:InvalidParameter", "The command was not found.", "2150858844")
        return command

    def send(self, shell, options, element):
        stream = element[0] if element.tag == R + "Send" and len(element) == 1 else None
        self.need(stream is not None and stream.tag == R + "Stream" and stream.get("Name") == "stdin", "Stream")
        command = self.find(shell, stream.get("CommandId"))
        self.need(not command.ended, "stdin has ended")
        command.stdin += base64.b64decode(stream.text or "", validate=True)
        if stream.get("End") == "true":
            command.ended = True
            if self.trick == "short":
                command.stdin = command.stdin[:-3]
            self.run(command)
            if self.trick == "cut-send":
                raise Cut
        return "<rsp:SendResponse/>"

    def receive(self, shell, options, element):
        wanted = element.find(R + "DesiredStream") if element.tag == R + "Receive" else None
        self.need(wanted is not None and wanted.text == "stdout stderr", "DesiredStream")
        name = wanted.get("CommandId")
        command = self.find(shell, name)
        command.receives += 1
        if self.trick == "cut":
            raise Cut
        if self.trick == "hang":
            self.freed.wait(60)
            raise Cut
        if not command.over or (self.trick == "timed-out" and command.receives <= 2):
            raise Fault("w:TimedOut", "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.", "2150858793")
        if self.trick == "endless":
            command.out = b"for ever and ever, " * 4000
        part = 3 if self.trick == "split" else 65536
        out, command.out = command.out[:part], command.out[part:]
        errors, command.errors = command.errors[:part], command.errors[part:]
        last = not command.out and not command.errors and self.trick != "endless"
        stream = lambda kind, data: f'<rsp:Stream Name="{kind}" CommandId="{name if self.trick != "foreign" else uuid.uuid4()}">{base64.b64encode(data).decode()}</rsp:Stream>'
        answer = (stream("stdout", out) if out else "") + (stream("stderr", errors) if errors else "")
        if last:
            answer += "".join(f'<rsp:Stream Name="{n}" CommandId="{name}" End="true"></rsp:Stream>' for n in ("stdout", "stderr"))
        state = f'<rsp:CommandState CommandId="{name}" State="{STATE}{"Done" if last else "Running"}"'
        code = f"<rsp:ExitCode>{command.exit}</rsp:ExitCode>" if self.trick != "no-exit" else ""
        return f"<rsp:ReceiveResponse>{answer}{state}" + (f">{code}</rsp:CommandState>" if last else "/>") + "</rsp:ReceiveResponse>"

    def signal(self, shell, options, element):
        self.need(element.tag == R + "Signal", "Signal")
        name = element.get("CommandId")
        self.need(element.findtext(R + "Code") == SHELL + "/signal/terminate", "a signal it doesn't know")
        shell.pop(name, None)
        return "<rsp:SignalResponse/>"

    # ---- what runs there -------------------------------------------------------------------------------------------------

    def run(self, command):
        command.over = True
        if command.line in self.commands:
            command.out, command.errors, command.exit = self.commands[command.line]
            return
        words = command.line.split(" ")
        self.need(len(words) > 2 and words[0] == "powershell" and words[-2] == "-EncodedCommand", f"a command that is in no table: {command.line[:200]}")
        command.out, command.errors, command.exit = self.powershell(words[1:-2], words[-1], command.stdin)
        if self.trick == "chatter":
            command.out = b"AutoRun says hello\r\n" * 500 + command.out

    def powershell(self, switches, encoded, stdin):
        self.need(switches == powershell.SWITCHES, f"switches {switches}")
        loader = powershell.digest(powershell.loader_of(encoded))
        self.need(self.loader in (None, loader), f"the loader has changed: {loader}")
        out, errors, code, document = powershell.run(self.scripts, stdin)
        if document and powershell.digest(document["s"]) not in self.scripts and "any" not in self.scripts:
            self.complain(f"a script that is in no table: {powershell.digest(document['s'])}: {document['s'][:300]}")
        return out, errors, code


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    by_hand = Machine(sys.argv[1], sys.argv[2], sys.argv[4], sys.argv[5], port=int(sys.argv[3]))
    by_hand.scripts["any"] = lambda script, values: (f"{script}\r\n{json.dumps(values)}\r\n".encode(), b"", 0)
    by_hand.start()
    print(by_hand.port, flush=True)
    threading.Event().wait()
