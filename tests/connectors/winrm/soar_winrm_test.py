#!/usr/bin/python3
"""Property: soar-winrm has a script run once, with its values as they are, and says what came of it; it speaks to nobody whose
certificate isn't checked, says unknown of a script that may have started and only then, bounds what it takes, deletes its shells and
lets no password out. Method: the worker's own protocol, against the stand-in of tests/lab/wsman.py, which is strict and plays tricks.
No Windows was asked."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path[:0] = [ROOT + "/tests/lab", os.path.dirname(os.path.abspath(__file__))]
import certificates
import wsman

WORKER = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-winrm"
# The loader, as it was looked at: another text is another thing to look at, and to allow on hosts.
LOADER = "0119bb02bf2513c4b534630331fe23e27b1ae1efd4169c267411c9df81d6bf53"
SCRIPT = "Write-Output $soar.name"
EVIL = ["", "plain", "a'b\"c`$(calc)%PATH%^&|<>!", "\u2018\u2019\u201a\u201b", "line\r\nline\0nul\x1b", "</w:To>&amp;]]>", "/Date(0)/", "é€\U0001f600", "-EncodedCommand x",
        "x" * 200000]
failures, everything = [], []


def check(good, what, seen=""):
    print(("ok       " if good else "NOT OK   ") + what + ("" if good else f": {str(seen)[:600]}"))
    if not good:
        failures.append(what)


class Worker:
    """One soar-winrm. call() gives the answer's line, with what it said before in `said`."""

    def __init__(self, peer, mode="all", password="Soar-Secret-1"):
        self.password, self.number, self.errors = password, 0, tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env={})
        self.write({"peer": peer, "mode": mode})
        self.hello = self.read()["hello"]

    def write(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def read(self):
        line = self.process.stdout.readline()
        everything.append(line)
        return json.loads(line)

    def call(self, function="winrm.run", left_ms=20000, **args):
        if function != "winrm.reach":
            args.setdefault("script", SCRIPT)
        self.number += 1
        said, began = [], time.monotonic()
        secrets = {"password": self.password} if self.password else {}
        self.write({"call": self.number, "function": function, "args": args, "left_ms": left_ms, "secrets": secrets})
        while True:
            line = self.read()
            said.append(next(iter(line)))
            if "answer" in line:
                line.update(said=said, took=time.monotonic() - began)
                return line

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.errors.seek(0)
        everything.append(self.errors.read())


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def once(machine, trick="", password="Soar-Secret-1", function="winrm.run", peer=None, left_ms=20000, **args):
    machine.trick = trick
    worker = Worker(peer or peer_of(machine), password=password)
    answer = worker.call(function, left_ms, **args)
    worker.close()
    machine.trick = ""
    return answer


def peer_of(machine, **more):
    return {"name": "ws-07", "address": "127.0.0.1", "host": "localhost", "port": machine.port, "user": "soar", "login": "ntlm",
            "ca": authority.text(), **more}


def runs(machine):
    for login in ("ntlm", "basic"):
        worker = Worker(peer_of(machine, login=login))
        answer = worker.call(values={"name": "é€"})
        check(answer["class"] == "done" and answer["result"] == {"exit": 0, "out": "name: é€\r\n", "err": "", "cut": 0, "raw": False},
              f"{login}: a script runs, and its answer comes back", answer)
        check(answer["said"] == ["sending", "answer"], f"{login}: sending is said once, before", answer["said"])
        again = worker.call(function="winrm.read", values={"name": "again"})
        check(again["result"]["out"] == "name: again\r\n", f"{login}: and once more", again)
        worker.close()
    check(machine.ways == {"ntlm", "basic"}, "it logged in as it was told", machine.ways)
    check(machine.log.count("Create") == machine.log.count("Delete") == 4 and machine.shells == {}, "each shell was deleted", machine.log)
    for evil in EVIL:
        answer = once(machine, values={"name": evil, "list": [1, -2.5, True, None, {"a": evil[:50]}]})
        check(seen.get("name") == evil and seen.get("list") == [1, -2.5, True, None, {"a": evil[:50]}],
              f"a value arrives as it is: {evil[:30]!a}", answer if answer["class"] != "done" else seen)
    failing = once(machine, script="exit 20")
    check(failing["class"] == "done" and failing["result"]["exit"] == 20 and failing["result"]["err"] == "no\r\n", "an exit code is an answer", failing)
    negative = once(machine, script="negative")
    check(negative["result"]["exit"] == -1073741510, "also one of Windows' own", negative)


def bounds(machine):
    big = once(machine, script="big")
    check(len(big["result"]["out"]) == 262144 and big["result"]["cut"] == 737856, "256 KiB are kept and the rest is counted", big["result"]["cut"])
    raw = once(machine, script="raw")
    check(raw["result"]["out"] == "a\ufffdb\ufffd" and raw["result"]["raw"], "what is no text is shown as such", raw)
    split = once(machine, "split", values={"name": "é€\U0001f600é€\U0001f600"})
    check(split["result"]["out"] == "name: é€\U0001f600é€\U0001f600\r\n", "a letter cut in two by Receive is whole", split)
    chatter = once(machine, "chatter", values={"name": "x"})
    check(chatter["result"]["out"] == "name: x\r\n", "what stands before the script's own output is dropped", chatter)
    endless = once(machine, "endless", left_ms=3000)
    check(endless["class"] == "unknown" and endless["took"] < 6 and "not done in time" in endless["why"], "output without an end ends with its time", endless)
    check("Signal" in machine.log and machine.shells == {}, "and it is ended there", machine.log[-5:])
    large = once(machine, "large")
    check(large["class"] == "transient" and "larger" in large["why"], "an answer that is too large is none", large)


def faults(machine):
    for trick, function, wanted, word in (
        ("denied", "winrm.run", "denied", "AccessDenied 5: Access is denied."),
        ("quota", "winrm.run", "transient", "QuotaLimit"),
        ("status", "winrm.run", "permanent", "HTTP 404"),
        ("other", "winrm.run", "transient", "another message"),
        ("dtd", "winrm.run", "transient", "no envelope"),
        ("cut-command", "winrm.run", "transient", ""),
        ("cut-send", "winrm.run", "unknown", ""),
        ("cut", "winrm.run", "unknown", ""),
        ("cut", "winrm.read", "transient", ""),
        ("no-exit", "winrm.run", "unknown", "exit code was not told"),
        ("foreign", "winrm.run", "unknown", "another command's output"),
        ("short", "winrm.run", "unknown", "not all of it arrived"),
    ):
        answer = once(machine, trick, function=function)
        check(answer["class"] == wanted and word in answer["why"] and answer["why"].startswith("ws-07: winrm: "), f"{trick}, {function}: {wanted}", answer)
        check(("sending" in answer["said"]) == (trick in ("cut-send", "cut", "no-exit", "foreign", "short")), f"{trick}: sending is said if it may have started")
    waited = once(machine, "timed-out", values={"name": "x"})
    check(waited["class"] == "done", "TimedOut only means that there is nothing yet", waited)
    hang = once(machine, "hang", left_ms=2500)
    check(hang["class"] == "unknown" and hang["took"] < 6, "who never answers is given up in time", hang)


def log_in(machine):
    for login in ("ntlm", "basic"):
        answer = once(machine, peer=peer_of(machine, login=login), password="wrong")
        check(answer["class"] == "denied" and "log-in as soar was refused" in answer["why"], f"{login}: a wrong password", answer)
    check(once(machine, password=None)["class"] == "invalid", "no password at all")
    stranger = once(machine, peer=peer_of(machine, ca=strangers.text()))
    check(stranger["class"] == "denied" and stranger["said"] == ["answer"], "another authority's certificate: nothing is sent", stranger)
    unknown = once(machine, peer={k: v for k, v in peer_of(machine).items() if k != "ca"})
    check(unknown["class"] == "denied" and unknown["said"] == ["answer"], "the system's authorities know it not", unknown)
    name = once(machine, peer=peer_of(machine, host="ws-07.corp.example"))
    check(name["class"] == "denied", "a certificate for another name", name)
    reach = once(machine, function="winrm.reach", password=None)
    check(reach["class"] == "done" and reach["result"]["greeting"] == "HTTP 401", "reach: a new connection without log-in", reach)
    far = once(machine, function="winrm.reach", peer=peer_of(machine, port=1))
    check(far["class"] == "transient", "reach: nobody is there", far)
    for wrong in ({"login": "certificate"}, {"address": "a b"}, {"port": 0}, {"ca": "nonsense"}, {"user": None}):
        answer = once(machine, peer=peer_of(machine, **wrong))
        check(answer["class"] == "invalid", f"a peer that makes no sense: {wrong}", answer)
    read_only = Worker(peer_of(machine), mode="read")
    check([f["name"] for f in read_only.hello["functions"]] == ["winrm.read", "winrm.reach"], "who may only read has no winrm.run")
    read_only.close()


seen = {}


def named(values):
    seen.clear()
    seen.update(values)
    return f"name: {values.get('name', '')[:1000]}\r\n".encode(), b"", 0


with certificates.Authority() as authority, certificates.Authority() as strangers:
    machine = wsman.Machine(*authority.issue("localhost")).start()
    machine.loader = LOADER
    machine.scripts = {
        digest(SCRIPT): named,
        digest("exit 20"): lambda values: (b"", b"no\r\n", 20),
        digest("negative"): lambda values: (b"", b"", -1073741510),
        digest("big"): lambda values: (b"0123456789" * 100000, b"", 0),
        digest("raw"): lambda values: (b"a\xffb\0", b"", 0),
    }
    line = subprocess.run([WORKER, "--command"], capture_output=True, text=True, check=True).stdout.strip()
    check(len(line) <= wsman.COMMAND_LINE_MAX, "the command line is one that cmd.exe takes", len(line))
    check(all(c.isalnum() or c in " -+/=" for c in line), "and no shell sees more in it than words", line)
    for part in (runs, bounds, faults, log_in):
        part(machine)
    check(machine.complaints == [], "the stand-in found nothing wrong in what was sent", machine.complaints)
    machine.stop()
check(not any("Soar-Secret-1" in line for line in everything), "no word of the worker's holds the password")
print(f"{len(failures)} failed")
sys.exit(len(failures) > 0)
