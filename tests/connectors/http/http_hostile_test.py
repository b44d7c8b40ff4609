#!/usr/bin/python3
"""Property: whatever a service does, a call ends in its time, with a class that is true: transient only if nothing of a write
was sent, unknown if it may have happened; and the worker goes on with the next call. Method: a TLS server that misbehaves at one
stage after the other; each is asked by a read and by a write, and asked again afterwards.

Use: http_hostile_test.py PROGRAM"""
import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import warnings

from http_server import Certificates, Checks, ROOT, Server, Worker, answer, everything

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-http"
check = Checks()


def peer(server, certificates, **more):
    return {"name": "svc", "kind": "svc", "url": server.url, "ca": certificates.text("ca"), **more}


def reset(connection):
    """Gone at once, without a word, as a machine that lost its power."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def endless(connection, piece, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        connection.sendall(piece)


def test_before_anything_is_sent(certificates):
    """Refused, unresolved, not TLS, not trusted: a write that meets this has not happened."""
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    silent = socket.create_server(("127.0.0.1", 0))

    def garbage(plain):
        plain.recv(1000)
        plain.sendall(b"SSH-2.0-x\r\n" * 10)
        return True

    def cut(plain):
        return True

    def plain_http(plain):
        plain.recv(1000)
        plain.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        return True

    def half(plain):
        plain.recv(100)
        plain.sendall(b"\x16\x03\x03\x00\x7a\x02")
        return True

    ok = lambda r, c: answer(200, {"you": r.path})
    cases = {
        "refused": (f"https://127.0.0.1:{port}", "transient", "connect"),
        "unresolved": ("https://nosuch.invalid", "transient", "resolve nosuch.invalid"),
        "silent": (f"https://127.0.0.1:{silent.getsockname()[1]}", "transient", "timed out"),
        "garbage": (Server(ok, certificates, greet=garbage).url, "transient", "TLS"),
        "cut": (Server(ok, certificates, greet=cut).url, "transient", "127.0.0.1"),
        "half a hello": (Server(ok, certificates, greet=half).url, "transient", "127.0.0.1"),
        "no TLS": (Server(ok, certificates, greet=plain_http).url, "transient", "does not speak TLS: is the port right?"),
        "out of date": (Server(ok, certificates, name="expired").url, "permanent", "expired"),
        "another's name": (Server(ok, certificates, name="misnamed").url, "permanent", "name 127.0.0.1"),
        "another authority": (Server(ok, certificates, name="foreign").url, "permanent", "`ca`"),
    }
    for what, (url, expected, words) in cases.items():
        for function, method in (("http.read", "GET"), ("http.send", "POST")):
            w = Worker(PROGRAM, {"name": "svc", "url": url, "ca": certificates.text("ca")})
            a = w.call(function, path="/", method=method, left_ms=1500 if what == "silent" else 8000)
            check(a["class"] == expected and words in a["why"] and a["said"] == ["answer"], f"{what}, {function}", a)
            check(a["took"] < 7.5, f"{what}: in time", a["took"])
            w.close()
    w = Worker(PROGRAM, {"name": "svc", "url": Server(ok, certificates).url})
    a = w.send()
    check(a["class"] == "permanent" and "`ca`" in a["why"], "without `ca` the system's authorities hold, and the message says what to do", a)
    w.close()
    old = Server(ok, certificates)
    warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
    old.context.maximum_version = ssl.TLSVersion.TLSv1_1
    w = Worker(PROGRAM, peer(old, certificates))
    check(w.send()["class"] == "transient" and not old.requests, "TLS 1.1 is not spoken")
    w.close()


def cuts():
    whole = answer(200, {"a": 1}, x_a="b")
    stages = {"nothing": b"", "half a status": whole[:6], "half the headers": whole[:25], "headers": whole[: whole.index(b"\r\n\r\n") + 4], "half a body": whole[:-2]}
    stages["half a body without a length"] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":"
    return {f"cut after {name}": (lambda r, c, data=data: c.sendall(data)) for name, data in stages.items()}


def liars():
    head = b"HTTP/1.1 200 OK\r\n"
    raw = {
        "chunk size that is none": head + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
        "chunk size beyond 64 bits": head + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
        "a chunk that is cut": head + b"Transfer-Encoding: chunked\r\n\r\n10\r\nabc",
        "a length that is none": head + b"Content-Length: abc\r\n\r\nabc",
        "two lengths": head + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
        "no HTTP": b"220 mail.example ESMTP\r\n" * 20,
        "a line without a name": head + b"no colon here\r\n: empty\r\nContent-Length: 0\r\n\r\n",
        "status 999999": b"HTTP/1.1 999999 X\r\nContent-Length: 0\r\n\r\n",
        "switching to nowhere": b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n",
    }
    return {name: (lambda r, c, data=data: c.sendall(data)) for name, data in raw.items()}


def floods():
    head = b"HTTP/1.1 200 OK\r\n"
    return {
        "headers without end": lambda r, c: (c.sendall(head), endless(c, b"X-A: " + b"y" * 1000 + b"\r\n")),
        "one header without end": lambda r, c: (c.sendall(head + b"X: "), endless(c, b"y" * 4096)),
        "a status without end": lambda r, c: (c.sendall(b"HTTP/1.1 200 "), endless(c, b"y" * 4096)),
        "1xx without end": lambda r, c: endless(c, b"HTTP/1.1 103 Early\r\nX: y\r\n\r\n" * 20),
        "trailers without end": lambda r, c: (c.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"), endless(c, b"X: " + b"y" * 1000 + b"\r\n")),
    }


def silences():
    head = b"HTTP/1.1 200 OK\r\n"
    return {
        "silent": lambda r, c: time.sleep(4),
        "silent after the headers": lambda r, c: (c.sendall(head + b"Content-Length: 5\r\n\r\n"), time.sleep(4)),
        "a byte now and then": lambda r, c: [(c.sendall(b"H" if i == 0 else head[i : i + 1]), time.sleep(0.2)) for i in range(17)],
    }


def test_after_it_was_sent(certificates):
    """Cut, silent, senseless or without end: unknown for a write, transient for a read; one request, never two."""
    for slow, cases in ((False, {**cuts(), **liars(), **floods()}), (True, silences())):
        for what, misbehave in cases.items():
            def handler(request, connection, misbehave=misbehave):
                if request.path == "/good":
                    return answer(200, {"good": True})
                try:
                    misbehave(request, connection)
                except OSError:
                    pass
                return None

            server = Server(handler, certificates)
            w = Worker(PROGRAM, peer(server, certificates))
            check(w.read("/good")["result"]["body"] == {"good": True}, f"{what}: before")  # so that the connection is one used again
            for function, method, expected in (("http.read", "GET", "transient"), ("http.send", "POST", "unknown")):
                before = len(server.requests)
                a = w.call(function, path="/bad", method=method, left_ms=1200 if slow else 8000)
                went = "sending" in a["said"] or not slow  # with little time a slow machine may not come so far
                check(a["class"] == (expected if went else "transient"), f"{what}, {function}", a)
                check(a["took"] < 7.5, f"{what}, {function}: in time", a["took"])
                check(function == "http.read" or len(server.requests) <= before + 1, f"{what}: the write went out once", len(server.requests) - before)
                check(function == "http.read" or slow or a["said"] == ["sending", "answer"], f"{what}: said", a["said"])
            check(w.read("/good")["result"]["body"] == {"good": True}, f"{what}: afterwards")
            check(w.close() == (0, ""), f"{what}: the worker ends well")
            server.close()


def test_a_connection_that_died_idle(certificates):
    """The service closes a connection that it keeps: the next call notices before it sends, on a new one."""
    handler = lambda r, c: c.sendall(answer(200, {})) or None  # keep-alive, it says; and closes
    for rst in (False, True):
        server = Server((lambda r, c: (c.sendall(answer(200, {})), reset(c)) and None) if rst else handler, certificates)
        w = Worker(PROGRAM, peer(server, certificates))
        for i in range(5):
            a = w.send(f"/{i}")  # a reset may overtake the answer
            check(a["class"] == "done" or (rst and a["class"] == "unknown"), f"write {i} after a {'reset' if rst else 'close'}", a)
            server.wait_closed(i + 1)
        paths = [r.path for r in server.requests]
        check(len(set(paths)) == len(paths), "no write went out twice", paths)
        w.close()


def test_ends_with_the_connection(certificates):
    """A body without a length is taken: old appliances know no other."""
    def handler(request, connection):
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n{\"a\":1}")
        connection.unwrap()

    w = Worker(PROGRAM, peer(Server(handler, certificates), certificates))
    a = w.send()
    check(a["class"] == "done" and a["result"]["body"] == {"a": 1}, "ended by close_notify", a)
    w.close()


def test_large(certificates):
    """256 KiB are read, the rest is counted; what says it is huge isn't waited for."""
    def handler(request, connection):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        size = int(request.path[1:])
        if request.query == "huge":
            connection.sendall(head + b"Content-Length: 4294967296\r\n\r\n")
            endless(connection, b"[" * 65536)
            return None
        if request.query == "endless":
            connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            endless(connection, b"10000\r\n" + b"[" * 65536 + b"\r\n")
            return None
        return head + b"Content-Length: %d\r\n\r\n" % size + b'"' + b"x" * (size - 2) + b'"'

    server = Server(handler, certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    kept = 256 * 1024
    for size in (kept, kept + 1, 1000000):
        a = w.read(f"/{size}")["result"]
        check((len(a["text"]), a["cut"]) == (kept, size - kept), f"{size} bytes", (len(a["text"]), a["cut"]))
        check((a["body"] is None) == (size > kept), f"the tree of {size} bytes")
    check(server.connections == 1, "the connection is kept behind an answer that was too large")
    for what in ("huge", "endless"):
        server.handler = lambda r, c, what=what: handler(type(r)(b"GET /1?%s HTTP/1.1" % what.encode(), b""), c)
        a = w.send("/1")
        check(a["class"] == "done" and a["took"] < 9, f"{what}: an answer, in time", {**a, "result": None})
        check(a["result"]["cut"] == 2**32 - kept if what == "huge" else a["result"]["cut"] > 2**20, f"{what}: counted", a["result"]["cut"])
    w.close()
    evil = b"\x00\x01\"\\" * 65536
    deep = b'{"a":[' + b",".join([b"1e9"] * 65000) + b"]}"
    fields = b"".join(b"X-%d: %s\r\n" % (i, b"\xff" * 900) for i in range(33))
    for what, body in (("control characters", evil), ("numbers that grow", deep), ("a wide XML", b"<a>" + b"<b/>" * 60000 + b"</a>")):
        server = Server(lambda r, c, body=body: b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body, certificates)
        w = Worker(PROGRAM, peer(server, certificates))
        a = w.send()
        check(a["class"] == "done" and a["result"]["status"] == 200, f"{what}: the answer fits a line", {**a, "result": None})
        w.close()


def test_two_answers(certificates):
    """A second answer behind the first belongs to nobody: above all not to the next call."""
    def handler(request, connection):
        connection.sendall(answer(200, {"for": request.path}) + answer(200, {"for": "nobody"}))
        return b""

    server = Server(handler, certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    for i in range(10):
        a = w.send(f"/{i}")
        check(a["class"] == "unknown" or a["result"]["body"] == {"for": f"/{i}"}, "an answer is its own call's", a)
    paths = [r.path for r in server.requests]
    check(len(set(paths)) == len(paths), "no write went out twice", paths)
    w.close()


def test_alone_with_the_service(certificates):
    """No proxy, no netrc, no redirect, whatever the environment says."""
    trap = Server(lambda r, c: answer(200, {"trap": True}), tls=False)
    server = Server(lambda r, c: answer(307, "", location=trap.url + "/trap"), certificates)
    with tempfile.TemporaryDirectory() as home:
        with open(home + "/.netrc", "w", encoding="ascii") as f:
            f.write("default login root password netrc-secret\n")
        with open(home + "/.curlrc", "w", encoding="ascii") as f:
            f.write("proxy = " + trap.url + "\n")
        env = {"HOME": home, **{name: trap.url for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY")}}
        w = Worker(PROGRAM, peer(server, certificates), env=env)
        a = w.send("/x")
        check(a["class"] == "done" and a["result"]["status"] == 307, "a redirect is an answer", a)
        check(trap.connections == 0 and "authorization" not in server.requests[0].headers, "nobody else was asked", server.requests[0].headers)
        w.close()
    w = Worker(PROGRAM, {"name": "svc", "url": trap.url})
    check(w.read()["class"] == "done", "this machine itself may be spoken to without TLS")
    w.close()


def test_hangs_beside_answers(certificates):
    """Seven calls that hang don't hold up the eighth, nor the one after."""
    def handler(request, connection):
        if request.path == "/hang":
            time.sleep(6)
            return None
        return answer(200, {"you": request.path})

    server = Server(handler, certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    hanging = [w.begin("http.send", path="/hang", method="POST", left_ms=3000) for _ in range(7)]
    for i in range(3):
        a = w.read(f"/{i}")
        check(a["class"] == "done" and not any(n in w.answers for n in hanging), "answered beside those that hang", a)
    answers = [w.wait(n) for n in hanging]
    check([a["class"] for a in answers] == ["unknown"] * 7, "those are unknown", answers)
    w.close()


def test_not_our_engine(certificates):
    """A line that is no call ends the worker."""
    server = Server(lambda r, c: answer(), certificates)
    w = Worker(PROGRAM, peer(server, certificates))
    w.process.stdin.write("nonsense\n")
    w.process.stdin.flush()
    code, errors = w.close()
    check(code == 1 and "not JSON" in errors, "it says so and ends", (code, errors))


def main():
    with tempfile.TemporaryDirectory() as directory:
        certificates = Certificates(directory)
        for name, test in list(globals().items()):
            if name.startswith("test_") and (len(sys.argv) < 3 or name in sys.argv[2:]):
                began = time.monotonic()
                test(certificates)
                print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    return check.end()


sys.exit(main())
