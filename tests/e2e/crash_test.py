#!/usr/bin/python3
"""Property: whenever the engine or a worker is killed, and however often, the next start ends the run by itself; every host is
isolated exactly once and still is when the dead man's time is over; the record verifies, and leaves nothing in doubt.
Method: real soarctl, real workers, real hosts (tests/lab/fleet.sh), 20 for each run. The engine is killed with -9 at each place
that has a name (crash_shim.c kills it there exactly), at random moments, and while it starts again; workers at random moments.
What happened on the hosts is told by their kernels (crash_fleet.py), not by soar. A group of hosts is looked at a second time
only when the dead man's time is over; meanwhile the next rounds play on other groups.

Usage: crash_test.py [--quick] [--only WORD] [--seed N]      --only: the rounds whose name begins so"""
import argparse
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from crash_fleet import ROOT, Fleet

BUILD = os.environ.get("SOAR_BUILD", os.path.join(ROOT, "build/dev"))
SOARCTL = os.path.join(BUILD, "bin/soarctl")
HOSTS = 20
GROUPS = 6
DEAD_MAN_S = 20
LOOK_AGAIN_S = DEAD_MAN_S + 5
LIFE_S = 120  # no life lasts longer, whatever happens
LATE_MAX = 10
RELEASE_EVERY = 10  # rounds; after the others the firewall is only emptied, which is quicker

PLAYBOOK = f"""\
playbook_name: Cut_Off
actions:
  - step: isolate
    action: Isolate_Endpoint
    with: {{dead_man: {DEAD_MAN_S}s}}
"""

# ---- the places ---------------------------------------------------------------------------------------------------------
# Where in a life it ends: SOAR_CRASH_WHEN, _KIND, _TEXT of crash_shim.c, and how many events or calls of that sort a whole
# run has (one of them is drawn).

Place = collections.namedtuple("Place", "when kind text of", defaults=("", 1))
Moment = collections.namedtuple("Moment", "share")  # of the time a whole run takes

LOAD, DISARM, REACH, LOOK = "setsid sh -c", "rm $d/armed", '"function":"ssh.reach"', '"function":"ssh.read"'
FIRST, LAST, UNKNOWN = '"position":1,', '"position":3,', '"class":"unknown"'

NAMED = [
    ("alert", [Place("lost", "run.started")]),
    ("alert", [Place("synced", "run.started")]),
    ("open", [Place("lost", "step.opened")]),
    ("open", [Place("synced", "step.opened")]),
    ("check", [Place("heard", "", LOOK, HOSTS)]),
    ("check", [Place("lost", "task.checked", "", HOSTS)]),
    ("check", [Place("lost", "task.checked", "", HOSTS), Place("lost", "task.checked", "", 3)]),
    ("intent", [Place("lost", "call.intended", FIRST, HOSTS)]),
    ("intent", [Place("written", "call.intended", FIRST, HOSTS)]),
    ("intent", [Place("synced", "call.intended", FIRST, HOSTS)]),
    ("intent", [Place("synced", "call.intended", FIRST, HOSTS)]),
    ("apply", [Place("sent", "", LOAD, HOSTS)]),
    ("apply", [Place("sent", "", LOAD, HOSTS)]),
    ("apply", [Place("heard", "", LOAD, HOSTS)]),
    ("apply", [Place("heard", "", LOAD, HOSTS)]),
    ("apply", [Place("heard", "", LOAD, 8), Place("heard", "", LOAD, 1), Place("sent", "", LOAD, 1)]),
    ("outcome", [Place("lost", "call.ended", LAST, HOSTS)]),
    ("outcome", [Place("synced", "call.ended", LAST, HOSTS)]),
    ("outcome", [Place("synced", "call.ended", LAST, HOSTS)]),
    ("arm", [Place("synced", "call.ended", FIRST, HOSTS)]),
    ("arm", [Place("heard", "", REACH, HOSTS)]),
    ("arm", [Place("lost", "call.intended", LAST, HOSTS)]),
    ("arm", [Place("synced", "call.intended", LAST, HOSTS)]),
    ("arm", [Place("sent", "", DISARM, HOSTS)]),
    ("arm", [Place("heard", "", DISARM, HOSTS)]),
    ("start", [Place("heard", "", LOAD, HOSTS), Place("synced", "engine.started")]),
    ("start", [Place("heard", "", LOAD, HOSTS), Place("lost", "call.ended", UNKNOWN)]),
    ("start", [Place("sent", "", DISARM, HOSTS), Place("synced", "call.ended", UNKNOWN)]),
    ("start", [Place("heard", "", LOAD, HOSTS), Place("lost", "engine.started"), Place("synced", "call.ended", UNKNOWN)]),
    ("start", [Place("sent", "", LOAD, HOSTS), Place("synced", "task.checked")]),
    ("end", [Place("lost", "task.ended", "", HOSTS)]),
    ("end", [Place("synced", "task.ended", "", HOSTS)]),
    ("end", [Place("lost", "run.ended")]),
    ("end", [Place("synced", "run.ended")]),
]
RANDOM_LIVES = (1, 2, 1, 1, 3, 1, 1, 2, 1, 1, 2, 1, 1, 3, 1, 2)  # how often each of the random rounds is killed
RANDOM_IN_CI = 8  # every named round is played there; of the others, half
WORKER_ROUNDS = 10
WORKER_KILLS = 4

Round = collections.namedtuple("Round", "name crashes workers")


def drawn(place, chance):
    return place._replace(of=chance.randint(1, place.of))


def named(crash):
    if isinstance(crash, Moment):
        return f"at {crash.share:.2f}"
    return " ".join(filter(None, (crash.when, crash.kind, crash.text, f"#{crash.of}")))


def the_rounds(chance, quick):
    rounds = [Round(name, [drawn(place, chance) for place in places], 0) for name, places in NAMED]
    in_ci = os.environ.get("CI") == "true"
    for lives in RANDOM_LIVES[:RANDOM_IN_CI] if in_ci else RANDOM_LIVES:  # what is left for a later life is shorter
        crashes = [Moment(chance.uniform(0.03, 0.95 if life == 0 else 0.4)) for life in range(lives)]
        rounds.append(Round("random", crashes, 0))
    rounds += [Round("worker", [], WORKER_KILLS) for _ in range(WORKER_ROUNDS // 2 if in_ci else WORKER_ROUNDS)]
    if quick:  # one of each name, and of each way to be killed
        kept = {(r.name, len(r.crashes), *(c.when for c in r.crashes[:1] if isinstance(c, Place))): r for r in rounds}
        rounds = list(kept.values())
    chance.shuffle(rounds)
    return rounds


# ---- soarctl ------------------------------------------------------------------------------------------------------------

def children(pid):
    """pids of the workers of a soarctl."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
            found += map(int, file.read().split())
    return found


class Engine:
    """soarctl with one state directory, over one group of hosts."""

    def __init__(self, where, shim, inventory, hosts):
        self.where, self.shim, self.hosts = where, shim, hosts
        os.makedirs(where)
        self.playbook = os.path.join(where, "cut_off.yaml")
        with open(self.playbook, "w", encoding="utf-8") as file:
            file.write(PLAYBOOK)
        self.env = {"PATH": os.environ["PATH"], "HOME": where, "SOAR_STATE": os.path.join(where, "state"),
                    "SOAR_INVENTORY": inventory}
        self.lives = 0

    def ask(self, *words):
        done = subprocess.run([SOARCTL, *words, "--json"], env=self.env, capture_output=True, text=True, timeout=LIFE_S,
                              check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"error": f"soarctl {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()[-300:]}"}

    def run(self):
        """The run on record, or nothing."""
        runs = self.ask("runs")
        if "error" in runs:
            raise RuntimeError(runs["error"])
        if len(runs["runs"]) > 1:
            raise RuntimeError(f"{len(runs['runs'])} runs where one was started")
        return runs["runs"][0] if runs["runs"] else None

    def begin(self, place=None):
        """A life: it begins the run, or goes on with it. None: there is nothing to go on with."""
        run = self.run()
        if run and run["state"] == "ended":
            return None
        words = ["resume", run["run"]] if run else ["run", self.playbook, "--reason", "crash test"]
        if not run:
            words += [word for host in self.hosts for word in ("--host", host.name)]
        env = dict(self.env)
        if place:
            env.update(LD_PRELOAD=self.shim, SOAR_CRASH_WHEN=place.when, SOAR_CRASH_KIND=place.kind,
                       SOAR_CRASH_TEXT=place.text, SOAR_CRASH_NTH=str(place.of))
        self.lives += 1
        with open(os.path.join(self.where, f"life-{self.lives}"), "wb") as said:
            return subprocess.Popen([SOARCTL, *words, "--yes"], env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def said(self):
        with open(os.path.join(self.where, f"life-{self.lives}"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-4:]).strip()


def end_of(life):
    try:
        return life.wait(LIFE_S)
    except subprocess.TimeoutExpired:
        life.kill()
        life.wait()
        return "no end"


def killed(engine, crash, whole_s):
    """One life, cut off as it was asked for. False: it had ended before."""
    life = engine.begin(crash if isinstance(crash, Place) else None)
    if life is None:
        return False
    if isinstance(crash, Moment):
        try:
            life.wait(crash.share * whole_s)
        except subprocess.TimeoutExpired:
            life.kill()
    return end_of(life) == -signal.SIGKILL


def kill_workers(life, count, whole_s, chance):
    """Kills workers at random moments of a life; how many were."""
    done = 0
    moments = sorted(chance.uniform(0.03, 0.9) * whole_s for _ in range(count))
    begin = time.monotonic()
    for moment in moments:
        try:
            life.wait(max(0.001, begin + moment - time.monotonic()))
            break
        except subprocess.TimeoutExpired:
            pass
        try:
            worker = os.pidfd_open(chance.choice(children(life.pid)))
        except (OSError, IndexError):
            continue  # none at this moment
        try:
            signal.pidfd_send_signal(worker, signal.SIGKILL)
            done += 1
        except ProcessLookupError:
            pass
        os.close(worker)
    return done


# ---- what must be so ----------------------------------------------------------------------------------------------------

def record_problems(engine):
    """What soar says of it, and what stands in its record."""
    run = engine.run()
    shown = engine.ask("show", run["run"])
    held = engine.ask("contained")
    asks = engine.ask("waiting")
    verified = engine.ask("journal", "verify")
    for answer in (shown, held, asks, verified):
        if "error" in answer:
            yield answer["error"]
            return
    if run["state"] != "ended" or run["result"] != "completed" or shown["result"] != "completed":
        yield f"the run is {run['state']}, {run.get('result')}"
    if run["counts"] != {"changed": HOSTS}:
        yield f"its outcomes are {run['counts']}"
    firm = [c for c in held["containments"] if c["state"] == "held" and c["ours"] and len(c["holders"]) == 1]
    if len(firm) != HOSTS or len(held["containments"]) != HOSTS:
        states = collections.Counter(c["state"] for c in held["containments"])
        yield f"contained says {dict(states)}, {len(firm)} of them held by one run"
    if asks["asks"]:
        yield f"{len(asks['asks'])} questions are open"
    if verified["problem_count"]:
        yield f"journal verify: {verified['problems']}"
    yield from event_problems(engine)


def event_problems(engine):
    """Read without soar: the chain; each intent has one answer, each task one outcome."""
    path = os.path.join(engine.where, "export")
    with open(path, "wb") as file:
        subprocess.run([SOARCTL, "journal", "export"], env=engine.env, stdout=file, timeout=LIFE_S, check=False)
    check = subprocess.run([sys.executable, os.path.join(ROOT, "examples/journal/verify.py"), path], capture_output=True,
                           text=True, timeout=LIFE_S, check=False)
    if check.returncode:
        yield f"verify.py: {check.stdout.strip()} {check.stderr.strip()[-200:]}"
        return
    pairs = {"call.intended": collections.Counter(), "call.ended": collections.Counter()}
    tasks = {"task.opened": collections.Counter(), "task.ended": collections.Counter()}
    with open(path, encoding="utf-8") as file:
        for event in map(json.loads, file):
            kind = event.get("kind")
            if kind in pairs:
                body = json.loads(event["body"])
                pairs[kind][(event["target"], body["try"], body["position"])] += 1
            if kind in tasks:
                tasks[kind][event["target"]] += 1
    if pairs["call.intended"] != pairs["call.ended"] or set(pairs["call.intended"].values()) != {1}:
        odd = {key for kind in pairs for key in pairs[kind] if pairs["call.intended"][key] != 1 or pairs["call.ended"][key] != 1}
        yield f"calls without exactly one intent and one answer: {sorted(odd)[:5]}"
    if any(len(found) != HOSTS or set(found.values()) != {1} for found in tasks.values()):
        yield f"tasks opened {sum(tasks['task.opened'].values())}, ended {sum(tasks['task.ended'].values())}"


def host_problems(fleet, hosts, loads):
    """What the hosts' kernels say of it."""
    for name, seen in fleet.look(hosts):
        loads[seen["loads"]] += 1
        if seen["loads"] != 1 or seen["frames"] != 1 or seen["gone"] != 0:
            yield f"{name}: rules loaded {seen['loads']} times (frames {seen['frames']}), removed {seen['gone']} times"
        if seen["now"] is None or seen["now"] != seen["first"]:
            yield f"{name}: its table has the handle {seen['now']}, loaded was {seen['first']}"
        if seen["left"]:
            yield f"{name}: left behind: {seen['left']}"
        if seen["armed"]:
            yield f"{name}: the dead man is still armed"


# ---- rounds -------------------------------------------------------------------------------------------------------------

class Group:
    """20 hosts, and the round that was last played on them."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.played = None
        self.engine = None
        self.ended = 0.0


class Test:
    def __init__(self, options, where, shim, fleet):
        self.where, self.shim, self.fleet = where, shim, fleet
        self.chance = random.Random(options.seed)
        self.groups = [Group(fleet.hosts[i:i + HOSTS]) for i in range(0, len(fleet.hosts), HOSTS)]
        self.number = 0
        self.bad = 0
        self.late = 0
        self.whole_s = 0.0
        self.loads = collections.Counter()
        self.rounds = collections.Counter()
        self.kills = collections.Counter()

    def tell(self, good, text, problems=()):
        self.bad += not good
        print("ok      " if good else "NOT OK  ", text, flush=True)
        for problem in list(problems)[:8]:
            print("           |", problem, flush=True)

    def look_again(self, group):
        """The dead man's time is over: as it was."""
        if group.played is None:
            return
        time.sleep(max(0.0, group.ended + LOOK_AGAIN_S - time.monotonic()))
        problems = list(host_problems(self.fleet, group.hosts, collections.Counter()))
        if problems:
            self.tell(False, f"{group.played}: {LOOK_AGAIN_S} s later", problems)
        else:
            if self.number % RELEASE_EVERY == 0:
                self.release(group)
            shutil.rmtree(group.engine.where)
        group.played = None

    def release(self, group):
        """As a person would: every host is free afterwards."""
        done = group.engine.ask("release", group.engine.run()["run"], "--yes")
        left = [name for name, seen in self.fleet.look(group.hosts) if seen["now"]]
        if left or done.get("result") != "completed":
            self.tell(False, f"{group.played}: release: {done.get('error', done.get('result'))}", [f"still isolated: {left}"])

    def free_group(self):
        group = self.groups[self.number % len(self.groups)]
        self.number += 1
        self.look_again(group)
        self.fleet.reset(group.hosts)
        group.engine = Engine(os.path.join(self.where, f"round-{self.number}"), self.shim, self.fleet.inventory, group.hosts)
        return group

    def whole_run(self):
        """Not killed: what a run does to the hosts, and how long it takes."""
        group = self.free_group()
        begin = time.monotonic()
        code = end_of(group.engine.begin())
        self.whole_s = time.monotonic() - begin
        self.judge(group, "whole", [] if code == 0 else [f"exit {code}: {group.engine.said()}"], f"took {self.whole_s:.1f} s")

    def judge(self, group, name, problems, text):
        problems += list(record_problems(group.engine)) + list(host_problems(self.fleet, group.hosts, self.loads))
        self.rounds[name] += 1
        group.played = f"round {self.number} {name} {text}"
        group.ended = time.monotonic()
        self.tell(not problems, group.played, problems)

    def play(self, asked):
        """False: it was over before it could be killed, and counts for nothing."""
        group = self.free_group()
        problems, kills, begin = [], 0, time.monotonic()
        for crash in asked.crashes:
            cut = killed(group.engine, crash, self.whole_s)
            kills += cut
            if not cut and isinstance(crash, Place):
                problems.append(f"the place was never reached: {crash}: {group.engine.said()}")
        if asked.crashes and isinstance(asked.crashes[0], Moment) and kills == 0:
            return False
        life = group.engine.begin()
        if life and asked.workers:
            kills += kill_workers(life, asked.workers, self.whole_s, self.chance)
        if life:
            code = end_of(life)
            if code != 0:
                problems.append(f"did not end by itself: exit {code}: {group.engine.said()}")
        if asked.workers and kills == 0:
            return False
        self.kills["worker" if asked.workers else "engine"] += kills
        where = ", ".join(map(named, asked.crashes)) or "workers"
        self.judge(group, asked.name, problems, f"({where}; {kills} kills; {time.monotonic() - begin:.1f} s)")
        return True

    def play_all(self, rounds):
        self.whole_run()
        for asked in rounds:
            while not self.play(asked) and self.late < LATE_MAX:
                self.late += 1
        for group in self.groups:
            self.look_again(group)

    def finish(self):
        played = ", ".join(f"{name} {count}" for name, count in sorted(self.rounds.items()))
        print(f"rounds: {played}; kills: engine {self.kills['engine']}, workers {self.kills['worker']}")
        print("loads per host and round: " + ", ".join(f"{count} times {loads}" for loads, count in sorted(self.loads.items())))
        print(f"{self.bad} not ok" if self.bad else "all ok")
        return 1 if self.bad else 0


def skip(why):
    print(f"skip: {why}")
    sys.exit(77)


def main():
    parser = argparse.ArgumentParser(description="kill -9 of engine and workers")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if os.geteuid() != 0:
        skip("needs root: it makes namespaces")
    if not os.access(SOARCTL, os.X_OK):
        skip(f"there is no {SOARCTL}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    where = tempfile.mkdtemp(prefix="soar-crash.")
    code = 1
    try:
        shim = os.path.join(where, "crash_shim.so")
        subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", shim,
                        os.path.join(ROOT, "tests/e2e/crash_shim.c")], check=True, timeout=60)
        with Fleet(where, HOSTS * GROUPS) as fleet:
            test = Test(options, where, shim, fleet)
            test.play_all([r for r in the_rounds(test.chance, options.quick) if r.name.startswith(options.only)])
            code = test.finish()
    finally:
        if code and os.environ.get("SOAR_KEEP"):
            print(f"kept: {where}")
        else:
            shutil.rmtree(where, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
