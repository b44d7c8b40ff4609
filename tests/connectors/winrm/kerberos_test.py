#!/usr/bin/python3
"""Property: soar-winrm logs in by Kerberos with a password alone, proves who the host is, and never falls back to NTLM. Method: a
real domain (tests/lab/ad.sh, Samba's), a keytab of it in the stand-in of tests/lab/wsman.py, the worker's own protocol, in a mount
namespace where /etc/krb5.conf is the lab's. Usage: kerberos_test.py WORKER. Needs root; prints `skipped` and why where it can't run."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path[:0] = [ROOT + "/tests/lab", os.path.dirname(os.path.abspath(__file__))]
LAB = ROOT + "/tests/lab/ad.sh"
failures = []


def check(good, what, seen=""):
    print(("ok       " if good else "NOT OK   ") + what + ("" if good else f": {str(seen)[:600]}"))
    if not good:
        failures.append(what)


def skip(why):
    print("skipped:", why)
    sys.exit(0)


def inside(folder):
    """The test itself: /etc/krb5.conf is the lab's here."""
    import json

    import certificates
    import wsman

    os.environ["KRB5_KTNAME"] = folder + "/keytab"

    def once(peer, password):
        worker = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={})
        call = {"call": 1, "function": "winrm.run", "args": {"script": "whoami"}, "left_ms": 15000, "secrets": {"password": password}}
        out, _ = worker.communicate(json.dumps({"peer": peer, "mode": "all"}) + "\n" + json.dumps(call) + "\n", timeout=30)
        return json.loads(out.strip().split("\n")[-1])

    with certificates.Authority() as authority:
        machine = wsman.Machine(*authority.issue("localhost"), user="svc-soar@LAB.TEST", password=os.environ["AD_SOAR_PW"], kerberos=True).start()
        machine.scripts["any"] = lambda script, values: (b"lab\\svc-soar\r\n", b"", 0)
        peer = {"name": "ws-01", "address": "127.0.0.1", "host": "localhost", "port": machine.port, "user": "svc-soar@LAB.TEST", "login": "kerberos",
                "ca": authority.text()}
        good = once(peer, os.environ["AD_SOAR_PW"])
        check(good["class"] == "done" and good["result"]["out"] == "lab\\svc-soar\r\n", "a ticket opens the host", good)
        check(machine.ways == {"kerberos"}, "it came by Kerberos", machine.ways)
        wrong = once(peer, "wrong")
        check(wrong["class"] == "denied" and "Kerberos" in wrong["why"], "a wrong password", wrong)
        nobody = once({**peer, "user": "nobody@LAB.TEST"}, "x")
        check(nobody["class"] == "denied", "nobody of that name", nobody)
        machine.kerberos = False
        down = once(peer, os.environ["AD_SOAR_PW"])
        check(down["class"] == "denied" and machine.ways == {"kerberos"}, "a host that wants something else gets nothing", (down, machine.ways))
        check(machine.complaints == [], "the stand-in found nothing wrong", machine.complaints)
        machine.stop()
    sys.exit(len(failures) > 0)


def lab_env():
    text = subprocess.run(["bash", "-c", f'eval "$({LAB} env)"; env -0'], check=True, capture_output=True, text=True).stdout
    return dict(item.split("=", 1) for item in text.split("\0") if "=" in item)


if len(sys.argv) == 3:
    inside(sys.argv[2])
try:
    import gssapi  # noqa: F401
except ImportError:
    skip("there is no python3-gssapi")
if os.getuid() != 0 or not shutil.which("samba-tool") or subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode:
    skip("needs root, namespaces and samba-ad-dc")
os.environ["AD_LAB_NAME"] = "winrm"
folder = tempfile.mkdtemp(prefix="krb-")
try:
    if subprocess.run([LAB, "up"], stdout=subprocess.DEVNULL).returncode:
        skip("no domain could be made here")
    env = lab_env()
    conf = os.path.dirname(env["KRB5_CONFIG"]) + "/smb.conf"
    for words in (["user", "setpassword", "ws-01$", "--newpassword=Ws-01-Machine-Passw0rd"], ["spn", "add", "HTTP/localhost", "ws-01$"], ["domain", "exportkeytab", folder + "/keytab", "--principal=ws-01$"]):
        subprocess.run(["samba-tool", *words, "-s", conf], check=True, capture_output=True)
    inner = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c",
                            'cp -a /etc "$2/etc" && cp "$1" "$2/etc/krb5.conf" && mount -n --bind "$2/etc" /etc && shift 2 && unset KRB5_CONFIG && exec "$@"',
                            "sh", env["KRB5_CONFIG"], folder,
                            sys.executable, os.path.abspath(__file__), sys.argv[1], folder], env=env)
    sys.exit(inner.returncode)
finally:
    subprocess.run([LAB, "down"], stdout=subprocess.DEVNULL)
    shutil.rmtree(folder)
