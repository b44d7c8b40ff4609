#!/usr/bin/python3
"""Property: playbooks of a repository are used only if their commit goes forward, is signed by a signer whose key is valid, or promoted,
and good as a whole; whatever else is pushed, and whatever the server does, the commit in use stays in use, also after a restart; a
run keeps and names the commit it began with.
Method: a real soard, and git's own server over TLS (nginx, git-http-backend) and over SSH (sshd, git-shell); a relay that hangs and
stops in the middle; commits that git would not make, written as objects. Nobody answers at the only endpoint, so runs stay.

Usage: git_test.py"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from daemon import SOARCTL, SOARD, Checks, record
from git_lab import Server, Work

PLAYBOOK = "playbook_name: {name}\nseverity: {severity}\nactions:\n  - step: isolate\n    action: Isolate_Endpoint\n"
SIGNERS = """\
ana@corp.example namespaces="git" {ana}
bo@corp.example valid-before="20260101Z" {bo}
"""
HTTPS = """{{git: "https://localhost:{port}/{name}.git", name: {name}, path: playbooks, every: 1h, deadline: {deadline}, ca: lab/{ca}.pem,
    token: "file:token", ref: {ref}{more}}}"""
SSH = """{{git: "ssh://{user}@127.0.0.1:{port}/{dir}/srv/{name}.git", name: {name}, path: playbooks, every: 1h, deadline: 10s,
    key: "file:lab/{key}", known_hosts: lab/{known}{more}}}"""
CONFIG = """\
state: state
socket: {socket}
inventory: inventory.yaml
playbooks:
  - {source}
policy: {{offline: {{keep_trying: 1h, every: 1h}}}}
"""
SIGNED = ", signers: signers"


def playbook(name="Contain", severity="HIGH"):
    return PLAYBOOK.format(name=name, severity=severity)


class Soar:
    """A soard and its configuration; a context."""

    def __init__(self, where, server):
        self.where, self.server, self.process = where, server, None
        self.asking = []  # soarctls that follow a run: they leave when soard does
        self.runs, self.used, self.errors = [], [], []  # what the record must say in the end
        self.socket = os.path.join(where, "s.sock")
        self.environment = {"PATH": os.environ["PATH"], "HOME": where, "TZ": "UTC"}
        self.write("inventory.yaml", "hosts:\n  lab-01: {address: 127.0.0.2, port: 9, os: linux}\n")
        self.write("token", "the-token\n")
        self.write("signers", SIGNERS.format(ana=server.read("ana.pub").strip(), bo=server.read("bo.pub").strip()))

    def write(self, name, text):
        with open(os.path.join(self.where, name), "w", encoding="utf-8") as file:
            file.write(text)

    def source(self, text):
        self.write("soard.yaml", CONFIG.format(source=text, socket=self.socket))

    def https(self, name, ref="main", more=SIGNED, deadline="10s", ca="ca", port=None):
        self.source(HTTPS.format(name=name, ref=ref, more=more, deadline=deadline, ca=ca, port=port or self.server.relay.port))

    def ssh(self, name, key="soar", known="known", more=""):
        user = subprocess.run(["id", "-un"], text=True, capture_output=True, check=True).stdout.strip()
        self.source(SSH.format(name=name, key=key, known=known, user=user, port=self.server.ssh, dir=self.server.dir.lstrip("/"), more=more))

    def start(self):
        with open(os.path.join(self.where, "soard.log"), "ab") as log:
            self.process = subprocess.Popen([SOARD, "--config", os.path.join(self.where, "soard.yaml")], env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 20
        while self.ctl("status")[0] != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("soard does not start: " + self.log())
            time.sleep(0.02)

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        for one in self.asking:
            one.wait(timeout=30)

    def log(self):
        with open(os.path.join(self.where, "soard.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def ctl(self, *words, daemon=True):
        where = ("--socket", self.socket) if daemon else ("--config", os.path.join(self.where, "soard.yaml"))
        done = subprocess.run([SOARCTL, *words, *where], env=self.environment, text=True, capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr

    def json(self, *words, daemon=True):
        _, out, complaint = self.ctl(*words, "--json", daemon=daemon)
        try:
            return json.loads(out)
        except ValueError:
            raise RuntimeError(f"soarctl {' '.join(words)}: {out}{complaint}") from None

    def fetch(self, daemon=True):
        """The one repository, after it was asked."""
        return self.json("playbooks", "fetch", daemon=daemon)["repositories"][0]

    def settled(self):
        """The same, when what was begun at the start is over: one that is out is not asked twice, but waited for."""
        return self.fetch()

    def severity(self):
        return {p["playbook"]: p.get("severity", "").upper() for p in self.json("playbooks")["playbooks"]}

    def reload(self):
        return self.ctl("reload")

    def begin(self, name):
        """A run of this playbook, that goes on: its id."""
        before = {r["run"] for r in self.json("runs")["runs"]}
        self.asking.append(subprocess.Popen([SOARCTL, "run", name, "--host", "lab-01", "--yes", "--socket", self.socket],
                                            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL))
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if new := {r["run"] for r in self.json("runs")["runs"]} - before:
                return new.pop()
            time.sleep(0.02)
        raise RuntimeError(f"no run of {name} begins")


def forward(checks, soar, work):
    """The first commit, one that goes forward, and a run across both."""
    first = work.commit({"playbooks/contain.yaml": playbook()}, message="the first")
    soar.https("soc")
    soar.start()
    one = soar.settled()
    checks.same((first, "current", "ana@corp.example"), (one.get("commit"), one["state"], one.get("signed_by")), "a signed commit is used")
    run = soar.begin("Contain")
    second = work.commit({"playbooks/contain.yaml": playbook(severity="LOW"), "playbooks/more.yaml": playbook("More")})
    one = soar.fetch()
    checks.same((second, {"Contain": "LOW", "More": "HIGH"}), (one["commit"], soar.severity()), "a commit that goes forward takes its place")
    shown = soar.json("show", run)
    checks.same((first, "soc"), (shown.get("commit"), shown.get("repository")), "a run that goes on keeps its commit")
    checks.expect(f"soc@{first[:12]}" in soar.ctl("show", run)[1], "and says so on its first line")
    checks.same(second, soar.json("show", soar.begin("More")).get("commit"), "one that begins has the new one")
    soar.runs += [("Contain", "soc", first), ("More", "soc", second)]
    soar.used += [(None, first, "ana@corp.example", "soard"), (first, second, "ana@corp.example", "uid")]
    work.many(1500)  # more than one answer holds
    third = work.commit({})
    one = soar.fetch()
    checks.same(("current", third), (one["state"], one["commit"]), f"a commit that is far ahead, over merges {one.get('why')}")
    return third


def refused(checks, soar, live, why, what):
    """Told, not used, journaled; what was in use is."""
    one = soar.fetch()
    good = one["state"] == "refused" and why in one.get("why", "") and one["commit"] == live
    checks.expect(good, f"{what}: told and not used", one)
    checks.expect(why in soar.ctl("status")[1], f"{what}: soarctl status says so")
    soar.errors.append(why)


def pushes(checks, soar, work, live):
    """What an attacker, or a colleague in a hurry, pushes."""
    before = work.head()
    work.commit({"playbooks/contain.yaml": playbook(severity="NONE\nx: [")})
    refused(checks, soar, live, f"soc@{work.head()[:12]}/contain.yaml:", "broken YAML")
    work.commit({"playbooks/contain.yaml": playbook() + "  - step: two\n    action: Isolate_Endpoint\n    tagets: []\n"})
    refused(checks, soar, live, "unknown key 'tagets'", "a playbook with a mistake")
    work.commit({"playbooks/contain.yaml": playbook()}, by=None)
    refused(checks, soar, live, "it is not signed", "an unsigned commit")
    work.commit({}, by="eve")
    refused(checks, soar, live, "is not among the signers", "a stranger's signature")
    work.commit({}, by="bo", date="2025-06-01T12:00:00Z")
    refused(checks, soar, live, "no longer valid when it was looked at", "a signer whose time is over, with an old date")
    good = work.commit({}, by="ana")
    checks.same(("current", good), (lambda o: (o["state"], o["commit"]))(soar.fetch()), "a signed one on top of all that is used")
    work.git("reset", "-q", "--hard", before)
    work.push(force=True)
    refused(checks, soar, good, "was rewritten", "a branch that was set back to a signed commit")
    work.commit({"playbooks/contain.yaml": playbook(severity="MEDIUM")}, force=True)
    refused(checks, soar, good, "was rewritten", "a branch that was rewritten")
    soar.stop(signal.SIGKILL)
    soar.start()
    one = soar.settled()
    checks.same(("refused", good), (one["state"], one["commit"]), "the same after a restart")
    work.git("reset", "-q", "--hard", good)
    work.push(force=True)
    checks.same("current", soar.fetch()["state"], "what is in use is there again")
    return good


def odd_trees(checks, soar, work, live):
    """What a checkout would fall for."""
    file = work.git("hash-object", "-w", "--stdin", text=playbook(severity="CRITICAL"))
    link = work.git("hash-object", "-w", "--stdin", text="/etc/passwd")
    attributes = work.git("hash-object", "-w", "--stdin", text="*.yaml filter=evil ident\n")
    modules = work.git("hash-object", "-w", "--stdin", text='[submodule "m"]\n\tpath = playbooks/m\n\turl = ssh://-oProxyCommand=touch$IFS/x\n')
    big = work.git("hash-object", "-w", "--stdin", text="x" * (256 * 1024 + 1))

    def top(*entries):
        return work.raw_tree(("100644", ".gitmodules", modules), ("40000", "playbooks", work.raw_tree(*entries)))

    for what, why, entries in (
            ("a name ..", "a name that is empty, . or ..", [("100644", "..", file)]),
            ("a name .GIT", "the name .git", [("40000", ".GIT", work.raw_tree(("100644", "config", link)))]),
            ("a name with a slash", "a slash", [("100644", "../../x.yaml", file)]),
            ("names equal but for case", "equal but for case", [("100644", "A.yaml", file), ("100644", "a.yaml", file)]),
            ("a file that is too large", "262145 bytes", [("100644", "a.yaml", big)])):
        work.commit_tree(top(*entries))
        refused(checks, soar, live, why, what)
    made = work.commit_tree(top(("100644", ".gitattributes", attributes), ("100644", "contain.yaml", file), ("120000", "l.yaml", link),
                                ("160000", "m", live)))
    one = soar.fetch()
    checks.same((made, {"Contain": "CRITICAL"}), (one["commit"], soar.severity()), "links, submodules and attributes have no power")
    log = soar.log()
    checks.expect("l.yaml: a link is not followed" in log and "m: a submodule is not fetched" in log, "and are told", log[-1000:])
    store = os.path.join(soar.where, "state/git/soc")
    kinds = {os.path.splitext(f)[1] for _, _, files in os.walk(store) for f in files}
    checks.expect(not kinds & {".yaml", ".yml"}, "nothing is checked out", kinds)
    work.git("update-ref", "refs/heads/main", made)
    return made


def servers(checks, soar, server, work):
    """A server that hangs at once, or in the middle; soard killed meanwhile."""
    soar.https("soc", deadline="1s")
    checks.same(0, soar.reload()[0], "reload")
    soar.settled()
    tree = work.git("rev-parse", "HEAD^{tree}")
    for what, after in (("hangs", 0), ("stops in the middle of the handshake", 500), ("stops in the middle of its answer", 50000)):
        live = soar.fetch()["commit"]
        made = work.commit_tree(work.with_bulk(tree))
        work.git("update-ref", "refs/heads/main", made)
        server.relay.after = after
        began = time.monotonic()
        one = soar.fetch()
        took = time.monotonic() - began
        server.relay.after = None
        checks.expect(one["state"] == "unreachable" and one["commit"] == live and took < 10, f"a server that {what} is given up", (one, took))
        checks.same(made, soar.fetch()["commit"], "and the next fetch works")
    server.relay.after = 0
    ask = subprocess.Popen([SOARCTL, "playbooks", "fetch", "--socket", soar.socket], env=soar.environment, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
    began = time.monotonic()
    checks.expect(soar.ctl("status")[0] == 0 and time.monotonic() - began < 1, "soard answers while a server hangs")
    ask.wait(timeout=30)
    made = work.commit_tree(work.with_bulk(tree))
    soar.https("soc", deadline="30s")
    soar.reload()
    server.relay.after = 50000
    server.relay.caught.clear()
    soar.ctl("reload")
    server.relay.caught.wait(20)
    soar.stop(signal.SIGKILL)
    store = os.path.join(soar.where, "state/git/soc")
    for name in ("refs/soar/fetched.lock", "HEAD.lock", "objects/pack/pack_git2_left"):
        os.makedirs(os.path.dirname(os.path.join(store, name)), exist_ok=True)
        open(os.path.join(store, name), "w", encoding="utf-8").close()  # what a worker that was killed at the worst moment leaves
    server.relay.after = None
    soar.start()
    one = soar.settled()
    checks.same((made, "current"), (one["commit"], one["state"]), "soard killed in the middle of a fetch: the next life fetches")
    left = [f for _, _, files in os.walk(store) for f in files if f.endswith(".lock") or "git2" in f]
    checks.same([], left, "and nothing is left behind")
    shutil.rmtree(store)
    checks.same("current", soar.fetch()["state"], "a store that is gone is fetched anew")
    packs = os.path.join(store, "objects/pack")
    for name in os.listdir(packs):
        os.remove(os.path.join(packs, name))
        with open(os.path.join(packs, name), "w", encoding="utf-8") as file:
            file.write("damaged\n" * 20)
    with open(os.path.join(store, "config"), "w", encoding="utf-8") as file:
        file.write('[url "https://elsewhere.invalid/"]\n\tinsteadOf = https://localhost\n')
    work.git("update-ref", "refs/heads/main", made)
    made = work.commit_tree(tree)
    one = soar.fetch()
    checks.same((made, "current"), (one["commit"], one["state"]), f"a store that is damaged, or would lead elsewhere, too {one.get('why')}")
    soar.https("soc", ca="other-ca")
    soar.reload()
    one = soar.settled()
    checks.expect(one["state"] == "unreachable" and "ertificate" in one["why"] and "signed by `ca`" in one["why"] and "\n" not in one["why"], "another authority is refused", one)
    work.git("update-ref", "refs/heads/main", made)
    return made


def pins(checks, soar, work, live):
    """A tag, and a commit by its id."""
    old = work.git("rev-parse", "HEAD^")
    work.git("tag", "-a", "v1", "-m", "v1", live)
    work.git("push", "-q", "origin", "v1")
    later = work.commit_tree(work.git("rev-parse", "HEAD^{tree}"))
    soar.https("soc", ref="v1")
    soar.reload()
    one = soar.settled()
    checks.same((live, "current"), (one["commit"], one["state"]), "a tag holds it there")
    soar.https("soc", ref=old)
    soar.reload()
    one = soar.settled()
    checks.same((old, "current"), (one["commit"], one["state"]), "a commit that the configuration names is used, also backwards")
    soar.https("soc")
    soar.reload()
    checks.same(later, soar.settled()["commit"], "and the branch again")
    soar.https("soc", ref="none")
    soar.reload()
    one = soar.settled()
    checks.expect("no branch and no tag none" in one.get("why", "") and one["commit"] == later, "a ref that isn't there", one)


def over_ssh(checks, soar, work):
    """Host keys, our key, a person who promotes; then without soard."""
    first = work.commit({"playbooks/contain.yaml": playbook()}, by=None)
    for what, why, words in (("another host key", "known_hosts has SHA256:", {"known": "known-other"}),
                             ("a host that isn't known", "known_hosts has no key of", {"known": "known-none"}),
                             ("a key that isn't ours", "refuses the log-in", {"key": "stranger"})):
        soar.ssh("soc2", **words)
        soar.reload()
        one = soar.settled()
        checks.expect(one["state"] == "unreachable" and why in one["why"], f"{what} is refused", one)
    soar.ssh("soc2")
    soar.reload()
    one = soar.settled()
    checks.expect(one["state"] == "waits" and "commit" not in one and one["next"]["commit"] == first and not soar.severity(),
                "without signers a commit waits for a person", one)
    checks.expect(soar.ctl("playbooks", "promote", "soc2", "0" * 12)[0] == 2, "another commit is not promoted")
    code, _, complaint = soar.ctl("playbooks", "promote", "soc2", first[:12])
    checks.same((0, {"Contain": "HIGH"}), (code, soar.severity()), f"promoted it is used {complaint}")
    soar.used.append((None, first, None, "uid"))
    second = work.commit({"playbooks/contain.yaml": playbook(severity="LOW")}, by=None)
    soar.stop()
    one = soar.fetch(daemon=False)
    checks.same((first, second), (one["commit"], one["next"]["commit"]), "without soard: fetch")
    checks.expect(soar.ctl("playbooks", "promote", "soc2", second, daemon=False)[0] == 0, "and promote")
    code, out, complaint = soar.ctl("plan", "contain", "--host", "lab-01", daemon=False)
    checks.expect(f"soc2@{second[:12]}" in out, "and a plan by name", f"{code} {out}{complaint}")
    code, out, complaint = soar.ctl("graph", "contain", daemon=False)
    checks.same(0, code, f"and a graph {complaint}")


def the_record(checks, soar):
    """Each run's commit, each change of what is in use and by whom, each refusal."""
    events = record(os.path.join(soar.where, "state"))
    started = [(e["name"], e.get("repository"), e.get("commit")) for _, kind, e in events if kind == "run.started"]
    checks.same(soar.runs, started, "the record: each run's repository and commit")
    loaded = [e for _, kind, e in events if kind == "site.loaded"]
    for before, commit, signer, by in soar.used:
        good = [e for e in loaded if (e.get("before"), e.get("commit"), e.get("signed_by")) == (before, commit, signer) and by in e["by"]]
        checks.expect(good, f"the record: commit {commit[:12]}, by {by}", [e for e in loaded if e.get("commit") == commit])
    for why in soar.errors:
        checks.expect(any(why in e.get("error", "") for e in loaded), f"the record: {why}")


def main():
    checks = Checks()
    for program in ("nginx", "fcgiwrap", "git"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
            print(f"skip: no {program} here")
            return 77
    os.environ["PATH"] += ":/usr/sbin"
    with tempfile.TemporaryDirectory(prefix="soar-git-") as where:
        lab = os.path.join(where, "lab")
        os.makedirs(lab)
        with Server(lab) as server, Soar(where, server) as soar:
            work = Work(server, "soc.git")
            try:
                live = forward(checks, soar, work)
                live = pushes(checks, soar, work, live)
                live = odd_trees(checks, soar, work, live)
                live = servers(checks, soar, server, work)
                pins(checks, soar, work, live)
                over_ssh(checks, soar, Work(server, "soc2.git"))
                the_record(checks, soar)
            except Exception:
                print(soar.log()[-4000:], file=sys.stderr)
                raise
            if checks.failed:
                print(soar.log()[-6000:], file=sys.stderr)
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
