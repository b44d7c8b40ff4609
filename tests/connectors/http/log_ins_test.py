#!/usr/bin/python3
"""Property: soar-http logs in by exchange, by a signed assertion and by AWS signatures as services want it, gets a token once
and anew when it must, sets its clock by a service's once, and lets no secret out. Method: the worker's own protocol, against
servers that take nothing but what their API has, and that verify signatures by other people's code (botocore, cryptography).

Use: log_ins_test.py PROGRAM"""
import base64
import calendar
import datetime
import email.utils
import json
import sys
import tempfile
import time
import urllib.parse

from http_server import Certificates, Checks, ROOT, Server, Worker, answer, everything

try:
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-http"
check = Checks()


def peer(server, certificates, **auth):
    return {"name": "svc", "kind": "svc", "url": server.url, "ca": certificates.text("ca"), "auth": auth}


def paths(server):
    return [r.path for r in server.requests]


# ---- exchange


class Wazuh:
    """Its log-in is basic and has no body; its token dies after so many calls."""

    def __init__(self, certificates, calls=99):
        self.tokens, self.calls, self.left = 0, calls, 0
        self.server = Server(self.handle, certificates)

    def handle(self, r, _):
        if r.path == "/security/user/authenticate":
            basic = "Basic " + base64.b64encode(b"wazuh-wui:canary-Pa:ss").decode()
            if r.method != "POST" or r.query or r.body or r.headers.get("authorization") != basic or "content-type" in r.headers:
                return answer(401, {"title": "Unauthorized", "detail": "Invalid credentials"})
            self.tokens += 1
            self.left = self.calls
            return answer(200, {"data": {"token": f"ey.canary.{self.tokens}"}, "error": 0})
        if r.headers.get("authorization") != f"Bearer ey.canary.{self.tokens}" or self.left == 0:
            return answer(401, {"title": "Unauthorized", "detail": "Invalid token"})
        self.left -= 1
        return answer(200, {"data": {"affected_items": []}})


def test_wazuh(certificates):
    fields = {"path": "/security/user/authenticate", "user": "wazuh-wui", "answer": "data.token", "life": 900000}
    wazuh = Wazuh(certificates, calls=3)
    w = Worker(PROGRAM, peer(wazuh.server, certificates, exchange=fields), {"password": "canary-Pa:ss"})
    for _ in range(3):
        a = w.read("/agents")
        check(a["class"] == "done" and a["result"]["status"] == 200, "a call with a token", a)
    check(wazuh.tokens == 1, "one token for all", paths(wazuh.server))
    a = w.read("/agents")
    check(a["result"]["status"] == 200 and wazuh.tokens == 2, "a token that died is got anew", a)
    check(paths(wazuh.server)[-3:] == ["/agents", "/security/user/authenticate", "/agents"], "once", paths(wazuh.server))
    wazuh.calls = wazuh.left = 0
    a = w.read("/agents")
    check(a["class"] == "done" and a["result"]["status"] == 401, "a new one that is no good either is told", a)
    check(paths(wazuh.server)[-3:] == ["/agents", "/security/user/authenticate", "/agents"], "and not tried for ever", paths(wazuh.server))
    a = w.send("/active-response", method="PUT", json={"command": "isolate"}, secrets={"password": "canary-wrong"})
    check(a["class"] in ("denied", "done"), "another password", a)
    w.close()

    wazuh = Wazuh(certificates)
    w = Worker(PROGRAM, peer(wazuh.server, certificates, exchange=fields), {"password": "canary-wrong"})
    a = w.send("/active-response", method="PUT", json={})
    check(a["class"] == "denied" and "Invalid credentials" in a["why"] and "sending" not in a["said"], "a log-in that is refused", a)
    check(paths(wazuh.server) == ["/security/user/authenticate"], "nothing else goes out", paths(wazuh.server))
    w.close()
    w = Worker(PROGRAM, peer(wazuh.server, certificates, exchange={**fields, "life": 1000}), {"password": "canary-Pa:ss"})
    w.read("/agents")
    time.sleep(1.1)
    w.read("/agents")
    check(wazuh.tokens == 2, "its life is over: a new one before the service says so", paths(wazuh.server))
    check("401" not in str(wazuh.server.requests), "no 401 for it")
    w.close()


def vault(certificates, client=False):
    """Vault's two ways in, and one secret."""

    def handle(r, connection):
        if r.path == "/v1/auth/approle/login" and not client:
            good = r.method == "POST" and json.loads(r.body) == {"role_id": "r-1", "secret_id": "canary-\"id\""}
        elif r.path == "/v1/auth/cert/login" and client:
            good = r.method == "POST" and json.loads(r.body) == {"name": "soar"} and connection.getpeercert()
        elif r.method == "GET" and r.path == "/v1/kv/data/web-01" and "authorization" not in r.headers:
            good = r.headers.get("x-vault-token") == "hvs.canary"
            return answer(200, {"data": {"data": {"key": "K"}}}) if good else answer(403, {"errors": ["permission denied"]})
        else:
            return answer(404, {"errors": []})
        if not good:
            return answer(400, {"errors": ["invalid role or secret ID"]})
        return answer(200, {"auth": {"client_token": "hvs.canary", "lease_duration": 1200}})

    return Server(handle, certificates, client=client)


def test_vault(certificates):
    fields = {"answer": "auth.client_token", "name": "X-Vault-Token", "prefix": ""}
    approle = {**fields, "path": "/v1/auth/approle/login", "json": {"role_id": "r-1"}}
    server = vault(certificates)
    w = Worker(PROGRAM, peer(server, certificates, exchange=approle), {"secrets.secret_id": "canary-\"id\""}, mode="read")
    a = w.read("/v1/kv/data/web-01")
    check(a["class"] == "done" and a["result"]["body"] == {"data": {"data": {"key": "K"}}}, "AppRole", a)
    w.close()
    w = Worker(PROGRAM, peer(server, certificates, exchange=approle), {"secrets.secret_id": "canary-other"}, mode="read")
    check(w.read("/v1/kv/data/web-01")["class"] == "denied", "AppRole with another secret")
    w.close()
    server = vault(certificates, client=True)
    ours = {"certificate": certificates.text("client")}
    cert = {**fields, "path": "/v1/auth/cert/login", "json": {"name": "soar"}}
    w = Worker(PROGRAM, peer(server, certificates, exchange=cert, mtls=ours), {"mtls_key": certificates.text("client", "key")}, mode="read")
    a = w.read("/v1/kv/data/web-01")
    check(a["class"] == "done" and a["result"]["status"] == 200, "a client's certificate", a)
    w.close()


def test_exchange_elsewhere(certificates):
    """The log-in at a host of its own, as a form; the token in a header."""
    def login(r, _):
        good = r.method == "PUT" and r.path == "/s" and urllib.parse.parse_qs(r.body.decode()) == {"app": ["a b"], "password": ["canary-p&w"]}
        return answer(204, "", x_auth="canary-tok") if good else answer(400, "no")

    door = Server(login, certificates)
    server = Server(lambda r, c: answer(200, {}) if r.headers.get("x-auth") == "T canary-tok" else answer(401, {}), certificates)
    fields = {"url": door.url + "/s", "method": "PUT", "form": {"app": "a b"}, "answer": "header:X-Auth", "name": "X-Auth", "prefix": "T "}
    w = Worker(PROGRAM, peer(server, certificates, exchange=fields), {"secrets.password": "canary-p&w"})
    check(w.read()["result"]["status"] == 200, "elsewhere")
    w.close()
    w = Worker(PROGRAM, peer(server, certificates, exchange={**fields, "answer": "data.token"}), {"secrets.password": "canary-p&w"})
    a = w.read()
    check(a["class"] == "permanent" and "data.token" in a["why"], "a token that isn't where it should be", a)
    w.close()
    for wrong in ({**fields, "url": "http://192.0.2.1/"}, {k: v for k, v in fields.items() if k != "url"}, {**fields, "path": "/x"}):
        w = Worker(PROGRAM, peer(server, certificates, exchange=wrong), {"secrets.password": "canary-p&w"})
        check(w.read()["class"] == "invalid", f"refused: {wrong}")
        w.close()


# ---- jwt


def b64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def verified(token, public):
    """Head and claims, if the signature stands."""
    signed, _, signature = token.rpartition(".")
    signature = b64(signature)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        else:
            assert len(signature) == 64
            der = utils.encode_dss_signature(*(int.from_bytes(part, "big") for part in (signature[:32], signature[32:])))
            public.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return None, None
    return tuple(json.loads(b64(part)) for part in signed.split("."))


def pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def timely(claims, most):
    now = time.time()
    return claims["iat"] <= now < claims["exp"] and claims["exp"] - claims["iat"] <= most


def test_google(certificates):
    key = rsa.generate_private_key(65537, 2048)

    def handle(r, _):
        if r.path == "/token":
            form = urllib.parse.parse_qs(r.body.decode(), strict_parsing=True)
            if r.method != "POST" or set(form) != {"grant_type", "assertion"} or form["grant_type"] != ["urn:ietf:params:oauth:grant-type:jwt-bearer"]:
                return answer(400, {"error": "invalid_request"})
            head, claims = verified(form["assertion"][0], key.public_key())
            wanted = {"iss": "soar@proj.example", "sub": "admin@corp.example", "scope": "https://www.googleapis.com/auth/admin.directory.user",
                      "aud": server.url + "/token"}
            if head != {"alg": "RS256", "typ": "JWT", "kid": "k-1"} or {k: claims.get(k) for k in wanted} != wanted or not timely(claims, 3600):
                return answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
            return answer(200, {"access_token": "ya29.canary", "expires_in": 3599, "token_type": "Bearer"})
        return answer(200 if r.headers.get("authorization") == "Bearer ya29.canary" else 401, {})

    server = Server(handle, certificates)
    fields = {"token": server.url + "/token", "issuer": "soar@proj.example", "subject": "admin@corp.example", "algorithm": "RS256", "key_id": "k-1",
              "scope": "https://www.googleapis.com/auth/admin.directory.user"}
    whole = json.dumps({"type": "service_account", "private_key_id": "k-1", "private_key": pem(key), "client_email": "soar@proj.example"}, indent=2)
    for secret in (pem(key), whole):
        w = Worker(PROGRAM, peer(server, certificates, jwt=fields), {"key": secret})
        check(w.read()["result"]["status"] == 200 and w.read()["result"]["status"] == 200, "Google")
        w.close()
    check(paths(server).count("/token") == 2, "one token each", paths(server))
    w = Worker(PROGRAM, peer(server, certificates, jwt=fields), {"key": pem(rsa.generate_private_key(65537, 2048))})
    a = w.read()
    check(a["class"] == "denied" and "invalid_grant: Invalid JWT Signature." in a["why"], "another key", a)
    w.close()
    w = Worker(PROGRAM, peer(server, certificates, jwt=fields), {"key": "canary-no-key"})
    a = w.read()
    check(a["class"] == "invalid" and "PEM" in a["why"], "no key at all", a)
    w.close()


def test_entra(certificates):
    key, seen = ec.generate_private_key(ec.SECP256R1()), set()

    def handle(r, _):
        if r.path == "/T/oauth2/v2.0/token":
            form = {k: v[0] for k, v in urllib.parse.parse_qs(r.body.decode(), strict_parsing=True).items()}
            assertion = form.pop("client_assertion", "")
            if r.method != "POST" or form != {"grant_type": "client_credentials", "client_id": "c-1", "scope": "https://graph.example/.default",
                                              "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}:
                return answer(400, {"error": "invalid_request"})
            head, claims = verified(assertion, key.public_key())
            thumbprint = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
            if head != {"alg": "ES256", "typ": "JWT", "x5t#S256": thumbprint} or claims["jti"] in seen or claims["iss"] != "c-1" or claims["sub"] != "c-1" \
                    or claims["aud"] != server.url + r.path or claims["nbf"] > time.time() or not timely(claims, 600):
                return answer(401, {"error": "invalid_client"})
            seen.add(claims["jti"])
            return answer(200, {"access_token": "canary-graph", "expires_in": "3599", "token_type": "Bearer"})
        return answer(200 if r.headers.get("authorization") == "Bearer canary-graph" else 401, {})

    server = Server(handle, certificates)
    fields = {"token": server.url + "/T/oauth2/v2.0/token", "issuer": "c-1", "client": "c-1", "as": "client_assertion", "algorithm": "ES256",
              "scope": "https://graph.example/.default", "thumbprint": "00" * 32}
    for _ in range(3):
        w = Worker(PROGRAM, peer(server, certificates, jwt=fields), {"key": pem(key)})
        check(w.read()["result"]["status"] == 200, "Entra")
        w.close()
    check(len(seen) == 3, "no assertion twice", seen)


# ---- aws


class Aws:
    """Signs each request itself, as botocore would at the time that the request names, and compares."""

    def __init__(self, certificates, off_s=0, words="SignatureDoesNotMatch", honest=True):
        self.off_s, self.words, self.honest, self.refusals = off_s, words, honest, 0
        self.server = Server(self.handle, certificates)

    def now(self):
        return time.time() + self.off_s

    def refuse(self, code, message):
        self.refusals += 1
        body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        return answer(403, body, content_type="text/xml", date=email.utils.formatdate(self.now() if self.honest else 0, usegmt=True))

    def signed(self, r):
        at = datetime.datetime.strptime(r.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        names = r.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        if "host" not in names or any(n.startswith("x-amz-") and n not in names for n in r.headers):
            return None
        key = botocore.credentials.Credentials("AKIDEXAMPLE", "canary-aws-secret", r.headers.get("x-amz-security-token"))

        class Frozen(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return at

        botocore.auth.datetime = type("Module", (), {"datetime": Frozen})
        botocore.auth.get_current_datetime = lambda *a, **k: at
        headers = {n: r.headers[n] for n in names if n not in ("host", "x-amz-date", "x-amz-security-token")}
        request = botocore.awsrequest.AWSRequest(method=r.method, url=f"https://{r.headers['host']}{r.target}", headers=headers, data=r.body)
        botocore.auth.SigV4Auth(key, "iam", "us-east-1").add_auth(request)
        return request.headers["Authorization"]

    def handle(self, r, _):
        if self.signed(r) != r.headers["authorization"]:
            return self.refuse("SignatureDoesNotMatch", "The request signature we calculated does not match")
        at = calendar.timegm(time.strptime(r.headers["x-amz-date"], "%Y%m%dT%H%M%SZ"))
        if abs(at - self.now()) > 900:
            when = "Signature expired: x is now earlier than y" if at < self.now() else "Signature not yet current: x is still later than y"
            return self.refuse(self.words, when if self.words == "SignatureDoesNotMatch" else "Request has expired.")
        return answer(200, "<R><Ok>1</Ok></R>", content_type="text/xml")


def test_aws(certificates):
    fields = {"access_key": "AKIDEXAMPLE", "region": "us-east-1", "service": "iam"}
    for secrets in ({"secret": "canary-aws-secret"}, {"secret": "canary-aws-secret", "session": "canary-session+/=="}):
        aws = Aws(certificates)
        w = Worker(PROGRAM, peer(aws.server, certificates, aws=fields), secrets)
        calls = [w.read("/", query={"Action": "ListUsers", "Version": "2010-05-08", "Empty": "", "Odd": "%2B%20~%2F%C3%A9"}),
                 w.send("/", form={"Action": "UpdateAccessKey", "UserName": "a%2Bb%20%C3%A9%7E", "Status": "Inactive"}),
                 w.send("/a%2Fb//c", json={"é": "x"}, headers={"x-amz-target": "T.Op", "x-odd": "a   b"}), w.read("/%C3%A9/x~y")]
        for a in calls:
            check(a["class"] == "done" and a["result"]["status"] == 200, "a signed call", a)
        check(aws.refusals == 0, "none refused", aws.refusals)
        check(("x-amz-security-token" in aws.server.requests[0].headers) == ("session" in secrets), "the session")
        w.close()
    w = Worker(PROGRAM, peer(aws.server, certificates, aws=fields), {"secret": "canary-other"})
    a = w.send("/", form={"Action": "X"})
    check(a["class"] == "done" and a["result"]["status"] == 403 and aws.refusals == 1, "another key is an answer, and is not tried again", a)
    w.close()


def test_aws_clock(certificates):
    fields = {"access_key": "AKIDEXAMPLE", "region": "us-east-1", "service": "iam"}
    for off_s in (7200, -7200):
        for words in ("SignatureDoesNotMatch", "RequestExpired"):
            aws = Aws(certificates, off_s=off_s, words=words)
            w = Worker(PROGRAM, peer(aws.server, certificates, aws=fields), {"secret": "canary-aws-secret"})
            a = w.send("/", form={"Action": "UpdateAccessKey"})
            check(a["result"]["status"] == 200 and aws.refusals == 1, f"clocks that differ by {off_s} s", a)
            check(w.read("/")["result"]["status"] == 200 and aws.refusals == 1, "it is known from then on")
            w.close()
    aws = Aws(certificates, off_s=7200, honest=False)
    w = Worker(PROGRAM, peer(aws.server, certificates, aws=fields), {"secret": "canary-aws-secret"})
    a = w.send("/", form={"Action": "X"})
    check(a["result"]["status"] == 403 and len(aws.server.requests) == 1, "a Date that is years away corrects nothing", a)
    w.close()


with tempfile.TemporaryDirectory() as directory:
    certificates = Certificates(directory)
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test(certificates)
for line in everything:
    check("canary" not in line and "PRIVATE" not in line, "no secret comes out", line)
sys.exit(check.end())
