"""Property: the memory of a real machine comes out whole: what stands at an address in it stands in the image at the place that
its headers give for that address. A dump goes on when the worker is killed, and is found again; a full disk is a clear failure,
and the machine goes on; none of it ever touches a file that is there.
Method: QEMU without a guest (its processor stopped, a marker loaded into its memory), one monitor for the worker and one for
the test; a small file system of our own for the full disk.
Usage: qmp_machine_test.py SOAR_QMP [unittest options]"""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

os.environ["SOAR_QMP"] = os.path.abspath(sys.argv[1])
from qmp_worker import Worker  # noqa: E402

MARKER, MARKER_AT, MEMORY = 0x6B6E697370617267, 0x2345678, 256 << 20


def physical(image, address, length):
    """The bytes at a physical address, by the image's own program headers."""
    at, each, count = struct.unpack_from("<Q", image, 32)[0], *struct.unpack_from("<HH", image, 54)
    for i in range(count):
        kind, _, offset, _, paddr, size = struct.unpack_from("<IIQQQQ", image, at + i * each)
        if kind == 1 and paddr <= address and address + length <= paddr + size:
            return bytes(image[offset + address - paddr : offset + address - paddr + length])
    return None


class Machine:
    def __init__(self, directory):
        self.socket, self.other = directory + "/qmp", directory + "/test.qmp"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc,accel=tcg", "-S"]
            + ["-m", str(MEMORY >> 20), "-device", f"loader,addr={MARKER_AT},data={MARKER},data-len=8"]
            + ["-qmp", f"unix:{self.socket},server=on,wait=off", "-qmp", f"unix:{self.other},server=on,wait=off"])
        until = time.monotonic() + 30
        while True:
            try:
                self.client = socket.socket(socket.AF_UNIX)
                self.client.connect(self.other)
                break
            except OSError:
                assert time.monotonic() < until and self.process.poll() is None, "QEMU did not start"
                self.client.close()
                time.sleep(0.02)
        self.lines = self.client.makefile()
        self.lines.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.client.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = json.loads(self.lines.readline())
            if "return" in answer or "error" in answer:
                return answer.get("return")

    def wait_for(self, status):
        until = time.monotonic() + 60
        while self.command("query-dump")["status"] != status:
            assert time.monotonic() < until, self.command("query-dump")
            time.sleep(0.01)

    def close(self):
        self.lines.close()
        self.client.close()
        self.process.kill()
        self.process.wait()


class Dump(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.dumps = self.dir.name + "/dumps"
        os.mkdir(self.dumps, 0o700)
        self.machine = Machine(self.dir.name)
        self.workers = []

    def tearDown(self):
        for worker in self.workers:
            worker.close()
        self.machine.close()
        self.dir.cleanup()

    def worker(self, **more):
        self.workers.append(Worker("unix:" + self.machine.socket, self.dumps, **more))
        return self.workers[-1]

    def end(self, worker, kill=False):
        self.workers.remove(worker)
        worker.kill() if kill else worker.close()

    def query(self, worker, command):
        kind, answer = worker.call("qmp.query", command=command)
        self.assertEqual(kind, "done", answer)
        return answer["reply"]

    def collected(self, name):
        worker = self.worker(collects=True)
        kind, answer = worker.call("qmp.collect", left_ms=60000, file=name, name="memory.elf", form="elf")
        self.end(worker)
        self.assertEqual(kind, "done", answer)
        self.assertEqual(answer["bytes"], len(worker.evidence))
        return worker.evidence

    def test_whole(self):
        worker = self.worker()
        self.assertEqual(self.query(worker, "query-status")["status"], "prelaunch")
        self.assertIn("elf", self.query(worker, "query-dump-guest-memory-capability")["formats"])
        self.assertEqual(self.query(worker, "query-memory-size-summary")["base-memory"], MEMORY)
        self.assertEqual(worker.call("qmp.reach")[1]["takes_files"], True)
        self.assertEqual(self.query(worker, "query-dump")["status"], "none")
        self.assertEqual(worker.call("qmp.execute", command="dump-guest-memory", file="r+1")[0], "done")
        shown, second = [], None
        while (state := self.query(worker, "query-dump"))["status"] == "active":
            shown += worker.progress
            self.assertGreater(len(shown), 0)  # at once, then twice a second
            # Somebody asks for another one meanwhile; not near its end, where QEMU 7.2 itself stumbles over a second one.
            if second is None and state["completed"] < MEMORY / 4:
                second = worker.call("qmp.execute", command="dump-guest-memory", file="r+2")
                self.assertEqual(second[0], "transient", second)
        self.assertTrue(all(0 <= progress["bytes"] <= progress["of"] for progress in shown))
        self.machine.wait_for("completed")
        files = {f["name"]: f for f in worker.call("qmp.files", prefix="r+")[1]["files"]}
        self.assertTrue(files["r+1"]["whole"])
        self.assertEqual(worker.call("qmp.execute", command="dump-guest-memory", file="r+1")[0], "permanent")
        image = self.collected("r+1")
        self.assertEqual(len(image), files["r+1"]["bytes"])
        self.assertEqual(physical(image, MARKER_AT, 8), struct.pack("<Q", MARKER))
        raw = self.dir.name + "/raw"
        self.machine.command("pmemsave", val=0x100000, size=MEMORY - 0x100000, filename=raw)
        with open(raw, "rb") as file:  # byte for byte what the monitor itself reads there
            self.assertTrue(file.read() == physical(image, 0x100000, MEMORY - 0x100000))
        self.assertEqual(worker.call("qmp.remove", file="r+1")[0], "done")
        self.assertNotIn("r+1", os.listdir(self.dumps))

    def test_a_dump_outlives_its_worker(self):
        worker = self.worker()
        self.assertEqual(worker.call("qmp.execute", command="dump-guest-memory", file="r+1")[0], "done")
        self.end(worker, kill=True)
        self.machine.wait_for("completed")
        worker = self.worker()
        _, answer = worker.call("qmp.files", prefix="r+")
        self.assertEqual([(f["name"], f["whole"]) for f in answer["files"]], [("r+1", True)])
        self.assertEqual(physical(self.collected("r+1"), MARKER_AT, 8), struct.pack("<Q", MARKER))

    def test_the_disk_is_full(self):
        # The machine is not told of this file system: it is handed a file in it.
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "soar-qmp", self.dumps]).returncode:
            self.skipTest("only root can make a small file system")
        try:
            worker = self.worker()
            self.assertLessEqual(worker.call("qmp.files", prefix="r")[1]["free"], 8 << 20)
            self.assertEqual(worker.call("qmp.execute", command="dump-guest-memory", file="r+1")[0], "done")
            self.machine.wait_for("failed")
            _, answer = worker.call("qmp.query", command="query-dump")
            self.assertEqual(answer["reply"]["status"], "failed")
            self.assertIn("No space left", answer["error"])
            self.assertEqual(self.query(worker, "query-status")["status"], "prelaunch")
            _, answer = worker.call("qmp.files", prefix="r")
            self.assertEqual([(f["name"], f["whole"]) for f in answer["files"]], [("r+1", False)])
            part = self.worker(collects=True)
            kind, why = part.call("qmp.collect", file="r+1", name="memory.elf")
            self.end(part)
            self.assertEqual((kind, len(part.evidence)), ("transient", answer["files"][0]["bytes"]), why)
            self.assertEqual(worker.call("qmp.remove", file="r+1")[0], "done")
        finally:
            for open_worker in list(self.workers):
                self.end(open_worker)
            self.machine.close()
            subprocess.run(["umount", self.dumps], check=True)


if __name__ == "__main__":
    if not shutil.which("qemu-system-x86_64"):
        print("skip: there is no qemu-system-x86_64 (tests/packages names the package)")
        sys.exit(77)
    if os.geteuid() == 0 and not os.environ.get("SOAR_QMP_APART"):  # what is mounted here is seen nowhere else
        os.environ["SOAR_QMP_APART"] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable] + sys.argv)
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
