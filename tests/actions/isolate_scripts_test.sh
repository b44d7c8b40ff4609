#!/bin/bash
# Property: the scripts of Isolate_Endpoint cut a Linux host off from everything but the orchestrator, once, seen from
# outside; say so only while it is true; free it when nobody comes back; and leave nothing behind.
# Method: the pack's own texts, walked by the engine (pack_local), in network namespaces on one bridge: a host, the
# orchestrator and an attacker. Traffic is judged by what arrives at the other's card (tests/lab/probe.py).
# Usage: isolate_scripts_test.sh PACK_LOCAL PACK. Needs root; prints `skipped` and why where it can't run.
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
LOCAL=${1:-$ROOT/build/dev/tests/pack_local}
PACK=${2:-$ROOT/actions/isolate_endpoint.yaml}
PROBE=$ROOT/tests/lab/probe.py
N=act-$$
passed=0 failed=0
started=()

skipped() {
    echo "skipped: $*"
    exit 0
}

at_end() {
    local pid name
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
    for name in wire host mgmt evil; do
        for pid in $(ip netns pids "$N-$name" 2>/dev/null); do kill "$pid" 2>/dev/null; done # only ours live in there
        ip netns del "$N-$name" 2>/dev/null
    done
    rm -rf "$DIR"
}

good() { passed=$((passed + 1)) && echo "ok       $*"; }
bad() { failed=$((failed + 1)) && echo "NOT OK   $*"; }
same() { if [ "$1" = "$2" ]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi; }
differ() { if [ "$1" != "$2" ]; then good "$3"; else bad "$3: '$2' both times"; fi; }

# ---- the wire: a bridge in a namespace of its own, and three machines on it ---------------------------------------

[ "$(id -u)" = 0 ] || skipped "needs root: it makes network namespaces"
for tool in ip nft unshare python3; do command -v $tool >/dev/null || skipped "there is no $tool"; done
[ -x "$LOCAL" ] || skipped "there is no $LOCAL"
ip netns add "$N-wire" 2>/dev/null || skipped "network namespaces can't be made here"
DIR=$(mktemp -d /tmp/act-XXXXXX)
trap at_end EXIT
trap 'exit 1' INT TERM HUP

on() { ip netns exec "$N-$1" "${@:2}"; }

machine() { # NAME NUMBER
    ip netns add "$N-$1"
    ip -n "$N-wire" link add "p$2" type veth peer name eth0 address "02:00:0a:d6:00:0$2" netns "$N-$1"
    ip -n "$N-wire" link set "p$2" master br0 up
    on "$1" sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv4.conf.all.rp_filter=0
    ip -n "$N-$1" link set lo up
    ip -n "$N-$1" link set eth0 up
    ip -n "$N-$1" addr add "10.214.0.$2/24" dev eth0
    ip -n "$N-$1" addr add "fd00:214::$2/64" dev eth0 nodad
}

ip -n "$N-wire" link add br0 type bridge
ip -n "$N-wire" link set br0 up
machine mgmt 1
machine host 2
machine evil 3
ip -n "$N-host" addr add 10.214.0.9/24 dev eth0 # another address, whose port 22 is free for a process that takes it

place() { # as tests/lab/probe.py wants it
    local n
    case $1 in mgmt) n=1 ;; host) n=2 ;; evil) n=3 ;; esac
    echo "/run/netns/$N-$1 10.214.0.$n fd00:214::$n 02:00:0a:d6:00:0$n eth0"
}

L3=(dhcp4 dhcp4-broadcast dhcp6 dhcp6-multicast multicast6 link-local dns dns-tcp from-port-22 dnat gre nd-far nd-global)
L2=(packet packet-bypass arp-gratuitous arp-answer macvlan)
TO_US=(dhcp4 dhcp6 dns dns-tcp from-port-22 gre nd-far packet packet-bypass arp-gratuitous macvlan)

# traffic flows|leaks open|shut A B TEXT [NAME…]: every probe named (default: all) says so.
traffic() {
    local kind=$1 want=$2 a=$3 b=$4 text=$5 got wrong manage=()
    shift 5
    [ "$kind" = leaks ] && manage=(--manage 10.214.0.1)
    got=$("$PROBE" "$kind" --expect "$want" --from "$(place "$a")" --to "$(place "$b")" "${manage[@]}" "$@" 2>/dev/null)
    wrong=$(grep -v " $want\$" <<<"$got")
    if [ -n "$got" ] && [ -z "$wrong" ]; then good "$text"; else bad "$text: expected $want, but ${wrong//$'\n'/, }"; fi
}
flows() { traffic flows "$@"; }
leaks() { traffic leaks "$@"; }

# A door that greets like sshd, and a knock at it: a new connection, until the greeting comes. Exit 0: it came.
door() {
    python3 -c '
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
door = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
while True:
    with door.accept()[0] as guest:
        guest.sendall(b"SSH-2.0-door\r\n")' "$@"
}
KNOCK='
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 1.5) as s:
    sys.exit(0 if s.recv(8) else 1)'
knock() { on "$1" python3 -c "$KNOCK" "$2" "$3" 2>/dev/null; }
opens() { if knock "$1" "$2" "$3"; then good "$4"; else bad "$4"; fi; }
shuts() { if knock "$1" "$2" "$3"; then bad "$4"; else good "$4"; fi; }

# session NAME A B PORT [SOURCE]: a TCP connection that stays. 0 if it was opened.
session() {
    local out line source=()
    [ -n "${5:-}" ] && source=(--source "$5")
    exec {out}< <(exec "$PROBE" session --from "$(place "$2")" --to "$(place "$3")" --port "$4" "${source[@]}" "$DIR/$1" 2>/dev/null)
    started+=("$!")
    read -r -t 8 line <&"$out"
    exec {out}<&-
    [ "${line:-}" = ready ]
}
still() { # "OUT BACK" NAME TEXT
    local word=shut
    [[ $1 == *flows* ]] && word=open
    same "$1" "$("$PROBE" ask "$DIR/$2" "$word")" "$3"
}

# ---- the pack ---------------------------------------------------------------------------------------------------

# state TASK DEAD_MAN [WITH…]: what the engine knows; `kept` stays from one to the next.
state() {
    python3 - "$DIR/state" "$@" <<'PY'
import json, os, sys
path, task, dead_man, *more = sys.argv[1:]
kept = json.load(open(path)).get("kept", {}) if os.path.exists(path) else {}
target = {"key": "host:web-01", "id": "web-01", "name": "web-01", "os": "linux", "address": "10.214.0.2", "port": 22,
          "management": ["10.214.0.1", "fd00:214::1"], "facts": {}}
given = {"dead_man": dead_man, **{k: v.split(",") for k, v in (m.split("=", 1) for m in more)}}
json.dump({"target": target, "task": task + "/1", "kept": kept, "with": given}, open(path, "w"))
PY
}
forget() { rm -f "$DIR/state"; }
kept() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get("kept", {}).get(sys.argv[2], ""))' "$DIR/state" "$1"; }

# pack PHASE…: on the host, with a /run/soar of its own. The verdict of the last phase.
mkdir "$DIR/run" "$DIR/netns"
BEFORE=: # what a test wants changed inside, before the phases run
pack() {
    ip netns exec "$N-host" unshare -m --propagation private sh -c '
        mount --rbind /run/netns "$1/netns" && mount -t tmpfs none /run && mkdir /run/soar /run/netns &&
            mount --bind "$1/run" /run/soar && mount --rbind "$1/netns" /run/netns || exit 9
        eval "$2"; shift 2; exec "$@"' sh "$DIR" "$BEFORE" "$LOCAL" "$PACK" "$DIR/state" "$@" 2>&1 | tail -n 1
}
tables() { on host nft list tables | grep -c soar_isolate; }
handles() { on host nft -a list ruleset | grep -E '^table (inet|netdev) soar_isolate'; }

# within SECONDS TEXT COMMAND…: it comes true in time
within() {
    local tries=$(($1 * 20)) text=$2
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { bad "$text" && return; }
        sleep 0.05
    done
    good "$text"
}
free() { [ "$(tables)" = 0 ]; }

# ---- an open network: all of it must leak, or what follows proves nothing -----------------------------------------

session manage mgmt host 22 || bad "a session of the orchestrator"
session out host evil 4444 || bad "a session to the attacker"
session in evil host 4445 || bad "a session from the attacker"
session taken host mgmt 5555 10.214.0.9:22 || bad "a session from port 22 to the orchestrator"
declare -f door >"$DIR/door"
for at in "host 10.214.0.2 22" "host fd00:214::2 22" "evil 10.214.0.3 443" "evil 10.214.0.3 444" "evil fd00:214::3 443"; do
    # shellcheck disable=SC2086
    set -- $at
    on "$1" bash -c '. "$0"; door "$1" "$2"' "$DIR/door" "$2" "$3" &
    started+=($!)
done
export PACK_REACH="ip netns exec $N-mgmt python3 -c '$KNOCK' 10.214.0.2 22"
within 5 "before: the orchestrator reaches the host's door" knock mgmt 10.214.0.2 22
within 5 "before: the attacker's door is open" knock host 10.214.0.3 443
flows open host evil "before: the host reaches the attacker"
leaks open host evil "before: every leak leaks" "${L3[@]}" "${L2[@]}"
still "flows flows" out "before: a session to the attacker carries"

# ---- isolated ---------------------------------------------------------------------------------------------------

state T-1 60s
same "done none" "$(pack find)" "find: a host with nft"
same "done clear" "$(pack check)" "check: clear"
same 0 "$(tables)" "looking leaves nothing"
same "done so" "$(pack find check apply verify)" "isolated, and seen so"
same L2 "$(kept level)" "at level L2"
[ ! -e "$DIR/run/armed" ] && good "the dead man is disarmed" || bad "the dead man is disarmed"
flows shut host evil "the host does not reach the attacker"
flows shut evil host "the attacker does not reach the host"
leaks shut host evil "nothing leaks to the attacker, by IP" "${L3[@]}"
leaks shut host evil "nothing leaks to the attacker, by frames" "${L2[@]}"
leaks shut host mgmt "nothing leaks to the orchestrator" "${TO_US[@]}"
still "flows flows" manage "the orchestrator's session lives"
still "cut cut" out "the session to the attacker is cut"
still "cut cut" in "the session from the attacker is cut"
still "cut flows" taken "from port 22 no word reaches the orchestrator"
opens mgmt 10.214.0.2 22 "the orchestrator gets in anew"
opens mgmt fd00:214::2 22 "by IPv6, too"
shuts evil 10.214.0.2 22 "the attacker does not get in by the same door"
on host ip neigh flush dev eth0
on mgmt ip neigh flush dev eth0
opens mgmt 10.214.0.2 22 "after the neighbours' tables were lost (ARP lives)"
opens mgmt fd00:214::2 22 "and by neighbour discovery"
opens host 10.214.0.2 22 "the host reaches itself"

# ---- twice is once ----------------------------------------------------------------------------------------------

before=$(handles)
same "done so" "$(pack find check)" "check: so"
same "done so" "$(pack find check apply verify)" "applied again"
same "$before" "$(handles)" "the tables were not loaded again"
state T-2 60s
PACK_CUT=1 pack find check apply >/dev/null # the engine dies after the arming
same "done partly" "$(pack find check)" "armed is not yet so"
same "done so" "$(pack find check apply verify)" "going on: disarmed and seen so"
same "$before" "$(handles)" "and not loaded again"

forget
state T-2b 60s
PACK_CUT=1 pack find check apply >/dev/null # nobody heard what was done, and the ledger knows nothing
same "done partly" "$(pack find check)" "what nobody of ours has seen is not so"
same "done so" "$(pack find check apply verify)" "going on from nothing"
same "$before" "$(handles)" "finds the rules in force"
same 0 "$(on host nft list tables | grep -cv ' soar_isolate$')" "and leaves none beside them"

# ---- drift ------------------------------------------------------------------------------------------------------

drift() { # TEXT NFT
    on host nft "$2" 2>/dev/null || bad "$1: nft failed"
    same "done partly" "$(pack find check)" "drift is seen: $1"
    same "done so" "$(pack find check apply verify)" "and mended"
}
drift "a flushed chain" "flush chain inet soar_isolate inbound"
drift "a rule more" "insert rule inet soar_isolate outbound accept"
drift "an address more" "add element inet soar_isolate manage4 { 10.214.0.3 }"
drift "dormant" "add table inet soar_isolate { flags dormant; }"
drift "frames let through" "insert rule netdev soar_isolate leaving accept"
drift "the frames' table gone" "delete table netdev soar_isolate"
drift "an empty table planted" "delete table inet soar_isolate; add table inet soar_isolate"
flows shut host evil "the attacker is out of reach again"
on host nft "delete table inet soar_isolate; delete table netdev soar_isolate"
same "done clear" "$(pack find check)" "both tables gone: clear"
same "done so" "$(pack find check apply verify)" "isolated again"
ip -n "$N-host" link add new0 type veth peer name new1
same "done partly" "$(pack find check)" "a new device is seen"
same "done so" "$(pack find check apply verify)" "and taken in"
ip -n "$N-host" link add 'a"}b;' type veth peer name new2 2>/dev/null && {
    same "done so" "$(pack find check apply verify)" "a device with an evil name breaks nothing"
    same L3 "$(kept level)" "and is told by the level"
    ip -n "$N-host" link del 'a"}b;'
}
ip -n "$N-host" link del new0
forget
state T-3 60s
on host nft "delete table inet soar_isolate; delete table netdev soar_isolate; add table inet soar_isolate"
same "done partly" "$(pack find check)" "a table that nobody of ours made is not so"
same "done so" "$(pack find check apply verify)" "and is replaced"
flows shut host evil "by one that shuts"

# ---- other arguments ---------------------------------------------------------------------------------------------

state T-4 60s allow=10.214.0.3:443,[fd00:214::3]:443
same "done partly" "$(pack find check)" "other arguments are another rule set"
same "done so" "$(pack find check apply verify)" "with a hole for one door"
opens host 10.214.0.3 443 "the allowed door opens"
opens host fd00:214::3 443 "by IPv6, too"
shuts host 10.214.0.3 444 "the one beside it does not"
leaks shut host evil "nothing else leaks" dhcp4 dns dns-tcp gre packet dnat
state T-5 60s dhcp=10.214.0.3
same "done so" "$(pack find check apply verify)" "with the lease's server"
leaks open host evil "the lease can be renewed" dhcp4
leaks shut host evil "and nothing else" dhcp4-broadcast dns dns-tcp gre packet
state T-6 60s
same "done so" "$(pack find check apply verify)" "as it was"

# ---- released ----------------------------------------------------------------------------------------------------

same "done none" "$(pack find check revert)" "released"
same "done clear" "$(pack find check)" "and seen clear"
same "done none" "$(pack revert)" "released twice"
same 0 "$(on host nft list ruleset | wc -l)" "no rule is left"
same "lock" "$(ls "$DIR/run")" "no file but the lock is left"
flows open host evil "the host reaches the attacker again"
opens mgmt 10.214.0.2 22 "and the orchestrator the host"

# ---- the dead man --------------------------------------------------------------------------------------------------

forget
state T-7 1s
PACK_CUT=1 pack find check apply >/dev/null
same 2 "$(tables)" "isolated, armed, and the engine is gone"
within 10 "the dead man frees the host" free
same "done clear" "$(pack find check)" "which shows as clear"
[ ! -e "$DIR/run/armed" ] && good "and nothing is armed" || bad "and nothing is armed"
PACK_CUT=1 pack find check apply >/dev/null
state T-8 60s
same "done so" "$(pack find check apply verify)" "a new try takes the dead man over"
within 10 "the old dead man wakes" sh -c "! ip netns pids $N-host | xargs -r ps -o args= -p | grep -q 'soar /run/soar T-7'"
same "done so" "$(pack find check)" "and frees nothing: it is not his try"
pack revert >/dev/null
state T-9 1s
slow=$PACK_REACH
PACK_REACH="for i in \$(seq 200); do ip netns exec $N-host nft list tables | grep -q soar_isolate || break; sleep 0.05; done"
same "transient none: the dead man was quicker" "$(pack find check apply)" "who comes too late is told"
PACK_REACH=false
state T-10 1s
same "transient none: ssh.reach: transient" "$(pack find check apply)" "who can't get back in does not disarm"
within 10 "and the host is freed" free
PACK_REACH=$slow

# ---- lesser hosts ---------------------------------------------------------------------------------------------------

mkdir "$DIR/old"
cat >"$DIR/old/nft" <<'SH'
#!/bin/sh
# nft on a kernel without netdev hooks: a text that wants them fails as a whole.
case "$*" in *-f*) ;; *) exec /usr/sbin/nft "$@" ;; esac
text=$(cat)
case $text in *"table netdev"*) exit 1 ;; esac
printf '%s\n' "$text" | exec /usr/sbin/nft "$@"
SH
chmod +x "$DIR/old/nft"
BEFORE="PATH=$DIR/old:\$PATH"
forget
state T-11 60s
same "done so" "$(pack find check apply verify)" "without netdev hooks: isolated"
same L3 "$(kept level)" "at level L3"
same 1 "$(tables)" "by one table"
leaks shut host evil "nothing leaks by IP" "${L3[@]}"
leaks open host evil "frames do, and the level says so" packet
opens mgmt 10.214.0.2 22 "management lives"
BEFORE=:
same "done partly" "$(pack find check)" "a kernel that can do more is seen"
same "done so" "$(pack find check apply verify)" "and used"
same L2 "$(kept level)" "at level L2"
pack revert >/dev/null
BEFORE='mount --bind /dev/null "$(command -v nft)"'
same "unsupported none: nft, ip, flock, setsid or sha256sum is missing on this host" "$(pack find)" "without nft: unsupported"
BEFORE=:

for shell in dash "bash --posix" "busybox sh"; do
    command -v "${shell%% *}" >/dev/null || continue
    forget
    state "T-$shell" 60s
    same "done so" "$(PACK_SHELL=$shell pack find check apply verify)" "isolated under $shell"
    same "done clear" "$(PACK_SHELL=$shell pack find check revert check)" "released under $shell"
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
