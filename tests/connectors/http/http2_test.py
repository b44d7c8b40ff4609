#!/usr/bin/python3
"""Property: with a server that speaks HTTP/2, or one address behind which some speak it and others don't, each call has its own
answer; a server that ends a connection after some requests has no write doubled, and leaves none in doubt. Method: nginx, whose
log tells protocol and connection of each request; for the second, a balancer of this test's own before two listeners.

Use: http2_test.py PROGRAM"""
import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from http_server import Certificates, Checks, ROOT, Worker

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-http"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
check = Checks()

CONFIGURATION = """
daemon off;
master_process off;
pid {d}/pid;
error_log {d}/error.log;
events {{ worker_connections 64; }}
http {{
    log_format told escape=json '{{"protocol":"$server_protocol","connection":$connection,"method":"$request_method","uri":"$request_uri"}}';
    access_log {d}/access.log told;
    client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f; uwsgi_temp_path {d}/u; scgi_temp_path {d}/s;
    keepalive_requests {requests};
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {d}/server.pem;
        ssl_certificate_key {d}/server.key;
        listen 127.0.0.1:{port1} ssl;
        location / {{ default_type application/json; return 200 '{{"you":"$request_uri","agent":"$http_user_agent"}}'; }}
    }}
}}
"""


class Nginx:
    def __init__(self, directory, requests):
        with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as other:
            self.port, self.port1 = free.getsockname()[1], other.getsockname()[1]
        self.directory = directory
        with open(directory + "/conf", "w", encoding="ascii") as f:
            f.write(CONFIGURATION.format(d=directory, port=self.port, port1=self.port1, requests=requests))
        self.process = subprocess.Popen([NGINX, "-c", directory + "/conf", "-p", directory, "-e", directory + "/error.log"])
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("nginx does not start")

    def requests(self):
        with open(self.directory + "/access.log", encoding="utf-8") as f:
            return [json.loads(line) for line in f]


class Balancer:
    """Each connection goes to the next of the ports, byte by byte."""

    def __init__(self, ports):
        self.ports, self.taken = ports, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(("127.0.0.1", self.ports[self.taken % len(self.ports)]))
            self.taken += 1
            for one, other in ((near, far), (far, near)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def ask(certificates, port, calls):
    w = Worker(PROGRAM, {"name": "svc", "url": f"https://127.0.0.1:{port}", "ca": certificates.text("ca")})
    check(w.read("/first")["result"]["body"]["you"] == "/first", "a first call")
    numbers = {}
    for i in range(calls):
        function, method = (("http.read", "GET"), ("http.send", "POST"), ("http.send", "DELETE"))[i % 3]
        numbers[w.begin(function, path=f"/{i}", method=method, left_ms=30000)] = f"/{i}"
    answers = {path: w.wait(n) for n, path in numbers.items()}
    check(all(a["class"] == "done" for a in answers.values()), "all are answered", [a for a in answers.values() if a["class"] != "done"])
    wrong = {path: a["result"]["body"]["you"] for path, a in answers.items() if a["class"] == "done" and a["result"]["body"]["you"] != path}
    check(not wrong, "each has its own answer", wrong)
    w.close()


def run(certificates, directory, limit, balanced):
    nginx = Nginx(directory, limit)
    try:
        ask(certificates, Balancer([nginx.port, nginx.port1]).port if balanced else nginx.port, 300)
    finally:
        nginx.process.terminate()
        nginx.process.wait(20)
    told = nginx.requests()
    protocols = {r["protocol"] for r in told}
    check(protocols == ({"HTTP/2.0", "HTTP/1.1"} if balanced else {"HTTP/2.0"}), "as agreed on in the handshake", protocols)
    counts = collections.Counter(r["uri"] for r in told if r["method"] != "GET")
    check(max(counts.values()) == 1, "no write came twice", counts.most_common(3))
    connections = len({r["connection"] for r in told})
    check(connections <= 8 if limit > 1000 else connections > 20, "connections are used again, while the server lets us", connections)


def main():
    if not os.access(NGINX, os.X_OK):
        print("skipped: there is no nginx")
        return 0
    for limit, balanced in ((10000, False), (10, False), (10, True)):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            run(Certificates(directory), directory, limit, balanced)
    return check.end()


sys.exit(main())
