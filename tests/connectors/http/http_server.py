"""What the tests of soar-http share: certificates of their own, a server that can be as bad as it is told to, and the worker
held as the engine holds it."""

import json
import os
import socket
import ssl
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))


class Certificates:
    """An authority, a server it vouches for (127.0.0.1, localhost), one out of date, one of another name, one of another
    authority, a client; each as NAME.pem and NAME.key in a directory."""

    def __init__(self, directory):
        self.directory = directory
        for authority in ("ca", "other-ca"):
            self._openssl("req", "-x509", *self._key(authority), "-days", "2", "-subj", "/CN=" + authority, "-out", self.path(authority))
        here = "subjectAltName=IP:127.0.0.1,DNS:localhost"
        self._issue("server", here)
        self._issue("expired", here, days="-1")
        self._issue("misnamed", "subjectAltName=DNS:elsewhere.example")
        self._issue("foreign", here, authority="other-ca")
        self._issue("client", "extendedKeyUsage=clientAuth")
        self._issue("stranger", "extendedKeyUsage=clientAuth", authority="other-ca")

    def path(self, name, kind="pem"):
        return f"{self.directory}/{name}.{kind}"

    def text(self, name, kind="pem"):
        with open(self.path(name, kind), encoding="ascii") as f:
            return f.read()

    def _key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path(name, "key")]

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def _issue(self, name, extension, authority="ca", days="2"):
        with open(self.path(name, "ext"), "w", encoding="ascii") as f:
            f.write(extension)
        self._openssl("req", *self._key(name), "-subj", "/CN=" + name, "-out", self.path(name, "csr"))
        self._openssl("x509", "-req", "-in", self.path(name, "csr"), "-CA", self.path(authority), "-CAkey", self.path(authority, "key"),
                      "-days", days, "-extfile", self.path(name, "ext"), "-out", self.path(name))


class Request:
    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, self.version = lines[0].split(" ")
        self.path, _, self.query = self.target.partition("?")
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            assert name.lower() not in self.headers, f"{name} twice"
            self.headers[name.lower()] = value.strip()
        self.body = body


def answer(status=200, body=b"", **headers):
    """The bytes of a plain answer. A body that is no bytes becomes JSON."""
    if not isinstance(body, (bytes, str)):
        body, headers = json.dumps(body), {"content_type": "application/json", **headers}
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Server:
    """Each connection has a thread; `handler(request, connection)` gives bytes to answer with, None after it has done all
    itself. `requests` is what came, `connections` how many connections were taken."""

    def __init__(self, handler, certificates=None, name="server", client=False, tls=True, greet=None):
        self.handler, self.requests, self.connections, self.closed, self.greet = handler, [], 0, 0, greet
        self.lock = threading.Condition()
        self.context = None
        if tls:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificates.path(name), certificates.path(name, "key"))
            if client:
                self.context.verify_mode = ssl.CERT_REQUIRED
                self.context.load_verify_locations(certificates.path("ca"))
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain):
        with self.lock:
            self.connections += 1
        connection = plain
        try:
            if self.greet and self.greet(plain):
                return
            if self.context:
                connection = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
                self._handshake(connection)
            left = b""
            while True:
                request, left = self._read(connection, left)
                if request is None:
                    return
                with self.lock:
                    self.requests.append(request)
                said = self.handler(request, connection)
                if said is None:
                    return
                connection.sendall(said)
        except (OSError, ssl.SSLError):
            pass
        finally:
            # without shutdown(): a reader in between would keep it open
            connection.close()
            with self.lock:
                self.closed += 1
                self.lock.notify_all()

    def wait_closed(self, count):
        """Until so many connections are gone: on loopback the other side has heard of it then."""
        with self.lock:
            assert self.lock.wait_for(lambda: self.closed >= count, 20), "a connection is still open"

    @staticmethod
    def _handshake(connection):
        """What it refuses it says in an alert; closed with bytes unread, that alert would be lost."""
        try:
            connection.do_handshake()
        except ssl.SSLError:
            raw = socket.socket(fileno=connection.detach())
            raw.settimeout(5)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(65536):
                pass
            raw.close()
            raise

    @staticmethod
    def _read(connection, data):
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        length = int(Request(head, b"").headers.get("content-length", 0))
        while len(data) < length:
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        return Request(head, data[:length]), data[length:]


everything = []  # each byte that a worker gave: what must not be in it is looked for at the end


class Worker:
    """One soar-http. call() gives the answer's line, with what it said before in `said` and its seconds in `took`."""

    def __init__(self, program, peer, secrets=None, mode="all", env=None):
        self.secrets, self.number = secrets or {}, 0
        self.answers, self.said, self.arrived = {}, {}, threading.Condition()
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env or {})
        self._write({"peer": peer, "mode": mode})
        line = self.process.stdout.readline()
        everything.append(line)
        self.hello = json.loads(line)["hello"]
        threading.Thread(target=self._read, daemon=True).start()

    def _write(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def _read(self):
        for line in self.process.stdout:
            everything.append(line)
            line = json.loads(line)
            with self.arrived:
                kind = next(iter(line))
                self.said.setdefault(line[kind], []).append(kind)
                if kind == "answer":
                    line["at"] = time.monotonic()
                    self.answers[line["answer"]] = line
                self.arrived.notify_all()
        with self.arrived:
            self.answers["end"] = True
            self.arrived.notify_all()

    def begin(self, function, left_ms=10000, secrets=None, **args):
        self.number += 1
        self._write({"call": self.number, "function": function, "left_ms": left_ms, "args": args,
                     "secrets": self.secrets if secrets is None else secrets})
        return self.number

    def drop(self, number):
        self._write({"drop": number})

    def wait(self, number, seconds=60):
        with self.arrived:
            assert self.arrived.wait_for(lambda: number in self.answers or "end" in self.answers, seconds), "no answer"
            line = self.answers.get(number, {"class": None, "why": "the worker died", "result": None})
            line["said"] = self.said.get(number, [])
            return line

    def call(self, function, **more):
        began = time.monotonic()
        line = self.wait(self.begin(function, **more))
        line["took"] = time.monotonic() - began
        return line

    def read(self, path="/", **more):
        return self.call("http.read", path=path, **more)

    def send(self, path="/", method="POST", **more):
        return self.call("http.send", path=path, method=method, **more)

    def remembers(self, texts):
        """Which of the texts stand in the worker's memory; None if nobody may look, or a sanitizer keeps what was freed."""
        found = set()
        try:
            with open(f"/proc/{self.process.pid}/maps", encoding="ascii") as maps, open(f"/proc/{self.process.pid}/mem", "rb", 0) as memory:
                for line in maps.read().splitlines():
                    span, rights = line.split()[:2]
                    start, end = (int(part, 16) for part in span.split("-"))
                    if "asan" in line or end - start > 1 << 36:
                        return None
                    if "w" in rights:
                        memory.seek(start)
                        data = memory.read(end - start)
                        found |= {text for text in texts if text.encode() in data}
        except OSError:
            return None
        return found

    def close(self):
        self.process.stdin.close()
        errors = self.process.stderr.read()
        everything.append(errors)
        return self.process.wait(20), errors


class Checks:
    def __init__(self):
        self.failures, self.count = [], 0

    def __call__(self, good, what, seen=""):
        self.count += 1
        if not good:
            self.failures.append(what)
            print(f"NOT OK   {what}: {str(seen)[:600]}", flush=True)

    def end(self):
        print(f"{self.count} checks, {len(self.failures)} failed")
        return 1 if self.failures else 0
