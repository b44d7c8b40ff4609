"""Property: soard keeps its front alive and believes it nothing: one that dies, or breaks the contract, is started again with the
whole configuration; a document is answered once, when it is durable, and the same bytes are answered the same after a kill -9;
what can't be read is refused and not kept. Method: the real soard with a soar-front of ours that passes every line on to this
test, which so plays the front. The playbook's only target is soar's own machine, which is refused, so runs end by themselves.
Usage: front_link_test.py SOARD [unittest options]"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SOARD = os.path.abspath(sys.argv[1])
LIBEXEC = os.path.join(os.path.dirname(SOARD), "../libexec/soar")
LIMIT_S = 60

# Passes on between its standard input and output and the test's socket, until either ends.
RELAY = """\
#!/usr/bin/python3
import os, select, socket, sys
one = socket.socket(socket.AF_UNIX)
one.connect({path!r})
one.sendall(b"%d\\n" % os.getpid())
ends = {{0: lambda data: one.sendall(data), one.fileno(): lambda data: os.write(1, data)}}
while True:
    for fd in select.select(list(ends), [], [])[0]:
        data = os.read(fd, 65536)
        if not data:
            sys.exit(0)
        ends[fd](data)
"""
CONFIG = """\
state: state
inventory: inventory.yaml
playbooks: [{dir: playbooks}]
listen: {address: "127.0.0.1:0"}
webhooks:
  siem: {path: /webhook/siem, format: soar, auth: {bearer: {secret: "file:secret"}}}
"""
INVENTORY = "hosts:\n  soar-01: {address: 127.0.0.1, os: linux, via: ssh, user: root, key: \"file:id\", known_hosts: known_hosts}\n"
PLAYBOOK = """\
playbook_name: Contain
trigger: SIEM_Alert_High_Confidence
actions:
  - step: isolate
    action: Isolate_Endpoint
"""
SECRET = "a secret\nof two \"lines\""


def alert(number, **more):
    return {"id": f"A-{number}", "status": "open", "severity": "critical", "confidence": 95, "rule": {"id": "r", "name": "n"},
            "hosts": [{"name": "soar-01", "os": "linux"}], **more}


class Front:
    """One life of the front, as this test plays it."""

    def __init__(self, server):
        self.socket, _ = server.accept()
        self.socket.settimeout(LIMIT_S)
        self.file = self.socket.makefile("rb")
        self.pid = int(self.file.readline())
        self.next = 100

    def message(self):
        """The next message and its body; None at the end."""
        line = self.file.readline()
        if not line:
            return None
        message = json.loads(line)
        message["body"] = self.file.read(message.get("bytes", 0))
        return message

    def until(self, kind):
        while True:
            message = self.message()
            if message is None or message["type"] == kind:
                return message

    def send(self, message, body=b""):
        self.socket.sendall(json.dumps(message).encode() + b"\n" + body)

    def ready(self):
        """As a front begins: its configuration, then its address."""
        config = self.until("config")
        self.send({"type": "ready", "address": "127.0.0.1", "port": 8443})
        return config

    def document(self, body, source="siem", **more):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.next += 1
        self.send({"type": "document", "id": self.next, "source": source, "request": hashlib.sha256(body).hexdigest(),
                   "sent_ms": 0, "from": "10.0.0.1", "content": "json", "bytes": len(body), **more}, body)
        return self.next

    def post(self, body, **more):
        """Status and answer."""
        number = self.document(body, **more)
        answer = self.until("answer")
        assert answer["id"] == number, answer
        return answer["status"], json.loads(answer["body"]), answer

    def close(self):
        self.file.close()
        self.socket.close()


class FrontLink(unittest.TestCase):
    def setUp(self):
        self.dir_holder = tempfile.TemporaryDirectory(prefix="soard-test.")
        self.dir = self.dir_holder.name
        os.makedirs(self.path("playbooks"))
        os.makedirs(self.path("libexec"))
        for name in os.listdir(LIBEXEC):
            if name != "soar-front":
                os.symlink(os.path.join(LIBEXEC, name), self.path(f"libexec/{name}"))
        for name, text in (("soard.yaml", CONFIG), ("inventory.yaml", INVENTORY), ("playbooks/contain.yaml", PLAYBOOK),
                           ("id", "none\n"), ("known_hosts", ""), ("secret", SECRET),
                           ("libexec/soar-front", RELAY.format(path=self.path("front.sock")))):
            self.write(name, text)
        os.chmod(self.path("libexec/soar-front"), 0o755)
        os.chmod(self.path("secret"), 0o600)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path("front.sock"))
        self.server.listen()
        self.server.settimeout(LIMIT_S)
        self.fronts, self.process = [], None

    def tearDown(self):
        for front in self.fronts:
            front.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.server.close()
        self.dir_holder.cleanup()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def log(self):
        with open(self.path("log"), encoding="utf-8") as file:
            return file.read()

    def start(self):
        environment = {"PATH": os.environ["PATH"], "HOME": self.dir, "SOAR_LIBEXEC": self.path("libexec"),
                       **{name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}}
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen([SOARD, "--config", "soard.yaml"], cwd=self.dir, env=environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def front(self, ready=True):
        front = Front(self.server)
        self.fronts.append(front)
        if ready:
            front.ready()
        return front

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.process.wait(LIMIT_S), 0, self.log())

    def wait_log(self, text, count=1):
        end = time.monotonic() + LIMIT_S
        while self.log().count(text) < count:
            self.assertLess(time.monotonic(), end, f"{text!r} is not in the log:\n{self.log()}")
            time.sleep(0.01)

    def test_configuration(self):
        self.start()
        front = self.front(ready=False)
        config = front.ready()
        hook = config["webhooks"][0]
        self.assertEqual(hook["auth"], {"bearer": {"secret": SECRET}})
        self.assertEqual((hook["name"], hook["path"]), ("siem", "/webhook/siem"))
        self.assertTrue(front.until("state")["accepting"])
        self.wait_log("webhooks are served at http://127.0.0.1:8443")
        self.stop()
        self.assertNotIn("of two", self.log())
        self.assertIn("drain", [front.until("drain")["type"]])

    def test_answers(self):
        self.start()
        front = self.front()
        status, answer, raw = front.post(alert(1))
        self.assertEqual((status, raw.get("repeated")), (202, None), answer)
        self.assertEqual(answer["alerts"][0]["started"][0]["playbook"], "Contain")
        first = answer
        status, answer, raw = front.post(alert(1))
        self.assertEqual((status, answer, raw["repeated"]), (202, first, True))
        self.wait_log("run ended: ")
        status, answer, _ = front.post(alert(2, severity="low"))
        self.assertEqual((status, answer["alerts"][0]["runs"]), (202, []))
        self.assertIn("does not hold", answer["alerts"][0]["not"][0]["why"])
        status, answer, _ = front.post([alert(3), alert(4, status="no such"), alert(5)])
        self.assertEqual([(len(a["runs"]), "refused" in a) for a in answer["alerts"]], [(1, False), (0, True), (1, False)])
        self.process.kill()
        self.process.wait()
        self.start()
        status, answer, raw = self.front().post(alert(1))
        self.assertEqual((status, answer, raw["repeated"]), (202, first, True), "after a kill -9")
        self.stop()

    def test_refused(self):
        self.start()
        front = self.front()
        for body, status in ((b"{", 400), (b"\xff", 400), (b"17", 422), (b'{"id": 5}', 422), ([alert(1, status="no such")], 422)):
            got, answer, raw = front.post(body)
            self.assertEqual((got, raw["content"]), (status, "application/problem+json"), (body, answer))
            self.assertEqual(answer["status"], status)
        self.assertEqual(front.post(alert(2), source="nobody")[0], 404)
        self.assertEqual(front.post(b"[]")[:2], (202, {"alerts": []}))
        front.send({"type": "api", "id": 7, "method": "GET", "path": "/api/v1/nothing", "query": "", "token": "", "from": "::1",
                    "content": "", "bytes": 0})
        self.assertIn(front.until("answer")["status"], (401, 404))
        self.stop()

    def test_many_at_once(self):
        """All of them wait for the same few syncs; each gets its own answer."""
        self.start()
        front = self.front()
        numbers = {front.document(alert(n)): n for n in range(200)}
        runs = set()
        for _ in range(200):
            answer = front.until("answer")
            self.assertEqual(answer["status"], 202)
            del numbers[answer["id"]]
            runs.update(json.loads(answer["body"])["alerts"][0]["runs"])
        self.assertEqual((numbers, len(runs)), ({}, 200))
        self.stop()

    def test_dies(self):
        self.start()
        front = self.front()
        os.kill(front.pid, signal.SIGKILL)
        front = self.front()  # it comes again
        self.assertEqual(front.post(alert(1))[0], 202)
        self.wait_log("it is started again in 1 s")
        self.stop()

    def test_breaches(self):
        breaches = [b"hello\n", b"{}\n", b'{"type": "answer"}\n', b"x" * (1024 * 1024 + 2),
                    b'{"type": "document", "id": 1, "source": "siem", "request": "short", "sent_ms": 0, "from": "", '
                    b'"content": "json", "bytes": 0}\n',
                    b'{"type": "document", "id": 1, "source": "siem", "request": "' + b"0" * 64 + b'", "sent_ms": 0, "from": "", '
                    b'"content": "json", "bytes": 99999999999}\n']
        for breach in breaches[:3] if "--quick" in sys.argv else breaches:
            with self.subTest(breach=breach[:80]):
                self.start()
                front = self.front()
                try:
                    front.socket.sendall(breach)
                except OSError:
                    pass
                self.assertEqual(self.front().post(alert(1))[0], 202)
                self.stop()

    def test_noise(self):
        """What it says on its standard error is told, and doesn't fill the log."""
        noisy = RELAY.format(path=self.path("front.sock")).replace("ends = ", "os.write(2, b'a word\\n' * 9000)\nends = ")
        self.write("libexec/soar-front", noisy)
        self.start()
        self.assertEqual(self.front().post(alert(1))[0], 202)
        os.kill(self.fronts[-1].pid, signal.SIGKILL)
        self.assertEqual(self.front().post(alert(2))[0], 202)
        self.wait_log("more lines of it were left out")
        self.assertIn("front: a word", self.log())
        self.assertLess(self.log().count("front: a word"), 1000)
        self.stop()

    def test_reload(self):
        """A good one is used by the next document; a bad one changes nothing; a playbook with a mistake is left out, alone."""
        self.start()
        front = self.front()
        names = lambda number: [s["playbook"] for s in front.post(alert(number))[1]["alerts"][0]["started"]]
        self.assertEqual(names(1), ["Contain"])
        self.write("playbooks/second.yaml", PLAYBOOK.replace("Contain", "Second"))
        self.write("secret", "another")
        self.process.send_signal(signal.SIGHUP)
        self.assertEqual(front.until("config")["webhooks"][0]["auth"], {"bearer": {"secret": "another"}})
        self.assertEqual(sorted(names(2)), ["Contain", "Second"])
        self.write("playbooks/contain.yaml", PLAYBOOK.replace("action: ", "actoin: "))
        self.process.send_signal(signal.SIGHUP)
        front.until("config")
        self.assertEqual(names(3), ["Second"])
        self.assertIn("playbooks/contain.yaml:", self.log())
        self.assertIn("did you mean", self.log())
        for text in (CONFIG.replace("format: soar", "format: saor"), CONFIG + "nonsense: [\n", CONFIG.replace("file:secret", "file:gone")):
            count = self.log().count("the old configuration stays in force")
            self.write("soard.yaml", text)
            self.process.send_signal(signal.SIGHUP)
            self.wait_log("the old configuration stays in force", count + 1)
            self.assertEqual(names(10 + count), ["Second"])
        self.assertIsNone(self.process.poll())
        self.stop()

    def test_listen_comes_and_goes(self):
        listen = 'listen: {address: "127.0.0.1:0"}\n'
        self.write("soard.yaml", CONFIG.replace(listen, ""))
        self.start()
        self.wait_log("ready: ")
        self.write("soard.yaml", CONFIG)
        self.process.send_signal(signal.SIGHUP)
        front = self.front()
        self.assertEqual(front.post(alert(1))[0], 202)
        self.write("soard.yaml", CONFIG.replace(listen, ""))
        self.process.send_signal(signal.SIGHUP)
        self.assertIsNone(front.until("nothing more"))
        self.stop()

    def test_never_ready(self):
        """A front that says why it can't serve: soard says so, too, and goes on trying."""
        self.start()
        front = self.front(ready=False)
        front.until("config")
        front.send({"type": "failed", "why": "127.0.0.1:8443: Address already in use"})
        self.wait_log("no webhooks are served: 127.0.0.1:8443: Address already in use")
        front.close()
        self.assertEqual(self.front().post(alert(1))[0], 202)
        self.stop()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
