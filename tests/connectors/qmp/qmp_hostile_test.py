"""Property: a monitor that talks nonsense, too much, too late or not at all costs a call and never more: `transient` for what
reads, `unknown` for a dump that may have begun, in bounded time and memory; and no argument, name or word gets through that could
reach another file or a terminal.
Method: this side plays the monitor on a unix socket and the engine on the worker's standard input.
Usage: qmp_hostile_test.py SOAR_QMP [unittest options]"""

import array
import json
import os
import socket
import sys
import tempfile
import threading
import time
import unittest

os.environ["SOAR_QMP"] = os.path.abspath(sys.argv[1])
from qmp_worker import Worker  # noqa: E402

GREETING = {"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 1}}, "capabilities": []}}


class Monitor:
    """Answers each connection by `play(self)`; what it is sent is kept."""

    def __init__(self, path, play):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(4)
        self.play, self.heard, self.files = play, [], []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                self.client, _ = self.server.accept()
            except OSError:
                return
            self.rest = b""
            try:
                self.play(self)
            except (OSError, EOFError):
                pass
            self.client.close()

    def say(self, thing):
        self.client.sendall(thing if isinstance(thing, bytes) else json.dumps(thing).encode() + b"\r\n")

    def hear(self):
        while b"\n" not in self.rest:
            data, control, _, _ = self.client.recvmsg(65536, socket.CMSG_SPACE(4))
            if not data:
                raise EOFError
            for _, _, raw in control:
                self.files += array.array("i", raw)
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        self.heard.append(json.loads(line))
        return self.heard[-1]

    def greet(self):
        self.say(GREETING)
        return self.reply({})

    def reply(self, value):
        command = self.hear()
        self.say({"return": value, "id": command["id"]})
        return command

    def close(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        for file in self.files:
            os.close(file)


def forever(monitor, block):
    while True:
        monitor.say(block)


class Hostile(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.socket, self.dumps = self.dir.name + "/qmp", self.dir.name + "/dumps"
        os.mkdir(self.dumps, 0o700)
        self.monitor = self.worker = None

    def tearDown(self):
        if self.worker:
            self.assertEqual(self.worker.close(), 0)
        if self.monitor:
            self.monitor.close()
        self.dir.cleanup()

    def start(self, play, **more):
        self.monitor = Monitor(self.socket, play)
        self.worker = Worker("unix:" + self.socket, self.dumps, **more)
        return self.worker

    def query(self, play, left_ms=20000):
        answer = self.start(play).call("qmp.query", left_ms=left_ms, command="query-status")
        self.assertFalse(set("\x1b\x07\r\n") & set(str(answer[1])), answer)
        return answer

    def assert_transient(self, play, words, left_ms=20000):
        began = time.monotonic()
        kind, why = self.query(play, left_ms)
        self.assertEqual(kind, "transient", why)
        self.assertIn(words, why)
        self.assertLess(time.monotonic() - began, 15)
        with open(f"/proc/{self.worker.process.pid}/status") as status:  # it has kept nothing
            peak = int([line for line in status if line.startswith("VmHWM")][0].split()[1])
        if "/asan/" not in os.environ["SOAR_QMP"]:
            self.assertLess(peak, 64 * 1024)

    # ---- nobody there, or somebody else

    def test_no_monitor(self):
        self.worker = Worker(self.socket, self.dumps)
        self.assertEqual(self.worker.call("qmp.query", command="query-status")[0], "transient")
        kind, why = self.worker.call("qmp.execute", command="dump-guest-memory", file="a")
        self.assertEqual((kind, self.worker.sent), ("transient", False), why)
        self.assertIn("is the machine running?", why)
        self.assertEqual(os.listdir(self.dumps), [])

    def test_refused(self):
        left = socket.socket(socket.AF_UNIX)
        left.bind(self.socket)
        left.close()
        self.worker = Worker(self.socket, self.dumps)
        self.assertEqual(self.worker.call("qmp.query", command="query-status")[0], "transient")

    def test_another_client_is_connected(self):
        self.assert_transient(lambda m: time.sleep(2), "one client at a time", left_ms=1000)

    def test_no_monitor_at_all(self):
        self.assert_transient(lambda m: m.say({"return": {}, "id": "soar-1"}), "did not greet")

    # ---- nonsense

    def test_garbage(self):
        self.assert_transient(lambda m: m.say(b"\x7fELF\x00\x01\xff\x1b[2J\n"), "no answer")

    def test_endless_line(self):
        self.assert_transient(lambda m: forever(m, b"x" * 65536), "more than")

    def test_endless_greeting(self):
        self.assert_transient(lambda m: forever(m, b'{"QMP": {"a": "' + b"x" * 65536), "more than")

    def test_closed_in_a_line(self):
        self.assert_transient(lambda m: m.say(b'{"QMP": {'), "closed")

    def test_deep(self):
        self.assert_transient(lambda m: m.say(b"[" * 100000 + b"\n"), "no answer")

    def test_endless_events(self):
        def play(monitor):
            monitor.greet()
            forever(monitor, b'{"event": "RTC_CHANGE", "data": {"offset": 1}}\n' * 1000)

        self.assert_transient(play, "events and no answer")

    def test_wrong_id(self):
        def play(monitor):
            monitor.greet()
            monitor.hear()
            monitor.say({"return": {"status": "running"}, "id": "soar-1"})

        self.assert_transient(play, "what was not asked")

    def test_no_id(self):
        def play(monitor):
            monitor.greet()
            monitor.hear()
            monitor.say({"return": {"status": "running"}})

        self.assert_transient(play, "what was not asked")

    def test_silent_after_the_greeting(self):
        self.assert_transient(lambda m: (m.greet(), m.hear(), time.sleep(3)), "in time", left_ms=1000)

    # ---- as it should be, and errors

    def test_events_between(self):
        def play(monitor):
            monitor.greet()
            command = monitor.hear()
            monitor.say({"event": "STOP"})
            monitor.say({"event": "DUMP_COMPLETED", "data": {"result": {}, "error": "\x1b]0;gotcha\x07 no space"}})
            monitor.say({"return": {"status": "failed"}, "id": command["id"]})

        kind, answer = self.start(play).call("qmp.query", command="query-dump")
        self.assertEqual((kind, answer["reply"]), ("done", {"status": "failed"}))
        self.assertIn("no space", answer["error"])
        self.assertNotIn("\x1b", answer["error"])
        self.assertEqual([c["execute"] for c in self.monitor.heard], ["qmp_capabilities", "query-dump"])

    def test_a_connection_that_died_is_made_anew(self):
        def play(monitor):
            monitor.greet()
            monitor.reply({"status": "running"})

        self.start(play)
        for _ in range(2):
            self.assertEqual(self.worker.call("qmp.query", command="query-status")[0], "done")
            time.sleep(0.05)

    def test_error_classes(self):
        classes = ["GenericError", "CommandNotFound", "DeviceNotFound", "\x1bNew"]

        def play(monitor):
            monitor.greet()
            for name in classes:
                command = monitor.hear()
                monitor.say({"error": {"class": name, "desc": "because \x1b[2J"}, "id": command["id"]})

        self.start(play)
        for expected in ["permanent", "unsupported", "absent", "permanent"]:
            kind, why = self.worker.call("qmp.query", command="query-status")
            self.assertEqual(kind, expected)
            self.assertIn("because", why)
            self.assertNotIn("\x1b", why)

    # ---- what may be asked

    def test_only_what_is_listed(self):
        self.start(lambda m: m.greet())
        for command in ["quit", "human-monitor-command", "query", "query-status ", "", "query-chardev", "query-status,", "]"]:
            self.assertEqual(self.worker.call("qmp.query", command=command)[0], "invalid", command)
            self.assertEqual(self.worker.call("qmp.execute", command=command, file="a")[0], "invalid", command)
        self.assertEqual(self.worker.call("qmp.query", command="query-status", arguments={"a": 1})[0], "invalid")
        self.assertEqual(self.monitor.heard, [])

    def test_a_reader_cannot_write(self):
        self.start(lambda m: m.greet(), mode="read")
        self.assertEqual(set(self.worker.functions.values()), {"read"})
        for function, args in [("execute", {"command": "dump-guest-memory", "file": "a"}), ("remove", {"file": "a"}),
                               ("collect", {"file": "a", "name": "m"})]:
            self.assertEqual(self.worker.call("qmp." + function, **args)[0], "invalid")
        self.assertEqual((self.monitor.heard, os.listdir(self.dumps)), ([], []))

    def test_names(self):
        self.start(lambda m: m.greet())
        for name in ["../a", "/etc/passwd", "a/b", ".", "", "-a", "a\nb", "a" * 300, 7, None]:
            for function, args in [("execute", {"command": "dump-guest-memory", "file": name}), ("remove", {"file": name}),
                                   ("collect", {"file": name, "name": "m"}), ("files", {"prefix": name})]:
                self.assertEqual(self.worker.call("qmp." + function, **args)[0], "invalid", (function, name))
        self.assertEqual(self.monitor.heard, [])

    # ---- a dump

    def dump(self, play):
        def asked(monitor):
            monitor.greet()
            monitor.reply({"status": "none"})  # no other dump is under way,
            monitor.reply({"status": "running"})  # and none is being ended
            play(monitor)

        self.start(asked)
        return self.worker.call("qmp.execute", command="dump-guest-memory", file="run+1")

    def test_a_dump_is_handed_its_file(self):
        kind, answer = self.dump(lambda m: (m.reply({}), m.reply({})))
        self.assertEqual((kind, self.worker.sent), ("done", True), answer)
        commands = self.monitor.heard[3:]
        self.assertEqual([c["execute"] for c in commands], ["getfd", "dump-guest-memory"])
        self.assertEqual(commands[1]["arguments"],
                         {"paging": False, "protocol": "fd:soar-dump", "detach": True, "format": "elf"})
        os.write(self.monitor.files[0], b"memory")
        with self.assertRaises(OSError):  # it can only be written
            os.read(self.monitor.files[0], 1)
        _, answer = self.worker.call("qmp.files", prefix="run+")
        self.assertEqual(answer["files"], [{"name": "run+1", "bytes": 6, "whole": False}])

    def test_cut_after_it_was_sent(self):
        kind, why = self.dump(lambda m: (m.reply({}), m.hear()))
        self.assertEqual((kind, self.worker.sent), ("unknown", True), why)
        self.assertEqual(os.listdir(self.dumps), ["run+1"])  # it may be written to

    def test_silent_after_it_was_sent(self):
        self.start(lambda m: (m.greet(), m.reply({}), m.reply({}), m.reply({}), m.hear(), time.sleep(3)))
        kind, why = self.worker.call("qmp.execute", left_ms=1000, command="dump-guest-memory", file="run+1")
        self.assertEqual((kind, self.worker.sent), ("unknown", True), why)

    def test_cut_before_it_was_sent(self):
        kind, why = self.dump(lambda m: m.hear())
        self.assertEqual((kind, self.worker.sent), ("transient", False), why)
        self.assertEqual(os.listdir(self.dumps), [])

    def refuse(self, status):
        def play(monitor):
            monitor.reply({})
            command = monitor.hear()
            monitor.say({"error": {"class": "GenericError", "desc": "not now"}, "id": command["id"]})
            monitor.reply({"status": status, "completed": 1, "total": 2})
            monitor.reply({"status": "running"})
            monitor.reply({})

        kind, why = self.dump(play)
        self.assertIn("not now", why)
        self.assertEqual(os.listdir(self.dumps), [])
        self.assertEqual([c["execute"] for c in self.monitor.heard[5:]], ["query-dump", "query-status", "closefd"])
        return kind

    def test_refused_by_the_monitor(self):
        self.assertEqual(self.refuse("none"), "permanent")

    def test_somebody_elses_dump(self):
        self.assertEqual(self.refuse("active"), "transient")

    def test_a_dump_is_under_way(self):
        for dump, machine in [("active", "running"), ("completed", "save-vm")]:
            self.under_way(dump, machine)
            self.tearDown()
            self.setUp()

    def under_way(self, dump, machine):
        self.start(lambda m: (m.greet(), m.reply({"status": dump}), m.reply({"status": machine}), m.hear()))
        kind, why = self.worker.call("qmp.execute", command="dump-guest-memory", file="run+1")
        self.assertEqual((kind, self.worker.sent), ("transient", False), why)
        self.assertEqual(os.listdir(self.dumps), [])

    def test_a_socket_that_passes_no_files(self):
        def play(monitor):
            while True:
                command = monitor.hear()
                monitor.say({"error": {"class": "GenericError", "desc": "No file descriptor"}, "id": command["id"]})

        kind, why = self.dump(play)
        self.assertEqual((kind, self.worker.sent), ("unsupported", False), why)
        self.assertEqual(os.listdir(self.dumps), [])

    def test_reach_says_that_it_passes_none(self):
        def play(monitor):
            monitor.greet()
            command = monitor.hear()
            monitor.say({"error": {"class": "GenericError", "desc": "No file descriptor"}, "id": command["id"]})

        answer = self.start(play).call("qmp.reach")
        self.assertEqual(answer, ("done", {"version": "7.2.1", "takes_files": False}))

    def test_a_file_is_never_used_twice(self):
        open(self.dumps + "/run+1", "w").close()
        kind, why = self.dump(lambda m: (m.reply({}), m.reply({})))
        self.assertEqual((kind, self.worker.sent), ("permanent", False), why)

    def test_a_directory_of_others(self):
        os.chmod(self.dumps, 0o777)
        kind, why = self.dump(lambda m: (m.reply({}), m.reply({})))
        self.assertEqual((kind, self.worker.sent), ("denied", False), why)

    # ---- evidence

    def test_a_short_dump_is_kept_in_part(self):
        with open(self.dumps + "/a", "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(b"\x7fELF" + b"m" * 1000000)
        self.start(lambda m: None, collects=True)
        kind, why = self.worker.call("qmp.collect", file="a", name="memory.elf")
        self.assertEqual(kind, "transient")
        self.assertIn("not whole", why)
        self.worker.reader.join(20)
        self.assertEqual(len(self.worker.evidence), 1000004)
        self.assertIn("a", os.listdir(self.dumps))

    def test_more_than_the_limit(self):
        with open(self.dumps + "/a", "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(b"m" * 1000)
        self.start(lambda m: None, collects=True)
        self.assertEqual(self.worker.call("qmp.collect", file="a", name="m", limit="10")[0], "permanent")
        self.worker.reader.join(20)
        self.assertEqual(len(self.worker.evidence), 10)

    def test_links_are_no_dumps(self):
        os.symlink("/etc/passwd", self.dumps + "/a")
        self.start(lambda m: None, collects=True)
        self.assertEqual(self.worker.call("qmp.collect", file="a", name="m")[0], "permanent")
        self.worker.close()
        self.assertEqual(self.worker.evidence, b"")
        self.worker = None

    def test_without_a_pipe(self):
        self.start(lambda m: None)
        self.assertEqual(self.worker.call("qmp.collect", file="a", name="m")[0], "invalid")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
