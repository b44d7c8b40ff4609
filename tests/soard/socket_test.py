#!/usr/bin/python3
"""Property: whoever asks soard at its socket is who the kernel says, may do what their roles allow, gets the answer soarctl alone
would give, and harms nobody with what they send or don't read. A run goes on when who began it has gone.
Method: a real soard; soarctl as root, as a person, as nobody; bytes that are no request, too many of them, half of them, none.

Usage: socket_test.py [SOARD]"""
import json
import os
import signal
import subprocess
import sqlite3
import sys
import tempfile
import time

from desk import PLAYBOOK, Checks, Desk, write

PEOPLE = """\
people:
  vera: {uid: 61001, roles: [viewer]}
  omar: {uid: 61002, roles: [operator]}
  anna: {uid: 61003, roles: [approver]}
  adam: {uid: 61004, roles: [admin, operator]}
"""
UIDS = {"vera": 61001, "omar": 61002, "anna": 61003, "adam": 61004, "nobody": 61009}


# Connects, says nothing, and tells how many were not sent away.
GREEDY = """\
import select, socket, sys, time
all = [socket.socket(socket.AF_UNIX) for _ in range(160)]
for one in all:
    one.connect(sys.argv[1])
end = time.monotonic() + 5
while len(all) > 32 and time.monotonic() < end:
    gone = select.select(all, [], [], 0.1)[0]
    all = [one for one in all if one not in gone]
print(len(all), flush=True)
sys.stdin.read()
"""


def person(name):
    """A prefix that runs a command as them, in the group that may open the socket."""
    return "setpriv", f"--reuid={UIDS[name]}", "--regid=0", "--clear-groups"


def test_answers(check, desk):
    code, runs = desk.json("runs")
    check.same((0, []), (code, runs["runs"]), "an empty record has no runs")
    code, plan = desk.json("plan", "contain", "--host", "lab-01")
    check.same((0, "lab-01"), (code, plan["steps"][0]["tasks"][0]["target"]), "a plan names its target")
    code, run = desk.json("run", "contain", "--host", "lab-01", "--yes")
    check.same(4, code, "a run whose host is off is answered, not waited for")
    check.good(run["by"].startswith("root"), "the record has who asked", run["by"])
    _, out, _ = desk.soarctl("show", run["run"])
    check.good("lab-01" in out and "no soard here" not in out, "the run is shown", out)
    _, here, _ = desk.soarctl("runs", where=("--config", desk.config))
    _, there, _ = desk.soarctl("runs", where=("--state", desk.state))
    check.same(here.replace(f" --config {desk.config}", ""), there.replace(f" --state {desk.state}", ""),
               "the configuration and the state directory lead to the same soard")
    check.good(run["run"] in here, "and it has the run", here)
    desk.soarctl("stop", run["run"], "--reason", "enough")
    _, runs = desk.json("runs", "--only", "ended")
    check.same([run["run"]], [one["run"] for one in runs["runs"]], "a run is stopped")
    code, out, complaint = desk.soarctl("run", "contain", "--host", "lab-02", "--yes", "--inventory", "/dev/null")
    check.good(code == 2 and "inventory of its own" in complaint, "another inventory is refused, not ignored", complaint)
    code, _, complaint = desk.soarctl("journal", "export")
    check.good(code == 1 and "while soard is stopped" in complaint, "what would hold soard up is refused", complaint)
    code, _, complaint = desk.soarctl("run", "contian", "--host", "lab-01", "--yes")
    check.good(code == 2 and "did you mean 'Contain'" in complaint, "a playbook is one of soard's", complaint)


def test_roles(check, desk):
    if os.geteuid() != 0:
        print("skipped: other people, as this is not root")
        return
    code, _, complaint = desk.soarctl("runs", before=person("nobody"))
    check.good(code == 1 and "uid 61009 is nobody here" in complaint, "nobody is refused by name", complaint)
    check.same(0, desk.soarctl("runs", before=person("vera"))[0], "a viewer reads")
    code, _, complaint = desk.soarctl("run", "contain", "--host", "lab-01", "--yes", before=person("vera"))
    check.good(code == 1 and "role operator" in complaint, "a viewer runs nothing", complaint)
    code, _, complaint = desk.soarctl("plan", "contain", "--host", "lab-01", "--check", before=person("vera"))
    check.good(code == 1 and "role operator" in complaint, "nor makes soard log in anywhere", complaint)
    code, _, complaint = desk.soarctl("override", "H-1", before=person("omar"))
    check.good(code == 1 and "role approver" in complaint, "an operator approves nothing", complaint)
    code, _, complaint = desk.soarctl("override", "H-1")
    check.good(code == 1 and "role approver" in complaint, "nor does root", complaint)
    code, _, complaint = desk.soarctl("override", "H-1", before=person("anna"))
    check.good(code == 2 and "H-1" in complaint, "an approver may; there is nothing", complaint)
    check.good("omar (uid 61002) was refused: override needs the role approver" in desk.words(), "soard says who tried", desk.words())
    own = os.path.join(desk.where, "own.yaml")
    write(own, PLAYBOOK.format(name="Own"))
    os.chmod(own, 0o644)
    code, _, complaint = desk.soarctl("run", own, "--host", "lab-01", "--dry-run", before=person("omar"))
    check.good(code == 1 and "role admin" in complaint, "an operator brings no playbook", complaint)
    code, _, complaint = desk.soarctl("run", own, "--host", "lab-01", "--dry-run", "--json", before=person("adam"))
    check.same((1, ""), (code, complaint), "an admin does; its only host is off")


def test_one_leaves_room(check, desk):
    """More connections of one person than soard has, all of them silent."""
    if os.geteuid() != 0:
        return
    greedy = subprocess.Popen([*person("vera"), sys.executable, "-c", GREEDY, desk.socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    check.same(b"32\n", greedy.stdout.readline(), "one person has a share of the connections")
    check.same(0, desk.soarctl("runs", before=person("omar"))[0], "and others are served")
    greedy.communicate()


def test_mistakes(check, desk):
    def error(line):
        answers = desk.say(line)
        return answers[-1].get("error", "") if answers else "closed"

    for line, want in [(b"\n", "the request"), (b"runs\n", "the request"), (b"[]\n", "no verb"), (b"{}\n", "no verb"),
                       (b'{"verb":"runs"}\n', "no object"), (b'{"verb":"runs","request":[]}\n', "no object"),
                       (b'{"verb":"rm","request":{}}\n', "knows no verb 'rm'"),
                       (b'{"verb":"runs","request":{"limit":3}}\n', "limit: expected a text"),
                       (b'{"verb":"runs","request":{"inventory":"x"}}\n', "takes no 'inventory'"),
                       (b'{"verb":"show","request":{}}\n', "run is missing"),
                       (b'{"verb":"runs","request":{},"preview":true}\n', "knows no verb"),
                       (b'{"verb":"lint","request":{"paths":["/etc/shadow"]}}\n', "files of your own"),
                       (b'{"verb":"graph","request":{"playbook":"/etc/shadow"}}\n', ""),
                       (b'{"verb":"show","request":{"run":"\\u0000"}}\n', "expected a text"),
                       (b"\xff\xfe\n", "the request"), (b"x" * (1 << 20) + b"x", "beyond")]:
        got = error(line)
        check.good(want in got and got, f"refused: {line[:60]!r}", got)
    answers = desk.say(b'{"verb":"runs","request":{}}\n{"verb":"runs","request":{}}\n')
    check.same(1, len(answers), "a connection is one request")
    check.same(0, desk.soarctl("runs")[0], "and soard serves on")


def test_pauses(check, desk):
    def pauses():
        return [(one["what"], one["name"]) for one in desk.json("status")[1]["pauses"]]

    code, status = desk.json("status")
    check.good(code == 0 and status["soard"]["ready"] and status["playbooks"]["count"] == 1 and status["record"]["writable"],
               "soard tells how it is", status)
    for words, want in [(["--all"], "for how long"), ([], "either --all"), (["--all", "contain"], "either --all"),
                        (["--all", "--for", "1h"], "--reason"), (["--all", "--for", "9d", "--reason", "x"], "at most 7 d"),
                        (["nothing", "--for", "1h", "--reason", "x"], "no playbook 'nothing'"),
                        (["contain", "--end"], "is not paused")]:
        code, _, complaint = desk.soarctl("pause", *words)
        check.good(code == 2 and want in complaint, f"refused: pause {' '.join(words)}", complaint)
    check.same(0, desk.soarctl("pause", "--all", "--for", "1h", "--reason", "a drill")[0], "everything is paused")
    check.same(0, desk.soarctl("pause", "contain", "--for", "1h", "--reason", "a drill")[0], "a playbook is paused")
    check.same([("all", ""), ("playbook", "Contain")], pauses(), "both are told")
    desk.stop()
    check.same([("all", ""), ("playbook", "Contain")], pauses_of(desk, "--state", desk.state), "and are in the record")
    desk.start()
    check.same([("all", ""), ("playbook", "Contain")], pauses(), "and after the next start")
    _, out, _ = desk.soarctl("pause", "contain", "--end")
    check.same("playbook Contain goes on.\n", out, "one ends by hand")
    desk.soarctl("pause", "--all", "--end")
    check.same([], pauses(), "both have ended")
    code, _, complaint = desk.soarctl("extend", "lab-01", "4h")
    check.good(code == 2 and "nothing that soar contained" in complaint, "what is not held is not extended", complaint)


def pauses_of(desk, *where):
    _, out, _ = desk.soarctl("status", "--json", where=where)
    return [(one["what"], one["name"]) for one in json.loads(out)["pauses"]]


def test_pages(check, desk):
    """The latest first, so many at a time, each once; the log names what is begun."""
    for _ in range(3):
        desk.soarctl("run", "contain", "--host", "lab-01", "--yes")
    _, whole = desk.json("runs")
    seen, after, more = [], [], True
    while more:
        _, page = desk.json("runs", "--limit", "2", *after)
        seen += page["runs"]
        after, more = ["--after", page["runs"][-1]["run"]], page["more"]
    check.same([one["run"] for one in whole["runs"]], [one["run"] for one in seen], "pages make up the whole")
    check.good(len(seen) >= 3 and [one["started"] for one in seen] == sorted((one["started"] for one in seen), reverse=True),
               "the latest stands first", seen)
    _, out, _ = desk.soarctl("runs", "--limit", "1")
    check.good(f"--after {seen[0]['run']}" in out, "what is not shown is told", out)
    _, out, _ = desk.soarctl("runs", "--limit", str(len(seen)))
    check.good("There are more" not in out, "nothing more is not told", out)
    check.same([], desk.json("runs", "--after", "R-no-such")[1]["runs"], "nothing is behind a run that isn't there")
    for run in seen:
        if run["state"] != "ended":
            desk.soarctl("stop", run["run"], "--reason", "enough")


def test_verified(check, desk):
    """The clock's mark outlives the pause, whose row went without an event: as after an idle hour and a kill."""
    desk.soarctl("pause", "--all", "--for", "1h", "--reason", "a drill")
    desk.stop(signal.SIGKILL)
    record = sqlite3.connect(os.path.join(desk.state, "journal.db"))

    def verify():
        code, out, _ = desk.soarctl("journal", "verify", where=("--state", desk.state))
        return code, out

    with record:
        record.execute("DELETE FROM timer WHERE state = 'pause'")
    code, out = verify()
    check.good(code == 1 and "is missing" in out, "a pause that is in force and not in its view is told", out)
    with record:
        record.execute("UPDATE run SET at = at + 2 * 3600 * 1000 WHERE key = '-'")
    record.close()
    code, out = verify()
    check.same(0, code, f"one that was over when the engine was last there may be gone: {out}")
    desk.start()


def test_gone(check, desk):
    line = json.dumps({"verb": "run", "request": {"playbook": "Contain", "host": ["lab-02"]}, "style": {"live": True}})
    with desk.connect() as one:
        one.sendall(line.encode() + b"\n")
        one.recv(1)  # the first live line: it has begun
    end = time.monotonic() + 60
    while time.monotonic() < end:
        _, runs = desk.json("runs")
        if any("lab-02" in json.dumps(desk.json("show", run["run"])[1]) for run in runs["runs"]):
            break
        time.sleep(0.05)
    mine = [run for run in runs["runs"] if "lab-02" in json.dumps(desk.json("show", run["run"])[1])]
    check.same(1, len(mine), "a run goes on without who began it")
    silent = [desk.connect() for _ in range(140)]  # more than soard serves at once
    for one in silent:
        one.close()
    end = time.monotonic() + 30
    while desk.soarctl("runs")[0] and time.monotonic() < end:
        time.sleep(0.05)
    check.same(0, desk.soarctl("runs")[0], "those who say nothing are no harm")


def test_end(check, desk):
    check.same(0, desk.stop(), "soard ends clean")
    check.good(not os.path.exists(desk.socket), "and takes its socket away")
    code, out, complaint = desk.soarctl("runs", where=("--config", desk.config))
    check.same((0, ""), (code, complaint), "the record is read without it")
    desk.start()
    desk.stop(signal.SIGKILL)
    code, out, complaint = desk.soarctl("runs", where=("--config", desk.config))
    check.good(code == 0 and "no soard listens" in complaint and "R-" in out, "a socket left behind is told, and no hindrance",
               (code, out, complaint))
    code, _, complaint = desk.soarctl("runs")
    check.good(code == 2 and "is soard running?" in complaint, "but not where it was named", complaint)
    desk.start()
    check.same(0, desk.soarctl("runs")[0], "the next soard takes its place")


def main():
    check = Checks()
    with tempfile.TemporaryDirectory(prefix="soar-test.") as where:
        os.chmod(where, 0o755)
        with Desk(where, PEOPLE) as desk:
            for test in (test_answers, test_roles, test_one_leaves_room, test_mistakes, test_pauses, test_pages, test_verified, test_gone, test_end):
                test(check, desk)
            check.same(0, desk.stop(), "soard ends clean")
            for word in ("Sanitizer", "runtime error"):
                check.good(word not in desk.words(), f"its log has no {word}", desk.words())
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
