#!/usr/bin/python3
"""Property: to a Windows host soar-ssh brings the script and its values as one document behind one constant command line, which the
account's shell sees as words; a script starts only when all has come; exit code and output come back, binary ones as evidence. Method:
the worker's own protocol, a real sshd, and tests/lab/powershell.py under the name powershell. No Windows was asked."""
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
WORKER = sys.argv[1] if len(sys.argv) > 1 else ROOT + "/build/dev/libexec/soar/soar-ssh"
EVIL = ["", "a'b\"c`$(calc)%PATH%^&|<>!", "\u2018\u2019\u201a\u201b", "line\r\nline\0nul", "/Date(0)/", "é€\U0001f600", "x" * 200000]
failures = []
TABLE = '''
import json
def anything(script, values):
    if script == "exit 20":
        return b"", b"no\\r\\n", 20
    if script == "bytes":
        return bytes(range(256)) * 4096, b"", 0
    return json.dumps([script, values]).encode() + b"\\r\\n", b"", 0
scripts = {"any": anything}
'''


def check(good, what, seen=""):
    print(("ok       " if good else "NOT OK   ") + what + ("" if good else f": {str(seen)[:600]}"))
    if not good:
        failures.append(what)


def start(folder, port):
    """A private sshd whose sessions have our powershell first in their PATH."""
    for name in ("host", "id"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}"], check=True)
    os.mkdir(folder + "/bin")
    os.symlink(ROOT + "/tests/lab/powershell.py", folder + "/bin/powershell")
    shutil.copy(folder + "/id.pub", folder + "/authorized")
    with open(folder + "/table.py", "w") as f:
        f.write(TABLE)
    with open(folder + "/sshd_config", "w") as f:
        f.write(f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nPidFile none\nAuthorizedKeysFile {folder}/authorized\nStrictModes no\n"
                f"UsePAM no\nUseDNS no\nPermitRootLogin yes\nSetEnv PATH={folder}/bin:/usr/bin:/bin POWERSHELL_TABLE={folder}/table.py "
                f"POWERSHELL_RECORD={folder}/record PYTHONDONTWRITEBYTECODE=1\n")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    daemon = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", folder + "/sshd_config"], stderr=subprocess.DEVNULL)
    while daemon.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return daemon
        except OSError:
            time.sleep(0.02)
    sys.exit("sshd did not start")


class Worker:
    def __init__(self, peer, evidence=None):
        keep = {} if evidence is None else {"pass_fds": (3,), "preexec_fn": lambda: os.dup2(evidence, 3)}
        self.process = subprocess.Popen([WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={}, **keep)
        self.number = 0
        self.write({"peer": peer, "mode": "all"})
        self.process.stdout.readline()

    def write(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def call(self, function, **args):
        self.number += 1
        self.write({"call": self.number, "function": function, "args": args, "left_ms": 15000, "secrets": {"key": KEY}})
        said = []
        while True:
            line = json.loads(self.process.stdout.readline())
            said.append(next(iter(line)))
            if "answer" in line:
                line["said"] = said
                return line

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def records(folder):
    with open(folder + "/record") as f:
        return [json.loads(line) for line in f]


folder = tempfile.mkdtemp(prefix="ps-")
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
daemon = start(folder, port)
try:
    KEY = open(folder + "/id").read()
    host = " ".join(open(folder + "/host.pub").read().split()[:2])
    peer = {"name": "ws-07", "address": "127.0.0.1", "port": port, "user": getpass.getuser(), "os": "windows", "sudo": True,
            "known_hosts": f"[127.0.0.1]:{port} {host}\n"}
    worker = Worker(peer)
    for evil in EVIL:
        answer = worker.call("ssh.run", script="$soar.name # é", values={"name": evil, "n": [1, None, {"x": True}]})
        good = answer["class"] == "done" and answer["result"]["exit"] == 0
        check(good and json.loads(answer["result"]["out"]) == ["$soar.name # é", {"name": evil, "n": [1, None, {"x": True}]}],
              f"a value arrives as it is: {evil[:24]!a}", answer)
        check(answer["said"] == ["sending", "answer"], "sending is said once", answer["said"])
    plain = worker.call("ssh.read", script="Get-Date")
    check(plain["class"] == "done" and json.loads(plain["result"]["out"]) == ["Get-Date", {}], "a script without values", plain)
    failing = worker.call("ssh.run", script="exit 20")
    check(failing["class"] == "done" and failing["result"] == {"exit": 20, "out": "", "err": "no\r\n", "cut": 0, "raw": False}, "its exit code", failing)
    for name, value in (("args", ["x"]), ("stdin", "x")):
        wrong = worker.call("ssh.run", script="x", **{name: value})
        check(wrong["class"] == "invalid" and "`values`" in wrong["why"], f"{name} is for /bin/sh", wrong)
    upload = worker.call("ssh.upload", path="/tmp/x", content="x")
    check(upload["class"] == "unsupported", "no upload", upload)
    worker.close()
    loaders = {r["loader"] for r in records(folder)}
    check(len(loaders) == 1, "one loader for all of them", loaders)

    reading, writing = os.pipe()
    target = tempfile.TemporaryFile()
    pump = subprocess.Popen(["cat"], stdin=reading, stdout=target)
    os.close(reading)
    worker = Worker(peer, writing)
    os.close(writing)
    got = worker.call("ssh.collect", script="bytes", values={}, name="state.zip", form="zip")
    worker.close()
    pump.wait(10)
    target.seek(0)
    check(got["class"] == "done" and got["result"]["bytes"] == 1048576 and target.read() == bytes(range(256)) * 4096, "binary output is evidence", got)

    os.unlink(folder + "/bin/powershell")
    worker = Worker(peer)
    none = worker.call("ssh.run", script="x")
    check(none["class"] == "permanent" and "did not start the script" in none["why"], "no PowerShell there", none)
    worker.close()
    worker = Worker({**peer, "os": "linux", "sudo": False})
    check(worker.call("ssh.run", script="true", values={})["class"] == "invalid", "values are for PowerShell")
    check(worker.call("ssh.run", script="echo hi")["result"]["out"] == "hi\n", "and /bin/sh goes on as ever")
    worker.close()
finally:
    daemon.terminate()
    daemon.wait(10)
    shutil.rmtree(folder)
sys.exit(len(failures) > 0)
