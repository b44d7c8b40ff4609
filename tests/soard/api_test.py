#!/usr/bin/python3
"""Property: the API does what its own document says: each path of it can be called, each answer has a status the document names
and a body that fits its schema; nothing is answered to who has no token, or another role; what is changed is durable before it is
answered. /metrics is what Prometheus reads.
Method: a real soard with its front; the document read from it and walked, each operation called well and badly.

Usage: api_test.py [SOARD]"""
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import sys
import tempfile
import time

import jsonschema
from desk import Checks, Desk

TOKENS = {name: f"soar_token-of-{name}-0123456789" for name in ("vera", "omar", "anna", "none")}
ROLES = {"vera": "viewer", "omar": "operator", "anna": "approver"}
SECRET = "a-secret-of-the-siem"
METRIC = re.compile(r'^soar_[a-z_]+(\{[a-z]+="[^"\\]*"\})? -?\d+$')


def config(port):
    people = "".join(f'  {name}: {{roles: [{role}], token: "sha256:{hashlib.sha256(TOKENS[name].encode()).hexdigest()}"}}\n'
                     for name, role in ROLES.items())
    return (f'listen: {{address: "127.0.0.1:{port}"}}\npeople:\n{people}'
            'webhooks:\n  siem: {path: /webhook/siem, format: soar, auth: {bearer: {secret: "env:SIEM_SECRET"}}}\n')


class Api:
    def __init__(self, check, desk, port):
        self.check, self.desk, self.port = check, desk, port
        self.document, self.called = None, set()

    def call(self, method, path, body=None, who="omar", headers=None):
        one = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        head = {"Authorization": f"Bearer {TOKENS[who]}"} if who else {}
        if body is not None:
            head["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        one.request(method, path, body, {**head, **(headers or {})})
        answer = one.getresponse()
        text = answer.read()
        one.close()
        kind = answer.headers.get_content_type()
        return answer.status, kind, json.loads(text) if kind.endswith("json") else text.decode(), answer.headers

    def wait_ready(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                if self.call("GET", "/readyz", who=None)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError("the front is not ready: " + self.desk.words())

    def do(self, want, method, template, body=None, who="omar", query="", **places):
        """Calls an operation of the document, and holds status and body against it."""
        path = template
        for name, text in places.items():
            path = path.replace("{" + name + "}", text)
        status, kind, answer, _ = self.call(method, "/api/v1" + path + query, body, who)
        operation = self.document["paths"]["/api/v1" + template][method.lower()]
        said = operation["responses"].get(str(status))
        name = f"{method} {path}{query} by {who}: {want}"
        if not self.check.good(status == want and said and kind in said["content"], name, (status, kind, answer)):
            return answer
        schema = {**said["content"][kind]["schema"], "components": self.document["components"]}
        mistakes = list(jsonschema.Draft202012Validator(schema).iter_errors(answer))
        self.check.good(not mistakes, "its body fits", [mistake.message for mistake in mistakes[:3]])
        if status < 400:
            self.called.add((method, template))
        return answer


def test_document(check, api):
    check.same(401, api.call("GET", "/api/v1/openapi.json", who=None)[0], "the document is for those who have a token")
    status, _, api.document, _ = api.call("GET", "/api/v1/openapi.json", who="vera")
    check.same((200, "3.1.0"), (status, api.document["openapi"]), "the document is there")
    for name, schema in api.document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        check.good(schema["type"] == "object", f"schema {name}")
    for path, methods in api.document["paths"].items():
        for method, operation in methods.items():
            places = set(re.findall(r"\{(\w+)\}", path))
            told = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            check.same(places, told, f"{method} {path} names its places")
            check.good(("requestBody" in operation) == (method == "post") and operation["summary"], "and its body")


def test_reading(check, api):
    status = api.do(200, "GET", "/status", who="vera")
    check.good(status["front"]["ready"] and status["sources"][0]["source"] == "siem", "the status has front and sources", status)
    check.same([], api.do(200, "GET", "/runs", who="vera")["runs"], "no runs yet")
    api.do(200, "GET", "/contained", who="vera")
    api.do(200, "GET", "/waiting", who="vera")
    api.do(200, "GET", "/openapi.json", who="vera")
    names = [one["playbook"] for one in api.do(200, "GET", "/playbooks", who="vera")["playbooks"]]
    check.same(["Contain"], names, "the playbooks")
    alert = {"id": "A-1", "severity": "high", "hosts": [{"name": "lab-01", "os": "linux"}]}
    status, _, taken, _ = api.call("POST", "/webhook/siem", alert, None, {"Authorization": f"Bearer {SECRET}"})
    check.same(202, status, "a webhook takes an alert")
    kept = api.do(200, "GET", "/alerts/{alert}", who="vera", alert=taken["alerts"][0]["id"])
    check.same(("siem", "A-1"), (kept.get("source"), kept.get("body", {}).get("id")), "and the alert is read as it was")
    api.do(404, "GET", "/alerts/{alert}", alert="nothing")


def test_runs(check, api):
    wish = {"playbook": "Contain", "hosts": ["lab-01"], "reason": "a call", "case": "INC-1"}
    run = api.do(201, "POST", "/runs", wish)
    check.good(run.get("by", "").startswith("omar (token") and run.get("case") == "INC-1", "the record has who asked", run)
    api.desk.stop(signal.SIGKILL)
    api.desk.start()
    api.wait_ready()
    one = api.do(200, "GET", "/runs/{run}", who="vera", run=run["run"])
    check.same(run["run"], one.get("run"), "a run that was answered is there after a crash")
    again = api.do(201, "POST", "/runs", {"playbook": "contain", "alert": {"id": "A-2", "hosts": [{"name": "lab-02"}]}})
    check.same("A-2", again.get("alert"), "an alert goes with a run")
    both = [one["run"] for one in api.do(200, "GET", "/runs", who="vera")["runs"]]
    check.same({run["run"], again["run"]}, set(both), "both are listed")
    page = api.do(200, "GET", "/runs", query=f"?limit=1&after={both[0]}")["runs"]
    check.same([both[1]], [one["run"] for one in page], "in pages")
    api.do(200, "POST", "/runs/{run}/stop", {"reason": "enough"}, run=run["run"])
    end = time.monotonic() + 60
    while time.monotonic() < end and api.call("GET", f"/api/v1/runs/{run['run']}")[2]["state"] != "ended":
        time.sleep(0.05)
    api.do(409, "POST", "/runs/{run}/stop", {}, run=run["run"])
    ended = api.do(200, "GET", "/runs", query="?state=ended")["runs"]
    check.good(run["run"] in [one["run"] for one in ended] and again["run"] not in [one["run"] for one in ended], "by state", ended)
    api.do(200, "POST", "/runs/{run}/retry", {"targets": ["lab-01"]}, run=run["run"])
    api.do(404, "POST", "/runs/{run}/retry", {}, run="R-none")
    api.do(404, "GET", "/runs/{run}", run="R-none")
    api.do(404, "POST", "/runs/{run}/stop", run="R-none")
    for wrong in ({"playbook": "Contian", "hosts": ["lab-01"]}, {"hosts": ["lab-01"]}, {"playbook": "Contain", "hosts": []},
                  {"playbook": "Contain", "hosts": ["lab-77"]}, {"playbook": "Contain", "hosts": "lab-01"}, [],
                  {"playbook": "Contain", "hosts": ["lab-01"], "dry_run": True}, {"playbook": "Contain", "alert": "A-1"},
                  {"playbook": "Contain", "hosts": ["lab-01"], "vars": {"no": 1}}, {"playbook_text": "x", "playbook": "x"}):
        api.do(422, "POST", "/runs", wrong)
    for wrong in (b"{", b"\xff"):
        api.do(400, "POST", "/runs", wrong)
    for query in ("?limits=3", "?limit", "?limit=%zz", "?limit=%00"):
        api.do(400, "GET", "/runs", query=query)
    api.do(422, "GET", "/runs", query="?limit=no")
    api.do(422, "POST", "/releases", {"what": "lab-01"})
    check.same(4, len(api.call("GET", "/api/v1/runs")[2]["runs"]) + 1, "what was refused began nothing")


def test_people(check, api):
    pause = api.do(201, "POST", "/pauses", {"all": True, "for": "1h", "reason": "a drill"})
    check.same(True, pause.get("paused"), "everything is paused")
    api.do(201, "POST", "/pauses", {"what": "siem", "for": "1h", "reason": "noise"})
    check.same(2, len(api.do(200, "GET", "/status")["pauses"]), "both are told")
    api.do(200, "DELETE", "/pauses/{what}", what="siem")
    api.do(409, "DELETE", "/pauses/{what}", what="siem")
    api.do(404, "DELETE", "/pauses/{what}", what="nobody")
    api.do(200, "DELETE", "/pauses/all")
    api.do(409, "DELETE", "/pauses/all")
    api.do(422, "POST", "/pauses", {"all": True, "for": "1h"})
    for answer, who in (("yes", "anna"), ("no", "anna"), ("done", "omar"), ("perhaps", "omar")):
        api.do(404, "POST", "/waiting/{ask}", {"answer": answer}, who=who, ask="H-99")
    api.do(422, "POST", "/waiting/{ask}", {}, who="anna", ask="H-99")


def test_roles(check, api):
    for path, methods in api.document["paths"].items():
        for method in methods:
            method = method.upper()
            asked = re.sub(r"\{\w+\}", "X", path)
            body = {"playbook": "Contain", "hosts": ["lab-01"]} if path.endswith("/runs") else {"what": "x", "answer": "no"}
            body = {} if path.endswith(("stop", "retry")) else {"what": "x"} if path.endswith(("releases", "pauses")) else body
            body = {"answer": "no"} if "/waiting/" in path else body
            status = api.call(method, asked, body if method == "POST" else None, None)[0]
            check.same(401, status, f"{method} {path} is nothing for who has no token")
            check.same(401, api.call(method, asked, body if method == "POST" else None, "none")[0], "nor another's")
            if method != "GET":
                status, kind, problem, _ = api.call(method, asked, body if method == "POST" else None, "vera")
                check.good((status, kind, problem.get("status")) == (403, "application/problem+json", 403),
                           "and for a viewer", problem)
    status, _, _, headers = api.call("DELETE", "/api/v1/runs")
    check.same((405, {"GET", "POST"}), (status, set(headers.get("Allow", "").split(", "))), "another method is 405")
    for path in ("/api/v1", "/api/v1/", "/api/v1/runs/", "/api/v1/run", "/api/v2/runs",
                 "/api/v1/runs/a/b/c", "/api/v1/status/x"):
        check.same(404, api.call("GET", path)[0], f"{path} is nothing")
    for path in ("/api/v1/runs//stop", "/api/v1/runs/%zz", "/api/v1/runs/%00"):
        check.same(400, api.call("GET", path)[0], f"{path} is no path")


def test_metrics(check, api):
    check.same(401, api.call("GET", "/metrics", who=None)[0], "metrics are for those who have a token")
    status, kind, text, _ = api.call("GET", "/metrics", who="vera")
    check.same((200, "text/plain"), (status, kind), "metrics are text")
    lines = text.splitlines()
    bad = [line for line in lines if not line.startswith("# ") and not METRIC.match(line) and "soar_info" not in line]
    check.same([], bad, "each line is one that Prometheus reads")
    types = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE")}
    values = {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in lines if not line.startswith("#")}
    check.good(all(name.split("{")[0] in types for name in values), "each has its type")
    check.good(all((kind == "counter") == name.endswith("_total") for name, kind in types.items()), "counters are _total", types)
    check.good(values["soar_runs_started_total"] >= 1 and values["soar_ready"] == 1 and
               values["soar_resident_memory_bytes"] > 0 and values["soar_open_files"] > 3, "and counts what was", values)


def main():
    check = Checks()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    os.environ["SIEM_SECRET"] = SECRET
    with tempfile.TemporaryDirectory(prefix="soar-test.") as where:
        desk = Desk(where, config(port))
        desk.environment["SIEM_SECRET"] = SECRET
        with desk:
            api = Api(check, desk, port)
            api.wait_ready()
            for test in (test_document, test_reading, test_runs, test_people, test_roles, test_metrics):
                test(check, api)
            every = {(method.upper(), path.removeprefix("/api/v1")) for path, methods in api.document["paths"].items()
                     for method in methods}
            uncalled = every - api.called
            check.same({("POST", "/releases"), ("POST", "/waiting/{ask}")}, uncalled, "all else was called, and answered well")
            check.same(0, desk.stop(), "soard ends clean")
            for word in ("Sanitizer", "runtime error"):
                check.good(word not in desk.words(), f"its log has no {word}", desk.words())
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
