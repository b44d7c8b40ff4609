#!/usr/bin/python3
"""Property: soard has no more open, and hardly more memory, after hundreds of requests, reloads and a front that died than before.
Method: a real soard with a front; its descriptors and its resident memory as the kernel tells them, after a first round of each and
after many. Memory is not looked at where a sanitizer keeps what was freed, nor after reloads: what they replace is kept for a minute.

Usage: endure_test.py [SOARD]"""
import os
import signal
import sys
import tempfile
import time

from desk import Checks, Desk

FIRST, REQUESTS, RELOADS, FRONTS = 250, 500, 100, 2
WAIT_S = 60
GROWTH_KIB = 4096  # what an allocator may keep back; each request that kept its arena would be 2 MiB
SANITIZED_KIB = 1 << 30  # of address space: nobody else takes a terabyte
LINES = (b'{"verb":"runs","request":{}}\n', b'{"verb":"status","request":{}}\n', b"nonsense\n",
         b'{"verb":"show","request":{"run":"R-1"}}\n', b'{"verb":"plan","request":{"playbook":"Contain","host":["lab-01"]}}\n')


def children(desk):
    with open(f"/proc/{desk.process.pid}/task/{desk.process.pid}/children", encoding="ascii") as file:
        return file.read().split()


def descriptors(desk):
    where = f"/proc/{desk.process.pid}/fd"
    found = []
    for one in os.listdir(where):
        try:
            found.append(os.readlink(f"{where}/{one}").split(":")[0])
        except FileNotFoundError:
            pass  # closed meanwhile
    return sorted(found)


def memory_kib(desk, what):
    with open(f"/proc/{desk.process.pid}/status", encoding="ascii") as file:
        return int(next(line.split()[1] for line in file if line.startswith(what)))


def comes(what):
    """Closed connections, and processes, go with soard's next turns."""
    end = time.monotonic() + WAIT_S
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def left_open(check, desk, before, text):
    comes(lambda: len(descriptors(desk)) <= len(before))
    check.same(before, descriptors(desk), text)


def test_requests(check, desk):
    for i in range(FIRST):
        desk.say(LINES[i % len(LINES)])
    comes(lambda: descriptors(desk).count("socket") == 2)  # its own, and its front's
    before, kib = descriptors(desk), memory_kib(desk, "VmRSS")
    for i in range(REQUESTS):
        desk.say(LINES[i % len(LINES)])
        desk.connect().close()
    left_open(check, desk, before, f"{REQUESTS} requests, and as many who say nothing, leave nothing open")
    grown = memory_kib(desk, "VmRSS") - kib
    if memory_kib(desk, "VmPeak") < SANITIZED_KIB:
        check.good(grown < GROWTH_KIB, "nor memory behind", grown)


def test_reloads(check, desk):
    before = descriptors(desk)
    answers = [desk.say(b'{"verb":"reload","request":{}}\n')[-1].get("exit") for _ in range(RELOADS)]
    check.same([0] * RELOADS, answers, f"{RELOADS} reloads")
    left_open(check, desk, before, "leave nothing open")


def test_fronts(check, desk):
    before = descriptors(desk)
    for _ in range(FRONTS):
        (front,) = children(desk)
        os.kill(int(front), signal.SIGKILL)
        check.good(comes(lambda gone=front: children(desk) not in ([], [gone])), "a front that is killed is started again")
    left_open(check, desk, before, "and the one before leaves nothing open")


def main():
    check = Checks()
    with tempfile.TemporaryDirectory(prefix="soar-test.") as where:
        with Desk(where, 'listen: {address: "127.0.0.1:0"}\n') as desk:
            comes(lambda: "webhooks are served" in desk.words())
            for test in (test_requests, test_reloads, test_fronts):
                test(check, desk)
            check.same(0, desk.stop(), "soard ends clean")
            for word in ("Sanitizer", "runtime error"):
                check.good(word not in desk.words(), f"its log has no {word}", desk.words())
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
