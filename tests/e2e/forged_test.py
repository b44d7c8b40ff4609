#!/usr/bin/python3
"""Property: who has one source's secret, or writes an alert's fields, gets no further than that source's scope: what is beyond it
is held or refused and said so, a replay starts nothing, a duplicate never hides the real alert, and people are served meanwhile.
Method: a real soard and real endpoints (tests/lab/fleet.sh): web-01 (prod), web-02 and web-03, dc-01. Two sources: `siem` may
say anything, `dev` is scoped. What is cut off is counted by the endpoints' kernels. Hostile HTTP goes by raw sockets.

Usage: forged_test.py"""
import json
import os
import socket
import sys
import tempfile
import threading
import time

from crash_fleet import Fleet
from daemon import Checks, Soard, alert, signed

SIEM, DEV = "the-siem's-secret", "the-secret-of-dev"
CONFIG = """\
inventory: {inventory}
playbooks: [{{dir: playbooks}}]
triggers:
  Host_Alert: {{when: "alert.rule.id == 'host'"}}
  Any_Alert: {{when: "alert.rule.id == 'any'"}}
webhooks:
  siem: {{path: /webhook/siem, format: soar, rate: 100000/1m,
         auth: {{hmac_sha256: {{secret: "env:SIEM_SECRET", header: X-Soar-Signature, timestamp: X-Soar-Timestamp, window: 5m}}}},
         dedup: {{key: [alert.rule.id, "alert.hosts[0].name", "alert.rule.name"], window: 1h}}}}
  dev: {{path: /webhook/dev, format: soar, rate: 100000/1m,
        auth: {{hmac_sha256: {{secret: "env:DEV_SECRET", header: X-Soar-Signature, timestamp: X-Soar-Timestamp, window: 5m}}}},
        scope: {{triggers: [Host_Alert], hosts: [web-02, web-03, "cheap-*"], confidence_max: 70}}, budget: {{isolate: 1/1h}}}}
policy:
  never: {{hosts: ["dc-*"]}}
  blast_radius: {{isolate: {{at_most: 10/1h, kept_for_people: 2}}}}
"""
PLAYBOOK = "playbook_name: {0}\ntrigger: {1}\nactions:\n  - step: isolate\n    action: Isolate_Endpoint\n"


class Intake:
    def __init__(self, checks, soard, fleet):
        self.checks, self.soard, self.fleet = checks, soard, fleet
        self.number = 0

    def alert(self, *hosts, rule="host", name="n", **more):
        self.number += 1
        return {**alert(self.number, *hosts), "rule": {"id": rule, "name": name}, **more}

    def siem(self, one):
        return self.soard.post("/webhook/siem", one, SIEM)

    def dev(self, one):
        return self.soard.post("/webhook/dev", one, DEV)

    def verdict(self, answer):
        """The only alert of an answer: (status, runs, reasons)."""
        status, _, body = answer
        one = body["alerts"][0] if status == 202 else {}
        return status, [s["run"] for s in one.get("started", [])], " ".join(n["why"] for n in one.get("not", []))

    def rest(self, run, want, host=None, seconds=30):
        """Waits until the run, or its task at this host, is as wanted; answers what is."""
        end = time.monotonic() + seconds
        while True:
            shown = self.soard.ask("show", run)
            tasks = [t for step in shown["steps"] for t in step.get("tasks", []) if host in (None, t["target"])]
            seen = {t.get("outcome") or t["state"] for t in tasks}
            if seen == {want} or time.monotonic() > end:
                return " ".join(sorted(seen)), shown
            time.sleep(0.1)

    def cut(self):
        return {name for name, seen in self.fleet.look(self.fleet.hosts) if seen["now"]}


def scope(intake):
    """T8: only its scope; the rest held, or refused."""
    checks = intake.checks
    status, runs, why = intake.verdict(intake.dev(intake.alert("web-02", rule="any", confidence=50)))
    checks.expect(status == 202 and not runs and "dev" in why, "a trigger beyond the source's scope starts nothing, and is said", why)
    _, runs, _ = intake.verdict(intake.dev(intake.alert("web-01", confidence=50)))
    checks.same("held", intake.rest(runs[0], "held")[0], "a host beyond its scope is held")
    asks = json.dumps(intake.soard.ask("waiting"))
    checks.expect("scope.dev" in asks, "by the rule scope.dev", asks)
    _, runs, _ = intake.verdict(intake.dev(intake.alert("web-02", confidence=100)))
    checks.same("held", intake.rest(runs[0], "held")[0], "a confidence over its ceiling is held")
    checks.same(set(), intake.cut(), "nothing is cut off")


def replays(intake):
    checks, soard = intake.checks, intake.soard
    body = json.dumps(intake.alert("cheap-1", rule="none")).encode()
    headers = signed(SIEM, body)
    first = soard.request("POST", "/webhook/siem", body, headers)
    checks.same(202, first[0], "a signed alert is taken")
    same = soard.request("POST", "/webhook/siem", body, headers)
    checks.same((202, first[2]["alerts"]), (same[0], same[2]["alerts"]), "byte by byte again: answered as the first time")
    checks.same(401, soard.request("POST", "/webhook/dev", body, headers)[0], "at another source's path: 401")
    checks.same(401, soard.request("POST", "/webhook/siem", body.replace(b"cheap-1", b"web-01"), headers)[0],
                "its signature over another body: 401")
    old = signed(SIEM, body, time.time().__int__() - 3600)
    checks.same(401, soard.request("POST", "/webhook/siem", body, old)[0], "signed an hour ago: 401")
    soard.kill()
    soard.start()
    again = soard.request("POST", "/webhook/siem", body, headers)
    checks.same((202, first[2]["alerts"]), (again[0], again[2]["alerts"]), "after a restart: answered as the first time, too")


def raw(soard, data, hold=0.0):
    """What the front answers to these bytes: the first line's status, 0 if it only closes."""
    with socket.create_connection(("127.0.0.1", soard.port), timeout=30) as one:
        one.sendall(data)
        time.sleep(hold)
        got = b""
        try:
            while b"\r\n" not in got:
                piece = one.recv(4096)
                if not piece:
                    break
                got += piece
        except OSError:
            pass
        return int(got.split()[1]) if got.startswith(b"HTTP/") else 0


def hostile(intake):
    checks, soard = intake.checks, intake.soard
    lots = json.dumps([intake.alert("cheap-1", rule="none") for _ in range(3000)]).encode()
    checks.same(413, soard.request("POST", "/webhook/siem", lots * 30, signed(SIEM, lots * 30))[0], "a batch beyond the body's limit: 413")
    deep = b'{"id": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    checks.same(400, soard.request("POST", "/webhook/siem", deep, signed(SIEM, deep))[0], "too deep: 400")
    head = b"POST /webhook/siem HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    checks.same(400, raw(soard, head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "length with chunks: 400")
    checks.same(400, raw(soard, head + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"), "two lengths: 400")
    checks.expect(raw(soard, head + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n") in (400, 401), "a chunk of 0x2: refused")
    none = "".join(f"{name}: {value}\r\n" for name, value in signed(SIEM, b"").items() if name != "Content-Type").encode()
    checks.same(411, raw(soard, head + none + b"\r\n"), "no length: 411")
    checks.same(401, raw(soard, head + b"\r\n"), "no length and no signature: 401")
    checks.same(405, soard.request("PUT", "/webhook/siem", b"{}", {"Content-Type": "application/json"})[0], "PUT: 405")
    checks.same(415, soard.request("POST", "/webhook/siem", b"{}", {**signed(SIEM, b"{}"), "Content-Type": "text/xml"})[0], "XML: 415")
    slow(intake)


def slow(intake):
    """Slow senders, and healthy ones beside them."""
    checks, soard = intake.checks, intake.soard
    seen = []
    head = b"POST /webhook/siem HTTP/1.1\r\nHost: x\r\n"
    threads = [threading.Thread(target=lambda: seen.append(raw(soard, head))) for _ in range(50)]
    threads += [threading.Thread(target=lambda: seen.append(raw(soard, head + b"Content-Type: application/json\r\n"
                                                                          b"Content-Length: 100\r\n\r\n{"))) for _ in range(50)]
    for one in threads:
        one.start()
    status = {intake.siem(intake.alert("cheap-2", rule="none"))[0] for _ in range(20)}
    checks.same({202}, status, "beside 100 slow senders a healthy one is served")
    for one in threads:
        one.join()
    checks.expect(set(seen) <= {401, 408}, "slow headers and slow bodies end with 408 (or 401)", set(seen))


def dedup(intake):
    checks = intake.checks
    _, runs, _ = intake.verdict(intake.siem(intake.alert("dc-01", name="same", status="resolved")))
    checks.same([], runs, "a resolved alert starts nothing")
    _, runs, _ = intake.verdict(intake.siem(intake.alert("dc-01", name="same", severity="low")))
    _, later, why = intake.verdict(intake.siem(intake.alert("dc-01", name="same", severity="low")))
    checks.expect(len(runs) == 1 and not later and runs[0] in why, "the same key again is a duplicate, of a run that is named", why)
    _, later, _ = intake.verdict(intake.siem(intake.alert("dc-01", name="same", severity="critical")))
    checks.same(1, len(later), "with a higher severity it passes: a harmless one first hides nothing")
    one = intake.verdict(intake.siem(intake.alert("a/b", name="c")))[1]
    other = intake.verdict(intake.siem(intake.alert("a", name="b/c")))[1]
    checks.expect(len(one) <= 1 and not set(one) & set(other), "keys are lists, not joined text", (one, other))


def names(intake):
    """T5, T6: every way to write dc-01 is dc-01."""
    checks = intake.checks
    address = intake.address
    forms = ["DC-01", "dc-01.", address, f"::ffff:{address}"]
    for number, form in enumerate(forms):
        _, runs, why = intake.verdict(intake.siem(intake.alert(form, name=f"form {number}")))
        seen = intake.rest(runs[0], "refused")[0] if runs else "refused" if why else "nothing said"
        checks.same("refused", seen, f"{form} is refused as dc-01 is")


def many(intake):
    """T7: what one source spends is not everybody's."""
    checks, soard = intake.checks, intake.soard
    _, runs, _ = intake.verdict(intake.dev(intake.alert("web-02", confidence=50)))
    checks.same("changed", intake.rest(runs[0], "changed")[0], "within its scope and budget it isolates")
    connection = soard.connection()
    for _ in range(500):
        body = json.dumps(intake.alert("web-03", confidence=50)).encode()
        status = soard.request("POST", "/webhook/dev", body, signed(DEV, body), connection)[0]
        if status != 202:
            checks.same(202, status, "a forged alert is taken")
            break
    connection.close()
    checks.same({"web-02"}, intake.cut(), "after 500 more its budget holds them all")
    began = time.monotonic()
    done = soard.ask("run", "By_Hand", "--host", "web-01", "--reason", "the analyst's own", "--yes", code=0)
    checks.expect("web-01" in intake.cut(), "the analyst's own run isolates at once", json.dumps(done)[:300])
    print(f"         {time.monotonic() - began:.1f} s beside 500 held runs")


def main():
    if os.geteuid() != 0:
        print("skip: needs root: it makes namespaces")
        return 77
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="soar-test.") as where, Fleet(where, 3) as fleet:
        os.makedirs(f"{where}/playbooks")
        for name, trigger in (("Host", "Host_Alert"), ("Any", "Any_Alert"), ("By_Hand", "{when: \"false\"}")):
            with open(f"{where}/playbooks/{name.lower()}.yaml", "w", encoding="utf-8") as file:
                file.write(PLAYBOOK.format(name, trigger))
        with open(fleet.inventory, encoding="utf-8") as file:
            lines = file.read()
        with open(f"{fleet.dir}/more.yaml", "w", encoding="utf-8") as file:  # a dc-01 that nobody may touch, so it needs no machine
            address = "10.255.255.1"
            first = lines.splitlines()[1]
            file.write(lines + first.replace("web-01", "dc-01").replace(first.split("address: ")[1].split(",")[0], address) + "\n")
        soard = Soard(where, CONFIG.format(inventory=f"{fleet.dir}/more.yaml"), {"SIEM_SECRET": SIEM, "DEV_SECRET": DEV})
        with soard:
            soard.start()
            intake = Intake(checks, soard, fleet)
            intake.address = address
            for part in (scope, replays, hostile, dedup, names, many):
                print("==", part.__name__)
                part(intake)
            checks.same(0, soard.stop(), "it stops cleanly")
            soard.ask("journal", "verify", code=0)
            if checks.failed:
                print(soard.last_words())
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
