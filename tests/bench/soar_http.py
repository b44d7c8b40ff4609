#!/usr/bin/python3
"""How fast calls go through one soar-http to one service: a TLS server on loopback that answers at once (nginx, HTTP/2 and then
HTTP/1.1), as many calls under way as the worker's hello allows, then one at a time. Half of the calls write. Prints one JSON
object on its last line. What the worker needs of CPU and memory is its own, from /proc.

Usage: soar_http.py [--calls N] [--build DIR]"""
import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT + "/tests/connectors/http")

from http_server import Certificates  # pylint: disable=import-error,wrong-import-position

CONFIGURATION = """
daemon off; master_process off; pid {d}/pid; error_log {d}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off; keepalive_requests 10000000;
    client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
    server {{
        listen 127.0.0.1:{port} ssl{http2}; ssl_certificate {d}/server.pem; ssl_certificate_key {d}/server.key;
        location / {{ default_type application/json; return 200 '{{"id":"$request_uri","status":"Succeeded"}}'; }}
    }}
}}
"""


class Service:
    def __init__(self, directory, http2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        with open(directory + "/conf", "w", encoding="ascii") as f:
            f.write(CONFIGURATION.format(d=directory, port=self.port, http2=" http2" if http2 else ""))
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([nginx, "-c", directory + "/conf", "-p", directory, "-e", directory + "/error.log"])
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("nginx does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


def call(number):
    function, method = ("http.send", "POST") if number % 2 else ("http.read", "GET")
    return json.dumps({"call": number, "function": function, "left_ms": 30000, "secrets": {"token": "bench-token"},
                       "args": {"path": f"/api/machines/{number}", "method": method}}).encode() + b"\n"


def usage(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        resident = next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), resident


def play(program, peer, calls, at_once):
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={})
    process.stdin.write(json.dumps({"peer": peer, "mode": "all"}).encode() + b"\n")
    process.stdin.flush()
    limit = json.loads(process.stdout.readline())["hello"]["calls"] if at_once else 1
    began, times, out, odd = {}, [], 0, 0
    start = time.perf_counter()
    for number in range(1, calls + 1):
        began[number] = time.perf_counter()
        process.stdin.write(call(number))
        process.stdin.flush()
        out += 1
        while out == limit or (number == calls and out):
            line = process.stdout.readline()
            if not line.startswith(b'{"answer"'):
                continue
            told = json.loads(line)
            times.append((time.perf_counter() - began[told["answer"]]) * 1000)
            odd += told["class"] != "done" or told["result"]["body"]["id"] != f"/api/machines/{told['answer']}"
            out -= 1
    took = time.perf_counter() - start
    cpu, resident = usage(process.pid)
    process.stdin.close()
    process.wait(20)
    times.sort()
    return {"at_once": limit, "calls_per_s": round(calls / took), "p50_ms": round(times[calls // 2], 3), "p99_ms": round(times[calls * 99 // 100], 3),
            "cpu_ms_a_call": round(cpu * 1000 / calls, 3), "peak_kib": resident, "odd": odd}


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--calls", type=int, default=10000)
    words.add_argument("--build", default="build/release")
    asked = words.parse_args()
    program = os.path.abspath(asked.build) + "/libexec/soar/soar-http"
    found = {}
    for name, http2 in (("http2", True), ("http1", False)):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            certificates = Certificates(directory)
            with Service(directory, http2) as service:
                peer = {"name": "bench", "url": f"https://127.0.0.1:{service.port}", "ca": certificates.text("ca"), "auth": {"bearer": {}}}
                found[name] = {"together": play(program, peer, asked.calls, True), "alone": play(program, peer, asked.calls // 5, False)}
    found["cpus"] = os.cpu_count()
    print(json.dumps(found))


main()
