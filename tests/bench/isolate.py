#!/usr/bin/python3
"""How long it takes to isolate real hosts: one, and twenty at once, over fresh connections (tests/lab/fleet.sh on this
machine, so hosts and engine share its cores). Each run is released again, which is measured, too.

    whole        from the start of `soarctl run` until it has ended: every host isolated, verified, on record
    first_call   from the start of `soarctl run --alert` until the first host's intent is durable, before its call
    host         from the start until one host's outcome is on record: all hosts of all runs together
    release      from the start of `soarctl release` until it has ended

Usage: isolate.py [--hosts N,N…] [--runs N]      SOAR_BUILD: whose soarctl (default build/release). The last line is JSON, times
in milliseconds; needs root."""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLEET = os.path.join(ROOT, "tests/lab/fleet.sh")
SOARCTL = os.path.join(os.environ.get("SOAR_BUILD", os.path.join(ROOT, "build/release")), "bin/soarctl")
RUN_S = 300

PLAYBOOK = "playbook_name: Cut_Off\nactions:\n  - step: isolate\n    action: Isolate_Endpoint\n"


def percentile(times, share):
    """The smallest time that this share of all is not above."""
    ordered = sorted(times)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def summary(times):
    return {"p50": percentile(times, 50), "p99": percentile(times, 99), "max": max(times), "n": len(times)}


class Bench:
    def __init__(self, where, count):
        self.where, self.count = where, count
        self.fleet = {**os.environ, "FLEET_NAME": f"bn{os.getpid() % 10000}", "FLEET_DIR": os.path.join(where, "fleet")}
        self.fleet.pop("FLEET_NET", None)
        self.playbook, self.alert = os.path.join(where, "cut_off.yaml"), os.path.join(where, "alert.json")
        names = [f"web-{i:02d}" for i in range(1, count + 1)]
        with open(self.playbook, "w", encoding="utf-8") as file:
            file.write(PLAYBOOK)
        with open(self.alert, "w", encoding="utf-8") as file:
            json.dump({"id": "A-1", "status": "open", "severity": "critical", "confidence": 95,
                       "rule": {"id": "bench", "name": "bench"},
                       "hosts": [{"name": name, "os": "linux"} for name in names]}, file)

    def __enter__(self):
        self.lab("up", str(self.count))
        return self

    def __exit__(self, *_):
        self.lab("down")

    def lab(self, *words):
        subprocess.run([FLEET, *words], env=self.fleet, check=True, timeout=RUN_S, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def soarctl(self, state, *words):
        """(what it answered, when it began on the wall, how long it took)"""
        env = {"PATH": os.environ["PATH"], "HOME": self.where, "SOAR_STATE": state,
               "SOAR_INVENTORY": os.path.join(self.where, "fleet/inventory.yaml")}
        wall, begin = time.time(), time.monotonic()
        done = subprocess.run([SOARCTL, *words], env=env, capture_output=True, text=True, timeout=RUN_S, check=False)
        took = (time.monotonic() - begin) * 1000
        if done.returncode:
            raise SystemExit(f"soarctl {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout, wall * 1000, took

    def once(self, number):
        state = os.path.join(self.where, f"state-{number}")
        answer, began, whole = self.soarctl(state, "run", self.playbook, "--alert", self.alert, "--json", "--yes")
        exported, _, _ = self.soarctl(state, "journal", "export")
        events = [json.loads(line) for line in exported.splitlines()]
        calls = [e["at"] - began for e in events if e.get("kind") == "call.intended"]
        hosts = [e["at"] - began for e in events if e.get("kind") == "task.ended"]
        if len(hosts) != self.count:
            raise SystemExit(f"{len(hosts)} of {self.count} hosts are isolated")
        _, _, release = self.soarctl(state, "release", json.loads(answer)["run"], "--json", "--yes")
        return whole, min(calls), hosts, release


def measure(count, runs):
    with tempfile.TemporaryDirectory(prefix="soar-bench.") as where, Bench(where, count) as bench:
        bench.once(0)  # caches, and what the hosts load for the first time
        results = [bench.once(number) for number in range(1, runs + 1)]
    whole, first, hosts, release = zip(*results)
    return {"whole": summary(whole), "first_call": summary(first), "host": summary([t for run in hosts for t in run]),
            "release": summary(release)}


def main():
    parser = argparse.ArgumentParser(description="time to isolate real hosts")
    parser.add_argument("--hosts", default="1,20")
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    if os.geteuid() != 0 or not os.access(SOARCTL, os.X_OK):
        sys.exit(f"needs root, and {SOARCTL}")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    found = {"bench": "isolate", "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
             "kernel": platform.release(), "hosts": {}}
    for count in map(int, options.hosts.split(",")):
        found["hosts"][count] = times = measure(count, options.runs)
        for name, of in times.items():
            print(f"{count:4d} hosts  {name:10}  p50 {of['p50']:7.0f} ms   p99 {of['p99']:7.0f} ms   n {of['n']}", flush=True)
            times[name] = {key: round(value) for key, value in of.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
