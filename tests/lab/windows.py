"""What a Windows host would do of the scripts of our packs, as a small model: its firewall and who is logged on there. No PowerShell is
read: each script is known by its text's digest, which stands in tests/actions/recorded/windows.json beside what it did when somebody
last looked (the commands it gave, the words it said). A text that has changed is therefore told, with the place to look at again.

    host = Host("WS-07"); machine.scripts = host.scripts()
    host.rules, host.off, host.task, host.processes, host.accounts; host.told: (script, values, commands, output, exit) of each"""
import copy
import hashlib
import ipaddress
import json
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKS = {"firewall": "isolate_endpoint/with-windows-firewall.yaml", "sessions": "revoke_credentials/windows-sessions.yaml"}
PERSON = re.compile(r"S-1-(5-21|12-1)-")


def scripts_of(path):
    """The texts behind `script: |`, each with its phase and number: "apply 1"."""
    found, phase, count, lines = {}, "", {}, open(path, encoding="utf-8").read().split("\n")
    for i, line in enumerate(lines):
        head = re.match(r"    (find|check|apply|revert):", line)
        phase = head.group(1) if head else phase
        if line.strip() != "script: |":
            continue
        body = []
        depth = len(lines[i + 1]) - len(lines[i + 1].lstrip())
        for text in lines[i + 1 :]:
            if text.strip() and len(text) - len(text.lstrip()) < depth:
                break
            body.append(text[depth:])
        count[phase] = count.get(phase, 0) + 1
        found[f"{phase} {count[phase]}"] = "\n".join(body).rstrip("\n") + "\n"
    return found


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def around(version, spans):
    """All addresses but these, as the firewall takes them."""
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    first, last, ranges = 0, 2 ** (32 if version == 4 else 128) - 1, []
    for low, high in sorted(spans):
        if low > first:
            ranges.append(f"{kind(first)}-{kind(low - 1)}")
        first = max(first, high + 1)
    return ",".join(ranges + [f"{kind(first)}-{kind(last)}"] if first <= last else ranges)


def ports(open_ones):
    first, ranges = 0, []
    for port in sorted(set(open_ones)):
        if port > first:
            ranges.append(f"{first}-{port - 1}")
        first = port + 1
    return ",".join(ranges + [f"{first}-65535"] if first <= 65535 else ranges)


class Host:
    def __init__(self, name, domain=""):
        self.name, self.domain = name, domain
        self.rules, self.off, self.task = [], {"public"}, None  # rules: (name, the rest of netsh's words)
        self.processes = []  # {sid, domain, name, session, service}, the oldest first
        self.accounts = {}  # local: name -> {sid, disabled}
        self.tickets = {}  # sid -> how many
        self.left = []  # what runs as somebody by itself: (sid, words)
        self.us = "S-1-5-21-7-8-9-1099"
        self.told, self.commands, self.least = [], [], None
        self.hook = lambda key: None

    def scripts(self):
        table = {}
        for pack, path in PACKS.items():
            for place, text in scripts_of(os.path.join(ROOT, "actions", path)).items():
                table[digest(text)] = self.runner(f"{pack} {place}")
        return table

    def runner(self, key):
        def run(values):
            self.commands = []
            before = copy.deepcopy(values)
            out, code = getattr(self, key.replace(" ", "_"))(values)
            self.told.append((key, before, self.commands, out, code))
            self.hook(key)
            return "".join(line + "\r\n" for line in out).encode(), b"", code

        return run

    # ---- the firewall ------------------------------------------------------------------------------------------------

    def netsh(self, *words):
        self.commands.append("netsh advfirewall " + " ".join(words))
        named = [w[5:] for w in words if w.startswith("name=")]
        if words[:3] == ("firewall", "add", "rule"):
            self.rules.append((named[0], " ".join(w for w in words[3:] if not w.startswith("name="))))
        elif words[:3] == ("firewall", "delete", "rule"):
            self.rules = [r for r in self.rules if r[0] != named[0]]
            self.watch()
        elif words == ("set", "allprofiles", "state", "on"):
            self.off = set()
        elif words[0] == "set" and words[2:] == ("state", "off"):
            self.off.add(words[1].removesuffix("profile"))
        elif words[:3] == ("firewall", "show", "rule"):
            return any(r[0] == named[0] for r in self.rules)
        else:
            raise ValueError(f"netsh was never asked that: {words}")
        return True

    def watch(self):
        """How few rules there were at any moment since `least` was set."""
        if self.least is not None:
            self.least = min(self.least, len(self.rules))

    def dead_man(self):
        if self.task:
            self.rules, self.off, self.task = [], self.off | set(self.task["off"]) - {"none"}, None

    def off_words(self):
        return ",".join(p for p in ("domain", "private", "public") if p in self.off) or "none"

    def firewall_find_1(self, _):
        return [], 0

    def firewall_check_1(self, values):
        if not self.rules:
            return [f"clear {self.off_words()}"], 0
        if self.task:
            return ["armed"], 0
        lines = "\n".join(sorted(words for _, words in self.rules)) + f"\noff {self.off_words()}"
        return [f"so {digest(lines).upper()} {digest(json.dumps(values, sort_keys=True)).upper()}"], 0

    def firewall_apply_1(self, soar):
        self.task = {"task": soar["task"], "after": soar["dead_man"], "off": soar["off"].split(",")}
        self.commands.append(f"schtasks soar_isolate, in {soar['dead_man']} s as SYSTEM: take the rules away; off {soar['off']}")
        tcp = {}
        for one in soar["allow"]:
            tcp.setdefault(one["ip"], []).append(one["port"])
        stay = sorted({*soar["manage"], *soar["dhcp"], *tcp})
        four = [(int(ipaddress.ip_address(a)),) * 2 for a in stay if ":" not in a]
        six = [(int(ipaddress.ip_address(a)),) * 2 for a in stay if ":" in a]
        if six:
            six += [tuple(int(ipaddress.ip_address(a)) for a in (low, low.split(":")[0].replace("fe80", "febf") + ":ffff" * 7)) for low in ("fe80::", "ff02::")]
        taken = self.netsh("firewall", "show", "rule", "name=soar_isolate")
        name, old = ("soar_isolate_2", "soar_isolate") if taken else ("soar_isolate", "soar_isolate_2")
        self.netsh("firewall", "delete", "rule", "name=" + name)
        block = lambda *words: self.netsh("firewall", "add", "rule", "name=" + name, "action=block", "enable=yes", "profile=any", *words)
        for way in ("out", "in"):
            block("dir=" + way, "remoteip=" + around(4, four))
            block("dir=" + way, "remoteip=" + around(6, six))
            for kind in ("TCP", "UDP") if six else ():
                block("dir=" + way, "protocol=" + kind, "remoteip=fe80::/10,ff02::/16")
        for address in stay:
            udp = "0-66,68-65535" if address in soar["dhcp"] else "0-65535"
            for way in ("out", "in"):
                if way == "in" and address in soar["manage"]:
                    continue
                closed = ports(tcp.get(address, [])) if way == "out" else "0-65535"
                if closed:
                    block("dir=" + way, "protocol=TCP", "remoteport=" + closed, "remoteip=" + address)
                block("dir=" + way, "protocol=UDP", "remoteport=" + udp, "remoteip=" + address)
                for kind in () if ":" in address else ("icmpv4", "2", "4", "41", "47", "50", "51", "132"):
                    block("dir=" + way, "protocol=" + kind, "remoteip=" + address)
        self.netsh("firewall", "delete", "rule", "name=" + old)
        self.netsh("set", "allprofiles", "state", "on")
        return [], 0

    def firewall_apply_2(self, soar):
        if not self.task or self.task["task"] != soar["task"]:
            return [], 12
        self.task = None
        return [], 0

    def firewall_revert_1(self, soar):
        for name in ("soar_isolate", "soar_isolate_2"):
            self.netsh("firewall", "delete", "rule", "name=" + name)
        for profile in ("domain", "private", "public"):
            if profile in soar["off"].split(","):
                self.netsh("set", profile + "profile", "state", "off")
        self.task = None
        return [], 0

    # ---- people --------------------------------------------------------------------------------------------------------

    def sessions_find_1(self, soar):
        name, said = soar["name"].lower(), soar["domain"].lower()
        same = lambda a: a.lower() == name
        found = {}
        if said in ("", ".", self.name.lower(), f"{self.name}.{self.domain}".lower()):
            found = {a["sid"]: ("local", self.name, n) for n, a in self.accounts.items() if same(n)}
        if not found or not said:
            for p in self.processes:
                own = said == self.domain and p["domain"].lower() == said.split(".")[0]
                if p["sid"] not in found and same(p["name"]) and (not said or p["domain"].lower() == said or own):
                    found[p["sid"]] = ("remote", p["domain"], p["name"])
        if not found and soar["known"]["sid"]:
            found = {soar["known"]["sid"]: ("remote", soar["known"]["domain"], soar["known"]["name"])}
        if not found:
            return [], 3
        out = []
        for sid in sorted(found):
            where, domain, called = found[sid]
            out += ([""] if out else []) + [sid, where, "ours" if sid == self.us else "his", "-", domain, called, "Users" if where == "local" else "-"]
        return out, 0

    def account(self, soar):
        found = [a for a in self.accounts.values() if a["sid"] == soar["sid"]]
        return found[0] if found else None

    def his(self, sid):
        first = {}
        for p in self.processes:
            if PERSON.match(p["sid"]) and p["session"]:
                first.setdefault(p["session"], p["sid"])
        processes = [p for p in self.processes if p["sid"] == sid and (p["session"] or not p.get("service"))]
        return sorted(s for s, owner in first.items() if owner == sid), processes

    def sessions_check_1(self, soar):
        state = "remote"
        if soar["local"]:
            if not self.account(soar):
                return [], 15
            state = "disabled" if self.account(soar)["disabled"] else "enabled"
        sessions, processes = self.his(soar["sid"])
        return [f"{state} {len(sessions)} {len(processes)} {self.tickets.get(soar['sid'], 0)}"], 0

    def sessions_apply_1(self, soar):
        if soar["sid"] == self.us:
            return [], 16
        if soar["local"]:
            if not self.account(soar):
                return [], 15
            if not self.account(soar)["disabled"]:
                self.commands.append(f"net user {soar['name']} /active:no")
                self.account(soar)["disabled"] = True
        if self.tickets.pop(soar["sid"], 0):
            self.commands.append(f"klist purge, each logon of {soar['domain']}\\{soar['name']}")
        sessions, processes = self.his(soar["sid"])
        self.commands += [f"logoff {s}" for s in sessions]
        for p in processes:
            self.commands.append(f"Stop-Process, in session {p['session']}")
        self.processes = [p for p in self.processes if p["session"] not in sessions and p not in processes]
        return [", ".join(words for sid, words in self.left if sid == soar["sid"]) or "nothing"], 0

    def sessions_revert_1(self, soar):
        if not self.account(soar):
            return [], 15
        if self.account(soar)["disabled"]:
            self.commands.append(f"net user {soar['name']} /active:yes")
            self.account(soar)["disabled"] = False
        return [], 0
