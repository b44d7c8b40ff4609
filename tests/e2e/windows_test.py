#!/usr/bin/python3
"""Property: what our packs have a Windows host do over WinRM, from soarctl to the host and back: isolated, put back when somebody took
rules away, without a moment in which none holds, and released as it was; a person's sessions ended, and his account given back; the
same when the worker is killed in the middle; nothing at all behind a wrong certificate or password. And each text, with the values it
is given and the commands that come of them, is what tests/actions/recorded/windows.json says: whoever changes one sees it there.
Method: soarctl and soar-winrm, a stand-in of WinRM (tests/lab/wsman.py) and a model of the host (tests/lab/windows.py), in two network
namespaces. No Windows was asked.

Usage: windows_test.py [--record]     --record writes the recorded form anew: look at what it changed"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [ROOT + "/tests/lab", ROOT + "/tests/connectors/winrm"]
import certificates
import windows
import wsman

BUILD = os.environ.get("SOAR_BUILD", os.path.join(ROOT, "build/dev"))
SOARCTL = os.path.join(BUILD, "bin/soarctl")
RECORDED = os.path.join(ROOT, "tests/actions/recorded/windows.json")
INVENTORY = """\
hosts:
  ws-07: {address: 10.77.0.17, fqdn: ws-07.corp.example, os: windows, user: soar, login: basic, password: "env:WS_07", ca: CA, management: [10.77.0.1, "fd00::1"]}
  ws-08: {address: 10.77.0.18, fqdn: ws-08.corp.example, os: windows, user: soar, login: basic, password: "env:WS_08", ca: CA, management: [10.77.0.1]}
  ws-10: {address: 10.77.0.20, fqdn: ws-10.corp.example, os: windows, user: soar, login: basic, password: "env:WS_10", ca: CA, management: [10.77.0.1]}
  ws-09: {address: 10.77.0.19, fqdn: ws-09.corp.example, os: windows, user: soar, login: basic, password: "env:WS_09", ca: CA, management: [10.77.0.1]}
"""
PLAYBOOKS = {
    "isolate": """\
playbook_name: isolate
trigger: by_hand
actions:
  - step: isolate
    action: Isolate_Endpoint
    with: {allow: ["198.51.100.7:443"], dhcp: ["192.0.2.1"]}
""",
    "revoke": """\
playbook_name: revoke
trigger: by_hand
actions:
  - step: revoke
    action: Revoke_Credentials
    target_user: "{{alert.user_id}}"
""",
}
PASSWORDS = {"WS_07": "Soar-Secret-7", "WS_08": "Soar-Secret-8", "WS_09": "Soar-Wrong", "WS_10": "Soar-Secret-10"}
JDOE, CORP_JDOE, ANNA = "S-1-5-21-7-8-9-1001", "S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1105"
failures = []


def expect(what, good, told=""):
    print(("ok       " if good else "NOT OK   ") + what + ("" if good else f"\n{str(told)[:3000]}"), flush=True)
    if not good:
        failures.append(what)


def enter():
    """In a network namespace of our own, as whoever may make one."""
    command = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        print("skip: this machine lets nobody make network namespaces")
        sys.exit(77)
    os.execvp(command[0], [*command, sys.executable, *sys.argv, "--inside"])


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Lab:
    """The hosts are in this namespace, soar is in another, behind a cable."""

    def __init__(self, directory, authority):
        self.directory = directory
        self.soar = subprocess.Popen(["unshare", "--net", "sleep", "300"])
        while os.readlink(f"/proc/{self.soar.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        self.there = ["nsenter", "--net=/proc/%d/ns/net" % self.soar.pid]
        ip("link", "add", "win", "type", "veth", "peer", "name", "us", "netns", str(self.soar.pid))
        ip("link", "set", "lo", "up")
        ip("link", "set", "win", "up")
        subprocess.run([*self.there, "ip", "addr", "add", "10.77.0.1/24", "dev", "us"], check=True)
        subprocess.run([*self.there, "ip", "link", "set", "us", "up"], check=True)
        self.hosts, self.machines = {}, {}
        for name, number in (("ws-07", 17), ("ws-08", 18), ("ws-09", 19), ("ws-10", 20)):
            ip("addr", "add", f"10.77.0.{number}/24", "dev", "win")
            # ws-08 shows a certificate that is ws-07's; ws-09 has another password than soar
            certificate = authority.issue("ws-07.corp.example" if name == "ws-08" else name + ".corp.example")
            machine = wsman.Machine(*certificate, user="soar", password="Soar-Secret-" + str(int(name[3:])), port=5986, address=f"10.77.0.{number}")
            self.hosts[name] = windows.Host(name.upper(), "corp.example")
            machine.scripts = self.hosts[name].scripts()
            self.machines[name] = machine.start()
        self.write("inventory.yaml", INVENTORY.replace("CA", authority.file))
        for name, text in PLAYBOOKS.items():
            self.write(name + ".yaml", text)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, *words, state="state"):
        verb = 2 if words[0] == "journal" else 1
        command = [*self.there, SOARCTL, *words[:verb], "--state", f"{self.directory}/{state}", "--inventory", self.directory + "/inventory.yaml", *words[verb:]]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C", **PASSWORDS})

    def soarctl(self, *words, state="state"):
        process = self.start(*words, state=state)
        text, _ = process.communicate(timeout=120)
        return process.returncode, text

    def run(self, playbook, *words):
        return self.soarctl("run", f"{self.directory}/{playbook}.yaml", *words, "--yes", "--reason", "test")

    def kill_worker(self, parent):
        """The soar-winrm that this soarctl started."""
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                    pid, rest = file.read().split(" (", 1)
                name, fields = rest.rsplit(") ", 1)
            except (OSError, ValueError):
                continue
            if name.startswith("soar-winrm") and int(fields.split()[1]) == parent.pid:
                os.kill(int(pid), signal.SIGKILL)
                return True
        return False

    def down(self):
        for machine in self.machines.values():
            machine.stop()
        self.soar.kill()
        self.soar.wait()


def is_cut_off(host):
    return len(host.rules) > 10 and host.task is None and not host.off


def isolation(lab):
    host = lab.hosts["ws-07"]
    code, text = lab.run("isolate", "--host", "ws-07")
    expect("isolated: rules in force, the dead man told, the firewall on", code == 0 and is_cut_off(host), (code, text, host.rules))
    code, text = lab.soarctl("contained")
    expect("it stands in the ledger", "ws-07" in text, text)
    host.rules, host.least = host.rules[1:], len(host.rules)
    code, text = lab.run("isolate", "--host", "ws-07")
    expect("somebody took a rule away: put back", code == 0 and is_cut_off(host), (code, text))
    expect("and there was no moment without rules", host.least > 10, host.least)
    host.rules, host.off = [], {"domain", "private", "public"}
    code, text = lab.run("isolate", "--host", "ws-07")
    expect("somebody reset the firewall: put back", code == 0 and is_cut_off(host), (code, text))
    calls = len(host.told)
    code, text = lab.run("isolate", "--host", "ws-07")
    expect("it is so: nothing is done", code == 0 and not any("apply" in t[0] for t in host.told[calls:]), (code, text))
    code, text = lab.soarctl("release", "ws-07", "--yes", "--reason", "test")
    expect("released: no rule, and the profile that was off before is off", code == 0 and not host.rules and host.off == {"public"}, (code, text, host.off))


def begin_killed(lab):
    """It takes 30 s: soar waits until a lost call can't act any more. So it runs beside the others, with a record of its own."""
    kills, running = [], []

    def hook(key):
        if key == "firewall apply 2" and not kills:
            kills.append(lab.kill_worker(running[0]))

    lab.hosts["ws-10"].hook = hook
    running.append(lab.start("run", f"{lab.directory}/isolate.yaml", "--host", "ws-10", "--yes", "--reason", "test", state="other"))
    return kills, running[0]


def end_killed(lab, kills, running):
    host = lab.hosts["ws-10"]
    text, _ = running.communicate(timeout=120)
    expect("the worker was killed when the dead man was told: seen to be so, once no lost call can act", kills == [True] and running.returncode == 0 and is_cut_off(host), (kills, running.returncode, text, host.task, [t[0] for t in host.told]))
    code, text = lab.soarctl("release", "ws-10", "--yes", "--reason", "test", state="other")
    expect("and is released", code == 0 and not host.rules and host.off == {"public"}, (code, text))
    code, text = lab.soarctl("journal", "verify", state="other")
    expect("its journal verifies", code == 0, text)


def sessions(lab):
    host = lab.hosts["ws-07"]
    person = lambda sid, domain, name, session, service=False: {"sid": sid, "domain": domain, "name": name, "session": session, "service": service}
    host.accounts = {"jdoe": {"sid": JDOE, "disabled": False}, "jdoe2": {"sid": JDOE + "0", "disabled": False}}
    host.processes = [
        person("S-1-5-18", "NT AUTHORITY", "SYSTEM", 1), person(ANNA, "CORP", "anna", 1), person(JDOE, "WS-07", "jdoe", 1),
        person(CORP_JDOE, "CORP", "jdoe", 2), person(ANNA, "CORP", "anna", 2), person(JDOE, "WS-07", "jdoe", 3), person(JDOE, "WS-07", "jdoe", 0, True)]
    host.tickets, host.left = {JDOE: 2, CORP_JDOE: 3}, [(JDOE, "service Backup")]
    calls = len(host.told)
    code, text = lab.run("revoke", "--host", "ws-07", "--user", "jdoe")
    expect("a name that is two accounts is refused", code == 1 and "two accounts match" in text and not any("apply" in t[0] for t in host.told[calls:]), (code, text))
    code, text = lab.run("revoke", "--host", "ws-07", "--user", "WS-07\\jdoe")
    own = re.search(r"R-\d+-\d+-\w+", text).group()
    left = [(p["sid"], p["session"]) for p in host.processes]
    expect("the host's own: disabled, ended in his session and in anna's", code == 0 and host.accounts["jdoe"]["disabled"] and not host.accounts["jdoe2"]["disabled"]
           and left == [("S-1-5-18", 1), (ANNA, 1), (CORP_JDOE, 2), (ANNA, 2), (JDOE, 0)] and host.tickets == {CORP_JDOE: 3}, (code, text, left))
    code, text = lab.run("revoke", "--host", "ws-07", "--user", "jdoe@corp.example")
    expect("the domain's: his session is logged off with what anna ran there", code == 0 and [p["session"] for p in host.processes] == [1, 1, 0] and not host.tickets, (code, text))
    domains = re.search(r"R-\d+-\d+-\w+", text).group()
    code, text = lab.soarctl("contained")
    expect("both stand in the ledger", text.count("jdoe") >= 2, text)
    calls = len(host.told)
    code, text = lab.soarctl("release", domains, "--yes", "--reason", "test")
    expect("the domain's is let go, and nothing is said to the host", code == 0 and not any("revert" in t[0] for t in host.told[calls:]), (code, text))
    code, text = lab.soarctl("release", own, "--yes", "--reason", "test")
    expect("the host's own is enabled again, by its SID", code == 0 and not host.accounts["jdoe"]["disabled"], (code, text))
    code, text = lab.soarctl("contained")
    expect("nothing is left in the ledger", "jdoe" not in text, text)
    code, text = lab.run("revoke", "--host", "ws-07", "--user", "nobody")
    expect("a name that nobody has there", code == 1 and "knows nobody" in text, (code, text))


def strangers(lab):
    for name, word in (("ws-08", "certificate"), ("ws-09", "password")):
        code, text = lab.run("isolate", "--host", name)
        expect(f"{name}, a wrong {word}: not isolated, and no script ran", code != 0 and not lab.hosts[name].told and "ws" in text, (code, text))
        expect(f"{name}: the password is in no line", not any(p in text for p in PASSWORDS.values()), text)
    expect("who shows another's certificate hears no password", not lab.machines["ws-08"].ways, lab.machines["ws-08"].ways)


def form_of(host):
    """What the host was told, each different call once; what changes from run to run has a word."""
    form = {}
    for key, values, commands, out, code in host.told:
        if "task" in values:
            values = {**values, "task": "TASK"}
        entry = {"values": values, "commands": commands, "out": out, "exit": code}
        calls = form.setdefault(key, {"script": "", "calls": []})["calls"]
        if entry not in calls:
            calls.append(entry)
    for pack, path in windows.PACKS.items():
        for place, text in windows.scripts_of(os.path.join(ROOT, "actions", path)).items():
            form.setdefault(f"{pack} {place}", {"calls": []})["script"] = windows.digest(text)
    return form


def recorded(host):
    seen = form_of(host)
    if "--record" in sys.argv:
        os.makedirs(os.path.dirname(RECORDED), exist_ok=True)
        with open(RECORDED, "w", encoding="utf-8") as file:
            file.write(json.dumps(seen, indent=1, sort_keys=True) + "\n")
    with open(RECORDED, encoding="utf-8") as file:
        known = json.load(file)
    for key in sorted(set(seen) | set(known)):
        now, before = seen.get(key, {}), known.get(key, {})
        expect(f"the text of {key} is the one that was looked at", now.get("script") == before.get("script"),
               f"actions/{windows.PACKS.get(key.split()[0])}: does `{key.replace(' ', '_')}` in tests/lab/windows.py still do the same? Then: windows_test.py --record")
        expect(f"what {key} is given, and what comes of it", now.get("calls") == before.get("calls"), json.dumps({"now": now.get("calls"), "recorded": before.get("calls")}, indent=1))


def main():
    if not os.access(SOARCTL, os.X_OK):
        print("skip: there is no " + SOARCTL)
        return 77
    if "--inside" not in sys.argv:
        enter()
    with tempfile.TemporaryDirectory(prefix="soar-windows-") as directory, certificates.Authority() as authority:
        lab = Lab(directory, authority)
        try:
            lost = begin_killed(lab)
            isolation(lab)
            sessions(lab)
            strangers(lab)
            expect("nothing that the host didn't know", not any(m.complaints for m in lab.machines.values()), [m.complaints for m in lab.machines.values()])
            code, text = lab.soarctl("journal", "verify")
            expect("the journal verifies", code == 0, text)
            recorded(lab.hosts["ws-07"])
            end_killed(lab, *lost)
        finally:
            lab.down()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
