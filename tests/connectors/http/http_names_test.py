#!/usr/bin/python3
"""Property: a name server that says nothing keeps no call beyond its time, and no call waits for another's. Method: a network of
this test's own, in which port 53 of the loopback is silent; calls with several deadlines to a name that would be asked there.

Use: http_names_test.py PROGRAM"""
import os
import socket
import subprocess
import sys
import tempfile

from http_server import Checks, ROOT, Worker

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-http"


def inside():
    check = Checks()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 53))
        w = Worker(PROGRAM, {"name": "svc", "url": "https://slow.example"})
        numbers = {left: w.begin("http.send", path="/", method="POST", left_ms=left) for left in (700, 1400, 2100)}
        answers = [w.wait(n) for n in numbers.values()]
        check(all(a["class"] == "transient" and "timed out" in a["why"] for a in answers), "each is told", answers)
        times = [a["at"] for a in answers]
        check(times == sorted(times) and times[2] - times[0] < 4, "in its own time, not the name server's ten seconds", times)
        w.close()
    return check.end()


def main():
    if sys.argv[2:] == ["inside"]:
        return inside()
    if subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, check=False).returncode:
        print("skipped: this machine lets nobody make namespaces")
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as configuration:
        configuration.write("nameserver 127.0.0.1\n")
        configuration.flush()
        script = 'ip link set lo up && mount -n --bind "$1" /etc/resolv.conf && shift && exec "$@"'
        return subprocess.run(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script, "-", configuration.name, sys.executable,
                               os.path.abspath(__file__), os.path.abspath(PROGRAM), "inside"], check=False).returncode


sys.exit(main())
