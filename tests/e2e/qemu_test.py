#!/usr/bin/python3
"""Property: the memory of a QEMU machine becomes evidence, once, whenever soar is killed; what stands at a physical address in the
machine stands there in the image; the machine runs on. A disk that is too small is said before anything is done; one that fills up
meanwhile ends the dump with its reason, is retried no more, and what was written is partial evidence.
Method: a machine without a guest (its firmware runs; a marker was loaded into its memory), soarctl with a record of its own.
QEMU is stopped (SIGSTOP) where something must happen during a dump; a second monitor counts the dumps.

Usage: qemu_test.py [unittest options]"""
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SOAR_BUILD", os.path.join(ROOT, "build/dev"))
SOARCTL = os.path.join(BUILD, "bin/soarctl")
MEMORY_MIB = 512
MARKER, MARKER_AT = b"graspink", 0x12345678
LIFE_S = 60


def wait_until(what, holds, seconds=LIFE_S):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"{what}: not within {seconds} s"
        time.sleep(0.002)


class Machine:
    def __init__(self, directory):
        self.socket = directory + "/soar.qmp"
        other = directory + "/test.qmp"
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc,accel=tcg"]
            + ["-m", str(MEMORY_MIB), "-device", f"loader,addr={MARKER_AT},data={int.from_bytes(MARKER, 'little')},data-len=8"]
            + ["-qmp", f"unix:{self.socket},server=on,wait=off", "-qmp", f"unix:{other},server=on,wait=off"])
        wait_until("a monitor", lambda: self.connect(other))
        self.dumps = 0
        self.lines = self.client.makefile()
        self.lines.readline()
        self.ask("qmp_capabilities")

    def connect(self, path):
        assert self.process.poll() is None, "QEMU did not start"
        self.client = socket.socket(socket.AF_UNIX)
        try:
            self.client.connect(path)
            return True
        except OSError:
            self.client.close()
            return False

    def ask(self, command):
        """Its answer; the dumps that were completed before are counted."""
        self.client.sendall(json.dumps({"execute": command}).encode() + b"\n")
        while "return" not in (line := json.loads(self.lines.readline())):
            self.dumps += line.get("event") == "DUMP_COMPLETED"
        return line["return"]

    def stop(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.go_on()
        self.lines.close()
        self.client.close()
        self.process.kill()
        self.process.wait()


class Snapshot(unittest.TestCase):
    def setUp(self):
        self.dir, self.more = tempfile.mkdtemp(prefix="soar-qemu-"), []
        self.state, self.dumps = self.dir + "/state", self.dir + "/dumps"
        os.mkdir(self.dumps, 0o700)
        self.machine = Machine(self.dir)
        with open(self.dir + "/inventory.yaml", "w") as file:  # no address leads to it but its monitor
            file.write(
                f'''hosts:
  vm-01: {{address: 192.0.2.7, os: windows, qmp: "unix:{self.machine.socket}", qmp_dir: {self.dumps}}}
management: [192.0.2.1]
'''
            )
        with open(self.dir + "/image.yaml", "w") as file:
            file.write("playbook_name: Image\nactions:\n  - step: memory\n    action: Snapshot_Memory\n")

    def tearDown(self):
        self.machine.close()
        shutil.rmtree(self.dir)

    def command(self, *words):
        return [SOARCTL, *words, "--state", self.state, "--inventory", self.dir + "/inventory.yaml", "--yes", *self.more]

    def begin(self):
        return subprocess.Popen(self.command("run", self.dir + "/image.yaml", "--host", "vm-01", "--reason", "test"),
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self, process):
        out, _ = process.communicate(timeout=LIFE_S)
        return process.returncode, out

    def kill(self, process):
        process.kill()
        process.communicate()

    def resume(self):
        return self.end(subprocess.Popen(self.command("resume"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))

    def manifest(self):
        with open(self.state + "/evidence/manifest.jsonl") as file:
            return [json.loads(line) for line in file]

    def assert_imaged(self):
        """One whole image; the marker at its address; nothing left behind; the machine as it was."""
        whole = [e for e in self.manifest() if e["whole"]]
        self.assertEqual(len(whole), 1)
        raw = self.dir + "/image"
        with open(raw, "wb") as file:
            subprocess.run(["zstd", "-dcq", f"{self.state}/evidence/{whole[0]['object']}"], stdout=file, check=True)
        self.assertEqual(os.stat(raw).st_size, whole[0]["bytes"])
        with open(self.dir + "/marker", "wb") as file:
            file.write(MARKER)
        subprocess.run([os.path.join(ROOT, "tests/lab/memory_image.py"), "at", raw, hex(MARKER_AT), self.dir + "/marker"], check=True)
        self.assertEqual(os.listdir(self.dumps), [])
        self.assertEqual(self.machine.ask("query-status")["status"], "running")
        self.assertEqual(self.machine.dumps, 1)

    def dump_file(self):
        return next(iter(glob.glob(self.dumps + "/*")), None)

    def dumping(self):
        file = self.dump_file()
        return file and os.stat(file).st_size > 0

    def test_imaged(self):
        code, out = self.end(self.begin())
        self.assertEqual(code, 0, out)
        self.assertIn("imaged", out)
        self.assert_imaged()
        record = self.manifest()[0]
        self.assertEqual((record["provider"], record["form"], record["target"]), ("qemu", "elf", "host:vm-01"))

    def test_killed_while_it_dumps(self):
        run = self.begin()
        wait_until("a dump", self.dumping)
        self.machine.stop()
        self.kill(run)
        self.machine.go_on()
        code, out = self.resume()
        self.assertEqual(code, 0, out)
        self.assert_imaged()

    def test_killed_while_it_collects(self):
        run = self.begin()
        wait_until("evidence", lambda: glob.glob(self.state + "/evidence/parts/E-1*"))
        self.kill(run)
        code, out = self.resume()
        self.assertEqual(code, 0, out)
        self.assert_imaged()

    def test_killed_again_and_again(self):
        run = self.begin()
        wait_until("a dump", self.dump_file)
        self.kill(run)
        for milliseconds in range(100, 1000, 150):
            self.kill_after(subprocess.Popen(self.command("resume"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True),
                            milliseconds / 1000)
        code, out = self.resume()
        self.assertTrue(code == 0 or "every run has ended" in out, out)
        self.assert_imaged()

    def kill_after(self, process, seconds):
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        self.kill(process)

    # ---- disks

    def small_disk(self, mib):
        if os.geteuid() != 0:
            self.skipTest("only root can make a small file system")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "soar-qemu", self.dumps], check=True)

    def test_no_room_from_the_start(self):
        self.small_disk(100)
        try:
            code, out = self.end(self.begin())
            self.assertNotEqual(code, 0, out)
            self.assertIn("there is no room in its qmp_dir", out)
            self.assertEqual(os.listdir(self.dumps), [])
            self.machine.ask("query-status")
            self.assertEqual(self.machine.dumps, 0)
        finally:
            subprocess.run(["umount", self.dumps], check=True)

    def test_what_the_journal_needs_is_no_room(self):
        with open(self.dir + "/soar.yaml", "w") as file:  # the dumps are on the journal's disk here
            file.write(f"inventory: inventory.yaml\nstate: {self.state}\nevidence: {{reserve: {shutil.disk_usage(self.dir).free >> 20}MiB}}\n")
        self.more = ["--config", self.dir + "/soar.yaml"]
        code, out = self.end(self.begin())
        self.assertNotEqual(code, 0, out)
        self.assertIn("there is no room in its qmp_dir", out)
        self.assertEqual(self.machine.dumps, 0)

    def test_the_disk_fills_up_meanwhile(self):
        self.small_disk(MEMORY_MIB + 128)
        try:
            run = self.begin()
            wait_until("a dump", self.dumping)
            self.machine.stop()
            with open(self.dumps + "/somebody-elses", "wb") as file:
                try:
                    while True:
                        file.write(bytes(1 << 20))
                        file.flush()
                except OSError:
                    pass
            self.machine.go_on()
            code, out = self.end(run)
            self.assertNotEqual(code, 0, out)
            self.assertIn("there is no room in its qmp_dir", out)
            self.assertIn("No space left", self.manifest()[0]["why"])
            self.assertEqual([e["whole"] for e in self.manifest()], [False])
            self.assertEqual(os.listdir(self.dumps), ["somebody-elses"])
            self.assertEqual(self.machine.ask("query-status")["status"], "running")
            self.assertEqual(self.machine.dumps, 1)
        finally:
            subprocess.run(["umount", self.dumps], check=True)


if __name__ == "__main__":
    for tool in ["qemu-system-x86_64", "zstd"]:
        if not shutil.which(tool):
            print(f"skip: there is no {tool} (tests/packages names the package)")
            sys.exit(77)
    if os.geteuid() == 0 and not os.environ.get("SOAR_QEMU_APART"):  # what is mounted here is seen nowhere else
        os.environ["SOAR_QEMU_APART"] = "yes"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable] + sys.argv)
    unittest.main()
