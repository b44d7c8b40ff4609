#!/usr/bin/env python3
"""Property: a person is suspended at each service that knows him, by soarctl, soar's own worker and a log-in that asks for a token;
one worker serves all tasks of a service, a service that asks us to wait is asked no sooner, an address is shut out at a firewall and
let in again, and `soarctl check` tells what a service says and no more. Method: services on loopback that count what they are
asked, a pack of this test's own, and soarctl without a daemon."""
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SOAR_BUILD", os.path.join(ROOT, "build/dev"))
SOARCTL = os.path.join(BUILD, "bin/soarctl")

PACK = """
action: Suspend_User
summary: Suspends an account of a cloud.
per: user
lock: account
done: suspended
undone: given back
providers:
  cloud:
    over: services
    service: cloud
    via: http
    proved: "no; by a stand-in of its own test"
    find:
      - http.read: {path: "/users/{{target.name}}"}
        as: user
        outcomes: [{when: result.status == 404, is: absent}]
      - one: account
        of: "[user.body]"
        id: account.id
        facts: {mail: account.mail}
    check:
      - http.read: {path: "/users/{{target.id}}"}
        as: now
      - so: now.body.status == "SUSPENDED"
    apply:
      - http.send: {method: POST, path: "/users/{{target.id}}/suspend", json: {tenant: "{{service.options.tenant}}"}}
    revert:
      - http.send: {method: POST, path: "/users/{{target.id}}/unsuspend"}
"""
BLOCK = """
action: Shut_Out
summary: Shuts an address out.
per: address
done: shut out
undone: let in
providers:
  firewall:
    over: services
    service: firewall
    via: http
    check:
      - http.read: {path: /banned}
        as: list
      - so: target.address in list.body.items
    apply:
      - http.send: {method: POST, path: /ban, json: {ip: "{{target.address}}"}}
    revert:
      - http.send: {method: POST, path: /free, json: {ip: "{{target.address}}"}}
"""
PLAYBOOK = """
playbook_name: suspend
trigger: by_hand
actions:
  - step: suspend
    action: Suspend_User
    targets: [jdoe, asmith, nobody]
    parallel: 8
"""
BLOCKING = """
playbook_name: shut
trigger: by_hand
actions:
  - step: shut
    action: Shut_Out
    targets: ["203.0.113.7", "203.0.113.0/24", "{{alert.user_id}}"]
"""

failures = 0


def expect(what, good, told=""):
    global failures
    print(("ok   " if good else "FAIL ") + what)
    if not good:
        failures += 1
        print(str(told))


class Service(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, people=(), busy=0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.people = {name: {"id": "ID-" + name, "mail": name + "@corp.example", "status": "ACTIVE"} for name in people}
        self.busy = busy  # so many answers of 429 first
        self.banned, self.asked, self.times, self.tenants = [], [], [], []
        self.connections = set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.server_address[1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, status, body=None, headers=()):
        text = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_one(self, body):
        service = self.server
        with service.lock:
            service.asked.append(self.command + " " + self.path)
            service.connections.add(self.client_address)
            if self.path == "/token":
                form = urllib.parse.parse_qs(body)
                good = form.get("client_secret") == ["s3cret"] and form.get("client_id") == ["c-1"]
                return self.say(200 if good else 401, {"access_token": "T-1", "expires_in": 600, "token_type": "Bearer"} if good else {})
            if self.headers.get("Authorization") != "Bearer T-1":
                return self.say(401, {})
            service.times.append(time.monotonic())
            if service.busy > 0 and self.path != "/":
                service.busy -= 1
                return self.say(429, {}, [("Retry-After", "3")])
            return self.answer(service, body)

    def answer(self, service, body):
        parts = self.path.strip("/").split("/")
        if parts[0] == "users":
            name = parts[1].removeprefix("ID-")
            person = service.people.get(name)
            if person is None:
                return self.say(404, {})
            if len(parts) == 3:
                person["status"] = "SUSPENDED" if parts[2] == "suspend" else "ACTIVE"
                service.tenants.append((json.loads(body) if body else {}).get("tenant"))
            return self.say(200, person)
        if parts[0] == "banned":
            return self.say(200, {"items": service.banned})
        if parts[0] in ("ban", "free"):
            ip = json.loads(body)["ip"]
            service.banned = sorted(set(service.banned) | {ip}) if parts[0] == "ban" else [b for b in service.banned if b != ip]
            return self.say(200, {})
        return self.say(404, {})

    def do_GET(self):
        self.handle_one("")

    def do_POST(self):
        self.handle_one(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())


def soarctl(directory, *words):
    command = [SOARCTL, words[0], "--state", directory + "/state", "--config", directory + "/soard.yaml",
               "--inventory", directory + "/inventory.yaml", *words[1:]]
    environment = {"PATH": os.environ["PATH"], "CLOUD": "s3cret", "WRONG": "guess", "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def write(directory, one, two, wall):
    def auth(service, secret="env:CLOUD"):
        return '{oauth2: {token: "%s/token", client: c-1, secret: "%s"}}' % (service.url, secret)
    files = {
        "packs/suspend.yaml": PACK, "packs/shut.yaml": BLOCK, "suspend.yaml": PLAYBOOK, "shut.yaml": BLOCKING,
        "soard.yaml": "packs: [packs]\n",
        "inventory.yaml": "services:\n"
        '  cloud-a: {kind: cloud, url: "%s", options: {tenant: t-a}, auth: %s}\n' % (one.url, auth(one)) +
        '  cloud-b: {kind: cloud, url: "%s", options: {tenant: t-b}, auth: %s}\n' % (two.url, auth(two)) +
        '  fw: {kind: firewall, url: "%s", auth: %s}\n' % (wall.url, auth(wall)) +
        '  wrong: {kind: other, url: "%s", auth: %s}\n' % (one.url, auth(one, "env:WRONG")) +
        '  bare: {kind: bare, url: "%s"}\n' % one.url +
        '  gone: {kind: gone, url: "http://127.0.0.1:1"}\n'}
    os.mkdir(directory + "/packs")
    for name, text in files.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)


def people(directory, one, two):
    code, text = soarctl(directory, "plan", directory + "/suspend.yaml", "--check")
    expect("a plan asks and changes nothing", code in (0, 4) and not one.tenants, text)
    expect("it says what was not proved", "NOT PROVED jdoe@cloud-a, jdoe@cloud-b, asmith@cloud-a: cloud, on the real product; "
           "by a stand-in of its own test" in " ".join(text.split()), text)
    one.asked.clear()
    one.busy = 1
    code, text = soarctl(directory, "run", directory + "/suspend.yaml", "--yes", "--reason", "test")
    for name, service in (("jdoe", one), ("jdoe", two), ("asmith", one)):
        expect("%s is suspended" % name, service.people[name]["status"] == "SUSPENDED", text)
    expect("each tenant by its own option", set(one.tenants) == {"t-a"} and set(two.tenants) == {"t-b"}, (one.tenants, two.tenants))
    expect("the lines name the places", "jdoe@cloud-a" in text and "asmith@cloud-b" in text, text)
    expect("one token for all tasks of a service", one.asked.count("POST /token") == 1, one.asked)
    times = one.times[-100:]
    expect("who asked us to wait was let alone", any(b - a >= 2.9 for a, b in zip(times, times[1:])), times)
    expect("nobody is refused by the last that says so", code == 4 and "no service knows nobody" in text, (code, text))
    code, text = soarctl(directory, "contained")
    expect("contained names persons and places", "jdoe@cloud-a" in text and "jdoe@cloud-b" in text, text)
    code, text = soarctl(directory, "release", "jdoe@cloud-a", "--yes", "--reason", "test")
    expect("he is given back there alone", code == 0 and one.people["jdoe"]["status"] == "ACTIVE" and
           two.people["jdoe"]["status"] == "SUSPENDED", text)


def addresses(directory, wall):
    code, text = soarctl(directory, "run", directory + "/shut.yaml", "--user", "::ffff:203.0.113.8", "--yes", "--reason", "test")
    expect("two addresses are shut out, in their one spelling", wall.banned == ["203.0.113.7", "203.0.113.8"], (wall.banned, text))
    expect("a range is refused", code == 4 and "203.0.113.0/24" in text and "REFUSED" in text, (code, text))
    code, text = soarctl(directory, "release", "203.0.113.7@fw", "--yes", "--reason", "test")
    expect("one is let in again", code == 0 and wall.banned == ["203.0.113.8"], (code, wall.banned, text))


def checks(directory):
    for name, wanted, word in (("cloud-a", 0, "it gave a token"), ("bare", 1, "it takes no log-in of ours there"),
                               ("wrong", 1, "NOT REACHED"), ("gone", 1, "NOT REACHED")):
        code, text = soarctl(directory, "check", name)
        expect("check %s" % name, code == wanted and word in text and "s3cret" not in text and "guess" not in text, (code, text))


def main():
    if not os.access(SOARCTL, os.X_OK):
        print("skip: there is no " + SOARCTL)
        return 77
    with tempfile.TemporaryDirectory(prefix="soar-services-") as directory:
        one, two, wall = Service(("jdoe", "asmith")), Service(("jdoe",)), Service()
        write(directory, one, two, wall)
        checks(directory)
        people(directory, one, two)
        addresses(directory, wall)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
