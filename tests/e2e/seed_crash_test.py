#!/usr/bin/python3
"""Property: whenever the engine is killed during the seed playbook, the next start ends the run by itself, `completed`, and
nothing was done twice: rules loaded once, an account disabled once, locked once on the host, memory kept whole once. When a
directory or a host is stopped in the middle, the run ends completed, or in part and truthfully so.
Method: real soarctl on tests/lab/seed.sh, word for word the seed playbook, killed with -9 at random moments of each life. What
was done is told by others: the hosts' kernels (nft monitor), Active Directory's own count of changes of each attribute,
slapd's log, and a usermod that writes down each time it is called.

Usage: seed_crash_test.py [--rounds N] [--seed N]      default: 2 in CI, else 6; three more stop a target"""
import argparse
import base64
import json
import os
import random
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

from crash_fleet import Fleet, Host
from daemon import ROOT, SOARCTL, Checks

LAB = os.path.join(ROOT, "tests/lab")
PLAYBOOK = os.path.join(ROOT, "playbooks/contain_lateral_movement.yaml")
HOSTS = ("web-01", "web-02", "vm-01")
LIFE_S = 180
AWAY_S = 4
LATE_MAX = 10
AD_ATTRIBUTES = {"userAccountControl": 0x90008, "unicodePwd": 0x9005A, "pwdLastSet": 0x90060}
WATCHER = r"""
cp /usr/sbin/usermod /usr/sbin/usermod.real
printf '#!/bin/sh\n/usr/sbin/usermod.real "$@" || exit\necho "$*" >>/var/log/usermod.calls\n' >/usr/sbin/usermod
grep ^jdoe: /etc/shadow >/root/jdoe.shadow
"""
AGAIN = r"""
grep -v ^jdoe: /etc/shadow >/root/shadow; cat /root/jdoe.shadow >>/root/shadow; cat /root/shadow >/etc/shadow
: >/var/log/usermod.calls
install -m 600 -o jdoe /dev/null "/tmp/krb5cc_$(id -u jdoe)"
setsid setpriv --reuid jdoe --regid jdoe --init-groups sleep 100000 </dev/null >/dev/null 2>&1 &
"""


class Wire(Fleet):
    """The lab's own fleet, which seed.sh starts and ends."""

    def __init__(self, name, where):  # pylint: disable=super-init-not-called
        self.name, self.dir, self.marks = name, where, 0
        self.hosts = [Host(self, host) for host in HOSTS[:2]]
        mark = self.mark()
        for host in self.hosts:
            host.ready(mark)

    def end(self):
        for host in self.hosts:
            host.monitor.kill()
            host.monitor.wait()


class Lab:
    """Everything the playbook works at, and what is known of it without asking soar."""

    def __init__(self, where):
        self.env = {**os.environ, "SEED_NAME": "sc" + format(os.getpid() % 100000, "05d"), "SEED_DIR": where}
        self.wire = None

    def __enter__(self):
        try:
            self.lab("seed.sh", "up")
            for line in self.lab("seed.sh", "env").splitlines():
                words = shlex.split(line.removeprefix("export "))
                self.env.update(word.split("=", 1) for word in words)
            self.on("web-01", WATCHER)
            self.wire = Wire(self.env["FLEET_NAME"], self.env["FLEET_DIR"])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.wire:
            self.wire.end()
        self.lab("seed.sh", "down", check=False)

    def lab(self, script, *words, check=True, text=None):
        done = subprocess.run([os.path.join(LAB, script), *words], env=self.env, input=text, stdin=None if text else subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=180, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{script} {' '.join(words)}: exit {done.returncode}: {done.stderr[-500:]}{done.stdout[-300:]}")
        return done.stdout

    def on(self, host, script):
        return self.lab("fleet.sh", "exec", host, "sh", "-c", script)

    def ad_changes(self):
        """How often each attribute of jdoe was written, as the domain's replication counts it."""
        found = re.search(r"^replPropertyMetaData:: (\S+)", self.lab("ad.sh", "get", "jdoe", "replPropertyMetaData"), re.M)
        blob = base64.b64decode(found.group(1))
        count, = struct.unpack_from("<I", blob, 8)
        versions = dict(struct.unpack_from("<II", blob, 16 + 48 * i) for i in range(count))
        return {name: versions.get(attribute, 0) for name, attribute in AD_ATTRIBUTES.items()}

    def ldap_changes(self):
        """Changes of jdoe that slapd has carried out."""
        with open(self.lab("ldap.sh", "log").strip(), encoding="utf-8", errors="replace") as log:
            text = log.read()
        asked = re.findall(r'(conn=\d+ op=\d+) MOD dn="uid=jdoe,', text)
        return sum(f"{call} RESULT tag=103 err=0" in text for call in asked)

    def again(self):
        """As before the first round, but for soar's own record."""
        password = base64.b64encode('"Jdoe-Passw0rd"'.encode("utf-16-le")).decode()
        dn = self.ad_dn()
        self.lab("ad.sh", "modify", text=f"dn: {dn}\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: {password}\n-\n"
                                         "replace: pwdLastSet\npwdLastSet: -1\n-\nreplace: userAccountControl\nuserAccountControl: 512\n")
        subprocess.run(["ldappasswd", "-x", "-H", self.env["LDAPS_URI"], "-D", self.env["LDAP_ADMIN_DN"], "-w", self.env["LDAP_ADMIN_PW"],
                        "-s", "Jdoe-Passw0rd", "uid=jdoe,ou=people," + self.env["LDAP_BASE"]], env=self.env, check=True, capture_output=True)
        self.on("web-01", AGAIN)
        self.wire.reset(self.wire.hosts)

    def ad_dn(self):
        done = subprocess.run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.env["AD_URI"], "-D", self.env["AD_ADMIN_DN"],
                               "-w", self.env["AD_ADMIN_PW"], "-b", self.env["AD_BASE"], "(sAMAccountName=jdoe)", "dn"],
                              env={**self.env, "LDAPTLS_CACERT": self.env["AD_CA"]}, capture_output=True, text=True, check=True)
        return re.search(r"^dn: (.*)$", done.stdout, re.M).group(1)

    def seen(self):
        """What is so now, of each thing that the run should have done: open, shut, or counts."""
        shadow = self.on("web-01", "grep ^jdoe: /etc/shadow").split(":")
        return {
            "web-01": self.is_cut("web-01"), "web-02": self.is_cut("web-02"),
            "vm-01": "soar_isolate" in self.lab("vm.sh", "ssh", "vm-01", "nft", "list", "tables"),
            "jdoe@corp-ad": self.lab("ad.sh", "get", "jdoe", "userAccountControl").strip() == "userAccountControl: 514",
            "jdoe@corp-ldap": "pwdAccountLockedTime" in self.lab("ldap.sh", "get", "jdoe", "pwdAccountLockedTime", check=False),
            "jdoe@web-01": shadow[1].startswith("!") and shadow[7] == "1",
        }

    def is_cut(self, host):
        return bool(self.lab("fleet.sh", "handle", host, check=False).strip())


class Round:
    """One run of the playbook, whatever becomes of the engine on the way."""
    plain = {}  # what a run does to a directory that is not disturbed

    def __init__(self, lab, where):
        self.lab, self.where = lab, where
        self.env = {**lab.env, "SOAR_STATE": os.path.join(where, "state"), "SOAR_INVENTORY": lab.env["SEED_INVENTORY"]}
        self.alert = os.path.join(where, "alert.json")
        self.lives = 0
        os.makedirs(where)
        with open(self.alert, "w", encoding="utf-8") as file:
            json.dump({"id": "A-1", "status": "open", "severity": "critical", "confidence": 95, "user_id": "jdoe",
                       "rule": {"id": "psexec-chain", "name": "Lateral movement"},
                       "hosts": [{"name": host, "os": "linux"} for host in HOSTS]}, file)
        self.ad, self.ldap = lab.ad_changes(), lab.ldap_changes()

    def ask(self, *words):
        done = subprocess.run([SOARCTL, *words, "--json"], env=self.env, capture_output=True, text=True, timeout=LIFE_S, check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise RuntimeError(f"soarctl {' '.join(words)}: exit {done.returncode}: {done.stderr[-500:]}") from None

    def run(self):
        runs = self.ask("runs")["runs"]
        return runs[0] if runs else None

    def live(self):
        """A life: it begins the run, or goes on with it; None when the run has ended."""
        run = self.run()
        if run and run["state"] == "ended":
            return None
        words = ["resume", run["run"]] if run else ["run", PLAYBOOK, "--alert", self.alert]
        self.lives += 1
        with open(os.path.join(self.where, f"life-{self.lives}"), "wb") as said:
            return subprocess.Popen([SOARCTL, *words, "--yes"], env=self.env, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def killed_after(self, seconds):
        life = self.live()
        if life is None:
            return False
        try:
            life.wait(seconds)
        except subprocess.TimeoutExpired:
            life.kill()
        return life.wait() == -signal.SIGKILL

    def end(self):
        life = self.live()
        if life is None:
            return None
        try:
            return life.wait(LIFE_S)
        except subprocess.TimeoutExpired:
            life.kill()
            life.wait()
            return "no end"

    def said(self):
        with open(os.path.join(self.where, f"life-{self.lives}"), encoding="utf-8", errors="replace") as file:
            return " / ".join(line.strip() for line in file.readlines()[-6:])

    def tasks(self):
        """{"step name": outcome}, of those that had something to do"""
        found = {}
        for step in self.ask("show", self.run()["run"])["steps"]:
            for task in step["tasks"]:
                place = f"@{task['place']}" if task.get("place") and "@" not in task["target"] else ""
                if task.get("outcome") != "skipped":
                    found[f"{step['step']} {task['target']}{place}"] = task.get("outcome") or task["state"]
        return found

    def problems(self, whole):
        """What is wrong; `whole`: it must have done everything."""
        run, tasks, seen = self.run(), self.tasks(), self.lab.seen()
        yield from (f"{name} is {outcome}" for name, outcome in tasks.items() if whole and outcome not in ("changed", "already"))
        if whole and run.get("result") != "completed" or run.get("result") not in ("completed", "partial"):
            yield f"the run is {run['state']}, {run.get('result')}"
        done = {name.split(" ", 1)[1] for name, outcome in tasks.items() if outcome in ("changed", "already") and name[0] in "12"}
        if done != {name for name, shut in seen.items() if shut}:
            yield f"it says that these are shut: {sorted(done)}; these are: {sorted(n for n, shut in seen.items() if shut)}"
        yield from self.twice(whole)
        yield from self.evidence_problems(tasks)
        for verify in ("journal", "evidence"):
            done = subprocess.run([SOARCTL, verify, "verify"], env=self.env, capture_output=True, text=True, timeout=LIFE_S, check=False)
            if done.returncode:
                yield f"{verify} verify: {done.stdout[-300:]}{done.stderr[-300:]}"

    def asked(self, target):
        """How many writing calls were sent out to this account, or would have been."""
        done = subprocess.run([SOARCTL, "journal", "export"], env=self.env, capture_output=True, text=True, timeout=LIFE_S, check=False)
        events = map(json.loads, done.stdout.splitlines())
        return sum(event.get("kind") == "call.intended" and event["target"].startswith(target) for event in events)

    def written_twice(self, target, written, whole):
        """Against a run that nobody killed, told in `plain`: more is only what was asked once more, because nobody knew whether it
        had been done (a password that nobody knows may be set twice; in Active Directory that writes three attributes)."""
        asked = self.asked(target)
        if target not in self.plain:
            self.plain[target] = (asked, written)
        once, usual = self.plain[target]
        more = max(asked - once, 0)
        for name, count in written.items():
            if count > usual[name] + more or whole and count < usual[name]:
                yield f"{target}: {name} was written {count} times, in {asked} calls; without a kill {usual[name]} in {once}"

    def twice(self, whole):
        for name, now in self.lab.wire.look(self.lab.wire.hosts):
            if now["loads"] != 1 and (whole or now["loads"] > 1):
                yield f"{name}: its rules were loaded {now['loads']} times"
            if now["armed"]:
                yield f"{name}: the dead man is still armed"
        yield from self.written_twice("user:corp-ad/", {name: count - self.ad[name] for name, count in self.lab.ad_changes().items()}, whole)
        yield from self.written_twice("user:corp-ldap/", {"entry": self.lab.ldap_changes() - self.ldap}, whole)
        calls = self.lab.on("web-01", "cat /var/log/usermod.calls").splitlines()
        if len(calls) > 1 or whole and len(calls) != 1:
            yield f"usermod was called: {calls}"

    def evidence_problems(self, tasks):
        whole = {}
        for item in self.ask("evidence", "list")["evidence"]:
            if item["state"] == "whole":
                target = item["target"].removeprefix("host:")
                whole[target] = whole.get(target, 0) + 1
        if any(count > 1 for count in whole.values()):
            yield f"evidence that is there whole more than once: {whole}"
        told = {name.split(" ", 1)[1] for name, outcome in tasks.items() if name[0] == "3" and outcome == "changed"}
        if told != set(whole):
            yield f"it says imaged: {sorted(told)}; whole evidence there is of {sorted(whole)}"

    def release(self):
        done = self.ask("release", self.run()["run"], "--reason", "the next round", "--yes")
        left = sorted(name for name, shut in self.lab.seen().items() if shut)
        if done.get("result") != "completed" or left:
            yield f"release: {done.get('result')}, still shut: {left}"


class Test(Checks):
    def __init__(self, options, where, lab):
        super().__init__()
        self.where, self.lab = where, lab
        self.chance = random.Random(options.seed)
        self.number, self.kills, self.whole_s = 0, 0, 0.0

    def round(self):
        self.number += 1
        if self.number > 1:
            self.lab.again()
        return Round(self.lab, os.path.join(self.where, f"round-{self.number}"))

    def judge(self, played, text, problems, whole=True):
        problems += list(played.problems(whole))
        result = played.run().get("result")
        problems += list(played.release())
        self.expect(not problems, f"round {self.number}: {text}: {result}", "\n           | ".join(problems + [played.said()]))
        shutil.rmtree(played.where)

    def whole_run(self):
        played = self.round()
        begin = time.monotonic()
        code = played.end()
        self.whole_s = time.monotonic() - begin
        self.judge(played, f"not killed, {self.whole_s:.1f} s", [] if code == 0 else [f"exit {code}"])

    def killed(self):
        played, kills, at = self.round(), 0, []
        for life in range(self.chance.choice((1, 1, 2, 3))):
            at.append(self.chance.uniform(0.02, 0.95 if life == 0 else 0.4) * self.whole_s)
            kills += played.killed_after(at[-1])
        code = played.end()
        self.kills += kills
        self.judge(played, f"killed {kills} times; asked for after {', '.join(f'{s:.1f}' for s in at)} s", [] if code in (0, None) else [f"exit {code}"])
        return kills > 0

    def stopped(self, what, stop, start):
        """A target goes away in the middle, and comes back a little later; soar may have given up by then."""
        played = self.round()
        at = self.chance.uniform(0.02, 0.7) * self.whole_s

        def away():
            time.sleep(at)
            stop()
            time.sleep(AWAY_S)
            start()
        thread = threading.Thread(target=away)
        thread.start()
        code = played.end()
        thread.join()
        self.judge(played, f"{what} was away after {at:.1f} s for {AWAY_S} s", [] if code in (0, 4) else [f"exit {code}"], whole=False)

    def all(self, rounds):
        lab = self.lab.lab
        self.whole_run()
        late = 0
        while rounds > 0:
            if self.killed() or late == LATE_MAX:
                rounds -= 1
            else:
                late += 1  # it had ended before it could be killed: that counts for nothing
        for script in ("ad.sh", "ldap.sh"):
            self.stopped(script[:-3], lambda s=script: lab(s, "stop"), lambda s=script: lab(s, "up"))
        self.stopped("web-02", lambda: lab("fleet.sh", "offline", "web-02"), lambda: lab("fleet.sh", "online", "web-02"))
        print(f"{self.kills} kills of the engine in {self.number} rounds")


def skip(why):
    print(f"skip: {why}")
    sys.exit(77)


def main():
    parser = argparse.ArgumentParser(description="kill -9 during the seed playbook")
    parser.add_argument("--rounds", type=int, default=2 if os.environ.get("CI") == "true" else 6)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if os.geteuid() != 0:
        skip("needs root: it makes namespaces")
    for tool in ("samba-tool", "slapd", "ldapsearch", "kinit", "qemu-system-x86_64"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip(f"there is no {tool}")
    print(f"seed {options.seed}", flush=True)
    where = tempfile.mkdtemp(prefix="soar-seed.")
    try:
        with Lab(os.path.join(where, "lab")) as lab:
            test = Test(options, where, lab)
            test.all(options.rounds)
            return test.finish()
    finally:
        shutil.rmtree(where, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
