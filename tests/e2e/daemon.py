"""A real soard with its front, for tests: its configuration, its life, and a client that signs. The port is chosen before, so
that a soard that was killed comes back where its clients look for it."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SOAR_BUILD", os.path.join(ROOT, "build/dev"))
SOARD = os.path.join(BUILD, "bin/soard")
SOARCTL = os.path.join(BUILD, "bin/soarctl")
READY_S = 20
ANSWER_S = 30


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def certificate(where):
    """A key and a self-signed certificate for 127.0.0.1."""
    key, cert = os.path.join(where, "tls.key"), os.path.join(where, "tls.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=soar-test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return key, cert


def signed(secret, body, at=None):
    at = str(int(time.time()) if at is None else at)
    mac = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Soar-Timestamp": at, "X-Soar-Signature": mac}


def basic(user, password):
    return {"Content-Type": "application/json",
            "Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Soard:
    """One state directory and one configuration, any number of lives. A context: it ends however the test ends."""

    def __init__(self, where, config, secrets, tls=False, environment=None):
        self.where, self.port = where, free_port()
        self.process, self.lives = None, 0
        os.makedirs(where, exist_ok=True)
        self.log = os.path.join(where, "soard.log")
        self.state = os.path.join(where, "state")
        listen = f'listen: {{address: "127.0.0.1:{self.port}"'
        self.context = None
        if tls:
            key, cert = certificate(where)
            listen += f", tls: {{cert: {cert}, key: \"file:{key}\"}}"
            self.context = ssl.create_default_context(cafile=cert)
        self.config = os.path.join(where, "soard.yaml")
        self.write(config, listen + "}\n")
        self.environment = {"PATH": os.environ["PATH"], "HOME": where, "TZ": "UTC", **secrets, **(environment or {})}

    def write(self, config, listen=None):
        """The configuration anew: what the daemon reads at its start, or on SIGHUP."""
        self.listen = listen or self.listen
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"state: {self.state}\n{self.listen}{config}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, ready=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([SOARD, "--config", self.config], env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        self.lives += 1
        if ready:
            self.wait_ready()
        return self

    def wait_ready(self):
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"soard ended with {self.process.returncode}: {self.last_words()}")
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            except http.client.HTTPException:
                pass
            time.sleep(0.005)
        raise RuntimeError(f"soard is not ready in {READY_S} s: {self.last_words()}")

    def last_words(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:]

    def kill(self):
        """As a power cut would, but for the disk."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode if self.process else None

    def connection(self):
        if self.context:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=ANSWER_S, context=self.context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)

    def request(self, method, path, body=None, headers=None, connection=None):
        """Status, headers, body: JSON if it is."""
        one = connection or self.connection()
        try:
            try:
                one.request(method, path, body=body, headers=headers or {})
            except (BrokenPipeError, ConnectionResetError):
                if one.sock is None:
                    raise  # there was no connection yet
                # refused before all of it was sent: the answer says why
            answer = one.getresponse()
            text = answer.read()
        finally:
            if not connection:
                one.close()
        try:
            return answer.status, answer.headers, json.loads(text)
        except ValueError:
            return answer.status, answer.headers, text.decode(errors="replace")

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def post(self, path, alert, secret, connection=None, at=None):
        body = alert if isinstance(alert, bytes) else json.dumps(alert).encode()
        return self.request("POST", path, body, signed(secret, body, at), connection)

    def ask(self, *words, code=None):
        """soarctl about this soard's record: its answer."""
        done = subprocess.run([SOARCTL, *words, "--config", self.config, "--json"], env=self.environment, capture_output=True,
                              text=True, timeout=120, stdin=subprocess.DEVNULL, check=False)
        if code is not None and done.returncode != code:
            raise RuntimeError(f"soarctl {' '.join(words)}: exit {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise RuntimeError(f"soarctl {' '.join(words)}: exit {done.returncode}: {done.stderr[-500:]}") from None


def alert(number, *hosts, **more):
    return {"id": f"A-{number}", "status": "open", "severity": "critical", "confidence": 95, "user_id": "jdoe",
            "rule": {"id": "psexec-chain", "name": "Lateral movement"},
            "hosts": [{"name": host, "os": "linux"} for host in hosts], **more}


def record(state):
    """Events of the record, read past soar while nobody has it open: a list of (run, kind, body)."""
    import sqlite3  # pylint: disable=import-outside-toplevel
    with sqlite3.connect(f"file:{state}/journal.db?mode=ro", uri=True) as db:
        return [(run, kind, json.loads(body)) for run, kind, body in db.execute("SELECT run, kind, body FROM event ORDER BY seq")]


class Checks:
    """What a test says; none ends it, so that one run shows all."""

    def __init__(self):
        self.passed = self.failed = 0

    def expect(self, good, text, otherwise=""):
        if good:
            self.passed += 1
            print("ok      ", text)
        else:
            self.failed += 1
            print("NOT OK  ", text, f": {otherwise}" if otherwise != "" else "")
        return good

    def same(self, want, got, text):
        return self.expect(want == got, text, f"{got!r}, expected {want!r}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
