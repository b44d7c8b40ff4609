"""What the tests of soar-qmp share: the worker, held by this side as the engine holds it."""

import json
import os
import subprocess
import threading

PROGRAM = os.environ["SOAR_QMP"]


class Worker:
    def __init__(self, socket, directory=None, mode="all", collects=False, memory=None):
        """collects: descriptor 3 is a pipe; what comes out of it is counted and kept in `evidence`."""
        self.number, self.sent, self.progress, self.evidence = 0, False, [], bytearray()
        command, passed, self.reader = [PROGRAM], (), None
        if memory:
            command = ["prlimit", f"--as={memory}"] + command
        if collects:
            out, into = os.pipe()
            command = ["/bin/bash", "-c", f'exec 3>&{into} {into}>&- "$@"', "-"] + command
            passed = (into,)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=passed)
        if collects:
            os.close(into)
            self.reader = threading.Thread(target=self._drain, args=(out,))
            self.reader.start()
        peer = {"name": "vm", "socket": socket}
        if directory:
            peer["dir"] = str(directory)
        self._send({"peer": peer, "mode": mode})
        self.functions = {f["name"]: f["class"] for f in json.loads(self.process.stdout.readline())["hello"]["functions"]}

    def _drain(self, out):
        with os.fdopen(out, "rb") as pipe:
            while block := pipe.read(1 << 20):
                self.evidence += block

    def _send(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()

    def call(self, function, left_ms=20000, **args):
        """(class, result or reason); (None, …) if the worker died."""
        self.number, self.sent, self.progress = self.number + 1, False, []
        self._send({"call": self.number, "function": function, "left_ms": left_ms, "args": args, "secrets": {}})
        while line := self.process.stdout.readline():
            line = json.loads(line)
            if "sending" in line:
                self.sent = True
            elif "progress" in line:
                self.progress.append(line)
            else:
                assert line["answer"] == self.number, line
                return line["class"], line["result"] if line["class"] == "done" else line["why"]
        return None, ""

    def kill(self):
        self.process.kill()
        self.close()

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        status = self.process.wait(20)
        self.process.stdout.close()
        if self.reader:
            self.reader.join()
        return status
