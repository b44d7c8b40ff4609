#!/usr/bin/python3
"""A stand-in for HashiCorp's Vault, since Debian has none: its AppRole, KV version 2 and SSH signer, as its API documentation
has them, over TLS. It takes no request that isn't exactly one of those; each is a line in its log, without a secret.

Use: vault.py DIR     DIR holds server.pem and server.key, `authority` (an SSH key), secret_id, and secrets.json:
                      {"kv/PATH": {FIELD: VALUE}}. There it writes `port` and `log`; while a file `sealed` is there, it is;
                      `forget` makes it forget its tokens.
"""
import http.server
import json
import os
import secrets
import ssl
import subprocess
import sys
import tempfile
import threading

DIR = sys.argv[1]
LOCK = threading.Lock()
tokens = set()


def read(name):
    with open(f"{DIR}/{name}", encoding="utf-8") as f:
        return f.read()


def there(name):
    return os.path.exists(f"{DIR}/{name}")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        with LOCK, open(f"{DIR}/log", "a", encoding="utf-8") as f:
            f.write(f"{status} {self.command} {self.path}\n")
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def strange(self, what):
        with LOCK, open(f"{DIR}/log", "a", encoding="utf-8") as f:
            f.write(f"STRANGE {what}\n")
        self.answer(400, {"errors": [what]})

    def body(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(raw) if raw else None

    def headers_are(self, *names):
        usual = {"host", "user-agent", "accept", "content-length"}
        return {n.lower() for n in self.headers} - usual == set(names)

    def known(self):
        if there("forget"):
            os.remove(f"{DIR}/forget")
            tokens.clear()
        return self.headers.get("X-Vault-Token") in tokens

    def serve(self):
        body = self.body()
        if there("sealed"):
            self.answer(503, {"errors": ["Vault is sealed"]})
        elif self.path == "/v1/auth/approle/login":
            self.login(body)
        elif not self.known():
            self.answer(403, {"errors": ["permission denied"]})
        elif self.path.startswith("/v1/kv/data/"):
            self.kv(body)
        elif self.path == "/v1/ssh/sign/soar":
            self.sign(body)
        else:
            self.strange("a path that nobody asks for")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = serve

    def login(self, body):
        if self.command != "POST" or not self.headers_are("content-type") or self.headers["Content-Type"] != "application/json":
            self.strange("a log-in that is none")
        elif body != {"role_id": "soar-role", "secret_id": read("secret_id").strip()}:
            self.answer(400, {"errors": ["invalid role or secret ID"]})
        else:
            token = "hvs.canary-" + secrets.token_hex(12)
            tokens.add(token)
            self.answer(200, {"auth": {"client_token": token, "lease_duration": 1200, "renewable": True, "token_type": "service"}})

    def kv(self, body):
        path = "kv/" + self.path.removeprefix("/v1/kv/data/")
        if self.command != "GET" or body is not None or not self.headers_are("x-vault-token"):
            self.strange("a read that is none")
        elif path.startswith("kv/forbidden/"):
            self.answer(403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]})
        elif path not in json.loads(read("secrets.json")):
            self.answer(404, {"errors": []})
        else:
            self.answer(200, {"request_id": "r", "lease_id": "", "lease_duration": 0, "data": {
                "data": json.loads(read("secrets.json"))[path], "metadata": {"version": 3, "destroyed": False, "deletion_time": ""}}})

    def sign(self, body):
        good = self.command == "POST" and self.headers_are("x-vault-token", "content-type") and set(body or {}) == {
            "public_key", "valid_principals", "cert_type", "ttl", "extensions"}
        if not good or body["cert_type"] != "user" or body["extensions"] != {} or body["ttl"] != "10m" or not body["public_key"].startswith("ssh-ed25519 "):
            self.strange("a request to sign that is none")
            return
        with tempfile.TemporaryDirectory() as directory:
            with open(f"{directory}/k.pub", "w", encoding="utf-8") as f:
                f.write(body["public_key"] + "\n")
            subprocess.run(["ssh-keygen", "-q", "-s", f"{DIR}/authority", "-I", "vault-" + body["valid_principals"], "-n", body["valid_principals"], "-V",
                            "-30s:+10m", "-O", "clear", f"{directory}/k.pub"], check=True, capture_output=True)
            with open(f"{directory}/k-cert.pub", encoding="utf-8") as f:
                self.answer(200, {"data": {"serial_number": "1f", "signed_key": f.read()}})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{DIR}/server.pem", f"{DIR}/server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(f"{DIR}/port.new", "w", encoding="utf-8") as f:
    f.write(str(server.server_address[1]))
os.rename(f"{DIR}/port.new", f"{DIR}/port")
server.serve_forever()
