#!/usr/bin/python3
"""Property: with a server that speaks HTTP/2, calls share one connection and keep their answers apart, and a server that ends the
connection after some requests has none of them doubled. Method: nginx, whose log tells protocol and connection of each request.

Use: http2_test.py PROGRAM"""
import collections
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
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
        location / {{ default_type application/json; return 200 '{{"you":"$request_uri","agent":"$http_user_agent"}}'; }}
    }}
}}
"""


class Nginx:
    def __init__(self, directory, requests):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.directory = directory
        with open(directory + "/conf", "w", encoding="ascii") as f:
            f.write(CONFIGURATION.format(d=directory, port=self.port, requests=requests))
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


def run(certificates, directory, limit):
    nginx = Nginx(directory, limit)
    try:
        w = Worker(PROGRAM, {"name": "svc", "url": f"https://127.0.0.1:{nginx.port}", "ca": certificates.text("ca")})
        check(w.read("/first")["result"]["body"]["you"] == "/first", "a first call")
        numbers = {}
        for i in range(64):
            function, method = (("http.read", "GET"), ("http.send", "POST"), ("http.send", "DELETE"))[i % 3]
            numbers[w.begin(function, path=f"/{i}", method=method)] = f"/{i}"
        answers = {path: w.wait(n) for n, path in numbers.items()}
        done = {path: a for path, a in answers.items() if a["class"] == "done"}
        check(all(a["result"]["body"]["you"] == path for path, a in done.items()), "each has its own answer")
        check(limit < 1000 or len(done) == 64, "all are answered", [a for a in answers.values() if a["class"] != "done"])
        check(all(a["class"] == "unknown" and "sending" in a["said"] for a in answers.values() if a["class"] != "done"), "what isn't was a write under way")
        check(len(done) > 32, "most are answered", [a["why"] for a in answers.values() if a["class"] != "done"])
        w.close()
    finally:
        nginx.process.terminate()
        nginx.process.wait(20)
    told = nginx.requests()
    check({r["protocol"] for r in told} == {"HTTP/2.0"}, "HTTP/2, agreed on in the handshake", told[:1])
    counts = collections.Counter(r["uri"] for r in told if r["method"] != "GET")
    check(max(counts.values()) == 1, "no write came twice", counts.most_common(3))
    connections = len({r["connection"] for r in told})
    check(connections == 1 if limit > 1000 else connections > 3, "connections", connections)
    print(f"keepalive_requests {limit}: {connections} connections, {len(done)} of 64 answered")


def main():
    if not os.access(NGINX, os.X_OK):
        print("skipped: there is no nginx")
        return 0
    for limit in (10000, 10):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            run(Certificates(directory), directory, limit)
    return check.end()


sys.exit(main())
