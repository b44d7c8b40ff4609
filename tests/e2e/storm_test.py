#!/usr/bin/python3
"""Property: under load and ten kills each acknowledged alert has its run, each run ends, and the ledger says what the endpoints
say.
Method: 20 real endpoints (tests/lab/fleet.sh), 50 clients over TLS with one connection each, N alerts in all (10,000; in a usual
run 1,000), each naming one host; a client that gets no answer sends the same bytes again until it has one. soard is killed with
-9 ten times on the way. At the end the record is read past soar, and each host's firewall by its kernel.

Usage: storm_test.py [--alerts N] [--kills N]      SOAR_STORM=N is the same as --alerts N"""
import argparse
import collections
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time

from crash_fleet import Fleet
from daemon import Checks, Soard, alert, record, signed

HOSTS, CLIENTS = 20, 50
SECRET = "a-secret-of-the-siem"
SEND_S, END_S = 1500, 2400  # bounds, whatever happens
CONFIG = """\
inventory: {inventory}
playbooks: [{{dir: playbooks}}]
webhooks:
  siem: {{path: /webhook/siem, format: soar, rate: 900000/1m,
         auth: {{hmac_sha256: {{secret: "env:SIEM_SECRET", header: X-Soar-Signature, timestamp: X-Soar-Timestamp, window: 1h}}}}}}
policy:
  blast_radius: {{isolate: {{at_most: 1000/1h}}}}
"""
PLAYBOOK = """\
playbook_name: Contain
trigger: SIEM_Alert_High_Confidence
actions:
  - step: isolate
    action: Isolate_Endpoint
"""


class Storm:
    def __init__(self, soard, count):
        self.soard, self.count = soard, count
        self.next, self.lock = 0, threading.Lock()
        self.answered, self.odd, self.tries = {}, [], 0
        self.end = time.monotonic() + SEND_S

    def take(self):
        with self.lock:
            self.next += 1
            return self.next - 1 if self.next <= self.count else None

    def send(self, connection, body, headers):
        """Until there is an answer: what a SIEM does."""
        while time.monotonic() < self.end:
            self.tries += 1
            try:
                status, _, answer = self.soard.request("POST", "/webhook/siem", body, headers, connection)
                if status != 503:
                    return status, answer
            except (OSError, http.client.HTTPException):
                connection.close()
            time.sleep(0.05)
        return 0, "no answer in time"

    def client(self):
        connection = self.soard.connection()
        while (number := self.take()) is not None:
            body = json.dumps(alert(number, f"web-{number % HOSTS + 1:02d}")).encode()
            status, answer = self.send(connection, body, signed(SECRET, body))
            with self.lock:
                if status == 202 and len(answer["alerts"]) == 1 and answer["alerts"][0].get("started"):
                    one = answer["alerts"][0]
                    self.answered[number] = (one["id"], one["started"][0]["run"])
                else:
                    self.odd.append((number, status, answer))
        connection.close()

    def play(self, kills, chance):
        clients = [threading.Thread(target=self.client) for _ in range(CLIENTS)]
        at = sorted(chance.randrange(self.count // 20, self.count) for _ in range(kills))
        for one in clients:
            one.start()
        for number in at:
            while len(self.answered) + len(self.odd) < number and time.monotonic() < self.end:
                time.sleep(0.002)
            self.soard.kill()
            self.soard.start(ready=False)
        for one in clients:
            one.join()


def settle(soard):
    end = time.monotonic() + END_S
    while time.monotonic() < end:
        if soard.ask("status")["runs"]["live"] == 0:
            return True
        time.sleep(0.5)
    return False


def look(checks, soard, storm):
    events = record(soard.state)
    started = collections.Counter(run for run, kind, _ in events if kind == "run.started")
    ended = {run: body["result"] for run, kind, body in events if kind == "run.ended"}
    ids = collections.Counter(body["alert"] for _, kind, body in events if kind == "alert.received")
    checks.expect(all(ids[one] == 1 and started[run] == 1 for one, run in storm.answered.values()),
                  "each acknowledged alert is there once, with its run once")
    checks.same(storm.count, len(started), "no run more than alerts")
    checks.same(set(started), set(ended), "each run has ended")
    checks.same({"completed"}, set(ended.values()), "each is completed")
    intents = sum(kind == "call.intended" for _, kind, _ in events)
    print(f"{len(events)} events, {intents} intents, {storm.tries} posts for {storm.count} alerts")


def ledger(checks, soard, fleet):
    rows = soard.ask("contained")["containments"]
    held = {row["target"] for row in rows if row["state"] == "held"}
    seen = fleet.look(fleet.hosts)
    cut = {name for name, one in seen if one["now"]}
    armed = {name for name, one in seen if one["armed"]}
    loads = {name: one["loads"] for name, one in seen if one["loads"] != 1}
    checks.same(cut, held, "the ledger says what the endpoints say")
    checks.same({host.name for host in fleet.hosts}, cut, "all of them are isolated")
    checks.same(set(), armed, "no dead man waits")
    checks.same({}, loads, "each was loaded exactly once")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--alerts", type=int, default=int(os.environ.get("SOAR_STORM", "1000")))
    words.add_argument("--kills", type=int, default=10)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    if os.geteuid() != 0:
        print("skip: needs root: it makes namespaces")
        return 77
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="soar-test.") as where, Fleet(where, HOSTS) as fleet:
        os.makedirs(f"{where}/playbooks")
        with open(f"{where}/playbooks/contain.yaml", "w", encoding="utf-8") as file:
            file.write(PLAYBOOK)
        with Soard(where, CONFIG.format(inventory=fleet.inventory), {"SIEM_SECRET": SECRET}, tls=True) as soard:
            soard.start()
            storm = Storm(soard, asked.alerts)
            began = time.monotonic()
            storm.play(asked.kills, random.Random(asked.seed))
            print(f"{asked.alerts} alerts from {CLIENTS} clients over TLS, {soard.lives - 1} kills: {time.monotonic() - began:.1f} s")
            checks.expect(not storm.odd, "every alert is acknowledged", storm.odd[:3])
            checks.same(asked.alerts, len(storm.answered), "as many answers as alerts")
            soard.wait_ready()
            checks.expect(settle(soard), "every run ends in time")
            print(f"all runs ended after {time.monotonic() - began:.1f} s")
            ledger(checks, soard, fleet)
            checks.same(0, soard.stop(), "it stops cleanly")
            look(checks, soard, storm)
            soard.ask("journal", "verify", code=0)
            checks.expect(True, "the record is whole")
            if checks.failed:
                print(soard.last_words())
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
