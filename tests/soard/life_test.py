"""Property: soard takes signed alerts over HTTP and loses none that it answered: not by kill -9, a full disk, a reload or a stop;
its mistakes at start name the file and what to do; a service manager hears what it is at. Method: the real soard with its real
front on loopback, one state directory per test. The playbook's only target is soar's own machine, which is refused, so that runs
end by themselves. The full disk is a limit on the size of files, set and lifted from outside.
Usage: life_test.py SOARD [unittest options]"""

import hashlib
import hmac
import http.client
import json
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOARD = os.path.abspath(sys.argv[1])
LIMIT_S = 60
SECRET = "a-secret"
CONFIG = """\
state: state
inventory: inventory.yaml
playbooks: [{dir: playbooks}]
listen: {address: "127.0.0.1:0"}
webhooks:
  siem: {path: /webhook/siem, format: soar, auth: {hmac_sha256: {secret: "env:SIEM", header: X-Soar-Signature, timestamp: X-Soar-Timestamp}}}
"""
INVENTORY = "hosts:\n  soar-01: {address: 127.0.0.1, os: linux, via: ssh, user: root, key: \"file:id\", known_hosts: known_hosts}\n"
PLAYBOOK = """\
playbook_name: Contain
trigger: SIEM_Alert_High_Confidence
actions:
  - step: isolate
    action: Isolate_Endpoint
"""


def alert(number):
    return json.dumps({"id": f"A-{number}", "status": "open", "severity": "critical", "confidence": 95,
                       "rule": {"id": "r", "name": "n"}, "hosts": [{"name": "soar-01", "os": "linux"}]}).encode()


def signed(body):
    at = str(int(time.time()))
    mac = hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Soar-Timestamp": at, "X-Soar-Signature": mac}


class Life(unittest.TestCase):
    def setUp(self):
        self.dir_holder = tempfile.TemporaryDirectory(prefix="soard-test.")
        self.dir = self.dir_holder.name
        os.makedirs(self.path("playbooks"))
        for name, text in (("soard.yaml", CONFIG), ("inventory.yaml", INVENTORY), ("playbooks/contain.yaml", PLAYBOOK),
                           ("id", "none\n"), ("known_hosts", "")):
            self.write(name, text)
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.dir, "SIEM": SECRET}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "SOAR_LIBEXEC"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.process, self.lives = None, 0

    def tearDown(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process:
            self.reader.join()
        self.dir_holder.cleanup()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def log(self):
        """Of this life."""
        with open(self.path(f"log{self.lives}"), encoding="utf-8") as file:
            return file.read()

    def start(self, ready=True):
        self.lives += 1
        self.process = subprocess.Popen([SOARD, "--config", "soard.yaml"], cwd=self.dir, env=self.environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
        # Through a pipe: the limit of test_full_disk is not the log's.
        self.reader = threading.Thread(target=self.read_log, args=(self.process.stdout, self.path(f"log{self.lives}")))
        self.write(f"log{self.lives}", "")
        self.reader.start()
        self.port = int(self.wait_log(r"served at http://127\.0\.0\.1:(\d+)").group(1)) if ready else 0

    @staticmethod
    def read_log(pipe, path):
        with pipe, open(path, "wb", buffering=0) as log:
            for line in pipe:
                log.write(line)

    def wait_log(self, pattern):
        end = time.monotonic() + LIMIT_S
        while True:
            found = re.search(pattern, self.log())
            if found:
                return found
            self.assertLess(time.monotonic(), end, f"{pattern!r} is not in the log:\n{self.log()}")
            time.sleep(0.01)

    def request(self, method, path, body=None, headers=None):
        one = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        try:
            one.request(method, path, body=body, headers=headers or {})
            answer = one.getresponse()
            text = answer.read()
        finally:
            one.close()
        return answer.status, json.loads(text), answer

    def post(self, body, headers=None):
        return self.request("POST", "/webhook/siem", body, headers or signed(body))[:2]

    def wait_post(self, body, status):
        end = time.monotonic() + LIMIT_S
        while True:
            got, answer = self.post(body)
            if got == status:
                return answer
            self.assertLess(time.monotonic(), end, (got, answer, self.log()))
            time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(LIMIT_S)
        self.reader.join()
        self.assertEqual(code, 0, self.log())

    def call(self, *words):
        done = subprocess.run([SOARD, *words], cwd=self.dir, env=self.environment, stdin=subprocess.DEVNULL, timeout=LIMIT_S,
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def kinds(self):
        with sqlite3.connect(f"file:{self.path('state')}/journal.db?mode=ro", uri=True) as db:
            return [kind for kind, in db.execute("SELECT kind FROM event ORDER BY seq")]

    def test_signed(self):
        self.start()
        body = alert(1)
        headers = signed(body)
        status, first = self.post(body, headers)
        self.assertEqual((status, len(first["alerts"][0]["runs"])), (202, 1), first)
        self.assertEqual(self.post(body, {**headers, "X-Soar-Signature": "0" * 64})[0], 401)
        self.assertEqual(self.post(b"{", signed(b"{"))[0], 400)
        self.process.kill()
        self.process.wait()
        self.start()
        self.assertEqual(self.post(body, headers), (202, first), "the same bytes after a kill -9")
        self.assertEqual(self.request("GET", "/readyz")[0], 200)
        self.stop()
        kinds = self.kinds()
        self.assertEqual((kinds.count("alert.received"), kinds.count("run.started"), kinds.count("run.ended")), (1, 1, 1))
        self.assertEqual(kinds[-1], "engine.stopped")

    def test_reload(self):
        self.start()
        self.environment["SIEM"] = "not for a process that runs already"
        self.write("soard.yaml", CONFIG.replace("/webhook/siem", "/webhook/other"))
        self.process.send_signal(signal.SIGHUP)
        self.wait_log("reloaded by SIGHUP")
        body = alert(1)
        end = time.monotonic() + LIMIT_S
        while self.request("POST", "/webhook/other", body, signed(body))[0] != 202:
            self.assertLess(time.monotonic(), end)
        self.assertEqual(self.post(body)[0], 404)
        self.write("soard.yaml", CONFIG + "webhoks: {}\n")
        self.process.send_signal(signal.SIGHUP)
        self.wait_log("the old configuration stays in force")
        self.wait_log(r"soard\.yaml:\d+:\d+: .*webhoks")
        self.assertEqual(self.request("POST", "/webhook/other", body, signed(body))[0], 202)
        self.stop()
        self.assertEqual(self.kinds().count("site.loaded"), 2)

    def test_full_disk(self):
        """What can't be written is not answered 202; when there is room again it goes on, and all it answered is there."""
        self.start()
        answered = [self.post(alert(0))[1]["alerts"][0]["id"]]
        unlimited = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        waiting = []
        thread = threading.Thread(target=lambda: waiting.append(self.post(alert(1))))
        thread.start()
        self.wait_log("alerts are answered 503")
        self.assertEqual(self.post(alert(2))[0], 503)
        self.assertEqual(self.request("GET", "/readyz")[0], 503)
        self.assertEqual(self.request("GET", "/healthz")[0], 200)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, unlimited)
        answered.append(self.wait_post(alert(3), 202)["alerts"][0]["id"])
        thread.join()
        if waiting[0][0] == 202:
            answered.append(waiting[0][1]["alerts"][0]["id"])
        self.assertIn(waiting[0][0], (202, 503))
        self.stop()
        with sqlite3.connect(f"file:{self.path('state')}/journal.db?mode=ro", uri=True) as db:
            kept = [json.loads(body)["alert"] for body, in db.execute("SELECT body FROM event WHERE kind = 'alert.received'")]
        self.assertEqual(sorted(kept), sorted(answered))

    def test_second_one(self):
        self.start()
        code, said = self.call("--config", "soard.yaml")
        self.assertEqual(code, 1, said)
        self.assertIn(f"in use by process {self.process.pid}", said)
        self.assertEqual(self.post(alert(1))[0], 202, "the first goes on")
        self.stop()

    def test_mistakes(self):
        """Each names its file, and where in it."""
        for name, text, expected in (
                ("soard.yaml", CONFIG + "webhoks: {}\n", r"soard\.yaml:\d+:\d+: .*webhoks"),
                ("soard.yaml", CONFIG.replace("format: soar", "format: saor"), r"soard\.yaml:\d+:\d+: .*saor"),
                ("soard.yaml", CONFIG.replace("playbooks}", "gone}"), r"gone"),
                ("inventory.yaml", "hosts: 7\n", r"inventory\.yaml:1:\d+: "),
                ("inventory.yaml", None, r"inventory\.yaml")):
            with self.subTest(expected=expected):
                for good, content in (("soard.yaml", CONFIG), ("inventory.yaml", INVENTORY)):
                    self.write(good, content)
                if text is None:
                    os.unlink(self.path(name))
                else:
                    self.write(name, text)
                for words in (("--config", "soard.yaml", "--check"), ("--config", "soard.yaml")):
                    code, said = self.call(*words)
                    self.assertEqual(code, 2, said)
                    self.assertRegex(said, expected)
        self.write("soard.yaml", CONFIG)
        self.write("inventory.yaml", INVENTORY)
        self.assertEqual(self.call("--config", "soard.yaml", "--check")[0], 0)
        del self.environment["SIEM"]
        code, said = self.call("--config", "soard.yaml")
        self.assertNotEqual(code, 0)
        self.assertRegex(said, "webhook siem.*SIEM")
        self.assertEqual(self.call()[0], 2)
        self.assertEqual(self.call("--version")[0], 0)

    def test_broken_playbook(self):
        """One bad file doesn't disarm the others; --check tells it."""
        self.write("playbooks/bad.yaml", PLAYBOOK.replace("Contain", "Bad").replace("action: ", "actoin: "))
        code, said = self.call("--config", "soard.yaml", "--check")
        self.assertEqual(code, 2)
        self.assertRegex(said, r"bad\.yaml:\d+:\d+: .*actoin")
        self.start()
        status, answer = self.post(alert(1))
        self.assertEqual((status, [s["playbook"] for s in answer["alerts"][0]["started"]]), (202, ["Contain"]))
        self.assertRegex(self.log(), r"bad\.yaml:\d+:\d+: .*actoin")
        self.stop()
        self.assertIn("site.loaded", self.kinds())

    def test_service_manager(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"soard-test-{os.getpid()}"
        manager.bind("\0" + name)
        manager.settimeout(LIMIT_S)
        self.environment.update(NOTIFY_SOCKET="@" + name, WATCHDOG_USEC="400000")
        self.start()
        heard = {}
        seen = []
        while "WATCHDOG" not in heard:
            seen.append(manager.recv(4096).decode())
            heard.update(line.split("=", 1) for line in seen[-1].splitlines())
        self.assertTrue(any("READY=1" in one for one in seen), seen)
        self.process.send_signal(signal.SIGHUP)
        while "RELOADING" not in heard:
            heard.update(line.split("=", 1) for line in manager.recv(4096).decode().splitlines())
        self.assertGreater(int(heard["MONOTONIC_USEC"]), 0)
        while "READY=1" not in manager.recv(4096).decode():
            pass
        self.stop()
        while "STOPPING" not in heard:
            heard.update(line.split("=", 1) for line in manager.recv(4096).decode().splitlines())
        manager.close()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
