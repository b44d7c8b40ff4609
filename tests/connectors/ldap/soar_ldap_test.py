#!/usr/bin/python3
"""Property: soar-ldap keeps its promises with a real server: it speaks over checked TLS alone, never waits beyond its call, says
unknown of a write that was cut off and only then, follows no reference, bounds what it takes, and lets no password out. Method:
the worker's own protocol, against a slapd of this test's own (tests/lab/ldap.sh), killed, frozen and started again at the points
that matter, and against servers that say nothing or nonsense."""
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
WORKER = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-ldap"
LAB = ROOT + "/tests/lab/ldap.sh"
failures = []


def check(good, what, seen=""):
    print(("ok       " if good else "NOT OK   ") + what + ("" if good else f": {seen}"))
    if not good:
        failures.append(what)


class Worker:
    """One soar-ldap. call() gives the answer's line, with what it said before in `said` and its seconds in `took`."""

    def __init__(self, peer, mode="all", password="Soar-Secret-1"):
        self.password = password
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env={})
        self.number = 0
        self.write({"peer": peer, "mode": mode})
        self.hello = self.read()["hello"]

    def write(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def read(self):
        line = self.process.stdout.readline()
        everything.append(line)
        return json.loads(line)

    def call(self, function, left_ms=10000, at_sending=None, **args):
        self.number += 1
        began, said = time.monotonic(), []
        self.write({"call": self.number, "function": function, "args": args, "left_ms": left_ms, "secrets": {"password": self.password}})
        while True:
            line = self.read()
            said.append(next(iter(line)))
            if "sending" in line and at_sending:
                at_sending()
            if "answer" in line:
                line.update(said=said, took=time.monotonic() - began)
                return line

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.errors.seek(0)
        everything.append(self.errors.read())


everything = []  # each byte that a worker gave: what must not be in it is looked for at the end


def lab(*words, **more):
    return subprocess.run([LAB, *words], check=True, capture_output=True, text=True, **more).stdout


def once(peer, function="ldap.bind", mode="all", password="Soar-Secret-1", **args):
    worker = Worker(peer, mode, password)
    answer = worker.call(function, **args)
    worker.close()
    return answer


def add(env, ldif):
    subprocess.run(["ldapadd", "-x", "-M", "-H", env["LDAPS_URI"], "-D", env["LDAP_ADMIN_DN"], "-w", env["LDAP_ADMIN_PW"]],
                   input=ldif, text=True, check=True, capture_output=True, env={**os.environ, **env})


def looks(peer, env):
    worker = Worker(peer)
    found = worker.call("ldap.search", filter="(uid=jdoe)", attributes=["MAIL", "employeenumber", "pwdAccountLockedTime"])
    entry = found["result"]["entries"][0]
    check(found["result"]["code"] == 0 and entry["dn"] == "uid=jdoe,ou=people,dc=corp,dc=test", "a search finds a person", found)
    check(entry["first"] == {"MAIL": "jdoe@corp.test", "employeenumber": "1001"}, "attributes are spelled as asked", entry)
    check(entry["all"]["pwdAccountLockedTime"] == [], "an attribute that isn't there is an empty list", entry)
    check("sending" not in found["said"], "a look says nothing of sending")
    twins = worker.call("ldap.search", filter="(uid=twin)")["result"]["entries"]
    check(len(twins) == 2 and twins[0]["first"] == {}, "two of a name are two entries", twins)
    check(worker.call("ldap.search", base="uid=nobody," + env["LDAP_BASE"], scope="base")["result"]["code"] == 32, "32 is an answer")
    few = worker.call("ldap.search", limit=2)["result"]
    check(few["code"] == 4 and len(few["entries"]) == 2, "more than the limit is the code 4", few)
    check(worker.call("ldap.search", filter="(uid=*)(x")["class"] == "invalid", "a broken filter is never sent")
    check(worker.call("ldap.bind")["result"]["code"] == 0, "a new log-in")
    add(env, f"dn: ou=elsewhere,{env['LDAP_BASE']}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\n"
             "ref: ldap://127.0.0.1:1/dc=elsewhere\n")
    all_of_it = worker.call("ldap.search", attributes=["ou"])
    check(all_of_it["result"]["code"] == 0 and not any("elsewhere" in e["dn"] for e in all_of_it["result"]["entries"]),
          "a reference to another server is dropped", all_of_it)
    there = worker.call("ldap.search", base="ou=elsewhere," + env["LDAP_BASE"], scope="base")
    check(there["result"]["code"] == 10 and there["took"] < 2, "and not followed where it is all there is", there)
    add(env, f"dn: cn=big,{env['LDAP_BASE']}\nobjectClass: person\ncn: big\nsn: big\ndescription: {'x' * 300000}\n")
    big = worker.call("ldap.search", filter="(cn=big)", attributes=["description"])
    check(big["class"] == "permanent" and "larger" in big["why"], "an answer that is too large is refused, not cut", big["why"])
    check(worker.call("ldap.search", filter="(uid=jdoe)")["result"]["code"] == 0, "the next call goes on")
    worker.close()


def changes(peer, env):
    dn = "uid=jdoe,ou=people," + env["LDAP_BASE"]
    worker = Worker(peer)
    both = worker.call("ldap.modify", dn=dn, replace={"userPassword": [{"generated": {"length": 40, "form": "plain"}}],
                                                     "pwdAccountLockedTime": ["000001010000Z"]})
    check(both["result"]["code"] == 0 and both["said"] == ["sending", "answer"], "password and lock in one, sending said before", both)
    check(lab("bind", "jdoe", "Jdoe-Passw0rd").strip() == "49", "the old password is refused")
    for code, what in ((0, "true"), (122, "false")):
        got = worker.call("ldap.modify", dn=dn, replace={"pwdAccountLockedTime": []}, **{"assert": "(pwdAccountLockedTime=000001010000Z)"})
        check(got["result"]["code"] == code, f"an assertion that is {what}: {code}", got)
    got = worker.call("ldap.modify", dn=dn, replace={"mail": ["x@y"]})
    check(got["class"] == "done" and got["result"]["code"] == 50, "no right: the code 50, which the pack sees", got)
    got = worker.call("ldap.modify", dn=dn, replace={"userPassword": ["short"]})
    check(got["result"]["code"] == 19 and "quality" in got["result"]["text"], "a bad password: 19, and the server's words", got)
    check(worker.call("ldap.password", dn=dn)["result"]["code"] == 0, "a password by RFC 3062")
    got = worker.call("ldap.modify", dn=dn, replace={"userPassword": [{"secret": "none"}]})
    check(got["class"] == "invalid" and "sending" not in got["said"], "a secret that isn't there: nothing is sent", got)
    got = worker.call("ldap.modify", dn=dn)
    check(got["class"] == "invalid" and "sending" not in got["said"], "nothing to change: nothing is sent", got)
    worker.close()
    reader = Worker(peer, mode="read")
    check([f["name"] for f in reader.hello["functions"]] == ["ldap.search", "ldap.bind"], "a reader has no writing function", reader.hello)
    check(reader.call("ldap.modify", dn=dn, replace={"mail": ["x"]})["class"] == "invalid", "and refuses one")
    reader.close()


def trust(peer, env):
    check(once({**peer, "url": env["LDAP_URI"], "start_tls": True})["class"] == "done", "StartTLS works")
    for what, change, words in (
        ("an authority that didn't sign it", {"ca": subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                              "-nodes", "-keyout", "/dev/null", "-subj", "/CN=other"], capture_output=True, text=True).stdout}, "refused"),
        ("the machine's authorities", {"ca": None}, "refused"),
        ("another name than the certificate's", {"url": env["LDAPS_WRONG_URI"]}, "127.0.0.2"),
        # The library takes "localhost" for the machine's own name, which this certificate doesn't have: it errs on our side.
        ("another name, by StartTLS", {"url": env["LDAP_URI"].replace("127.0.0.1", "localhost"), "start_tls": True}, "localhost"),
    ):
        got = once({**peer, **change})
        check(got["class"] == "denied" and words in got["why"], f"{what}: denied, and why", got)
    check("in clear" in once({**peer, "url": env["LDAP_URI"]})["why"], "ldap:// alone is refused")
    got = once(peer, password="wrong")
    check(got["class"] == "denied" and "49" in got["why"], "a wrong password: denied", got)
    check(once(peer, password="")["class"] == "invalid", "an empty password would be no log-in: refused")
    got = once({**peer, "url": "ldaps://127.0.0.1:1"})
    check(got["class"] == "transient" and "refused" in got["why"], "nobody there: transient", got)
    got = once({**peer, "url": env["LDAP_URI"].replace("ldap:", "ldaps:")}, left_ms=3000)
    check(got["class"] in ("transient", "permanent") and got["took"] < 4, "a server without TLS there", got)


def silent(peer, talk):
    """A server that accepts, says `talk` and then nothing."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            client.sendall(talk)
            kept.append(client)

    kept = []
    threading.Thread(target=serve, daemon=True).start()
    port = server.getsockname()[1]
    answers = [once({**peer, "url": f"ldaps://127.0.0.1:{port}"}, left_ms=1000),
               once({**peer, "url": f"ldap://127.0.0.1:{port}", "start_tls": True}, left_ms=1000)]
    server.close()
    return answers


def hostile(peer):
    for talk in (b"", b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01", b"\x16\x03\x03\x40\x00" + b"x" * 100, b"SSH-2.0-hello\r\n"):
        for got in silent(peer, talk):
            check(got["class"] in ("transient", "permanent") and got["took"] < 3, f"a server that says {talk[:8]!r}", got)


def ber(tag, content):
    return bytes([tag, len(content)]) + content


def echo(peer):
    """A server that takes any log-in and says the password back, whatever it is asked."""
    with tempfile.TemporaryDirectory() as where:
        cert, key = where + "/cert", where + "/key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj",
                        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        server = socket.create_server(("127.0.0.1", 0))

        def serve():
            raw, _ = server.accept()
            with context.wrap_socket(raw, server_side=True) as client:
                client.recv(4096)
                client.sendall(ber(0x30, b"\x02\x01\x01" + ber(0x61, b"\x0a\x01\x00\x04\x00\x04\x00")))
                client.recv(4096)
                words = ber(0x04, b"no entry for Soar-Secret-1")
                client.sendall(ber(0x30, b"\x02\x01\x02" + ber(0x65, b"\x0a\x01\x20\x04\x00" + words)))
                client.recv(4096)

        threading.Thread(target=serve, daemon=True).start()
        with open(cert) as ca:
            got = once({**peer, "url": f"ldaps://127.0.0.1:{server.getsockname()[1]}", "ca": ca.read()}, "ldap.search", filter="(uid=x)")
        server.close()
    check(got["class"] == "done" and got["result"]["code"] == 32, "a server of ours answers", got)
    check("Soar-Secret-1" not in json.dumps(got["result"]), "our password, said back, is not passed on", got)


def life(peer, env):
    dn = "uid=asmith,ou=people," + env["LDAP_BASE"]
    worker = Worker(peer)
    worker.call("ldap.bind")
    lab("stop")
    lab("up")
    check(worker.call("ldap.search", filter="(uid=jdoe)")["class"] == "done", "killed between two looks: a new connection")
    lab("stop")
    lab("up")
    got = worker.call("ldap.modify", dn=dn, replace={"pwdAccountLockedTime": ["000001010000Z"]})
    check(got["class"] == "done" and got["result"]["code"] == 0, "killed before a write: a new connection, and it is written", got)
    lab("stop")
    check(worker.call("ldap.search", filter="(uid=jdoe)")["class"] == "transient", "gone: transient")
    got = worker.call("ldap.modify", dn=dn, replace={"pwdAccountLockedTime": []})
    check(got["class"] == "transient" and "sending" not in got["said"], "gone before a write: transient, nothing was sent", got)
    lab("up")
    worker.call("ldap.bind")
    lab("freeze")
    got = worker.call("ldap.modify", left_ms=1000, dn=dn, replace={"pwdAccountLockedTime": []})
    check(got["class"] == "unknown" and got["took"] < 2, "frozen in the middle of a write: unknown, in time", got)
    lab("thaw")
    worker.call("ldap.bind")
    lab("freeze")
    killer = threading.Timer(0.3, lambda: lab("stop"))
    got = worker.call("ldap.modify", dn=dn, replace={"pwdAccountLockedTime": []}, at_sending=killer.start)
    check(got["class"] == "unknown" and got["took"] < 5, "killed after a write was sent: unknown", got)
    killer.join()
    lab("up")
    got = worker.call("ldap.search", filter="(uid=asmith)", attributes=["pwdAccountLockedTime"])
    check(got["class"] == "done", "and a look says what became of it", got)
    worker.close()


def main():
    if subprocess.run("command -v slapd && command -v ldapadd", shell=True, capture_output=True).returncode:
        print("skipped: there is no slapd")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(LDAP_LAB_NAME=f"w{os.getpid()}", LDAP_LAB_DIR=folder + "/lab")
        lab("up")
        try:
            env = dict(w.split("=", 1) for w in lab("env").replace("export ", "").split())
            os.environ["LDAPCONF"] = env["LDAPCONF"]
            with open(env["LDAP_CA"]) as ca:
                peer = {"name": "corp", "kind": "openldap", "url": env["LDAPS_URI"], "ca": ca.read(),
                        "bind_dn": env["LDAP_SOAR_DN"], "base": env["LDAP_BASE"]}
            looks(peer, env)
            changes(peer, env)
            trust(peer, env)
            hostile(peer)
            echo(peer)
            life(peer, env)
        finally:
            lab("down")
    check("Soar-Secret-1" not in "".join(everything), "no word of any worker held the password")
    print(f"{len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
