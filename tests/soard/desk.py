"""A soard without a front, asked at its socket: its configuration, its life, soarctl, and bare connections. Its only endpoint is
a port of this machine where nobody listens, so that runs have something to try."""
import json
import os
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.dirname(os.path.abspath(sys.argv[1])) if len(sys.argv) > 1 else os.path.join(ROOT, "build/dev/bin")
SOARD, SOARCTL = os.path.join(BIN, "soard"), os.path.join(BIN, "soarctl")
START_S, ANSWER_S = 30, 60
INVENTORY = "hosts:\n  lab-01: {address: 127.0.0.2, port: 9, os: linux}\n  lab-02: {address: 127.0.0.3, port: 9, os: linux}\n"
PLAYBOOK = "playbook_name: {name}\nactions:\n  - step: isolate\n    action: Isolate_Endpoint\n"


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Desk:
    """A context: soard ends however the test ends."""

    def __init__(self, where, config=""):
        self.where, self.process = where, None
        self.socket = os.path.join(where, "run", "soard.sock")
        self.state = os.path.join(where, "state")
        self.config = os.path.join(where, "soard.yaml")
        self.log = os.path.join(where, "soard.log")
        self.head = f"inventory: inventory.yaml\nstate: state\nsocket: {self.socket}\nplaybooks: [{{dir: playbooks}}]\n"
        write(os.path.join(where, "inventory.yaml"), INVENTORY)
        write(os.path.join(where, "playbooks", "contain.yaml"), PLAYBOOK.format(name="Contain"))
        write(self.config, self.head + config)
        self.environment = {"PATH": os.environ["PATH"], "HOME": where, "TZ": "UTC"}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([SOARD, "--config", self.config], env=self.environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        end = time.monotonic() + START_S
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("soard does not start: " + self.words())
            time.sleep(0.01)
        return self

    def listens(self):
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
        return self.process.returncode if self.process else None

    def words(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def soarctl(self, *words, before=(), where=None):
        """Exit code, standard output, standard error."""
        done = subprocess.run([*before, SOARCTL, *words, *(where or ("--socket", self.socket))], env=self.environment, text=True,
                              capture_output=True, timeout=ANSWER_S, stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr

    def json(self, *words):
        code, out, complaint = self.soarctl(*words, "--json")
        try:
            return code, json.loads(out)
        except ValueError:
            raise RuntimeError(f"soarctl {' '.join(words)}: exit {code}: {out[-500:]}{complaint[-500:]}") from None

    def connect(self):
        one = socket.socket(socket.AF_UNIX)
        one.connect(self.socket)  # waits for its place in the line, which with a timeout it would not
        one.settimeout(ANSWER_S)
        return one

    def say(self, line):
        """Sends these bytes, and returns the documents that come back until soard closes."""
        with self.connect() as one:
            try:
                one.sendall(line)
            except OSError:
                pass  # it had heard enough
            text = b""
            try:
                while piece := one.recv(65536):
                    text += piece
            except ConnectionResetError:
                pass
        return [json.loads(each) for each in text.splitlines()]


class Checks:
    """What a test says; none ends it, so that one run shows all."""

    def __init__(self):
        self.passed = self.failed = 0

    def good(self, good, text, otherwise=""):
        self.passed += bool(good)
        self.failed += not good
        print("ok      " if good else "NOT OK  ", text, "" if good else f": {otherwise!r}")
        return good

    def same(self, want, got, text):
        return self.good(want == got, text, f"{got!r}, expected {want!r}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
