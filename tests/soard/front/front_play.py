"""soar-front as a test plays with it: this side is soard (the socketpair) and the clients (real sockets on loopback)."""

import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import subprocess
import tempfile
import time

PROGRAM = os.environ.get("SOAR_FRONT", "")
WAIT_S = 30  # for what must come; nothing in a test depends on how much of it is used
SECRET = "a shared secret"
LIMITS = {"connections": 1000, "per_address": 1000, "header_ms": 20000, "body_ms": 20000, "idle_ms": 60000,
          "window": 64, "window_bytes": 1 << 26}


def hmac_auth(**more):
    return {"hmac_sha256": {"secret": SECRET, "header": "X-Signature", "encoding": "hex", "prefix": "sha256=", "timestamp": "X-Time",
                            "separator": ".", "window_ms": 300000, **more}}


def webhook(name, auth, **more):
    return {"name": name, "path": f"/webhook/{name}", "auth": auth, "verify": "", "rate": 100000, "rate_ms": 1000, "body": 65536,
            **more}


def config(*webhooks, limits=None, **more):
    return {"type": "config", "address": "127.0.0.1:0", "proxies": [], "limits": {**LIMITS, **(limits or {})},
            "webhooks": list(webhooks) or [webhook("siem", hmac_auth())], **more}


def sign(body, at=None, secret=SECRET, separator="."):
    at = str(int(time.time()) if at is None else at)
    text = at.encode() + separator.encode() + body
    return {"X-Time": at, "X-Signature": "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def request_bytes(method, path, headers=None, body=None, host="soar.test", version="HTTP/1.1"):
    fields = {"Host": host}
    if body is not None:
        fields.update({"Content-Type": "application/json", "Content-Length": str(len(body))})
    fields.update(headers or {})
    head = f"{method} {path} {version}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items() if v is not None)
    return head.encode("latin-1") + b"\r\n" + (body or b"")


def document(path="/webhook/siem", body=b'{"id":"A-1"}', **headers):
    return request_bytes("POST", path, {**sign(body), **headers}, body)


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body!r}"


class Client:
    """One connection. Reads strictly: what is no answer of HTTP/1.1 fails the test."""

    def __init__(self, port, source=None, tls=None, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), WAIT_S, (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="soar.test")
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def more(self):
        data = self.socket.recv(65536)
        self.got += data
        return len(data) > 0

    def answer(self, headless=False):
        while b"\r\n\r\n" not in self.got:
            if not self.more():
                raise AssertionError(f"closed instead of an answer; got {self.got!r}")
        head, self.got = self.got.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("ascii").split("\r\n")
        assert first.startswith("HTTP/1.1 "), first
        fields = {}
        for line in lines:
            name, value = line.split(": ", 1)
            assert name.lower() not in fields, line
            fields[name.lower()] = value
        status = int(first.split(" ")[1])
        length = 0 if headless else int(fields.get("content-length", "0"))
        while len(self.got) < length:
            assert self.more(), "closed in the middle of an answer"
        body, self.got = self.got[:length], self.got[length:]
        return Answer(status, fields, body)

    def is_closed(self):
        """Waits for the end; anything but the end is an answer that nobody asked for."""
        try:
            more = self.more()
        except ConnectionResetError:
            return True
        assert not more, self.got
        return True


class Message:
    def __init__(self, fields, body):
        self.fields, self.body = fields, body

    def __getattr__(self, name):
        return self.fields[name]


class Front:
    def __init__(self, first=None, program=None):
        self.mine, theirs = socket.socketpair()
        self.mine.settimeout(WAIT_S)
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([program or PROGRAM], stdin=theirs, stdout=theirs, stderr=self.errors)
        theirs.close()
        self.got = b""
        self.counts = None
        self.port = None
        if first is not None:
            self.configure(first)

    def close(self):
        """Its own end, not ours: it must end by itself when its input ends."""
        self.mine.close()
        code = self.process.wait(WAIT_S)
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace")
        self.errors.close()
        return code, said

    def configure(self, first):
        self.send(first)
        ready = self.next("ready")
        self.port = ready.port
        return ready

    def send(self, message, body=None):
        if body is not None:
            message = {**message, "bytes": len(body)}
        self.mine.sendall(json.dumps(message).encode() + b"\n" + (body or b""))

    def read(self, count):
        while len(self.got) < count:
            try:
                data = self.mine.recv(1 << 20)
            except ConnectionResetError:  # it ended with something of ours unread
                data = b""
            if not data:
                raise EOFError(self.process.wait(WAIT_S))
            self.got += data

    def any(self):
        while b"\n" not in self.got:
            self.read(len(self.got) + 1)
        line, self.got = self.got.split(b"\n", 1)
        fields = json.loads(line)
        length = fields.get("bytes", 0)
        self.read(length)
        body, self.got = self.got[:length], self.got[length:]
        return Message(fields, body)

    def next(self, *types):
        """The next message that is no count; counts are kept aside."""
        while True:
            message = self.any()
            if message.type == "count" and "count" not in types:
                self.counts = message.fields
                continue
            assert message.type in types, message.fields
            return message

    def counted(self, fits):
        """Waits until the counts fit."""
        while self.counts is None or not fits(self.counts):
            self.counts = self.next("count").fields
        return self.counts

    def reply(self, message, status, body=b"{}", **more):
        self.send({"type": "answer", "id": message.id, "status": status, **more}, body)

    def state(self, accepting=True, ready=True, why=""):
        self.send({"type": "state", "accepting": accepting, "ready": ready, "why": why})

    def client(self, **more):
        return Client(self.port, **more)

    def ask(self, data, **more):
        """One request on a connection of its own, answered by the front itself."""
        with self.client(**more) as client:
            return client.send(data).answer()

    def accept(self, data, status=202, **more):
        """One request that reaches soard: what soard got, and what the client got."""
        with self.client(**more) as client:
            client.send(data)
            message = self.next("document", "api")
            self.reply(message, status)
            return message, client.answer()


def tls_client(ca=None, cert=None, key=None, **versions):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is not None:
        context.load_verify_locations(ca)
    if cert is not None:
        context.load_cert_chain(cert, key)
    for name, value in versions.items():
        setattr(context, name, value)
    return context
