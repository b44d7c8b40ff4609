#!/usr/bin/python3
"""Property: what is collected is whole or said to be partial, whoever dies on the way and however full the disk is; each begun
is kept, a retry collects anew under a new id, and a disk that is full stops nothing else.
Method: a real soard and its real soar-evidence; the collector is a worker of the test (evidence_worker.py) whose bytes the test
knows. Collector, writer and soard are killed in mid-stream; in a mount namespace of its own the disk is a small one. Then once with soar's own ssh worker and a real sshd.

Usage: evidence_test.py"""
import hashlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from crash_fleet import Fleet
from daemon import BUILD, SOARCTL, Checks, Soard, alert, record, signed
from evidence_worker import CHUNK, block

SECRET = "a-secret-of-the-siem"
HOSTS = ["web-01", "web-02", "web-03", "web-04", "web-05"]
CONFIG = """\
inventory: {inventory}
playbooks: [{{dir: playbooks}}]
packs: [packs]
evidence: {{dir: {store}, reserve: {reserve}}}
webhooks:
  siem: {{path: /webhook/siem, format: soar, rate: 100000/1m,
         auth: {{hmac_sha256: {{secret: "env:SIEM_SECRET", header: X-Soar-Signature, timestamp: X-Soar-Timestamp, window: 5m}}}}}}
"""
PACK = """\
action: Collect_State
summary: Takes what a host knows of itself as evidence.
per: host
lock: state
done: collected
providers:
  state:
    via: ssh
    timeout: 1h
    proved: "no"
    check:
      - so: kept.?evidence.?whole.orValue(false)
    apply:
      - ssh.collect: {script: "head -c 4194304 /dev/zero | tr '\\\\0' x", name: state.tar, form: tar, expected: "4194304"}
        deadline: 10m
"""
PLAYBOOK = "playbook_name: Collect\ntrigger: SIEM_Alert_High_Confidence\nactions:\n  - {step: collect, action: Collect_State}\n"
WHOLE = 128 * CHUNK


def sha256(host, blocks=128):
    return hashlib.sha256(b"".join(block(host, index) for index in range(blocks))).hexdigest()


class Bench:
    """A soard whose ssh worker is ours; with an inventory of real hosts, soar's own."""

    def __init__(self, where, reserve="0", inventory=None):
        self.where, self.number = where, 0
        self.libexec, self.store = os.path.join(where, "libexec"), os.path.join(where, "store")
        for name in ("libexec", "store", "playbooks", "packs"):
            os.makedirs(os.path.join(where, name), mode=0o700)
        for name in os.listdir(os.path.join(BUILD, "libexec/soar")):
            if name != "soar-ssh" or inventory:
                os.symlink(os.path.join(BUILD, "libexec/soar", name), os.path.join(self.libexec, name))
        own = os.path.dirname(os.path.abspath(__file__))
        if not inventory:
            shutil.copy(os.path.join(own, "evidence_worker.py"), os.path.join(self.libexec, "soar-ssh"))
            os.chmod(os.path.join(self.libexec, "soar-ssh"), 0o755)
        self.write("inventory.yaml", "hosts:\n" + "".join(
            f"  {host}: {{address: 127.0.0.{i + 10}, os: linux, via: ssh, user: root}}\n" for i, host in enumerate(HOSTS)))
        self.write("packs/collect_state.yaml", PACK)
        self.write("playbooks/collect.yaml", PLAYBOOK)
        self.soard = Soard(where, CONFIG.format(inventory=inventory or where + "/inventory.yaml", store=self.store,
                                                reserve=reserve), {"SIEM_SECRET": SECRET},
                           environment={"SOAR_LIBEXEC": self.libexec})

    def write(self, name, text):
        with open(os.path.join(self.where, name), "w", encoding="utf-8") as file:
            file.write(text)

    def begin(self, host, how):
        """A run about this host, whose collector goes wrong like this: its id."""
        self.write(f"libexec/{host}", how)
        self.number += 1
        body = json.dumps(alert(self.number, host)).encode()
        status, _, answer = self.soard.request("POST", "/webhook/siem", body, signed(SECRET, body))
        if status != 202 or not answer["alerts"][0].get("started"):
            raise RuntimeError(f"no run: {status} {answer}")
        return answer["alerts"][0]["started"][0]["run"]

    def task(self, run, seconds=60):
        """The run's only task, when it has ended."""
        end = time.monotonic() + seconds
        while True:
            task = self.soard.ask("show", run)["steps"][0]["tasks"][0]
            if task["state"] == "ended" or time.monotonic() > end:
                return task
            time.sleep(0.1)

    def held(self, host, seconds=30):
        end = time.monotonic() + seconds
        while not os.path.exists(os.path.join(self.libexec, host + ".held")):
            if time.monotonic() > end:
                raise RuntimeError(f"{host}: its collector never began")
            time.sleep(0.02)

    def writers(self):
        """Pids of the evidence writers of this soard."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    name, rest = file.read().rsplit(")", 1)
            except OSError:
                continue
            if name.endswith("(soar-evidence") and int(rest.split()[1]) == self.soard.process.pid:
                found.append(int(pid))
        return found

    def stored(self, one):
        """What the store has of an evidence, unpacked by a stranger's tool; None if that can't be told here."""
        zstd = shutil.which("zstd")
        kept = [body for _, kind, body in record(self.soard.state) if kind == "evidence.kept" and body["evidence"] == one["id"]]
        file = os.path.join(self.store, kept[0]["file"])
        if not zstd:
            return None
        return subprocess.run([zstd, "-dcq", file], capture_output=True, check=False).stdout


def evidence(task):
    return [(one["state"], one["bytes"]) for one in task.get("evidence", [])]


def whole(bench, checks):
    task = bench.task(bench.begin("web-01", "well"))
    checks.same("changed", task.get("outcome"), "a stream that ends well: collected")
    checks.same([("whole", WHOLE)], evidence(task), "whole, to the byte")
    checks.same(sha256("web-01"), task["evidence"][0]["sha256"], "with the digest of what was sent")
    return task["evidence"][0]


def collector_killed(bench, checks):
    task = bench.task(bench.begin("web-02", "die"))
    checks.same([("partial", WHOLE // 2), ("whole", WHOLE)], evidence(task), "a collector that dies: the part is kept, then all of it")
    checks.same(sha256("web-02", 64), task["evidence"][0]["sha256"], "the part is what was sent until then")
    checks.same(2, len({one["id"] for one in task["evidence"]}), "under another id")


def collector_fails(bench, checks):
    task = bench.task(bench.begin("web-05", "exit"))
    checks.same("failed", task.get("outcome"), "a script that ends with an error: not collected")
    checks.same([("partial", WHOLE)], evidence(task), "and what it sent is never said to be whole")


def writer_killed(bench, checks):
    run = bench.begin("web-03", "hold")
    bench.held("web-03")
    writers = bench.writers()
    checks.same(1, len(writers), "one writer for one stream")
    os.kill(writers[0], signal.SIGKILL)
    task = bench.task(run)
    checks.same(["partial", "whole"], [state for state, _ in evidence(task)], "a writer that dies: salvaged, then all of it")
    checks.expect(task["evidence"][0]["bytes"] <= WHOLE // 2, "no more is salvaged than came", evidence(task))


def soard_killed(bench, checks):
    run = bench.begin("web-04", "hold")
    bench.held("web-04")
    time.sleep(0.3)
    bench.soard.kill()
    bench.soard.start()
    began = time.monotonic()
    task = bench.task(run)
    checks.same(["partial", "whole"], [state for state, _ in evidence(task)], "soard dies: the part is salvaged, then all of it")
    checks.expect(time.monotonic() - began < 45, "without waiting for the deadline of what died with it")


def on_a_screen(bench, checks):
    """soarctl run at a terminal, and through a pipe; the run is soard's."""
    words = [SOARCTL, "run", "Collect", "--host", "web-05", "--yes", "--config", bench.soard.config]
    bench.write("libexec/web-05", "slow")
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, env={**bench.soard.environment, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        seen = b""
        try:
            while more := os.read(ours, 65536):
                seen += more
        except OSError:  # that is how the end of a terminal reads
            pass
        os.close(ours)
    bars = set(re.findall(r"\[[#.]{8}\] \d+% of 8.0 MiB", seen.decode(errors="replace")))
    checks.expect(len(bars) >= 3, "on a terminal a bar moves", seen[-2000:])
    bench.write("libexec/web-05", "slow")
    piped = subprocess.run(words, env=bench.soard.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    checks.expect(re.search(r"8.0 MiB, sha256 [0-9a-f]{12},\s+E-\d+", piped.stdout), "the last line says what was kept", piped.stdout)
    checks.expect("[#" not in piped.stdout, "and without a terminal nothing moves")


def record_is_true(bench, checks, first):
    """After the end: each begun is kept, the views say what the events say, the store what the record says."""
    events = record(bench.soard.state)
    begun = [body["evidence"] for _, kind, body in events if kind == "evidence.begun"]
    kept = [body["evidence"] for _, kind, body in events if kind == "evidence.kept"]
    checks.same(len(begun), len(set(begun)), "no id is given twice")
    checks.same(sorted(begun), sorted(kept), "each that was begun is kept, once")
    verdict = bench.soard.ask("journal", "verify")
    checks.same(0, verdict.get("problem_count"), "the record is whole, and its views are true")
    text = bench.stored(first)
    if text is None:
        print("skip     the store read by zstd: it is not here")
    else:
        checks.same(first["sha256"], hashlib.sha256(text).hexdigest(), "what is stored is what was sent, as zstd reads it")


def usual(checks):
    with tempfile.TemporaryDirectory(prefix="soar-evidence-") as where:
        bench = Bench(where)
        with bench.soard.start():
            first = whole(bench, checks)
            collector_killed(bench, checks)
            collector_fails(bench, checks)
            writer_killed(bench, checks)
            soard_killed(bench, checks)
            on_a_screen(bench, checks)
            bench.soard.stop()
            record_is_true(bench, checks, first)


def full_disk(checks):
    """In a mount namespace of our own: the mount is gone with us."""
    with tempfile.TemporaryDirectory(prefix="soar-evidence-") as where:
        bench = Bench(where)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", bench.store], check=True)
        try:
            with bench.soard.start():
                task = bench.task(bench.begin("web-01", "big"))
                checks.same("failed", task.get("outcome"), "a disk that is full: not collected, and not tried again")
                checks.expect("no room" in task.get("why", ""), "and the reason says so", task.get("why"))
                checks.same(1, len(task.get("evidence", [])), "what came before is kept as a part")
                subprocess.run(["mount", "-o", "remount,size=128m", bench.store], check=True)
                task = bench.task(bench.begin("web-02", "well"))
                checks.same([("whole", WHOLE)], evidence(task), "with room again the next one is whole")
        finally:
            bench.soard.stop()
            subprocess.run(["umount", bench.store], check=True)


def through_sshd(checks):
    with tempfile.TemporaryDirectory(prefix="soar-evidence-") as where, Fleet(where, 1) as fleet:
        bench = Bench(where, inventory=fleet.inventory)
        with bench.soard.start():
            task = bench.task(bench.begin("web-01", "well"))
            bench.soard.stop()
        sent = b"x" * 4194304
        checks.same([("whole", len(sent))], evidence(task), "what a script of a real host writes: whole")
        checks.same(hashlib.sha256(sent).hexdigest(), (task.get("evidence") or [{}])[0].get("sha256"), "byte by byte")


def main():
    checks = Checks()
    signal.alarm(240)  # a terminal that nobody closes is read for ever
    if sys.argv[1:] == ["full"]:
        full_disk(checks)
        return checks.finish()
    usual(checks)
    if os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0:
        done = subprocess.run(["unshare", "-m", "--propagation", "private", sys.executable, os.path.abspath(__file__), "full"],
                              check=False)
        checks.expect(done.returncode == 0, "a full disk")
        through_sshd(checks)
    else:
        print("skip     a full disk, a real host: that takes root")
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
