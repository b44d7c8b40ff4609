#!/usr/bin/python3
"""A chat, a ticket system and a firewall for tests of whole playbooks, on one loopback port: Slack's chat.postMessage, Jira's
search and create, OPNsense's alias_util, each with a memory. What a real server would refuse is refused: an unknown path, a wrong
log-in, a field too many or missing. It is no product: how packs fare with each vendor's answers is what the contracts test.

Use: services.py DIR     writes DIR/url when it listens, and DIR/state.json at every change; ends when standard input does
"""
import http.server
import json
import os
import pathlib
import re
import sys
import threading

LOG_IN = {"chat": "Bearer chat-token", "tickets": "Bearer ticket-token", "edge": "Basic c29hcjplZGdlLXB3"}  # soar:edge-pw
STATE = {"messages": [], "tickets": [], "blocked": [], "refused": []}
LOCK = threading.Lock()
WHERE = pathlib.Path(sys.argv[1])


def keep():
    new = WHERE / "state.json.new"
    new.write_text(json.dumps(STATE))
    os.replace(new, WHERE / "state.json")


def needs(body, *names):
    assert isinstance(body, dict), "expected an object"
    missing = [n for n in names if n not in body]
    assert not missing, f"missing {missing}"


def post_message(body):
    needs(body, "channel", "text")
    STATE["messages"].append(body)
    return 200, {"ok": True, "channel": body["channel"], "ts": f"1795341600.{len(STATE['messages']):06}"}


def search(body):
    needs(body, "jql", "fields", "maxResults")
    label = re.fullmatch(r'labels = "(soar-[A-Za-z0-9-]+)"', body["jql"])
    assert label, f"no such JQL here: {body['jql']}"
    found = [t for t in STATE["tickets"] if label[1] in t["fields"]["labels"]]
    return 200, {"issues": [{"id": t["id"], "key": t["key"], "fields": {"summary": t["fields"]["summary"]}} for t in found], "isLast": True}


def create(body):
    needs(body, "fields")
    needs(body["fields"], "project", "issuetype", "summary", "labels", "description")
    assert body["fields"]["project"] == {"key": "SEC"}, "no such project"
    assert len(body["fields"]["summary"]) <= 255 and "\n" not in body["fields"]["summary"], "summary"
    number = len(STATE["tickets"]) + 1
    STATE["tickets"].append({"id": str(10000 + number), "key": f"SEC-{number}", "fields": body["fields"]})
    return 201, {"id": str(10000 + number), "key": f"SEC-{number}", "self": "http://127.0.0.1/"}


def alias(what, body):
    if what == "list":
        return 200, {"total": len(STATE["blocked"]), "rowCount": len(STATE["blocked"]), "current": 1, "rows": [{"ip": a} for a in STATE["blocked"]]}
    needs(body, "address")
    assert set(body) == {"address"}, "a field too many"
    if what == "add" and body["address"] not in STATE["blocked"]:
        STATE["blocked"].append(body["address"])
    if what == "delete" and body["address"] in STATE["blocked"]:
        STATE["blocked"].remove(body["address"])
    return 200, {"status": "done"}


ROUTES = {
    ("POST", "/api/chat.postMessage"): ("chat", post_message),
    ("POST", "/rest/api/3/search/jql"): ("tickets", search),
    ("POST", "/rest/api/3/issue"): ("tickets", create),
    ("GET", "/api/firewall/alias_util/list/soar_block"): ("edge", lambda body: alias("list", body)),
    ("POST", "/api/firewall/alias_util/add/soar_block"): ("edge", lambda body: alias("add", body)),
    ("POST", "/api/firewall/alias_util/delete/soar_block"): ("edge", lambda body: alias("delete", body)),
}


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service, act = ROUTES.get((self.command, self.path), (None, None))
        with LOCK:
            try:
                assert act, f"no such call: {self.command} {self.path}"
                if self.headers.get("Authorization") != LOG_IN[service]:
                    return 401, {"message": "who are you?"}
                if self.command == "POST":
                    assert self.headers.get("Content-Type", "").startswith("application/json"), "not JSON"
                return act(json.loads(text) if text else None)
            except (AssertionError, ValueError) as wrong:
                STATE["refused"].append(str(wrong))
                return 400, {"message": str(wrong)}
            finally:
                keep()

    def do_GET(self):
        status, body = self.answer()
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    keep()
    new = WHERE / "url.new"
    new.write_text(f"http://127.0.0.1:{server.server_port}\n")
    os.replace(new, WHERE / "url")
    sys.stdin.read()


if __name__ == "__main__":
    main()
