#!/usr/bin/python3
"""Property: a service is never asked more often than its rate allows, nor before the time it said itself; what can't wait within
its call's time is told so at once, with the time to come again. Method: the worker against a server that writes down when each
request came, with rates of fractions of a second; what is checked are lower bounds, which a slow machine keeps, too.

Use: http_waits_test.py PROGRAM"""
import email.utils
import sys
import tempfile
import time

from http_server import Certificates, Checks, ROOT, Server, Worker, answer

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-http"
check = Checks()


def service(certificates, handler=lambda r, c: answer(200, {}), **more):
    times = []

    def timed(request, connection):
        times.append(time.monotonic())
        return handler(request, connection)

    server = Server(timed, certificates)
    return server, times, Worker(PROGRAM, {"name": "svc", "url": server.url, "ca": certificates.text("ca"), **more})


def test_rate(certificates):
    """Twelve calls at four in 500 ms take a second at least."""
    _, _, w = service(certificates, rate={"calls": 4, "per_ms": 500})
    began = time.monotonic()
    numbers = [w.begin("http.read", path="/", left_ms=20000) for _ in range(12)]
    check(all(w.wait(n)["class"] == "done" for n in numbers), "all are answered")
    took = time.monotonic() - began
    check(took >= 1, "not sooner than they may", took)
    w.close()


def test_used_up(certificates):
    """What would have to wait longer than it has is told so at once, and takes no place."""
    server, _, w = service(certificates, rate={"calls": 2, "per_ms": 60000})
    check([w.send()["class"] for _ in range(2)] == ["done", "done"], "two go")
    for _ in range(2):
        a = w.send(left_ms=5000)
        check(a["class"] == "transient" and a["said"] == ["answer"] and a["took"] < 5, "the third is told", a)
        check("the service's rate of 2 a minute is used up; next in" in a["why"], "in words", a["why"])
        check(50000 < a["result"]["retry_after_ms"] <= 60000, "and in milliseconds", a)
    check(len(server.requests) == 2, "and was not sent")
    w.close()


def refusing(status, times, **headers):
    """Says `status` so many times, then 200."""
    left = [times]

    def handler(request, connection):
        if left[0] == 0:
            return answer(200, {"ok": True})
        left[0] -= 1
        return answer(status, {"error": "slow down"}, **headers)

    return handler


def test_retry_after(certificates):
    for status, function, expected, requests in ((429, "http.send", 200, 2), (429, "http.read", 200, 2), (503, "http.read", 200, 2), (503, "http.send", 503, 1)):
        server, times, w = service(certificates, refusing(status, 1, Retry_After="1"))
        a = w.call(function, path="/x", method="POST")
        check(a["class"] == "done" and a["result"]["status"] == expected and len(server.requests) == requests, f"{status} to {function}", a)
        if requests == 2:
            check(times[1] - times[0] > 0.95, "not before it said", times[1] - times[0])
            check("retry_after_ms" not in a["result"], "no time stays in an answer that is none of these", a)
        else:
            check(a["result"]["retry_after_ms"] == 1000, "a write that it may have begun isn't repeated here", a)
        w.close()


def test_retry_after_too_long(certificates):
    """Beyond the call's time the answer says when; until then nobody is sent."""
    server, _, w = service(certificates, refusing(429, 1, Retry_After="40"))
    a = w.send(left_ms=5000)
    check(a["class"] == "done" and a["result"]["status"] == 429 and a["result"]["retry_after_ms"] == 40000, "the answer, with its time", a)
    a = w.read(left_ms=5000)
    check(a["class"] == "transient" and 30000 < a["result"]["retry_after_ms"] <= 40000 and a["took"] < 5, "the next call isn't sent", a)
    check("asked us to wait" in a["why"] and len(server.requests) == 1, "and is told why", a["why"])
    w.close()


def test_forms(certificates):
    """Seconds, a date by the service's own clock, Okta's and CrowdStrike's headers; nonsense is none, ten years are an hour."""
    now = time.time()
    date = lambda seconds: email.utils.formatdate(now + seconds, usegmt=True)
    cases = [
        ({"Retry_After": "120"}, 120000), ({"Retry_After": "0"}, 1000), ({"Retry_After": date(-100 + 90), "Date": date(-100)}, 90000), ({"Retry_After": date(5), "Date": date(100)}, 1000),
        ({"X_Rate_Limit_Reset": str(int(now) + 130), "Date": date(100)}, 30000), ({"X_Ratelimit_Retryafter": str(int(now) + 20), "Date": date(0)}, 20000),
        ({"Retry_After": "315360000"}, 3600000), ({"Retry_After": "soon"}, None), ({"Retry_After": "-5"}, None), ({"Retry_After": "99999999999999999999"}, None), ({}, None),
    ]
    for headers, expected in cases:
        _, _, w = service(certificates, refusing(429, 9, **headers))
        a = w.send(left_ms=900)
        seen = a["result"].get("retry_after_ms")
        check(seen == expected or (expected and seen and abs(seen - expected) <= 1000), f"{headers}", seen)
        w.close()


def test_not_for_ever(certificates):
    """A service that says 429 without end is asked a few times only."""
    server, _, w = service(certificates, refusing(429, 99, Retry_After="0"))
    a = w.send(left_ms=4500)
    check(a["class"] == "done" and a["result"]["status"] == 429 and a["result"]["retry_after_ms"] == 1000, "the last answer stands", a)
    check(2 <= len(server.requests) <= 6, "asked a few times", len(server.requests))
    w.close()


def test_dropped(certificates):
    """What waits for its turn and is dropped is never sent; also when as many calls are out as there may be."""
    server, _, w = service(certificates, rate={"calls": 1, "per_ms": 700})
    check(w.hello.get("drops") is True, "it can be told")
    w.send()
    numbers = [w.begin("http.send", method="POST", path=f"/{n}", left_ms=20000) for n in range(w.hello["calls"])]
    for n in numbers[1:]:
        w.drop(n)
    check([w.wait(n)["class"] for n in numbers] == ["done"] + ["transient"] * (len(numbers) - 1), "each is answered")
    w.drop(numbers[0])
    check(w.send(path="/last", left_ms=20000)["class"] == "done", "it goes on")
    check([r.path for r in server.requests] == ["/", "/0", "/last"], "nothing else was sent", [r.path for r in server.requests])
    w.close()


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
