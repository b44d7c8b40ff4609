"""Property: what an authenticated sender posts reaches soard byte for byte, once, and is answered as soard says and not before;
everything else gets the status that the contract names, a problem document that quotes nothing, and never reaches soard.
Method: the real soar-front; this test is soard on its socketpair and the senders on loopback.
Usage: front_test.py SOAR_FRONT [unittest options]"""

import hashlib
import json
import os
import sys
import time
import unittest

os.environ["SOAR_FRONT"] = os.path.abspath(sys.argv[1])
from front_play import (Front, basic, config, document, hmac_auth, request_bytes, sign, webhook)  # noqa: E402


class Playing(unittest.TestCase):
    CONFIG = config()

    def setUp(self):
        self.front = Front(self.CONFIG)
        self.front.state()

    def tearDown(self):
        code, said = self.front.close()
        self.assertEqual((code, said), (0, ""))

    def refused(self, data, status, **more):
        answer = self.front.ask(data, **more)
        self.assertEqual(answer.status, status, (data[:200], answer))
        self.assertEqual(answer.fields["content-type"], "application/problem+json")
        problem = answer.json()
        self.assertEqual(problem["type"], "about:blank")
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["detail"])
        return answer


class Documents(Playing):
    def test_a_signed_document_is_handed_over_as_it_is_and_answered_as_soard_says(self):
        body = '{"id": "A-1",\r\n "text": "grüß\\u0000"}'.encode()
        at = int(time.time())
        message, answer = self.front.accept(request_bytes("POST", "/webhook/siem", sign(body, at), body))
        self.assertEqual(message.type, "document")
        self.assertEqual(message.source, "siem")
        self.assertEqual(message.body, body)
        self.assertEqual(message.sent_ms, at * 1000)
        self.assertEqual(message.content, "json")
        self.assertEqual(message.fields["from"], "127.0.0.1")
        self.assertRegex(message.request, "^[0-9a-f]{64}$")
        self.assertEqual(answer.status, 202)
        self.assertEqual(answer.body, b"{}")
        self.assertEqual(answer.fields["cache-control"], "no-store")

    def test_nothing_is_answered_before_soard_has_answered(self):
        with self.front.client() as client:
            client.send(document())
            message = self.front.next("document")
            client.socket.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                client.more()
            client.socket.settimeout(30)
            self.front.reply(message, 200, b'{"run":"R-1"}', repeated=True)
            answer = client.answer()
            self.assertEqual((answer.status, answer.json()), (200, {"run": "R-1"}))
            self.assertEqual(answer.fields["soar-repeated"], "true")

    def test_answers_meet_their_requests_in_whatever_order_they_come(self):
        clients = [self.front.client().send(document(body=b'{"n":%d}' % n)) for n in range(20)]
        messages = [self.front.next("document") for _ in clients]
        for message in reversed(messages):
            self.front.reply(message, 202, message.body)
        for n, client in enumerate(clients):
            self.assertEqual(client.answer().json(), {"n": n})
            client.socket.close()

    def test_the_identity_of_a_request_is_its_source_time_and_body(self):
        def digest(body, at):
            message, _ = self.front.accept(request_bytes("POST", "/webhook/siem", sign(body, at), body))
            return message.request
        now = int(time.time())
        first = digest(b'{"a":1}', now)
        self.assertEqual(first, digest(b'{"a":1}', now))
        self.assertEqual(len({first, digest(b'{"a":2}', now), digest(b'{"a":1}', now - 1)}), 3)
        parts = (b"siem", str(now).encode(), b'{"a":1}')
        text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        self.assertEqual(first, hashlib.sha256(text).hexdigest())

    def test_chunks_are_one_body(self):
        body = b'{"id":"A-1","list":[1,2,3]}'
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:1], body[1:9], body[9:])) + b"0\r\n\r\n"
        head = request_bytes("POST", "/webhook/siem",
                             {**sign(body), "Transfer-Encoding": "chunked", "Content-Type": "application/json"})
        message, answer = self.front.accept(head + chunks)
        self.assertEqual((message.body, answer.status), (body, 202))

    def test_lines_are_told_apart_from_json(self):
        body = b'{"a":1}\n{"a":2}\n'
        message, _ = self.front.accept(document(body=body, **{"Content-Type": "application/x-ndjson; charset=UTF-8"}))
        self.assertEqual((message.content, message.body), ("ndjson", body))
        self.refused(document(body=body), 400)

    def test_a_request_may_come_byte_by_byte(self):
        with self.front.client() as client:
            for byte in document():
                client.send(bytes([byte]))
            self.front.reply(self.front.next("document"), 202)
            self.assertEqual(client.answer().status, 202)

    def test_a_connection_serves_many_requests_also_when_they_come_at_once(self):
        with self.front.client() as client:
            client.send(document(body=b'{"n":0}') + request_bytes("GET", "/healthz") + document(body=b'{"n":1}'))
            for n in range(2):
                message = self.front.next("document")
                self.assertEqual(message.body, b'{"n":%d}' % n)
                self.front.reply(message, 202, message.body)
            self.assertEqual([client.answer().body for _ in range(3)], [b'{"n":0}', b'{"status":"ok"}\n', b'{"n":1}'])

    def test_expect_is_answered_when_the_header_may_pass_and_only_then(self):
        body = b'{"id":"A-1"}'
        whole = document(body=body, Expect="100-continue")
        with self.front.client() as client:
            client.send(whole[:-len(body)])
            self.assertEqual(client.answer().status, 100)
            client.send(body)
            self.front.reply(self.front.next("document"), 202)
            self.assertEqual(client.answer().status, 202)
        with self.front.client() as client:
            client.send(request_bytes("POST", "/webhook/siem", {"Expect": "100-continue"}, body)[:-len(body)])
            self.assertEqual(client.answer().status, 401)
            self.assertTrue(client.is_closed())

    def test_an_answer_of_soard_without_a_body_is_a_problem_document(self):
        with self.front.client() as client:
            client.send(document())
            self.front.reply(self.front.next("document"), 503, b"", retry_after=7)
            answer = client.answer()
        self.assertEqual((answer.status, answer.json()["status"], answer.fields["retry-after"]), (503, 503, "7"))

    def test_a_client_that_leaves_costs_nobody_else_his_answer(self):
        client = self.front.client().send(document())
        gone = self.front.next("document")
        client.socket.close()
        message, answer = self.front.accept(document(body=b'{"n":1}'))
        self.assertEqual(answer.status, 202)
        self.front.reply(gone, 202)
        self.assertNotEqual(gone.id, message.id)
        self.assertEqual(self.front.ask(request_bytes("GET", "/healthz")).status, 200)


class Refusals(Playing):
    CONFIG = config(webhook("siem", hmac_auth(), body=1000))

    def test_wrong_signatures(self):
        body = b'{"id":"A-1"}'
        good = sign(body)
        for headers in (
            {}, {"X-Time": good["X-Time"]}, {"X-Signature": good["X-Signature"]},
            sign(body, secret="another"), sign(body + b" "), {**good, "X-Time": str(int(good["X-Time"]) + 1)},
            {**good, "X-Signature": good["X-Signature"][7:]}, {**good, "X-Signature": good["X-Signature"][:-2]},
            {**good, "X-Signature": good["X-Signature"] + "00"}, {**good, "X-Signature": "sha256=" + "z" * 64},
            {**good, "X-Time": good["X-Time"] + ".0"}, {**good, "X-Time": ""}, sign(body, int(time.time()) - 1000),
            sign(body, int(time.time()) + 1000), sign(body, "99999999999999999999"), sign(body, separator=""),
        ):
            answer = self.refused(request_bytes("POST", "/webhook/siem", headers, body), 401)
            self.assertIn("www-authenticate", answer.fields)
        refused = self.front.counted(lambda counts: sum(counts["refused"]["siem"].values()) == 16)["refused"]["siem"]
        self.assertEqual(refused["time"], 2)

    def test_paths_and_methods(self):
        self.refused(document("/webhook/other"), 404)
        self.refused(document("/webhook/siem/"), 404)
        self.refused(document("/webhook/SIEM"), 404)
        self.refused(document("/"), 404)
        for path in ("/webhook//siem", "/webhook/../webhook/siem", "/webhook%2fsiem", "*", "webhook/siem", "/webhook/siem#a",
                     "/webhook/./siem"):
            self.refused(document(path), 400)
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "POS", "post"):
            answer = self.refused(request_bytes(method, "/webhook/siem"), 405)
            self.assertEqual(answer.fields["allow"], "POST")
        self.assertEqual(self.front.accept(document("http://soar.test/webhook/siem"))[1].status, 202)
        self.assertEqual(self.front.accept(document("/webhook/siem?a=b"))[1].status, 202)

    def test_a_body_nobody_may_send_is_not_read(self):
        with self.front.client() as client:
            client.send(request_bytes("POST", "/nobody", {"Content-Length": "1000000"}))
            self.assertEqual(client.answer().status, 404)
            self.assertTrue(client.is_closed())

    def test_sizes(self):
        fits = b'{"a":"' + b"x" * 992 + b'"}'
        self.assertEqual(len(fits), 1000)
        self.assertEqual(self.front.accept(document(body=fits))[1].status, 202)
        self.refused(document(body=fits + b" "), 413)
        head = request_bytes("POST", "/webhook/siem", {**sign(b"{}"), "Content-Type": "application/json",
                                                       "Transfer-Encoding": "chunked"})
        self.refused(head + b"3e8\r\n" + b" " * 1000 + b"\r\n1\r\n", 413)
        self.refused(head + b"ffffffff\r\n", 413)
        self.refused(head + b"123456789\r\n", 400)
        self.refused(head + b"0\r\n\r\n", 401)
        self.refused(request_bytes("POST", "/webhook/siem", sign(b"")), 411)
        self.refused(document(body=b""), 400)
        self.refused(request_bytes("GET", "/" + "a" * 17000), 431)
        self.refused(request_bytes("GET", "/healthz", {f"X-{n}": "1" for n in range(64)}), 431)

    def test_types(self):
        for kind in ("application/json", "application/vnd.x+json", "Application/JSON ; charset=utf-8",
                     'application/json;charset="UTF-8"'):
            self.assertEqual(self.front.accept(document(**{"Content-Type": kind}))[1].status, 202, kind)
        for kind in ("text/plain", "application/jsonx", "application/json; charset=latin1", "application/xml", "json", "",
                     "application/x-www-form-urlencoded", "application/json, text/plain", None):
            self.refused(document(**{"Content-Type": kind}), 415)
        for encoding in ("gzip", "identity, gzip", ""):
            self.refused(document(**{"Content-Encoding": encoding}), 415)
        self.assertEqual(self.front.accept(document(**{"Content-Encoding": "identity"}))[1].status, 202)

    def test_what_is_no_json_is_refused_before_soard(self):
        for body in (b"x", b"1", b'"a"', b"null", b"{", b"[}", b'{"a":1}}', b'{"a":"\xff"}', b'{"a":"\n"}', b"{}{}", b" ", b"\0",
                     b"[" * 100 + b"]" * 100, b"\xef\xbb\xbf{}", b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\xaf"}'):
            self.refused(document(body=body), 400)

    def test_problem_documents_quote_nothing(self):
        mark = "Zq7"
        for data in (document(f"/{mark}"), request_bytes(mark, "/webhook/siem"), document(**{"Content-Type": mark}),
                     document(body=b'{"Zq7"'), request_bytes("GET", "/healthz", {"Transfer-Encoding": mark}),
                     request_bytes("POST", "/webhook/siem", {"X-Signature": mark}, b"{}")):
            answer = self.front.ask(data)
            self.assertGreaterEqual(answer.status, 400)
            self.assertNotIn(mark, str(answer))

    def test_what_two_readers_could_read_differently(self):
        body = b'{"id":"A-1"}'
        signed = sign(body)
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        length = str(len(body))

        def raw(*lines, end=body, first="POST /webhook/siem HTTP/1.1"):
            return "\r\n".join([first, "Host: a", "Content-Type: application/json",
                                *[f"{k}: {v}" for k, v in signed.items()], *lines, "", ""]).encode("latin-1") + end

        self.assertEqual(self.front.accept(raw(f"Content-Length: {length}"))[1].status, 202)
        for data, status in (
            (raw(f"Content-Length: {length}", f"Content-Length: {length}"), 400),
            (raw(f"Content-Length: {length}, {length}"), 400),
            (raw(f"Content-Length: +{length}"), 400),
            (raw(f"Content-Length: 0x{len(body):x}"), 400),
            (raw(f"Content-Length: -{length}"), 400),
            (raw(f"Content-Length: {length}", "Transfer-Encoding: chunked", end=chunked), 400),
            (raw("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", end=chunked), 400),
            (raw("Transfer-Encoding: gzip, chunked", end=chunked), 400),
            (raw("Transfer-Encoding: Chunked", end=chunked), 400),
            (raw("Transfer-Encoding: identity"), 400),
            (raw("Transfer-Encoding: chunked", end=chunked, first="POST /webhook/siem HTTP/1.0"), 400),
            (raw("Transfer-Encoding: chunked", end=b"0x" + chunked), 400),
            (raw("Transfer-Encoding: chunked", end=chunked.replace(b"\r\n", b"\n")), 400),
            (raw("Transfer-Encoding: chunked", end=b" " + chunked), 400),
            (raw("Transfer-Encoding: chunked", end=chunked.replace(b"\r\n0", b"\r\nX0")), 400),
            (raw("Transfer-Encoding : chunked", end=chunked), 400),
            (raw(f"Content-Length : {length}"), 400),
            (raw(f"Content-Length: {length}", " folded: yes"), 400),
            (raw(f"Content-Length: {length}", "Host: b"), 400),
            (raw(f"Content-Length: {length}").replace(b"Host: a\r\n", b""), 400),
            (raw(f"Content-Length: {length}").replace(b"\r\n", b"\n"), 400),
            (raw(f"Content-Length: {length}", "X: a\0b"), 400),
            (raw(f"Content-Length: {length}", "X: a\rb"), 400),
            (raw(f"Content-Length: {length}", "X\x01: b"), 400),
            (raw(f"Content-Length: {length}", ": b"), 400),
            (raw(f"Content-Length: {length}", "nothing"), 400),
            (raw(f"Content-Length: {length}", first="POST  /webhook/siem HTTP/1.1"), 400),
            (raw(f"Content-Length: {length}", first="POST /webhook/siem"), 400),
            (raw(f"Content-Length: {length}", first="POST /webhook/siem HTTP/2.0"), 505),
            (raw(f"Content-Length: {length}", first="POST /webhook/siem http/1.1"), 400),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            (b"\x16\x03\x01\x00\xf4\x01\x00\x00\xf0\x03\x03\r\n\r\n", 400),
        ):
            self.refused(data, status)

    def test_signed_fields_that_stand_twice_are_none(self):
        data = document()
        self.refused(data.replace(b"X-Time:", b"X-Time: 1\r\nX-Time:"), 401)
        self.refused(data.replace(b"X-Signature:", b"X-Signature: sha256=00\r\nX-Signature:"), 401)


class Own(Playing):
    def test_health_and_readiness(self):
        self.assertEqual(self.front.ask(request_bytes("GET", "/healthz")).json(), {"status": "ok"})
        self.assertEqual(self.front.ask(request_bytes("GET", "/readyz")).json(), {"status": "ok"})
        with self.front.client() as client:
            client.send(request_bytes("HEAD", "/healthz"))
            answer = client.answer(headless=True)
            self.assertEqual((answer.status, client.got), (200, b""))
        self.front.state(ready=False, accepting=False, why="the journal's disk is full\x1b[2J")
        with self.front.client() as client:  # the state and a request come by two ways: ask until it is known
            while client.send(request_bytes("GET", "/readyz")).answer().status == 200:
                pass
            answer = client.send(request_bytes("GET", "/readyz")).answer()
        self.assertEqual(answer.status, 503)
        self.assertIn("the journal's disk is full", answer.json()["detail"])
        self.assertNotIn("\x1b", answer.json()["detail"])
        self.assertEqual(self.front.ask(request_bytes("GET", "/healthz")).status, 200)
        answer = self.refused(document(), 503)
        self.assertGreater(int(answer.fields["retry-after"]), 0)

    def test_the_api_passes_through_with_its_token(self):
        message, answer = self.front.accept(
            request_bytes("GET", "/api/v1/runs?limit=5&x=%2f", {"Authorization": "Bearer t-1"}), 200)
        self.assertEqual((message.type, message.method, message.path, message.query, message.token, message.body),
                         ("api", "GET", "/api/v1/runs", "limit=5&x=%2f", "t-1", b""))
        self.assertEqual(answer.status, 200)
        message, _ = self.front.accept(request_bytes("POST", "/api/v1/runs", {}, b'{"a":1}'), 200)
        self.assertEqual((message.token, message.content, message.body), ("", "json", b'{"a":1}'))
        message, answer = self.front.accept(request_bytes("POST", "/api/v1/stop"), 401)
        self.assertEqual((message.body, answer.status), (b"", 401))
        self.assertIn("Bearer", answer.fields["www-authenticate"])
        for token in ("Bearer", "Basic t", "Bearer a b", "Bearer " + "\x80" * 9000, "Bearer " + "a" * 9000, "Bearer \xff"):
            message, _ = self.front.accept(request_bytes("GET", "/api/v1/runs", {"Authorization": token}), 200)
            self.assertEqual(message.token, "")
        message, _ = self.front.accept(request_bytes("DELETE", "/api/v1/x"), 200)
        self.assertEqual(message.method, "DELETE")
        self.assertEqual(self.front.accept(request_bytes("GET", "/metrics"), 200)[0].path, "/metrics")
        self.refused(request_bytes("PUT", "/api/v1/x", {}, b"{}"), 405)
        self.refused(request_bytes("POST", "/metrics", {}, b"{}"), 405)
        self.refused(request_bytes("POST", "/api/v1/x", {"Content-Length": str(2 << 20), "Content-Type": "application/json"}), 413)
        self.refused(request_bytes("POST", "/api/v1/x", {}, b"{"), 400)


class Counts(Playing):
    def test_what_happened_is_counted(self):
        self.front.accept(document())
        self.refused(document("/nobody"), 404)
        self.refused(document(**{"X-Signature": "no"}), 401)
        counts = self.front.counted(lambda counts: counts["answers"].get("401") == 1)
        self.assertEqual(counts["answers"], {"202": 1, "401": 1, "404": 1})
        self.assertEqual(counts["refused"], {"-": {"path": 1}, "siem": {"no_credentials": 1}})
        self.assertEqual(counts["connections"], 3)


class Auth(Playing):
    CONFIG = config(webhook("plain", hmac_auth(timestamp=None, prefix="", encoding="base64")),
                    webhook("colon", hmac_auth(separator=":")),
                    webhook("bearer", {"bearer": {"secret": "T0ken"}}),
                    webhook("basic", {"basic": {"user": "graf", "secret": "pa:ss"}}),
                    webhook("header", {"header": {"name": "X-Key", "secret": "k e y"}}),
                    webhook("okta", {"header": {"name": "Authorization", "secret": "okta-1"}}, verify="okta"),
                    webhook("graph", {"bearer": {"secret": "T0ken"}}, verify="microsoft"))

    def post(self, name, headers):
        return request_bytes("POST", f"/webhook/{name}", headers, b"{}")

    def test_each_way(self):
        good = {
            "colon": sign(b"{}", separator=":"),
            "bearer": {"Authorization": "bearer T0ken"},
            "basic": basic("graf", "pa:ss"),
            "header": {"X-Key": "k e y"},
        }
        for name, headers in good.items():
            message, answer = self.front.accept(self.post(name, headers))
            self.assertEqual((message.source, message.sent_ms > 0, answer.status), (name, name == "colon", 202))
        bad = {
            "colon": [{}, sign(b"{}")],
            "bearer": [{}, {"Authorization": "Bearer T0keN"}, {"Authorization": "Bearer T0ken2"}, {"Authorization": "Bearer"},
                       {"Authorization": "Basic T0ken"}, {"Authorization": "T0ken"}, {"Authorization": "Bearer T0ke"}],
            "basic": [{}, basic("graf", "pa:s"), basic("gra", "pa:ss"), basic("graf:pa", "ss2"), {"Authorization": "Basic ?"},
                      {"Authorization": "Basic " + "A" * 8000}],
            "header": [{}, {"X-Key": "k e"}, {"X-Key": ""}],
        }
        for name, tries in bad.items():
            for headers in tries:
                answer = self.refused(self.post(name, headers), 401)
                self.assertIn("www-authenticate", answer.fields)

    def test_a_signature_over_the_body_alone_in_base64(self):
        import base64
        import hmac
        mac = base64.b64encode(hmac.new(b"a shared secret", b"{}", hashlib.sha256).digest()).decode()
        message, _ = self.front.accept(self.post("plain", {"X-Signature": mac}))
        self.assertEqual(message.sent_ms, 0)
        self.refused(self.post("plain", {"X-Signature": mac[:-1]}), 401)
        self.refused(self.post("plain", {"X-Signature": mac[:-2] + "A="}), 401)

    def test_okta_asks_whether_the_endpoint_is_ours(self):
        headers = {"Authorization": "okta-1", "X-Okta-Verification-Challenge": 'a"1'}
        answer = self.front.ask(request_bytes("GET", "/webhook/okta", headers))
        self.assertEqual((answer.status, answer.json()), (200, {"verification": 'a"1'}))
        self.refused(request_bytes("GET", "/webhook/okta", {**headers, "Authorization": "no"}), 401)
        self.refused(request_bytes("GET", "/webhook/okta", {"Authorization": "okta-1"}), 400)
        self.assertEqual(self.front.accept(self.post("okta", {"Authorization": "okta-1"}))[1].status, 202)

    def test_microsoft_asks_whether_the_endpoint_is_ours(self):
        answer = self.front.ask(request_bytes("POST", "/webhook/graph?validationToken=a%3Cb%3E+c%2Bd", {"Content-Length": "0"}))
        self.assertEqual((answer.status, answer.fields["content-type"], answer.body), (200, "text/plain", b"a<b> c+d"))
        self.assertEqual(answer.fields["x-content-type-options"], "nosniff")
        for token in ("", "a%0d%0ab", "a%zz", "%00", "a" * 3000):
            self.refused(request_bytes("POST", f"/webhook/graph?validationToken={token}", {"Content-Length": "0"}), 400)
        self.refused(request_bytes("POST", "/webhook/graph?other=1", {}, b"{}"), 401)


class Secrets(unittest.TestCase):
    def occurrences(self, pid, text):
        count = 0
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                span, rights, _, _, _, *name = line.split()
                start, end = (int(edge, 16) for edge in span.split("-"))
                if rights[:2] != "rw" or end - start > 1 << 32 or name == ["[vvar]"]:
                    continue
                memory.seek(start)
                count += memory.read(end - start).count(text)
        return count

    @unittest.skipUnless(os.geteuid() == 0, "only root may look into this process")
    @unittest.skipIf(any(name in os.environ["SOAR_FRONT"] for name in ("/asan/", "/tsan/")), "its shadow can't be read")
    def test_what_is_not_needed_any_more_is_not_in_memory(self):
        key, token, wrong = "k-8f3e21c7-hmac", "t-11d9a06b-bearer", "w-70c2e4f5-unread"
        front = Front(config(webhook("siem", hmac_auth(secret=key)), webhook("other", {"bearer": {"secret": token}})))
        front.send(config(webhook("siem", hmac_auth(secret=wrong)), webhook("bad", {"none": {"secret": wrong}})))
        front.next("failed")
        body = b'{"id":"A-1"}'
        front.accept(request_bytes("POST", "/webhook/siem", sign(body, secret=key), body))
        front.accept(request_bytes("POST", "/webhook/other", {"Authorization": f"Bearer {token}"}, body))
        person, more = "p-93b1f00d-person", {"X-More": "m" * 3000}
        front.accept(request_bytes("GET", "/api/v1/runs", {"Authorization": f"Bearer {person}", **more}), 200)
        front.accept(request_bytes("GET", "/metrics", {"Authorization": f"Bearer {person}"}), 200)
        front.accept(request_bytes("GET", "/metrics"), 200)  # until it is answered, the one before is done with
        self.assertEqual(self.occurrences(front.process.pid, person.encode()), 0)
        self.assertEqual(self.occurrences(front.process.pid, key.encode()), 1)
        self.assertEqual(self.occurrences(front.process.pid, wrong.encode()), 0)
        self.assertEqual(self.occurrences(front.process.pid, token.encode()), 0)
        self.assertEqual(front.close(), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
