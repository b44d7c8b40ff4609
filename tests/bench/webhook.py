#!/usr/bin/python3
"""How fast soard takes alerts: a signed webhook, durable, with the run it starts. Prints one JSON object on its last line.
Method: a real soard and its front on loopback, plain HTTP, CLIENTS connections that each post the next alert when the last was
answered; every alert is another one, signed beforehand. The runs are refused by the guard-rails (the host is soar's own), so
that no target's time is in it: alert, verdict, run, task and its end are journaled, with synchronous=FULL. Then one client
alone: how long an answer takes when nothing else is there.

Usage: webhook.py [--alerts N] [--clients N] [--build DIR]"""
import argparse
import json
import os
import socket
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../e2e"))


def requests(daemon, secret, first, count):
    for number in range(first, first + count):
        body = json.dumps(daemon.alert(number, "soar-01")).encode()
        lines = "".join(f"{key}: {value}\r\n" for key, value in daemon.signed(secret, body).items())
        yield f"POST /webhook/siem HTTP/1.1\r\nHost: bench\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Client(threading.Thread):
    def __init__(self, port, wanted):
        super().__init__()
        self.wanted, self.times, self.odd = list(wanted), [], 0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def answer(self):
        got = b""
        while b"\r\n\r\n" not in got:
            got += self.socket.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += self.socket.recv(65536)
        return int(head.split()[1])

    def run(self):
        for request in self.wanted:
            began = time.perf_counter()
            self.socket.sendall(request)
            self.odd += self.answer() != 202
            self.times.append((time.perf_counter() - began) * 1000)
        self.socket.close()


def at(times, share):
    return round(sorted(times)[min(len(times) - 1, int(len(times) * share))], 3)


def play(daemon, soard, secret, first, count, clients):
    each = count // clients
    all_of_them = [Client(soard.port, requests(daemon, secret, first + n * each, each)) for n in range(clients)]
    began = time.perf_counter()
    for one in all_of_them:
        one.start()
    for one in all_of_them:
        one.join()
    took = time.perf_counter() - began
    times = [t for one in all_of_them for t in one.times]
    return {"alerts_per_s": round(len(times) / took), "p50_ms": at(times, 0.5), "p99_ms": at(times, 0.99),
            "not_202": sum(one.odd for one in all_of_them)}


def memory_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--alerts", type=int, default=20000)
    words.add_argument("--clients", type=int, default=50)
    words.add_argument("--build", default="build/release")
    asked = words.parse_args()
    os.environ["SOAR_BUILD"] = os.path.abspath(asked.build)
    sys.argv = sys.argv[:1]
    import acknowledged_test as base  # pylint: disable=import-outside-toplevel
    import daemon  # pylint: disable=import-outside-toplevel

    with tempfile.TemporaryDirectory(prefix="soar-bench.") as where, base.prepare(where) as soard:
        began = time.perf_counter()
        soard.start()
        found = {"start_ms": round((time.perf_counter() - began) * 1000, 1), "idle_kib": memory_kib(soard.process.pid)}
        found["alone"] = play(daemon, soard, base.SECRET, 0, 500, 1)
        found["together"] = {"clients": asked.clients, **play(daemon, soard, base.SECRET, 1000, asked.alerts, asked.clients)}
        found["after_kib"] = memory_kib(soard.process.pid)
        began = time.perf_counter()
        soard.kill()
        soard.start()
        found["start_after_kill_ms"] = round((time.perf_counter() - began) * 1000, 1)
        found["cpus"] = os.cpu_count()
        print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
