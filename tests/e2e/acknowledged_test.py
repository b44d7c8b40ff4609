#!/usr/bin/python3
"""Property: an alert that was answered with 2xx is never lost, and never runs twice, whatever happens to soard right after.
Method: a real soard with its front; each of N alerts (1,000; --quick 60) is posted and soard is killed with -9 as soon as the
answer's first byte is there. Every third alert is sent again to the next life, byte by byte, as a sender does that did not see
its answer. At the end the record is read past soar: each acknowledged id once, its run once, and ended. The hosts are soar's
own machine, which is refused, so that a run has an end without a fleet; that real hosts end well is storm_test.py's.

Usage: acknowledged_test.py [--quick]"""
import json
import sys
import tempfile
import time

from daemon import Checks, Soard, alert, record, signed

COUNT = 60 if "--quick" in sys.argv else 1000
END_S = 120
SECRET = "a-secret-of-the-siem"
CONFIG = """\
inventory: inventory.yaml
playbooks: [{dir: playbooks}]
webhooks:
  siem: {path: /webhook/siem, format: soar, rate: 100000/1m,
         auth: {hmac_sha256: {secret: "env:SIEM_SECRET", header: X-Soar-Signature, timestamp: X-Soar-Timestamp, window: 1h}}}
"""
INVENTORY = "hosts:\n  soar-01: {address: 127.0.0.1, os: linux, via: ssh, user: root, key: \"file:id\", known_hosts: known_hosts}\n"
PLAYBOOK = """\
playbook_name: Contain
trigger: SIEM_Alert_High_Confidence
actions:
  - step: isolate
    action: Isolate_Endpoint
"""


def prepare(where):
    import os  # pylint: disable=import-outside-toplevel
    os.makedirs(f"{where}/playbooks")
    for name, text in (("inventory.yaml", INVENTORY), ("playbooks/contain.yaml", PLAYBOOK), ("id", "none\n"), ("known_hosts", "")):
        with open(f"{where}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    return Soard(where, CONFIG, {"SIEM_SECRET": SECRET})


def lives(soard, checks):
    """Posts and kills; the ids answered, with their runs."""
    answered, again, wrong = {}, None, []
    for number in range(COUNT):
        soard.start()
        if again:  # the same bytes, to the life after the one that answered them
            status, _, answer = soard.request("POST", "/webhook/siem", *again[0])
            if status != 202 or [a["id"] for a in answer["alerts"]] != [again[1]]:
                wrong.append((number, status, answer))
        body = json.dumps(alert(number, "soar-01")).encode()
        headers = signed(SECRET, body)
        status, _, answer = soard.request("POST", "/webhook/siem", body, headers)
        soard.kill()
        if status != 202:
            wrong.append((number, status, answer))
            continue
        one = answer["alerts"][0]
        answered[one["id"]] = one["started"][0]["run"] if one.get("started") else None
        again = ((body, headers), one["id"]) if number % 3 == 0 else None
    checks.expect(not wrong, "every alert is answered 202, and its repetition as the first time", wrong[:3])
    checks.same(COUNT, len(answered), "each has an id of its own")
    checks.expect(all(answered.values()) and len(set(answered.values())) == COUNT, "each starts a run of its own")
    return answered


def settle(soard):
    """The last life ends what the others left."""
    soard.start()
    end = time.monotonic() + END_S
    while time.monotonic() < end:
        if not [r for r in soard.ask("runs", "--limit", "5", "--only", "running")["runs"]]:
            break
        time.sleep(0.2)
    return soard.stop()


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="soar-test.") as where, prepare(where) as soard:
        began = time.monotonic()
        answered = lives(soard, checks)
        checks.same(0, settle(soard), "it stops cleanly")
        print(f"{COUNT} lives in {time.monotonic() - began:.0f} s")
        events = record(soard.state)
        received = [body["alert"] for _, kind, body in events if kind == "alert.received" and not body.get("refused")]
        started = [run for run, kind, _ in events if kind == "run.started"]
        ended = [run for run, kind, _ in events if kind == "run.ended"]
        checks.expect(set(answered) <= set(received), "no answered alert is lost", sorted(set(answered) - set(received))[:3])
        checks.same(len(set(received)), len(received), "none is in the record twice")
        checks.same(COUNT, len(received), "none is there that was not sent")
        checks.same(sorted(answered.values()), sorted(started), "each has exactly the run that was answered")
        checks.same(sorted(started), sorted(ended), "every run has ended")
        soard.ask("journal", "verify", code=0)
        checks.expect(True, "the record is whole")
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
