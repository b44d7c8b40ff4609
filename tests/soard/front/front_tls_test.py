"""Property: TLS 1.2 and 1.3 with authenticated ciphers and nothing else; a certificate of a client counts only if our CA vouches
for it and one of its names is the webhook's, byte for byte; a handshake has its time, and a broken one costs nobody else.
Method: the real soar-front with certificates that openssl makes for this test; clients are Python's TLS on loopback.
Usage: front_tls_test.py SOAR_FRONT [unittest options]"""

import os
import ssl
import subprocess
import sys
import tempfile
import unittest
import warnings

os.environ["SOAR_FRONT"] = os.path.abspath(sys.argv[1])
from front_play import Client, Front, config, document, hmac_auth, request_bytes, tls_client, webhook  # noqa: E402

HEALTH = request_bytes("GET", "/healthz")


class Authority:
    """Keys and certificates, in a directory of their own."""

    def __init__(self):
        self.holder = tempfile.TemporaryDirectory(prefix="front-tls.")
        self.make("ca", "basicConstraints=critical,CA:TRUE")
        self.make("other-ca", "basicConstraints=critical,CA:TRUE")
        self.make("server", "subjectAltName=DNS:soar.test", "ca")
        self.make("siem", "subjectAltName=DNS:siem.test,email:siem@soar.test,URI:spiffe://soar.test/siem", "ca")
        self.make("siem2", "subjectAltName=DNS:siem.test.evil", "ca")
        self.make("nameless", "keyUsage=digitalSignature", "ca", subject="/CN=siem.test")
        self.make("stranger", "subjectAltName=DNS:siem.test", "other-ca")

    def path(self, name, kind="crt"):
        return os.path.join(self.holder.name, f"{name}.{kind}")

    def text(self, name, kind="crt"):
        with open(self.path(name, kind), encoding="ascii") as file:
            return file.read()

    def make(self, name, extension, signer=None, subject=None):
        words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
                 "-subj", subject or f"/CN={name}", "-addext", extension, "-keyout", self.path(name, "key"),
                 "-out", self.path(name)]
        if signer is not None:
            words += ["-CA", self.path(signer), "-CAkey", self.path(signer, "key")]
            if not extension.startswith("basicConstraints"):
                words += ["-addext", "basicConstraints=critical,CA:FALSE"]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = Authority()
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are offered on purpose

    @classmethod
    def tearDownClass(cls):
        cls.made.holder.cleanup()

    def setUp(self):
        names = ["other.test", "siem.test"]
        self.front = Front(self.config(webhook("siem", hmac_auth()), webhook("mutual", {"mutual_tls": {"names": names}}),
                                       webhook("uri", {"mutual_tls": {"names": ["spiffe://soar.test/siem"]}}),
                                       webhook("mail", {"mutual_tls": {"names": ["siem@soar.test"]}})))
        self.front.state()

    def tearDown(self):
        self.assertEqual(self.front.close(), (0, ""))

    def config(self, *webhooks, limits=None, server="server", ca="ca"):
        tls = {"cert": self.made.text(server), "key": self.made.text(server, "key"), "client_ca": self.made.text(ca)}
        return config(*webhooks, limits=limits, tls=tls)

    def context(self, cert=None, **more):
        key = self.made.path(cert, "key") if cert else None
        return tls_client(self.made.path("ca"), self.made.path(cert) if cert else None, key, **more)

    def post(self, name):
        return request_bytes("POST", f"/webhook/{name}", {}, b"{}")


class Handshakes(Tls):
    def test_a_document_comes_through(self):
        message, answer = self.front.accept(document(body=b"[" + b" " * 60000 + b"]"), tls=self.context())
        self.assertEqual((len(message.body), answer.status), (60002, 202))
        self.assertIn("strict-transport-security", answer.fields)

    def test_versions(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with self.front.client(tls=self.context(minimum_version=version, maximum_version=version)) as client:
                self.assertEqual(client.socket.version(), name)
                self.assertFalse(client.socket.session_reused)
                self.assertEqual(client.send(HEALTH).answer().status, 200)
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            old = self.context(minimum_version=version, maximum_version=version)
            old.set_ciphers("ALL:@SECLEVEL=0")
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.front.client(tls=old)
        self.front.counted(lambda counts: counts["refused"].get("-", {}).get("handshake") == 2)

    def test_ciphers_without_forward_secrecy_or_authentication_are_none(self):
        for ciphers in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"):
            weak = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
            weak.set_ciphers(ciphers)
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.front.client(tls=weak)

    def test_no_session_is_kept(self):
        context = self.context(maximum_version=ssl.TLSVersion.TLSv1_2)
        with self.front.client(tls=context) as client:
            self.assertFalse(client.socket.session.has_ticket)

    def test_http_1_1_is_the_protocol(self):
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with self.front.client(tls=context) as client:
            self.assertEqual(client.socket.selected_alpn_protocol(), "http/1.1")
        context.set_alpn_protocols(["h2"])
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.front.client(tls=context)

    def test_what_is_no_handshake_costs_nobody_else(self):
        for noise in (HEALTH, b"\x16\x03\x01\xff\xff" + b"\0" * 100, b"\0" * 1000):
            with self.front.client() as client:
                client.send(noise)
                try:
                    while client.more():
                        pass
                except ConnectionResetError:
                    pass
                self.assertNotIn(b"HTTP", client.got)
        with self.front.client() as client:
            client.send(b"\x16\x03\x01")
        self.assertEqual(self.front.ask(HEALTH, tls=self.context()).status, 200)

    def test_a_handshake_has_its_time(self):
        self.front.configure(self.config(limits={"header_ms": 300}))
        with self.front.client() as client:
            client.send(b"\x16\x03\x01")
            self.assertTrue(client.is_closed())

    def test_a_new_certificate_is_for_new_connections(self):
        with self.front.client(tls=self.context()) as kept:
            self.made.make("renewed", "subjectAltName=DNS:soar.test", "ca")
            before = kept.socket.getpeercert()["serialNumber"]
            self.front.configure(self.config(server="renewed"))
            self.assertEqual(kept.send(HEALTH).answer().status, 200)
            with self.front.client(tls=self.context()) as client:
                self.assertNotEqual(client.socket.getpeercert()["serialNumber"], before)

    def test_pipelined_requests_in_one_record(self):
        with self.front.client(tls=self.context()) as client:
            client.send(HEALTH * 50)
            self.assertEqual({client.answer().status for _ in range(50)}, {200})

    def test_a_large_answer_and_a_large_body(self):
        with self.front.client(tls=self.context()) as client:
            client.send(request_bytes("POST", "/api/v1/x", {}, b'{"a":"' + b"x" * 900000 + b'"}'))
            message = self.front.next("api")
            self.assertEqual(len(message.body), 900008)
            self.front.reply(message, 200, b"y" * (8 << 20))
            self.assertEqual(len(client.answer().body), 8 << 20)
            self.assertEqual(client.send(HEALTH).answer().status, 200)


class Clients(Tls):
    def status(self, name, cert=None):
        with self.front.client(tls=self.context(cert)) as client:
            answer = client.send(self.post(name)).answer()
            self.assertEqual("www-authenticate" in answer.fields, answer.status == 401)
            return answer.status

    def test_the_right_certificate_is_let_in_by_each_kind_of_name(self):
        for name in ("mutual", "uri", "mail"):
            message, answer = self.front.accept(self.post(name), tls=self.context("siem"))
            self.assertEqual((message.source, answer.status), (name, 202))

    def test_none_and_the_wrong_ones_are_not(self):
        self.assertEqual(self.status("mutual"), 401)
        for cert in ("siem2", "nameless"):
            self.assertEqual(self.status("mutual", cert), 403)

    def test_a_certificate_is_no_signature(self):
        self.assertEqual(self.status("siem", "siem"), 401)

    def test_a_stranger_s_certificate_ends_the_handshake(self):
        with self.assertRaises((ssl.SSLError, ConnectionError, AssertionError)):
            self.status("mutual", "stranger")
        self.front.counted(lambda counts: counts["refused"].get("-", {}).get("handshake") == 1)


    def test_a_ca_that_was_taken_out_vouches_for_nobody_also_on_a_connection_that_stays(self):
        hook = webhook("mutual", {"mutual_tls": {"names": ["siem.test"]}})
        with Client(self.front.port, tls=self.context("siem")) as client:
            for server in ("server", "ca"):  # another certificate of ours, the same CA for clients
                self.front.configure(self.config(hook, server=server))
                client.send(self.post("mutual"))
                self.front.reply(self.front.next("document"), 202)
                self.assertEqual(client.answer().status, 202)
            self.front.configure(self.config(hook, ca="other-ca"))
            self.assertEqual(client.send(self.post("mutual")).answer().status, 401)


class Configurations(Tls):
    def test_keys_that_do_not_fit(self):
        texts = {"cert": self.made.text("server"), "key": self.made.text("server", "key")}
        for wrong in ({"cert": texts["key"]}, {"key": self.made.text("siem", "key")}, {"key": ""}, {"client_ca": "none"},
                      {"cert": ""}):
            self.front.send(config(tls={**texts, **wrong}))
            why = self.front.next("failed").why
            self.assertIn("TLS", why)
            self.assertNotIn("-----", why)
        self.front.configure(config(tls=texts))
        with Client(self.front.port, tls=self.context()) as client:
            self.assertEqual(client.send(HEALTH).answer().status, 200)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
