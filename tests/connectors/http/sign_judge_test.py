"""Property: what the worker signs, AWS and an OAuth server would accept. Method: other people's code judges it: botocore
signs the same requests (paths with dots, doubled slashes and escapes, queries with every odd character, forms, temporary
keys) and must come to the same header; the cryptography library verifies tokens, and that one changed byte breaks each.

Use: sign_judge_test.py SIGN_TOOL"""
import base64, datetime, json, random, subprocess, sys, urllib.parse

try:
    import botocore.auth, botocore.awsrequest, botocore.credentials
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
    from cryptography.exceptions import InvalidSignature
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(0)

random.seed(20150830)
tool = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ours(document):
    tool.stdin.write(json.dumps(document) + "\n")
    tool.stdin.flush()
    return json.loads(tool.stdout.readline())


# ---- AWS

ODD = ["a", "Z", "0", "-", ".", "_", "~", " ", "+", "&", "=", "%", "/", "?", "#", ":", "@", "*", "'", "(", "é", "汉", "😀", '"', "\\", "|", "$", ",", ";", "!"]


def word(least=0, most=8):
    return "".join(random.choice(ODD) for _ in range(random.randint(least, most)))


def encoded(text):
    return urllib.parse.quote(text, safe="-._~")


def a_path():
    parts = [random.choice(["", ".", "..", encoded(word(1)), encoded(word(1)), "users"]) for _ in range(random.randint(0, 6))]
    return "/" + "/".join(parts)


def judged(path, query, headers, body, service, session, method):
    """The headers botocore adds; None: it gave none."""
    at = datetime.datetime(2026, 11, 22, 3, 4, 11)
    key = botocore.credentials.Credentials("AKIDEXAMPLE", "secr+t/é", session)
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    signer = kind(key, service, "eu-central-1")

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return at

    class FrozenModule:
        datetime = Frozen

    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda *a, **k: at
    else:
        botocore.auth.datetime = FrozenModule
    request = botocore.awsrequest.AWSRequest(method=method, url="https://aws.example" + path + ("?" + query if query else ""),
                                             headers={k: v for k, v in headers.items() if k != "host"}, data=body.encode())
    signer.add_auth(request)
    document = {"access_key": "AKIDEXAMPLE", "secret": "secr+t/é", "session": session, "region": "eu-central-1",
                "service": service, "time": int(at.replace(tzinfo=datetime.timezone.utc).timestamp()), "method": method,
                "path": path, "query": query, "headers": headers, "body": body}
    return request.headers, ours({"aws": document})


def compare(*case):
    theirs, mine = judged(*case)
    for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
        assert theirs.get(name) == mine.get(name.lower()), f"{case}\n  botocore {theirs.get(name)}\n  ours     {mine.get(name.lower())}"


def aws():
    session = "AQoDYXdz/EXAMPLE+token=="
    for n in range(400):
        query = "&".join(encoded(word(1)) + ("=" + encoded(word()) if random.random() < 0.8 else "=") for _ in range(random.randint(0, 5)))
        form = urllib.parse.urlencode({word(1): word() for _ in range(random.randint(0, 3))})
        headers = {"host": "aws.example"}
        method = random.choice(["GET", "POST"])
        if method == "POST":
            headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
        compare(a_path(), query, headers, form if method == "POST" else "", random.choice(["iam", "sts", "ec2"]),
                random.choice([None, session]), method)
    for query in ["a", "a&b=", "a=b=c", "=v", "&&a=1&", "a=1&a=1", "A=1&a=1&B=2", "a=%7e", "a=%2b"]:  # a name alone is a name with nothing
        theirs, mine = judged("/", query, {"host": "aws.example"}, "", "iam", None, "GET")
        if query in ("a", "a&b=", "=v", "a=1&a=1", "A=1&a=1&B=2"):
            assert theirs["Authorization"] == mine["authorization"], query
    # the same thing written otherwise is the same request for AWS, which decodes it
    one = judged("/", "a=%7E%2b&b=x", {"host": "aws.example"}, "", "iam", None, "GET")[1]
    two = judged("/", "b=x&&a=~%2B", {"host": "aws.example"}, "", "iam", None, "GET")[1]
    assert one["authorization"] == two["authorization"]
    for path in ["/", "/bucket/a%20b/%C3%A9", "/bucket//double/./dot"]:  # s3 takes a path as it stands, and wants the body's digest
        theirs, mine = judged(path, "list-type=2&prefix=a%2Fb", {"host": "aws.example"}, "", "s3", session, "GET")
        assert mine["x-amz-content-sha256"] == theirs["X-Amz-Content-SHA256"]
        assert mine["authorization"] == theirs["Authorization"], path


# ---- JWT


def decoded(text):
    assert "=" not in text and "+" not in text and "/" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pem(key, form):
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def verify(token, key):
    body, signature = token.rsplit(".", 1)
    public, signature = key.public_key(), decoded(signature)
    if isinstance(key, rsa.RSAPrivateKey):
        public.verify(signature, body.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        assert len(signature) == 64
        der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        public.verify(der, body.encode(), ec.ECDSA(hashes.SHA256()))


def jwt():
    forms = [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
    keys = [("RS256", rsa.generate_private_key(65537, 2048)), ("RS256", rsa.generate_private_key(65537, 4096)), ("ES256", ec.generate_private_key(ec.SECP256R1()))]
    for algorithm, key in keys:
        for n in range(12):
            head = {"kid": "ключ-1"} if n % 2 else None
            claims = {"iss": "soar@proj.example", "sub": "admin@corp.example", "aud": "https://oauth2.example/token",
                      "scope": "https://www.googleapis.com/auth/admin.directory.user", "iat": 1700000000, "exp": 1700000300 + n, "é": "x" * n}
            token = ours({"jwt": {"algorithm": algorithm, "key": pem(key, forms[n % 2]), "head": head, "claims": claims}})
            first, second, _ = token.split(".")
            assert json.loads(decoded(first)) == {"alg": algorithm, "typ": "JWT", **(head or {})}
            assert json.loads(decoded(second)) == claims
            verify(token, key)
            at = random.randrange(len(first) + 1, len(first) + len(second))
            forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
            try:
                verify(forged, key)
                raise SystemExit("a changed token verifies")
            except InvalidSignature:
                pass


aws()
jwt()
tool.stdin.close()
assert tool.wait() == 0
print("all signatures stand")
