#!/usr/bin/python3
"""Property: soar-http says what a service said, keeps the answers of calls apart, logs in as it was told, and lets no secret
out. Method: the worker's own protocol, against a TLS server of this test's own that writes down each request.

Use: soar_http_test.py PROGRAM"""
import base64
import json
import random
import sys
import tempfile
import threading
import time

from http_server import Certificates, Checks, ROOT, Server, Worker, answer, everything

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-http"
check = Checks()
SECRETS = {"password": "pass-Wort-\"1\"", "token": "tok-12345678", "value": "header-value-1", "secret": "client-secret-1"}
PIECE = "T0/B0/chat-secret"


def peer(server, certificates, **more):
    return {"name": "svc", "kind": "svc", "url": server.url, "ca": certificates.text("ca"), **more}


def test_requests(certificates):
    """What stands in a call stands in the request, byte by byte."""
    server = Server(lambda r, c: answer(200, {"path": r.target}), certificates)
    w = Worker(PROGRAM, peer(server, certificates, url=server.url + "/base/", headers={"x-id": "7"}))
    check([f["name"] for f in w.hello["functions"]] == ["http.read", "http.send"], "hello", w.hello)
    a = w.read("/a%2Fb/c..d", query={"%24filter": "x%20eq%20'y'", "n": "1"}, headers={"Accept": "text/x", "x-empty": ""})
    check(a["class"] == "done" and a["result"]["status"] == 200, "a GET", a)
    check("sending" not in a["said"], "a read has no effect, so it says nothing of sending", a["said"])
    r = server.requests[-1]
    check((r.method, r.target) == ("GET", "/base/a%2Fb/c..d?%24filter=x%20eq%20'y'&n=1"), "path and query as they are", r.target)
    check(r.headers == {"host": f"127.0.0.1:{server.port}", "accept": "text/x", "x-empty": "", "x-id": "7", "user-agent": r.headers["user-agent"]},
          "headers", r.headers)
    check(r.headers["user-agent"].startswith("soar/"), "user-agent", r.headers)

    a = w.send("/j", json={"a": [1, 2.5, None, True, "ä\n"]})
    r = server.requests[-1]
    check(a["said"] == ["sending", "answer"], "a write says so before it goes out", a["said"])
    check((r.method, json.loads(r.body), r.headers["content-type"]) == ("POST", {"a": [1, 2.5, None, True, "ä\n"]}, "application/json"), "json", r.body)
    w.send("/f", method="PUT", form={"a": "1%202", "b%20c": "%26"})
    r = server.requests[-1]
    check((r.method, r.body, r.headers["content-type"]) == ("PUT", b"a=1%202&b%20c=%26", "application/x-www-form-urlencoded"), "form", r.body)
    w.send("/x", method="PATCH", xml="<a>1</a>", headers={"content-type": "text/xml"})
    r = server.requests[-1]
    check((r.method, r.body, r.headers["content-type"]) == ("PATCH", b"<a>1</a>", "text/xml"), "xml, and the pack's own type", r.headers)
    for method, length in (("POST", "0"), ("PUT", "0"), ("PATCH", "0"), ("DELETE", None)):
        w.send("/none", method=method)
        r = server.requests[-1]
        check((r.method, r.headers.get("content-length"), r.headers.get("content-type")) == (method, length, None), f"{method} without a body", r.headers)
    w.send("/del", method="DELETE", json={"ids": ["1"]})
    check((server.requests[-1].method, server.requests[-1].body) == ("DELETE", b'{"ids":["1"]}'), "DELETE with a body")
    w.read("/ask", method="POST", json={})
    check((server.requests[-1].method, server.requests[-1].body) == ("POST", b"{}"), "a read that asks by POST")
    check(server.connections == 1, "one connection carries them all", server.connections)
    check(w.close() == (0, ""), "it ends with its input")


def test_refused_arguments(certificates):
    """What makes no sense, or could make two requests of one, never goes out."""
    server = Server(lambda r, c: answer(), certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    wrong = [
        dict(path="a"), dict(path="/a?b"), dict(path="/a#b"), dict(path="/a b"), dict(path="/ä"), dict(path="/a\r\nx: y"),
        dict(path="/", query={"a": "b c"}), dict(path="/", query={"a": "b#c"}), dict(path="/", query={"a": 1}), dict(path="/", query={"a=b&c": "d"}), dict(path="/", query={"a b": "c"}), dict(path="/", query="a=b"),
        dict(path="/", headers={"a": "b\r\nc: d"}), dict(path="/", headers={"a b": "c"}), dict(path="/", headers={"a": "ä"}),
        dict(path="/", headers={"Host": "elsewhere"}), dict(path="/", headers={"content-length": "1"}), dict(path="/", headers={"Transfer-Encoding": "chunked"}),
        dict(path="/", headers={"authorization": "Bearer x"}), dict(path="/", headers={"cookie": "a=b"}),
        dict(path="/", method="DELETE"), dict(path="/", method="GET /x HTTP/1.1\r\n"), dict(path="/", json={}), dict(path="/", method="POST", json={}, form={}),
        dict(path="/", method="POST", xml=1), dict(path="/", method="POST", json={"a": {"secret": "nosuch"}}), dict(path="/", nosuch=1),
    ]
    for args in wrong:
        a = w.call("http.read", **args)
        check(a["class"] == "invalid", f"refused: {args}", a)
    check(w.call("http.send", path="/", method="GET")["class"] == "invalid", "http.send is no GET")
    check(server.requests == [] and server.connections == 0, "nothing was sent", server.requests)
    w.close()
    w = Worker(PROGRAM, peer(server, certificates), mode="read")
    check([f["name"] for f in w.hello["functions"]] == ["http.read"], "a worker started to read has no writing function", w.hello)
    check(w.send()["class"] == "invalid", "and does none")
    w.close()
    plain = "http://192.0.2.1"
    wrong = [
        dict(url=plain), dict(url="https://u:p@127.0.0.1"), dict(url="https://127.0.0.1/?a"), dict(url="https://127.0.0.1/#a"), dict(url="ftp://127.0.0.1"),
        dict(url=None), dict(url="https://127.0.0.1\r\nx"), dict(ca="x"), dict(rate={"calls": 0, "per_ms": 1}), dict(rate={"calls": 1}), dict(rate="90/m"),
        dict(headers={"host": "x"}), dict(headers={"a": "b\n"}), dict(headers=[]), dict(auth={"nosuch": {}}), dict(auth={"basic": {}}),
        dict(auth={"basic": {"user": "a:b"}}), dict(auth={"basic": {"user": "a"}, "bearer": {}}), dict(auth={"oauth2": {"client": "x"}}),
        dict(auth={"oauth2": {"client": "x", "token": "http://192.0.2.1/token"}}), dict(auth={"mtls": {}}), dict(auth={"header": {"name": "a b"}}),
        dict(auth={"header": {"name": "host"}}),
    ]
    for more in wrong:
        w = Worker(PROGRAM, peer(server, certificates, **more))
        a = w.read()
        check(a["class"] == "invalid" and a["why"].startswith("svc: "), f"a peer that makes no sense: {more}", a)
        w.close()


def test_answers(certificates):
    """Each kind of body becomes what the table says; what isn't one is text alone."""
    deep = "[" * 60 + "]" * 60
    cases = {
        "/json": (answer(200, {"a": [1]}), {"a": [1]}),
        "/json-as-html": (answer(200, '{"a":1}', content_type="text/html"), {"a": 1}),
        "/json-bom": (answer(200, b'\xef\xbb\xbf {"a":1}'), {"a": 1}),
        "/scalar": (answer(200, "17", content_type="application/json"), 17),
        "/word": (answer(200, "17", content_type="text/plain"), None),
        "/ok": (answer(200, "ok"), None),
        "/broken": (answer(200, '{"a":', content_type="application/json"), None),
        "/twice": (answer(200, '{"a":1,"a":2}'), None),
        "/deep": (answer(200, deep), None),
        "/empty": (answer(200, ""), None),
        "/204": (b"HTTP/1.1 204 None\r\n\r\n", None),
        "/xml": (answer(200, '<?xml version="1.0"?><r status="success"><m>5</m></r>'),
                 {"name": "r", "attributes": {"status": "success"}, "text": "", "children": [{"name": "m", "attributes": {}, "text": "5", "children": []}]}),
        "/doctype": (answer(200, "<!DOCTYPE html><html/>"), None),
        "/html": (answer(200, "<html><br></html>"), None),
        "/500": (answer(500, {"error": "x"}), {"error": "x"}),
        "/404": (answer(404, ""), None),
        "/302": (answer(302, "", location="https://192.0.2.1/"), None),
        "/chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n5;x=y\r\n\":17}\r\n0\r\nTrailer-X: y\r\n\r\n", {"a": 17}),
        "/interim": (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + answer(200, {"a": 1}), {"a": 1}),
    }
    server = Server(lambda r, c: cases[r.path][0], certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    for path, (raw, body) in cases.items():
        a = w.read(path)
        check(a["class"] == "done" and a["result"]["body"] == body and a["result"]["cut"] == 0, f"the body of {path}", a)
        check(a["result"]["status"] == int(raw[raw.rindex(b"HTTP/1.1 ") + 9:][:3]), f"the status of {path}", a)
    check(w.read("/302")["result"]["headers"]["location"] == "https://192.0.2.1/", "a redirect is an answer")
    check(w.read("/word")["result"]["text"] == "17", "the text")
    check("link" not in w.read("/interim")["result"]["headers"], "headers of a 1xx are not the answer's")
    w.close()
    raw = (b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: 2\r\nSet-Cookie: s=secret-cookie\r\nX-B:  \xe4 \r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x00\xffa")
    server = Server(lambda r, c: raw, certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    a = w.read()["result"]
    check(a["headers"] == {"x-a": "1, 2", "x-b": "\ufffd", "content-encoding": "gzip", "content-length": "5"}, "headers", a["headers"])
    check(a["text"] == "\x1f\ufffd\ufffd\ufffda" and a["body"] is None, "bytes that are no text", a)
    check("accept-encoding" not in server.requests[0].headers, "no compressed answer is asked for")
    w.close()


def test_apart(certificates):
    """100 calls, as many at once as the hello says: each has its own answer, whatever the order in which they come."""
    chance = random.Random(17)
    waits = {f"/{i}": chance.random() * 0.05 for i in range(100)}

    def handler(request, connection):
        time.sleep(waits[request.path])
        return answer(200, {"you": request.path})

    server = Server(handler, certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    numbers = {w.begin("http.read" if i % 2 else "http.send", path=f"/{i}", left_ms=30000, **({} if i % 2 else {"method": "POST"})): f"/{i}" for i in range(100)}
    good = [w.wait(n)["result"]["body"]["you"] == path for n, path in numbers.items()]
    check(all(good), "each call has its own answer")
    check(1 < server.connections <= w.hello["calls"], "a few connections carry them", server.connections)
    order = sorted(numbers, key=lambda n: w.answers[n]["at"])
    check(order != sorted(order), "they overtake each other")
    w.close()


def test_log_ins(certificates):
    server = Server(lambda r, c: answer(200, {"headers": r.headers, "target": r.target}, x_echo=r.headers.get("authorization", "-")), certificates)
    basic = base64.b64encode(f"me:{SECRETS['password']}".encode()).decode()
    cases = [
        ({"basic": {"user": "me"}}, "authorization", "Basic " + basic), ({"bearer": {}}, "authorization", "Bearer " + SECRETS["token"]),
        ({"header": {"name": "Authorization", "prefix": "SSWS "}}, "authorization", "SSWS " + SECRETS["value"]),
        ({"header": {"name": "X-Api-Key"}}, "x-api-key", SECRETS["value"]),
    ]
    for auth, name, value in cases:
        w = Worker(PROGRAM, peer(server, certificates, auth=auth), SECRETS)
        a = w.read()
        check(server.requests[-1].headers.get(name) == value, f"{auth}", server.requests[-1].headers)
        check(a["class"] == "done" and "[secret]" in a["result"]["body"]["headers"][name], f"{auth}: what is said back is struck out", a)
        missing = w.read(secrets={})
        check(missing["class"] == "invalid" and "secret" in missing["why"], f"{auth} without its secret", missing)
        w.close()
    w = Worker(PROGRAM, peer(server, certificates, url=server.url + "/services", auth={"path": {}}), {"value": PIECE})
    a = w.send("/x")
    check(server.requests[-1].target == "/services/T0/B0/chat-secret/x", "path: the secret stands between", server.requests[-1].target)
    check(a["result"]["body"]["target"] == "/services/[secret]/x", "and is struck out", a)
    whole = PIECE + "?api=1&sig=" + "k" * 20
    a = w.send("/", query={"x": "1"}, secrets={"value": whole})
    check(server.requests[-1].target == "/services/T0/B0/chat-secret?api=1&sig=" + "k" * 20 + "&x=1", "path: a query is part of the secret", server.requests[-1].target)
    check("kkk" not in json.dumps(a), "and its values are struck out, too", a)
    for bad in ("a?b c", "a?b#c", "a b", "../x", "a/./b", "a%00"):
        check(w.send("/x", secrets={"value": bad})["class"] == ("done" if bad == "a%00" else "invalid"), f"path: {bad}")
    w.close()
    w = Worker(PROGRAM, peer(server, certificates), SECRETS)
    w.send("/s", json={"k": {"secret": "token"}, "p": {"generated": {"length": 40, "form": "plain"}}}, headers={"x-k": {"secret": "value"}})
    r = server.requests[-1]
    sent = json.loads(r.body)
    check((sent["k"], len(sent["p"]), r.headers["x-k"]) == (SECRETS["token"], 40, SECRETS["value"]), "secrets in body and header")
    w.send("/f", form={"k": {"secret": "password"}, "o": "1"})
    check(server.requests[-1].body == b"k=pass-Wort-%221%22&o=1", "a secret in a form is encoded", server.requests[-1].body)
    w.close()


def test_client_certificates(certificates):
    server = Server(lambda r, c: answer(200, {"you": c.getpeercert()["subject"][0][0][1], "auth": r.headers.get("authorization")}), certificates, client=True)
    mtls = {"mtls": {"certificate": certificates.text("client")}}
    secrets = {**SECRETS, "mtls_key": certificates.text("client", "key")}
    w = Worker(PROGRAM, peer(server, certificates, auth={**mtls, "bearer": {}}), secrets)
    a = w.read()
    check(a["class"] == "done" and a["result"]["body"]["you"] == "client", "mtls, beside bearer", a)
    w.close()
    for auth, key, expected in (({}, None, "denied"), ({"mtls": {"certificate": certificates.text("stranger")}}, "stranger", "denied"), (mtls, "stranger", "invalid")):
        w = Worker(PROGRAM, peer(server, certificates, auth=auth), {"mtls_key": certificates.text(key, "key")} if key else {})
        a = w.send()
        check(a["class"] == expected, f"mtls with {key}'s key", a)
        w.close()
    w = Worker(PROGRAM, peer(server, certificates, auth=mtls), {})
    check(w.read()["class"] == "invalid", "mtls without its key")
    w.close()


class Tokens:
    """A service whose tokens hold for as many requests as it is told."""

    def __init__(self, certificates, **more):
        self.given, self.good, self.status, self.body, self.headers = 0, None, 200, {}, {}
        self.more = more
        self.server = Server(self.handle, certificates)

    def handle(self, request, connection):
        if request.path == "/token":
            self.given += 1
            self.good = f"T-{self.given}-abcdef"
            body = {"access_token": self.good, "token_type": "Bearer", "expires_in": 3600, **self.body}
            return answer(self.status, body, **self.headers)
        if request.headers.get("authorization") != f"Bearer {self.good}":
            return answer(401, {"error": "invalid_token", "was": request.headers.get("authorization")})
        return answer(200, {"hello": request.path, "echo": request.headers["authorization"]})


def token_peer(tokens, certificates, **fields):
    return peer(tokens.server, certificates, auth={"oauth2": {"token": tokens.server.url + "/token", "client": "c-1", "scope": "a b", **fields}})


def test_tokens(certificates):
    t = Tokens(certificates)
    w = Worker(PROGRAM, token_peer(t, certificates), SECRETS)
    a = w.send("/one")
    check(a["class"] == "done" and a["result"]["body"]["hello"] == "/one", "a token is got, and used", a)
    check(a["result"]["body"]["echo"] == "Bearer [secret]", "and struck out", a)
    check(a["said"] == ["sending", "answer"], "only the call's own request is said", a["said"])
    r = t.server.requests[0]
    check(r.method == "POST" and r.body == b"grant_type=client_credentials&client_id=c-1&client_secret=client-secret-1&scope=a%20b", "in a form", r.body)
    check(r.headers["content-type"] == "application/x-www-form-urlencoded" and r.headers["accept"] == "application/json", "its headers", r.headers)
    w.read("/two")
    check(t.given == 1, "it is kept")
    t.good = "gone"
    a = w.send("/three")
    check(a["class"] == "done" and a["result"]["status"] == 200 and t.given == 2, "a 401 gets a new one, and the call goes again", a)
    t.good = "gone"
    numbers = [w.begin("http.read", path=f"/n{i}") for i in range(8)]
    check(all(w.wait(n)["result"]["status"] == 200 for n in numbers) and t.given == 3, "eight calls at once renew it once", t.given)
    w.close()

    class Never(Tokens):
        def handle(self, request, connection):
            said = super().handle(request, connection)
            self.good = None
            return said

    t = Never(certificates)
    w = Worker(PROGRAM, token_peer(t, certificates), SECRETS)
    a = w.send("/x")
    check(a["class"] == "done" and a["result"]["status"] == 401 and t.given == 1, "a token just made that is refused is an answer", a)
    a = w.send("/x")
    check(a["result"]["status"] == 401 and t.given == 2, "an old one is renewed once, not for ever", a)
    w.close()

    t = Tokens(certificates)
    t.status = 201
    w = Worker(PROGRAM, token_peer(t, certificates, send="basic", audience="urn:x"), SECRETS)
    a = w.read("/b")
    pair = base64.b64encode(b"c-1:client-secret-1").decode()
    r = t.server.requests[0]
    check(a["result"]["status"] == 200 and r.headers["authorization"] == "Basic " + pair, "by basic, and 201", a)
    check(r.body == b"grant_type=client_credentials&scope=a%20b&audience=urn%3Ax", "no secret in the form then", r.body)
    w.close()


def test_token_failures(certificates):
    cases = [
        (401, {"error": "invalid_client", "error_description": "client-secret-1 is wrong"}, {}, "denied", "invalid_client: [secret] is wrong"),
        (400, {"error": "invalid_scope"}, {}, "denied", "invalid_scope"), (404, {}, {}, "permanent", "404"), (500, {}, {}, "transient", "500"),
        (429, {}, {"Retry_After": "7"}, "transient", "429"), (302, {}, {"Location": "https://192.0.2.1"}, "permanent", "302"),
        (200, {"access_token": 5}, {}, "permanent", "no token"), (200, {"access_token": "a\nb"}, {}, "permanent", "header"),
        (200, {"token_type": "mac"}, {}, "permanent", "Bearer"),
    ]
    for status, body, headers, expected, words in cases:
        t = Tokens(certificates)
        t.status, t.body, t.headers = status, body, headers
        w = Worker(PROGRAM, token_peer(t, certificates), SECRETS)
        numbers = [w.begin("http.send", path="/x", method="POST") for _ in range(3)]
        answers = [w.wait(n) for n in numbers]
        check(all(a["class"] == expected and words in a["why"] and a["said"] == ["answer"] for a in answers), f"a log-in that fails with {status} {body}", answers)
        check(all(r.path == "/token" for r in t.server.requests), "nothing of the calls was sent")
        if status == 429:
            check(any((a["result"] or {}).get("retry_after_ms") == 7000 for a in answers), "when to come again", answers)
        w.close()

    def cut(request, connection):
        return None

    server = Server(cut, certificates)
    t = Tokens(certificates)
    t.server = server
    w = Worker(PROGRAM, token_peer(t, certificates), SECRETS)
    a = w.send("/x")
    check(a["class"] == "transient" and a["said"] == ["answer"], "a log-in that is cut off is no doubt about the call", a)
    w.close()


def test_memory(certificates):
    """Once the answer is out nothing of a secret is left in memory, but the token that is kept."""
    t = Tokens(certificates)
    plain = Server(lambda r, c: answer(200, {}), certificates)
    key = certificates.text("client", "key")
    cases = [
        (t.server, {"oauth2": {"token": t.server.url + "/token", "client": "c-1"}}, SECRETS, [SECRETS["secret"]]),
        (plain, {"basic": {"user": "me"}}, SECRETS, [SECRETS["password"], base64.b64encode(f"me:{SECRETS['password']}".encode()).decode()]),
        (plain, {"header": {"name": "x-key"}}, SECRETS, [SECRETS["value"]]), (plain, {"path": {}}, {"value": PIECE}, [PIECE]),
        (plain, {"mtls": {"certificate": certificates.text("client")}}, {"mtls_key": key}, key.split("\n")[1:3]),
    ]
    for server, auth, secrets, texts in cases:
        w = Worker(PROGRAM, peer(server, certificates, auth=auth), secrets)
        for _ in range(3):
            check(w.send("/x", json={"a": 1})["class"] == "done", f"{list(auth)}")
        until = time.monotonic() + 10  # it is wiped when the answer is out, and that is not at once
        while (left := w.remembers(texts)) and time.monotonic() < until:
            time.sleep(0.05)
        check(not left, f"{list(auth)}: what stays in memory", left)
        w.close()


def test_a_log_in_that_hangs(certificates):
    """Who has more time than the call that asked for the token asks himself when that one's is over."""
    class Slow(Tokens):
        def handle(self, request, connection):
            if request.path == "/token" and len(self.server.requests) == 1:
                time.sleep(3)
                return None
            return super().handle(request, connection)

    t = Slow(certificates)
    w = Worker(PROGRAM, token_peer(t, certificates), SECRETS)
    short, long = w.begin("http.read", path="/a", left_ms=1200), w.begin("http.read", path="/b", left_ms=20000)
    check(w.wait(short)["class"] == "transient", "its time is over")
    check(w.wait(long)["class"] == "done", "the other has its own", w.wait(long))
    w.close()


def main():
    with tempfile.TemporaryDirectory() as directory:
        certificates = Certificates(directory)
        for name, test in list(globals().items()):
            if name.startswith("test_") and (len(sys.argv) < 3 or name in sys.argv[2:]):
                test(certificates)
        said = "".join(everything)
        for name, secret in list(SECRETS.items()) + [("path", PIECE), ("token", "-abcdef"), ("key", certificates.text("client", "key").split("\n")[1])]:
            check(secret not in said and json.dumps(secret)[1:-1] not in said, f"{name} never left the worker", [line for line in everything if secret in line])
    return check.end()


sys.exit(main())
