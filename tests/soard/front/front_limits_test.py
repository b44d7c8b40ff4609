"""Property: no sender can make the front wait, grow or serve him alone: a header, a body, an idle connection have their time; a
rate, a window, an address and the whole have their number; with thousands of connections open, others are served, and its memory
stays within what soard/front/server.h reckons.
Method: the real soar-front with small limits; this test is soard on its socketpair and the senders on loopback.
Usage: front_limits_test.py SOAR_FRONT [unittest options]"""

import os
import resource
import select
import socket
import subprocess
import sys
import unittest

os.environ["SOAR_FRONT"] = os.path.abspath(sys.argv[1])
from front_play import Client, Front, config, document, hmac_auth, request_bytes, webhook  # noqa: E402

SANITIZED = any(name in os.environ["SOAR_FRONT"] for name in ("/asan/", "/tsan/"))  # freed memory is kept there for a while
HEALTH = request_bytes("GET", "/healthz")


class Limited(unittest.TestCase):
    def start(self, *webhooks, **limits):
        more = limits.pop("more", {})
        self.front = Front(config(*webhooks, limits=limits, **more))
        self.front.state()
        self.clients = []
        return self.front

    def tearDown(self):
        for client in self.clients:
            client.socket.close()
        self.assertEqual(self.front.close(), (0, ""))

    def client(self, **more):
        self.clients.append(self.front.client(**more))
        return self.clients[-1]

    def refused_at_last(self, client, status):
        answer = client.answer()
        self.assertEqual((answer.status, answer.json()["status"]), (status, status))
        self.assertEqual(answer.fields["connection"], "close")
        self.assertTrue(client.is_closed())


class Time(Limited):
    def test_a_header_that_does_not_end(self):
        self.start(header_ms=300)
        self.refused_at_last(self.client().send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n"), 408)

    def test_a_header_that_comes_byte_by_byte_has_no_more_time(self):
        self.start(header_ms=300)
        client = self.client()
        client.socket.settimeout(0.05)
        answered = False
        for _ in range(200):
            try:
                client.send(b"X")
                client.more()
                answered = True
                break
            except TimeoutError:
                continue
        self.assertTrue(answered)
        client.socket.settimeout(30)
        self.assertEqual(client.answer().status, 408)

    def test_a_body_that_does_not_end(self):
        self.start(body_ms=300)
        self.refused_at_last(self.client().send(document(body=b'{"a":"' + b"x" * 1000 + b'"}')[:-10]), 408)
        counts = self.front.counted(lambda counts: "siem" in counts["refused"])
        self.assertEqual(counts["refused"]["siem"], {"slow_body": 1})

    def test_an_idle_connection_is_closed_without_a_word(self):
        self.start(idle_ms=300)
        self.assertTrue(self.client().is_closed())
        client = self.client().send(HEALTH)
        self.assertEqual(client.answer().status, 200)
        self.assertTrue(client.is_closed())


class Numbers(Limited):
    def test_a_rate_is_kept_by_its_own_webhook_alone(self):
        self.start(webhook("slow", hmac_auth(), rate=3, rate_ms=3600000), webhook("siem", hmac_auth()))
        for _ in range(3):
            self.assertEqual(self.front.accept(document("/webhook/slow"))[1].status, 202)
        answer = self.front.ask(document("/webhook/slow"))
        self.assertEqual(answer.status, 429)
        self.assertGreater(int(answer.fields["retry-after"]), 60)
        self.assertEqual(self.front.accept(document())[1].status, 202)
        # who has no credentials uses nothing up, and learns nothing of it
        self.assertEqual(self.front.ask(request_bytes("POST", "/webhook/slow", {}, b"{}")).status, 401)
        self.front.configure(config(webhook("slow", hmac_auth(), rate=3, rate_ms=3600000), address="127.0.0.1:0"))
        self.assertEqual(self.front.ask(document("/webhook/slow")).status, 429)

    def test_the_window_is_for_those_soard_has_not_answered(self):
        self.start(window=2)
        waiting = [self.client().send(document()) for _ in range(2)]
        messages = [self.front.next("document") for _ in waiting]
        answer = self.front.ask(document())
        self.assertEqual((answer.status, answer.fields["retry-after"]), (503, "1"))
        waiting[0].socket.close()  # soard still has it: a client that leaves makes no room
        self.assertEqual(self.front.ask(document()).status, 503)
        for message in messages:
            self.front.reply(message, 202)
        self.assertEqual(waiting[1].answer().status, 202)
        self.assertEqual(self.front.accept(document())[1].status, 202)

    def test_the_window_counts_bytes(self):
        self.start(window_bytes=1000)
        client = self.client().send(document(body=b'{"a":"' + b"x" * 1000 + b'"}'))
        message = self.front.next("document")
        self.assertEqual(self.front.ask(document()).status, 503)
        self.front.reply(message, 202)
        self.assertEqual(client.answer().status, 202)

    def test_the_api_has_a_rate_for_each_address(self):
        self.start()
        statuses = [self.front.accept(request_bytes("GET", "/metrics"), 200)[1].status for _ in range(100)]
        self.assertEqual(set(statuses), {200})
        data = request_bytes("GET", "/metrics")
        with self.front.client() as client:
            for _ in range(200):  # time gives back one in 100 ms; this asks faster
                client.send(data)
                if self.is_refused(client):
                    break
            else:
                self.fail("an address may ask without end")
        self.assertEqual(self.front.accept(data, 200, source="127.0.0.2")[1].status, 200)

    def test_the_window_of_the_api_counts_those_whose_bodies_came_late(self):
        self.start()
        data = request_bytes("POST", "/api/v1/runs", body=b"{}")
        late = [self.client().send(data[:-1]) for _ in range(70)]
        self.front.ask(HEALTH)  # by now it has read those headers
        for client in late:
            client.send(data[-1:])
        for message in [self.front.next("api") for _ in range(64)]:
            self.front.reply(message, 200)
        statuses = [client.answer().status for client in late]
        self.assertEqual(sorted(statuses), [200] * 64 + [503] * 6)

    def is_refused(self, client):
        """Answers what is let through; true: 429."""
        readable, _, _ = select.select([client.socket, self.front.mine], [], [], 30)
        if client.socket in readable:
            answer = client.answer()
            self.assertEqual(answer.status, 429)
            self.assertIn("retry-after", answer.fields)
            return True
        message = self.front.next("api", "count")
        if message.type == "api":
            self.front.reply(message, 200)
            self.assertEqual(client.answer().status, 200)
            return False
        return self.is_refused(client)

    def test_one_address_makes_room_for_itself(self):
        self.start(per_address=3)
        first, second, third = (self.client() for _ in range(3))
        other = self.client(source="127.0.0.2")
        fourth = self.client()
        self.assertTrue(first.is_closed())
        for client in (second, third, fourth, other):
            self.assertEqual(client.send(HEALTH).answer().status, 200)

    def test_requests_that_soard_works_on_are_not_pushed_out(self):
        self.start(connections=2)
        client = self.client().send(document())
        message = self.front.next("document")
        idle = self.client()
        late = self.client()
        self.assertTrue(idle.is_closed())
        self.assertEqual(late.send(HEALTH).answer().status, 200)
        self.front.reply(message, 202)
        self.assertEqual(client.answer().status, 202)

    def test_behind_a_proxy_the_address_is_the_one_it_vouches_for(self):
        self.start(per_address=2, more={"proxies": ["127.0.0.2/32", "10.0.0.0/8"]})
        for given, taken, source in (
            ("192.0.2.1", "192.0.2.1", "127.0.0.2"), ("203.0.113.9, 192.0.2.1", "192.0.2.1", "127.0.0.2"),
            ("192.0.2.1, 10.1.2.3", "192.0.2.1", "127.0.0.2"), ("192.0.2.1:4711", "192.0.2.1", "127.0.0.2"),
            ("[2001:db8::1]:4711", "2001:db8::1", "127.0.0.2"), ("unknown", "127.0.0.2", "127.0.0.2"),
            ("192.0.2.1", "127.0.0.1", None),
        ):
            message, _ = self.front.accept(document(**{"X-Forwarded-For": given}), source=source)
            self.assertEqual(message.fields["from"], taken, given)
        one = {"X-Forwarded-For": "192.0.2.1"}
        waiting = [self.client(source="127.0.0.2").send(document(**one)) for _ in range(2)]
        messages = [self.front.next("document") for _ in waiting]
        self.assertEqual(self.front.ask(document(**one), source="127.0.0.2").status, 429)
        self.assertEqual(self.front.accept(document(**{"X-Forwarded-For": "192.0.2.2"}), source="127.0.0.2")[1].status, 202)
        for message in messages:
            self.front.reply(message, 202)
        for client in waiting:
            self.assertEqual(client.answer().status, 202)


class Crowd(Limited):
    def memory_kib(self):
        with open(f"/proc/{self.front.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def test_others_are_served_while_thousands_sit_idle(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        count = min(10000, (most - 200) if most != resource.RLIM_INFINITY else 10000)
        self.start(connections=count, per_address=100000)
        before = self.memory_kib()
        for n in range(count):
            client = self.client(source=f"127.0.{n // 5000 + 1}.1")
            if n % 2:
                client.send(b"POST /webhook/siem HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 200)
        for n in range(20):
            client = self.client().send(document(body=b'{"n":%d}' % n))
            self.front.reply(self.front.next("document"), 202)
            self.assertEqual(client.answer().status, 202)
        grown = self.memory_kib() - before
        if not SANITIZED:
            self.assertLess(grown, count * 24)
        for client in self.clients[:20]:  # who waited longest made room
            self.assertTrue(client.is_closed())
        self.assertEqual(self.clients[-2].send(HEALTH).answer().status, 200)

    def test_bodies_that_never_end_are_bounded_together(self):
        big = 8 << 20
        self.start(webhook("siem", hmac_auth(), body=big), window_bytes=1 << 28)
        data = document(body=b"[" + b" " * (big - 2) + b"]")[:-1]
        for _ in range(12):
            self.client().send(data)
        gone = 0
        self.front.counted(lambda counts: counts["refused"].get("siem", {}).get("evicted", 0) >= 4)
        for client in self.clients[:4]:
            gone += client.is_closed()
        self.assertEqual(gone, 4)
        if not SANITIZED:
            self.assertLess(self.memory_kib(), 256 * 1024)
        self.assertEqual(self.front.accept(document())[1].status, 202)
        self.clients[-1].send(b"]")
        message = self.front.next("document")
        self.assertEqual(len(message.body), big)
        self.front.reply(message, 202)
        self.assertEqual(self.clients[-1].answer().status, 202)


class Life(Limited):
    def test_drain_lets_what_was_begun_end(self):
        self.start()
        idle, working, begun = (self.client() for _ in range(3))
        working.send(document())
        message = self.front.next("document")
        begun.send(HEALTH[:-2])
        self.front.send({"type": "drain"})
        self.assertTrue(idle.is_closed())
        with self.assertRaises(ConnectionRefusedError):
            Client(self.front.port)
        begun.send(HEALTH[-2:])
        self.assertEqual(begun.answer().status, 200)
        self.assertTrue(begun.is_closed())
        self.front.reply(message, 202)
        answer = working.answer()
        self.assertEqual((answer.status, answer.fields["connection"]), (202, "close"))

    def test_what_was_answered_is_written_before_the_end(self):
        self.start(window=200)
        clients = [self.client().send(document()) for _ in range(100)]
        messages = [self.front.next("document") for _ in clients]
        for message in messages[:50]:
            self.front.reply(message, 202, b'"%d"' % message.id)
        self.front.mine.shutdown(socket.SHUT_WR)
        answers = [client.answer() for client in clients]
        self.assertEqual(sorted(answer.status for answer in answers), [202] * 50 + [503] * 50)

    def test_a_new_configuration_is_for_new_requests(self):
        self.start()
        other, kept = self.client(), self.client()
        kept.send(document())
        message = self.front.next("document")
        ready = self.front.configure(config(webhook("other", hmac_auth())))
        self.front.reply(message, 202)
        self.assertEqual(kept.answer().status, 202)
        self.assertEqual(kept.send(document()).answer().status, 404)
        self.assertEqual(self.front.accept(document("/webhook/other"))[1].status, 202)
        self.assertEqual(ready.fields["port"], kept.socket.getpeername()[1])
        self.front.configure(config(address="127.0.0.2:0"))
        with self.assertRaises(ConnectionRefusedError):
            Client(ready.fields["port"])
        with Client(self.front.port, host="127.0.0.2") as moved:
            self.assertEqual(moved.send(HEALTH).answer().status, 200)
        self.assertEqual(other.send(HEALTH).answer().status, 200)

    def test_a_configuration_that_cannot_be_used_changes_nothing(self):
        self.start()
        taken = socket.create_server(("127.0.0.1", 0))
        for wrong in (config(address="127.0.0.1"), config(address=f"127.0.0.1:{taken.getsockname()[1]}"),
                      config(webhook("a", {"none": {}})), config(webhook("a", hmac_auth()), webhook("b", hmac_auth(), path="/webhook/a")),
                      config(tls={"cert": "no", "key": "no"}), config(proxies=["nowhere"]), config(limits={"window": 0})):
            self.front.send(wrong)
            self.assertTrue(self.front.next("failed").why)
            self.assertEqual(self.front.accept(document())[1].status, 202)
        taken.close()


class Beginnings(unittest.TestCase):
    def ends(self, *messages, raw=b""):
        front = Front()
        for message in messages:
            front.send(message)
        try:
            front.mine.sendall(raw)
        except BrokenPipeError:
            pass  # it has heard enough
        failed = front.next("failed") if messages and not raw else None
        with self.assertRaises(EOFError) as ended:
            front.any()
        self.assertEqual(ended.exception.args[0], 1)
        _, said = front.close()
        self.assertNotIn("a shared secret", said)
        return failed

    def test_without_a_usable_configuration_it_says_why_and_ends(self):
        self.assertIn("address", self.ends(config(address="nowhere")).why)
        failed = self.ends(config(webhook("siem", hmac_auth(encoding="rot13"))))
        self.assertIn("siem", failed.why)
        self.assertNotIn("a shared secret", failed.why)

    def test_what_is_no_message_ends_it(self):
        self.ends(raw=b"hello\n")
        self.ends(raw=b'{"type":"dance"}\n')
        self.ends(raw=b'{"type":"answer","id":1,"status":200,"bytes":99999999}\n')
        self.ends(raw=b"x" * (1 << 21))

    def test_without_a_word_it_ends(self):
        self.assertEqual(Front().close(), (0, ""))

    def test_it_takes_no_arguments_and_holds_little(self):
        done = subprocess.run([os.environ["SOAR_FRONT"], "--help"], capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)
        front = Front(config())
        with open(f"/proc/{front.process.pid}/status", encoding="ascii") as file:
            status = file.read()
        self.assertIn("NoNewPrivs:\t1", status)
        self.assertEqual(os.stat(f"/proc/{front.process.pid}/environ").st_uid, 0)  # not dumpable: root's
        front.close()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
