"""The hosts of crash_test.py, and what is known of them without asking soar: their firewall's transactions as the kernel
tells them (`nft monitor` in each host's namespace), their tables, and the dead man's file. It must not speak ssh."""
import concurrent.futures
import os
import re
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLEET = os.path.join(ROOT, "tests/lab/fleet.sh")
WAIT_S = 20

# One transaction that leaves nothing, seen by the monitor after all that came before it.
MARK = "add table ip {0}\ndelete table ip {0}\n"
FREE = "".join("table {0} {1}\ndelete table {0} {1}\n".format(family, name)
               for family in ("inet", "netdev") for name in ("soar_isolate", "soar_compare"))


def output(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=120, **more).stdout


class Host:
    """One endpoint. What a round did to it is what its monitor wrote since the round's mark."""

    def __init__(self, fleet, name):
        self.name = name
        self.net = f"/run/netns/{fleet.name}-{name}"
        self.log = os.path.join(fleet.dir, f"{name}.nft")
        unshare = open(f"{fleet.dir}/ep/{name}/pid", encoding="ascii").read().split()[0]
        init = open(f"/proc/{unshare}/task/{unshare}/children", encoding="ascii").read().split()[0]
        self.run = f"/proc/{init}/root/run/soar"
        self.begin = 0  # where this round's part of the log begins
        with open(self.log, "wb") as log:
            self.monitor = subprocess.Popen(["nsenter", f"--net={self.net}", "nft", "-a", "monitor"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def nft(self, text):
        return output("nsenter", f"--net={self.net}", "nft", "-a", "-f", "-", input=text)

    def told(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            log.seek(self.begin)
            return log.read()

    def settle(self, mark):
        """All that happened before the mark is in the log."""
        end = time.monotonic() + WAIT_S
        while f"delete table ip {mark} " not in self.told():
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name}: nft monitor tells nothing; it ended with {self.monitor.poll()}")
            time.sleep(0.01)
        return self.told()

    def ready(self, mark):
        """A monitor says nothing of when it begins to listen: mark until it hears."""
        end = time.monotonic() + WAIT_S
        while f"delete table ip {mark} " not in self.told():
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name}: nft monitor does not begin to tell")
            self.nft(MARK.format(mark))
            time.sleep(0.01)

    def armed(self):
        return os.path.exists(self.run + "/armed")

    def looked_at(self, mark):
        """What was done since the round began, by the kernel's word: loads and removals of the rules, the table's handle as
        it came and as it is, tables that are nobody's, the dead man."""
        now = self.nft(MARK.format(mark) + "list ruleset\n")
        told = self.settle(mark)
        loads = len(re.findall(r"^add chain inet soar_isolate inbound ", told, re.M))
        frames = len(re.findall(r"^add chain netdev soar_isolate arriving ", told, re.M))
        gone = len(re.findall(r"^delete chain inet soar_isolate inbound", told, re.M))
        first = re.findall(r"^add table inet soar_isolate.* # handle (\d+)$", told, re.M)
        here = re.search(r"^table inet soar_isolate \{ # handle (\d+)$", now, re.M)
        left = re.findall(r"^table (?!(?:inet|netdev) soar_isolate )(\S+ \S+)", now, re.M)
        return {"loads": loads, "frames": frames, "gone": gone, "first": first[-1] if first else None,
                "now": here.group(1) if here else None, "left": left, "armed": self.armed()}

    def reset(self, mark):
        """Open, and nothing told yet."""
        if self.armed():
            os.unlink(self.run + "/armed")
        self.nft(FREE + MARK.format(mark))
        self.settle(mark)
        self.begin = os.path.getsize(self.log)


class Fleet:
    """As many hosts as asked for, in groups; a context, so that they go however the test ends."""

    def __init__(self, where, count):
        self.name = "cr" + format(os.getpid() % 36 ** 2, "03d")[-5:]
        self.dir = os.path.join(where, "fleet")
        self.count = count
        self.marks = 0
        self.env = {**os.environ, "FLEET_NAME": self.name, "FLEET_DIR": self.dir}
        self.env.pop("FLEET_NET", None)
        self.hosts = []

    def __enter__(self):
        try:
            subprocess.run([FLEET, "up", str(self.count)], check=True, env=self.env, timeout=180, stdin=subprocess.DEVNULL)
            self.hosts = [Host(self, f"web-{i:02d}") for i in range(1, self.count + 1)]
            mark = self.mark()
            self.each(self.hosts, lambda host: host.ready(mark))
            self.reset(self.hosts)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            host.monitor.kill()
            host.monitor.wait()
        if os.path.exists(os.path.join(self.dir, "soar-fleet")):
            subprocess.run([FLEET, "down"], env=self.env, timeout=180, check=False, stdin=subprocess.DEVNULL)

    @property
    def inventory(self):
        return os.path.join(self.dir, "inventory.yaml")

    def mark(self):
        self.marks += 1
        return f"mark{self.marks}"

    @staticmethod
    def each(hosts, look):
        """Side by side: most of it is waiting for nft."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            return list(pool.map(look, hosts))

    def reset(self, hosts):
        mark = self.mark()
        self.each(hosts, lambda host: host.reset(mark))

    def look(self, hosts):
        mark = self.mark()
        return self.each(hosts, lambda host: (host.name, host.looked_at(mark)))
