#!/usr/bin/python3
"""How fast evidence comes: a stream from a real host over SSH into the evidence store, against what a person would do by hand
with the same data on the same machine (tests/lab/fleet.sh, so host and engine share its cores).

    by_hand     ssh host cat FILE | zstd | sha256sum: one hash, nothing kept
    by_soar     soarctl run: ssh.collect into soar-evidence: two hashes, compressed, on disk, synced, in a signed manifest; from
                the writer's first byte to its record (begun to ended), and `whole`: the run from its start to its end
    writer      soar-evidence alone, fed by a pipe
    peak_kb     the largest resident size of each process of ours; `half` is what it was when half the bytes had come

The bytes: half of them programs, half random. Usage: evidence.py [--mib N] [--runs N]     SOAR_BUILD: whose soarctl (default
build/release). The last line is JSON, speeds in MiB/s; needs root, zstd, and twice the size in the disk's room."""
import argparse
import glob
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLEET = os.path.join(ROOT, "tests/lab/fleet.sh")
BUILD = os.environ.get("SOAR_BUILD", os.path.join(ROOT, "build/release"))
SOARCTL, WRITER = os.path.join(BUILD, "bin/soarctl"), os.path.join(BUILD, "libexec/soar/soar-evidence")
MIB = 1 << 20
RUN_S = 900
OURS = ("soarctl", "soar-ssh", "soar-evidence")

PLAYBOOK = "playbook_name: Collect\nactions:\n  - step: collect\n    action: Collect_File\n"
PACK = """action: Collect_File
summary: The bench's own, a file as evidence.
per: host
lock: memory
done: collected
providers:
  linux:
    when: target.os == "linux"
    via: ssh
    timeout: 1h
    find:
      - ssh.read: {script: cat /etc/hostname}
        as: found
      - one: host
        of: '[found.out]'
        id: target.name
    check:
      - so: kept.?evidence.?whole.orValue(false)
    apply:
      - ssh.collect: {script: exec cat /root/bench.bin, name: bench.bin, form: raw, expected: "BYTES"}
        deadline: 30m
"""


def make_data(path, mib):
    """Programs and libraries of this machine, each block followed by a random one."""
    names = sorted(glob.glob("/usr/lib/x86_64-linux-gnu/*.so*") + glob.glob("/usr/bin/*"))
    left = mib * MIB
    with open(path, "wb") as out:
        while left > 0:
            for name in names:
                if not os.path.isfile(name):
                    continue
                with open(name, "rb") as program:
                    while left > 0 and (block := program.read(64 * 1024)):
                        both = (block + os.urandom(len(block)))[:left]
                        out.write(both)
                        left -= len(both)


def peaks(parent):
    """Resident and peak sizes of our programs below a process: {name: (now, peak)}"""
    found = {}
    try:
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
            pids = [parent] + [int(pid) for pid in file.read().split()]
    except OSError:
        return found
    for pid in pids:
        try:
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                fields = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
        except OSError:
            continue
        if fields.get("Name") in OURS and "VmRSS" in fields:
            found[fields["Name"]] = (int(fields["VmRSS"].split()[0]), int(fields["VmHWM"].split()[0]))
    return found


class Watch(threading.Thread):
    """Looks at the sizes ten times a second; `progress` says how much of the stream has come."""

    def __init__(self, pid, progress):
        super().__init__(daemon=True)
        self.pid, self.progress, self.seen, self.over = pid, progress, {}, False
        self.start()

    def run(self):
        while not self.over:
            share = self.progress()
            for name, (_, peak) in peaks(self.pid).items():
                seen = self.seen.setdefault(name, {"half": 0, "peak": 0})
                seen["peak"] = max(seen["peak"], peak)
                if share <= 0.5:
                    seen["half"] = max(seen["half"], peak)
            time.sleep(0.1)

    def stop(self):
        self.over = True
        self.join()
        return self.seen


class Bench:
    def __init__(self, where, mib):
        self.where, self.mib = where, mib
        self.fleet = {**os.environ, "FLEET_NAME": f"be{os.getpid() % 10000}", "FLEET_DIR": os.path.join(where, "fleet")}
        self.fleet.pop("FLEET_NET", None)
        self.data = os.path.join(where, "data.bin")
        for name, text in (("collect.yaml", PLAYBOOK), ("packs/collect_file.yaml", PACK.replace("BYTES", str(mib * MIB)))):
            os.makedirs(os.path.dirname(os.path.join(where, name)), exist_ok=True)
            with open(os.path.join(where, name), "w", encoding="utf-8") as file:
                file.write(text)

    def __enter__(self):
        make_data(self.data, self.mib)
        with open(self.data, "rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else \
                hashlib.sha256(file.read()).hexdigest()
        subprocess.run([FLEET, "up", "1"], env=self.fleet, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        host = subprocess.run([FLEET, "where", "web-01"], env=self.fleet, check=True, capture_output=True, text=True).stdout.split()
        self.address = host[1]
        with open(self.data, "rb") as file:  # into the host's own root: no other machine's file is read
            subprocess.run([FLEET, "exec", "web-01", "sh", "-c", "cat >/root/bench.bin"], env=self.fleet, check=True, stdin=file)
        return self

    def __exit__(self, *_):
        subprocess.run([FLEET, "down"], env=self.fleet, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def by_hand(self):
        keys = os.path.join(self.where, "fleet/keys")
        ssh = f"ssh -F none -i {keys}/id_ed25519 -o BatchMode=yes -o UserKnownHostsFile={keys}/known_hosts root@{self.address}"
        begin = time.monotonic()
        subprocess.run(["bash", "-c", f"set -o pipefail; {ssh} cat /root/bench.bin | zstd -q | sha256sum"], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        return self.mib / (time.monotonic() - begin)

    def by_soar(self, number):
        state = os.path.join(self.where, f"state-{number}")
        config = os.path.join(self.where, "soard.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("inventory: fleet/inventory.yaml\npacks: [packs]\nevidence: {reserve: 100MiB}\n")
        part = os.path.join(state, "evidence/parts/E-1")
        begin = time.monotonic()
        run = subprocess.Popen([SOARCTL, "run", os.path.join(self.where, "collect.yaml"), "--host", "web-01", "--config", config,
                                "--state", state, "--json", "--yes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        stored = self.mib * MIB * 0.75  # about what becomes of these bytes

        def progress():
            try:
                return os.stat(part).st_size / stored
            except OSError:
                return 0
        watch = Watch(run.pid, progress)
        out, err = run.communicate(timeout=RUN_S)
        whole, sizes = time.monotonic() - begin, watch.stop()
        if run.returncode:
            raise SystemExit(f"soarctl run: exit {run.returncode}: {err.strip()[-500:]} {out[-500:]}")
        with open(os.path.join(state, "evidence/manifest.jsonl"), encoding="utf-8") as file:
            record = json.loads(file.readlines()[-1])
        if not record["whole"] or record["sha256"] != self.sha256:
            raise SystemExit(f"not what was sent: {record}")
        subprocess.run(["rm", "-rf", state], check=True)
        return self.mib / (record["took_ms"] / 1000), self.mib / whole, sizes

    def writer(self):
        directory = os.path.join(self.where, "alone")
        script = 'exec 3< <(exec cat "$1"); exec "$2"'
        worker = subprocess.Popen(["bash", "-c", script, "sh", self.data, WRITER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        for line in ({"peer": {"dir": directory}, "mode": "all"},
                     {"call": 1, "function": "evidence.keep", "left_ms": RUN_S * 1000, "args": {"id": "E-1"}},
                     {"call": 2, "function": "evidence.seal", "left_ms": 60000, "args": {"id": "E-1", "whole": True}}):
            worker.stdin.write(json.dumps(line) + "\n")
        worker.stdin.flush()
        progress = {"bytes": 0}
        watch = Watch(worker.pid, lambda: progress["bytes"] / (self.mib * MIB))
        kept = None
        for line in worker.stdout:
            message = json.loads(line)
            progress = message if "progress" in message else progress
            if message.get("answer") == 1:
                kept = message["result"]
            if message.get("answer") == 2:
                break
        sizes = watch.stop()
        worker.stdin.close()
        worker.wait()
        if kept is None or kept["sha256"] != self.sha256:
            raise SystemExit(f"soar-evidence: {kept}")
        subprocess.run(["rm", "-rf", directory], check=True)
        return self.mib / (kept["took_ms"] / 1000), sizes


def best(values):
    return round(max(values))


def main():
    parser = argparse.ArgumentParser(description="the speed of the evidence path")
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    if os.geteuid() != 0 or not os.access(WRITER, os.X_OK):
        sys.exit(f"needs root, and {WRITER}")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    found = {"bench": "evidence", "mib": options.mib, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
             "kernel": platform.release(), "peak_kb": {}}
    by_hand, by_soar, whole, alone = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="soar-bench.", dir=os.environ.get("SOAR_BENCH_DIR")) as where, \
            Bench(where, options.mib) as bench:
        for number in range(options.runs):  # in turns, so that what else goes on hits all of them
            by_hand.append(bench.by_hand())
            speed, run, sizes = bench.by_soar(number)
            by_soar.append(speed)
            whole.append(run)
            found["peak_kb"].update(sizes)
            speed, sizes = bench.writer()
            alone.append(speed)
            found["peak_kb"]["soar-evidence alone"] = sizes.get("soar-evidence")
            print(f"by hand {by_hand[-1]:5.0f}   by soar {by_soar[-1]:5.0f}   whole run {whole[-1]:5.0f}   writer alone "
                  f"{alone[-1]:5.0f} MiB/s", flush=True)
    found.update(by_hand=best(by_hand), by_soar=best(by_soar), whole=best(whole), writer=best(alone),
                 share=round(max(by_soar) / max(by_hand), 2))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
