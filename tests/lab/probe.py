#!/usr/bin/python3
"""Does traffic really flow? One process with sockets in two endpoints' network namespaces at once.

A probe sends from A and looks at B's wire (every frame that arrives there), so "shut" means that no byte came, and
not that some program had no answer. Nothing but Python's standard library; needs root. See --help.
"""
import argparse
import concurrent.futures
import contextlib
import ctypes
import os
import select
import signal
import socket
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
EXPECTED = ["shut"]
CLONE_NEWNET = 0x40000000
ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0800, 0x0806, 0x86DD
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
PATIENCE = {"shut": 1.2, "open": 5.0}  # seconds: nothing within the first SYN's repetition; something, on a busy machine


class Place:
    """An endpoint: its namespace, addresses, MAC address and card, as `fleet.sh where` prints them."""

    def __init__(self, text):
        self.netns, self.ip4, self.ip6, self.mac, self.card = text.split()
        self.hw = bytes.fromhex(self.mac.replace(":", ""))


@contextlib.contextmanager
def inside(place):
    """What is opened in here belongs to the place's network for as long as it is open. A thread's own affair."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(place.netns, os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        LIBC.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


def answer_s():
    """How long to wait, by what is expected: who expects an answer waits longer, and it costs nothing if it comes."""
    return PATIENCE[EXPECTED[0]]


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp_syn(source, target, sport, dport, seq):
    head = struct.pack("!HHIIBBHHH", sport, dport, seq, 0, 5 << 4, 2, 64240, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, 6, len(head))
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


def udp4_frame(a, b, dport, payload):
    udp = struct.pack("!HHHH", 40000, dport, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 7, 0, 64, 17, 0)
    ip += socket.inet_aton(a.ip4) + socket.inet_aton(b.ip4)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return b.hw + a.hw + struct.pack("!H", ETH_P_IP) + ip + udp


def arp_frame(a, target_hw, op, sender_ip, target_ip, token=b""):
    arp = struct.pack("!HHBBH", 1, ETH_P_IP, 6, 4, op) + a.hw + socket.inet_aton(sender_ip)
    arp += (b"\0" * 6 if op == 1 else target_hw) + socket.inet_aton(target_ip)
    return target_hw + a.hw + struct.pack("!H", ETH_P_ARP) + arp + token


class Wire:
    """Everything that arrives at B's card, whoever it was for."""

    def __init__(self, place):
        with inside(place):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.sock.bind((place.card, 0))
        self.sock.setblocking(False)
        self.frames = []

    def read(self):
        while True:
            try:
                frame, address = self.sock.recvfrom(65535)
            except BlockingIOError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                self.frames.append(frame)

    def saw(self, wanted, until):
        """Looks until a frame holds `wanted`, a function of the frame, or until the time `until`."""
        while True:
            self.read()
            if any(wanted(f) for f in self.frames):
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            select.select([self.sock], [], [], left)


# ---- both ways: an answer must come back ----------------------------------------------------------------------


def flow_ping(a, b, family):
    """Echo request and reply, the one thing every firewall test begins with."""
    six = family == socket.AF_INET6
    kind, proto = (128, socket.IPPROTO_ICMPV6) if six else (8, socket.IPPROTO_ICMP)
    token = os.urandom(16)
    with inside(a):
        sock = socket.socket(family, socket.SOCK_RAW, proto)
    packet = struct.pack("!BBHHH", kind, 0, 0, os.getpid() & 0xFFFF, 1) + token
    packet = packet[:2] + struct.pack("!H", 0 if six else checksum(packet)) + packet[4:]
    with sock:
        sock.settimeout(answer_s())
        try:
            sock.sendto(packet, (b.ip6 if six else b.ip4, 0))
            until = time.monotonic() + answer_s()
            while time.monotonic() < until:
                got = sock.recv(2048)
                if token in got and (got[0] == 129 if six else got[20] == 0):
                    return True
        except OSError:
            pass
    return False


def listener(b, family, kind, port=0):
    with inside(b):
        sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((b.ip6 if family == socket.AF_INET6 else b.ip4, port))
    sock.settimeout(answer_s())
    if kind == socket.SOCK_STREAM:
        sock.listen()
    return sock


def flow_tcp(a, b, family):
    """A connection, and a byte each way over it."""
    with listener(b, family, socket.SOCK_STREAM) as door:
        with inside(a):
            sock = socket.socket(family, socket.SOCK_STREAM)
        with sock:
            sock.settimeout(answer_s())
            try:
                sock.connect(door.getsockname())
                peer = door.accept()[0]
                with peer:
                    peer.settimeout(answer_s())
                    return there_and_back(sock, peer)
            except OSError:
                return False


def there_and_back(one, other):
    try:
        one.sendall(b"?")
        if other.recv(1) != b"?":
            return False
        other.sendall(b"!")
        return one.recv(1) == b"!"
    except OSError:
        return False


def flow_udp(a, b, family, sport=0, dport=0):
    """A datagram, and an answer to where it came from."""
    with listener(b, family, socket.SOCK_DGRAM, dport) as echo:
        with inside(a):
            sock = socket.socket(family, socket.SOCK_DGRAM)
        with sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.settimeout(answer_s())
            try:
                sock.bind((a.ip6 if family == socket.AF_INET6 else a.ip4, sport))
                sock.sendto(b"?", echo.getsockname())
                _, back = echo.recvfrom(16)
                echo.sendto(b"!", back)
                return sock.recv(16) == b"!"
            except OSError:
                return False


FLOWS = {
    "ping4": lambda a, b: flow_ping(a, b, socket.AF_INET),
    "ping6": lambda a, b: flow_ping(a, b, socket.AF_INET6),
    "tcp4": lambda a, b: flow_tcp(a, b, socket.AF_INET),
    "tcp6": lambda a, b: flow_tcp(a, b, socket.AF_INET6),
    "udp4": lambda a, b: flow_udp(a, b, socket.AF_INET),
    "udp6": lambda a, b: flow_udp(a, b, socket.AF_INET6),
}

# ---- leaks: enough that something arrives ---------------------------------------------------------------------


def token_in(token):
    return lambda frame: token in frame


def send_udp(a, family, sport, target, payload, broadcast=False):
    with inside(a):
        sock = socket.socket(family, socket.SOCK_DGRAM)
    with sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if broadcast:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, a.card.encode())
        if family == socket.AF_INET6 and target[0].startswith(("ff", "fe80")):
            with inside(a):
                target = (target[0], target[1], 0, socket.if_nametoindex(a.card))
            sock.bind(("::", sport))
        else:
            sock.bind(("" if broadcast else a.ip6 if family == socket.AF_INET6 else a.ip4, sport))
        sock.sendto(payload, target)


def leak_dhcp4(a, b, _):
    """From port 68 to port 67 of any address: the hole that a rule for DHCP leaves."""
    token = os.urandom(16)
    send_udp(a, socket.AF_INET, 68, (b.ip4, 67), token)
    return token_in(token)


def leak_dhcp4_broadcast(a, b, _):
    token = os.urandom(16)
    send_udp(a, socket.AF_INET, 68, ("255.255.255.255", 67), token, broadcast=True)
    return token_in(token)


def leak_dhcp6(a, b, _):
    token = os.urandom(16)
    send_udp(a, socket.AF_INET6, 546, (b.ip6, 547), token)
    return token_in(token)


def leak_dhcp6_multicast(a, b, _):
    token = os.urandom(16)
    send_udp(a, socket.AF_INET6, 546, ("ff02::1:2", 547), token)
    return token_in(token)


def leak_multicast6(a, b, _):
    token = os.urandom(16)
    send_udp(a, socket.AF_INET6, 0, ("ff02::1", 9999), token)
    return token_in(token)


def leak_link_local(a, b, _):
    """To the address that nobody wrote into a rule: B's fe80:: one, made of its MAC."""
    hw = b.hw
    words = (bytes([hw[0] ^ 2]) + hw[1:3] + b"\xff\xfe" + hw[3:]).hex(":", 2)
    token = os.urandom(16)
    send_udp(a, socket.AF_INET6, 0, ("fe80::" + words, 9999), token)
    return token_in(token)


def leak_dns(a, b, _):
    """A question for a resolver: what a tunnel through DNS is made of."""
    label = os.urandom(12).hex().encode()
    query = struct.pack("!HHHHHH", 7, 0x100, 1, 0, 0, 0) + bytes([len(label)]) + label
    send_udp(a, socket.AF_INET, 0, (b.ip4, 53), query + b"\x04test\0\0\x01\0\x01")
    return token_in(label)


def raw_syn(a, target, sport, dport):
    """From port 22 while sshd holds it: root writes the segment itself; the output hook sees it all the same."""
    seq = int.from_bytes(os.urandom(4), "big")
    segment = tcp_syn(a.ip4, target, sport, dport, seq)
    with inside(a):
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    with sock:
        sock.sendto(segment, (target, 0))
    return token_in(struct.pack("!I", seq))


def leak_dns_tcp(a, b, _):
    return raw_syn(a, b.ip4, 40053, 53)


def leak_from_port_22(a, b, _):
    return raw_syn(a, b.ip4, 22, 4444)


def leak_dnat(a, b, manage):
    """A packet that looks like an answer to the orchestrator, turned to B by a rule of the host's own."""
    rules = "table ip soar_probe {\n chain out {\n  type nat hook output priority -100;\n"
    rules += f"  ip daddr {manage} dnat to {b.ip4}\n }}\n}}\n"
    nft(a, rules)
    try:
        return raw_syn(a, manage, 22, 40022)
    finally:
        nft(a, "delete table ip soar_probe\n")


def nft(place, text):
    run_in(place, ["nft", "-f", "-"], text)


def run_in(place, argv, text=""):
    """Without a shell and without ip-netns, which would need a name: the child joins the namespace itself."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            fd = os.open(place.netns, os.O_RDONLY)
            LIBC.setns(fd, CLONE_NEWNET)
            os.dup2(reading, 0)
            os.close(writing)
            os.execvp(argv[0], argv)
        finally:
            os._exit(127)
    os.close(reading)
    os.write(writing, text.encode())
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise OSError(0, f"{' '.join(argv)} in {place.netns}: exit {status}")


def leak_gre(a, b, _):
    """A protocol that is neither TCP nor UDP nor ICMP."""
    token = os.urandom(16)
    with inside(a):
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_GRE)
    with sock:
        sock.sendto(struct.pack("!HH", 0, ETH_P_IP) + token, (b.ip4, 0))
    return token_in(token)


def neighbour_discovery(a, b, hops):
    token = os.urandom(16)
    with inside(a):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    with sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
        body = struct.pack("!BBHI", 135, 0, 0, 0) + socket.inet_pton(socket.AF_INET6, b.ip6)
        sock.sendto(body + struct.pack("!BB", 200, 3) + token + b"\0" * 6, (b.ip6, 0))
    return token_in(token)


def leak_nd_far(a, b, _):
    """Neighbour discovery as a carrier, with a hop limit that says it came from afar."""
    return neighbour_discovery(a, b, 64)


def leak_nd_global(a, b, _):
    """The same with hop limit 255, to a global address that is not the orchestrator's."""
    return neighbour_discovery(a, b, 255)


def packet_socket(place, frame, bypass=False):
    with inside(place):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.bind((place.card, 0))
    with sock:
        if bypass:
            sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, 1)
        sock.send(frame)


def leak_packet(a, b, _):
    """A frame past the whole IP stack, by root."""
    token = os.urandom(16)
    packet_socket(a, udp4_frame(a, b, 9999, token))
    return token_in(token)


def leak_packet_bypass(a, b, _):
    """The same, past the queueing discipline as well."""
    token = os.urandom(16)
    packet_socket(a, udp4_frame(a, b, 9999, token), bypass=True)
    return token_in(token)


def leak_arp_gratuitous(a, b, manage):
    """Claims the orchestrator's address before the whole segment, with a message in the padding."""
    token = os.urandom(16)
    packet_socket(a, arp_frame(a, b"\xff" * 6, 2, manage, manage, token))
    return token_in(token)


def leak_arp_answer(a, b, _):
    """B asks who A is: an answer by the kernel is a sign of life, and a way for MAC-level tools."""
    packet_socket(b, arp_frame(b, b"\xff" * 6, 1, b.ip4, a.ip4))
    answer = struct.pack("!H", 2) + a.hw + socket.inet_aton(a.ip4)
    return lambda frame: frame[12:14] == b"\x08\x06" and answer in frame


def leak_macvlan(a, b, _):
    """A second card on the same cable, in a namespace of its own where no rule of the host holds."""
    rogue = Place(f"{a.netns}-rogue {a.ip4} {a.ip6} {a.mac} rogue0")
    name = os.path.basename(rogue.netns)
    token = os.urandom(16)
    run_in(a, ["ip", "netns", "add", name])
    try:
        run_in(a, ["ip", "link", "add", "rogue0", "link", a.card, "netns", name, "type", "macvlan", "mode", "bridge"])
        run_in(rogue, ["ip", "link", "set", "rogue0", "up"])
        run_in(rogue, ["ip", "addr", "add", "198.18.0.9/24", "dev", "rogue0"])
        run_in(rogue, ["ip", "neigh", "add", "198.18.0.1", "lladdr", b.mac, "dev", "rogue0"])
        with inside(rogue):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with sock:
            sock.sendto(token, ("198.18.0.1", 9999))
        return token_in(token)
    finally:
        run_in(a, ["ip", "netns", "del", name])


LEAKS = {name[len("leak_") :].replace("_", "-"): f for name, f in list(globals().items()) if name.startswith("leak_")}


def try_leaks(a, b, manage, names):
    """All are sent first, then B's wire is watched once: what is in it in time got out."""
    wire = Wire(b)
    wanted = {}
    for name in names:
        try:
            wanted[name] = LEAKS[name](a, b, manage)
        except OSError as e:  # the stack refused to send: EPERM by a rule, ENOBUFS by an egress hook
            wanted[name] = None
            print(f"# {name}: {e.strerror}", file=sys.stderr)
    until = time.monotonic() + answer_s()
    return {name: bool(f) and wire.saw(f, until) for name, f in wanted.items()}


# ---- sessions that were there before --------------------------------------------------------------------------


def session(a, b, door_port, source, control):
    """Keeps one TCP connection from A to B. Each line read from the socket at `control` (what is expected: open
    or shut) tries it, both ways."""
    EXPECTED[0] = "open"
    with listener(b, socket.AF_INET, socket.SOCK_STREAM, door_port) as door:
        with inside(a):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.settimeout(answer_s())
        if source:
            sock.bind((source[0], source[1]))
        sock.connect(door.getsockname())
        peer = door.accept()[0]
        peer.settimeout(answer_s())
    with contextlib.suppress(FileNotFoundError):
        os.unlink(control)
    asked = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    asked.bind(control)
    asked.listen()
    print("ready", flush=True)
    while True:
        with asked.accept()[0] as who:
            EXPECTED[0] = "open" if who.recv(16).strip() == b"open" else "shut"
            # Toward B and toward A are asked apart: a rule that lets answers out would pass one of them.
            out, back = one_way(sock, peer), one_way(peer, sock)
            who.sendall(f"{'flows' if out else 'cut'} {'flows' if back else 'cut'}\n".encode())


def one_way(one, other):
    token = os.urandom(4)
    other.settimeout(answer_s())
    try:
        one.sendall(token)
        until, got = time.monotonic() + answer_s(), b""
        while time.monotonic() < until:  # what an earlier, cut-off try sent may come first, by retransmission
            got += other.recv(64)
            if token in got:
                return True
    except OSError:
        pass
    return False


def ask(control, word):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.connect(control)
        s.sendall(word.encode() + b"\n")
        return s.recv(64).decode().strip()


def chosen(names, known):
    for name in names:
        if name not in known:
            sys.exit(f"probe.py: no such probe: {name}; there are: {' '.join(known)}")
    return names or list(known)


def parse():
    p = argparse.ArgumentParser(description="Traffic between two endpoints of a fleet.")
    sub = p.add_subparsers(dest="cmd", required=True)
    for name, about in (("flows", "both ways, new: NAME open|shut"), ("leaks", "one way out of A: NAME open|shut")):
        s = sub.add_parser(name, help=about)
        s.add_argument("--from", dest="a", required=True, help="what `fleet.sh where` prints")
        s.add_argument("--to", dest="b", required=True)
        s.add_argument("--expect", choices=PATIENCE, default="shut", help="how long to wait for an answer")
        s.add_argument("--manage", default="", help="the orchestrator's IPv4 address (leaks)")
        s.add_argument("names", nargs="*")
    s = sub.add_parser("session", help="keep a TCP connection; says `ready` when it is there")
    s.add_argument("--from", dest="a", required=True)
    s.add_argument("--to", dest="b", required=True)
    s.add_argument("--port", type=int, default=0)
    s.add_argument("--source", help="ADDRESS:PORT to come from")
    s.add_argument("control")
    s = sub.add_parser("ask", help="does a kept connection still carry: flows|cut out, flows|cut back")
    s.add_argument("control")
    s.add_argument("word", choices=PATIENCE, help="what is expected: how long to wait")
    return p.parse_args()


def main():
    signal.alarm(60)
    o = parse()
    if o.cmd == "ask":
        print(ask(o.control, o.word))
        return
    a, b = Place(o.a), Place(o.b)
    if o.cmd == "session":
        signal.alarm(900)
        source = o.source.rsplit(":", 1) if o.source else None
        session(a, b, o.port, (source[0], int(source[1])) if source else None, o.control)
        return
    EXPECTED[0] = o.expect
    if o.cmd == "flows":
        with concurrent.futures.ThreadPoolExecutor(len(FLOWS)) as pool:  # side by side: a shut one takes its whole time
            tried = {name: pool.submit(FLOWS[name], a, b) for name in chosen(o.names, FLOWS)}
        got = {name: f.result() for name, f in tried.items()}
    else:
        got = try_leaks(a, b, o.manage, chosen(o.names, LEAKS))
    for name, is_open in got.items():
        print(name, "open" if is_open else "shut")


main()
