# For tests against a real fleet; sourced, from any directory. Each test has a fleet, a state directory and a
# temporary directory of its own, all gone at its end, however it ends. Exit: 0 good, 1 a check failed, 77 skipped.
# A test says what it wants with the expect_* functions; none of them ends the test, so that one run shows all.
# shellcheck shell=bash disable=SC2034
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

SOAR_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SOAR_BUILD=${SOAR_BUILD:-$SOAR_ROOT/build/dev}
FLEET=$SOAR_ROOT/tests/lab/fleet.sh
VM=$SOAR_ROOT/tests/lab/vm.sh
PROBE=$SOAR_ROOT/tests/lab/probe.py
FLEET_NAME=${FLEET_NAME:-t$$}
TEST_DIR=$(mktemp -d /tmp/soar-test.XXXXXX)
FLEET_DIR=$TEST_DIR/fleet
VM_DIR=$TEST_DIR/vm
export FLEET_NAME FLEET_DIR VM_DIR SOAR_STATE=$TEST_DIR/state SOAR_INVENTORY=$FLEET_DIR/inventory.yaml

passes=0
failures=0
started=()

skip() {
    echo "skip: $*"
    exit 77
}

need_root() { [ "$(id -u)" = 0 ] || skip "needs root: it makes namespaces"; }
need_soarctl() { [ -x "$SOAR_BUILD/bin/soarctl" ] || skip "there is no $SOAR_BUILD/bin/soarctl"; }

at_end() {
    local code=$? pid
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
    [ -d "$VM_DIR" ] && "$VM" down >/dev/null # before the fleet: a machine may be on its wire
    [ -e "$FLEET_DIR/soar-fleet" ] && "$FLEET" down >/dev/null
    if [ "$failures" -gt 0 ] && [ -n "${SOAR_KEEP:-}" ]; then
        echo "kept: $TEST_DIR"
    else
        rm -rf --one-file-system "$TEST_DIR" # never into what a test has mounted there
    fi
    [ "$failures" -gt 0 ] && [ "$code" = 0 ] && code=1
    exit "$code"
}
trap at_end EXIT
trap 'exit 1' INT TERM HUP

# ---- the fleet -----------------------------------------------------------------------------------------------

lab_up() {
    need_root
    "$FLEET" up "$@" || exit 1
}

# vm_up NAME [OPTIONS]: a virtual machine on the fleet's wire, in the inventory like the endpoints.
vm_up() {
    local name=$1
    shift
    [ -x /usr/bin/qemu-system-x86_64 ] || skip "there is no qemu-system-x86_64 (tests/packages)"
    "$VM" up "$name" --fleet "$@" && "$VM" inventory | grep "^  $name:" >>"$SOAR_INVENTORY" || exit 1
}

fleet() { "$FLEET" "$@"; }
vm() { "$VM" "$@"; }
where() { "$FLEET" where "$1"; }
address_of() { where "$1" | cut -d' ' -f2; }
soarctl() { "$SOAR_BUILD/bin/soarctl" "$@"; }

# nft_in HOST <RULES: by the console, so to say; works on a host that ssh doesn't reach.
nft_in() { ip netns exec "$FLEET_NAME-$1" nft -f -; }

# ---- what a test says ----------------------------------------------------------------------------------------

good() {
    passes=$((passes + 1))
    echo "ok       $*"
}
bad() {
    failures=$((failures + 1))
    echo "NOT OK   $*"
}

# expect TEXT COMMAND…: it exits 0
expect() {
    local text=$1
    shift
    if "$@" >"$TEST_DIR/last" 2>&1; then good "$text"; else
        bad "$text"
        sed 's/^/         | /' "$TEST_DIR/last"
    fi
}

# expect_exit CODE TEXT COMMAND…; its output stays in $TEST_DIR/out
expect_exit() {
    local want=$1 text=$2 code
    shift 2
    "$@" >"$TEST_DIR/out" 2>&1
    code=$?
    if [ "$code" = "$want" ]; then good "$text"; else
        bad "$text: exit $code, expected $want"
        sed 's/^/         | /' "$TEST_DIR/out"
    fi
}

# expect_line REGEX TEXT: in the output of the last expect_exit
expect_line() {
    if grep -Eq -- "$1" "$TEST_DIR/out"; then good "$2"; else
        bad "$2: no line like /$1/"
        sed 's/^/         | /' "$TEST_DIR/out"
    fi
}

expect_same() {
    if [ "$1" = "$2" ]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi
}

# within SECONDS TEXT COMMAND…: it exits 0 before the time is over. Only for what another process does in its own time.
within() {
    local text=$2 until=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$until" ] || { bad "$text: not in time"; return 1; }
        sleep 0.05
    done
    good "$text"
}

# ---- soar ------------------------------------------------------------------------------------------------------

# alert_file NAME.json HOST…: an alert as a SIEM sends it, about these hosts and the user jdoe. Its path.
alert_file() {
    local file=$TEST_DIR/$1 host hosts=
    shift
    for host in "$@"; do hosts+="${hosts:+, }{\"name\": \"$host\", \"os\": \"linux\"}"; done
    cat >"$file" <<JSON
{"id": "A-${file##*/}", "status": "open", "severity": "critical", "confidence": 95, "user_id": "jdoe",
 "rule": {"id": "psexec-chain", "name": "Lateral movement"}, "hosts": [$hosts]}
JSON
    echo "$file"
}

# isolation FILE.yaml [WITH]: a playbook of one step, over the hosts it is given.
isolation() {
    printf 'playbook_name: Isolate\nactions:\n  - step: isolate\n    action: Isolate_Endpoint\n' >"$TEST_DIR/$1"
    [ -z "${2:-}" ] || echo "    with: {$2}" >>"$TEST_DIR/$1"
    echo "$TEST_DIR/$1"
}

# field JSON-PATH… <DOCUMENT: what stands there, a word for each; a list is gone through.
field() {
    /usr/bin/python3 -c '
import json, sys
found = [json.load(sys.stdin)]
for name in sys.argv[1:]:
    found = [v for f in found for v in (f if isinstance(f, list) else [f])]
    found = [f[name] for f in found if f.get(name) is not None]
found = [v for f in found for v in (f if isinstance(f, list) else [f])]
print(*(v if isinstance(v, str) else json.dumps(v) for v in found))' "$@"
}

last_run() { soarctl runs --limit 1 --json | field runs run; }

# outcomes RUN STEP: "web-01=changed web-02=already", in order of the targets.
outcomes() {
    soarctl show "$1" --json | /usr/bin/python3 -c '
import json, sys
steps = [s for s in json.load(sys.stdin)["steps"] if s["step"] == sys.argv[1]]
tasks = [t for s in steps for t in s["tasks"]]
print(*sorted("%s=%s" % (t["target"], t.get("outcome") or t["state"]) for t in tasks))' "$2"
}

# kept RUN HOST NAME: what the engine kept of a task.
kept() {
    soarctl show "$1" --json | /usr/bin/python3 -c '
import json, sys
tasks = [t for s in json.load(sys.stdin)["steps"] for t in s["tasks"]]
print(*(t["kept"][sys.argv[2]] for t in tasks if t["target"] == sys.argv[1] and sys.argv[2] in t.get("kept", {})))' "$2" "$3"
}

# Number of containments in force, as the ledger has it.
in_force() { soarctl contained --json | field counts held; }

# ---- what is on an endpoint, seen past its ssh -----------------------------------------------------------------

nft_on() { ip netns exec "$FLEET_NAME-$1" nft "${@:2}"; }
tables() { nft_on "$1" list tables | grep -c soar_isolate; }
is_free() { [ "$(tables "$1")" = 0 ]; }
is_cut() { [ "$(tables "$1")" -gt 0 ]; }

# Handles of all tables and chains of ours: loaded once more, they are others.
handles() { nft_on "$1" -a list ruleset | grep -E '^table .* soar_isolate|chain ' | tr -d '\t' | tr '\n' ' '; }

# Its process 1, as this machine counts: /proc/N/root is its file system.
root_of() {
    local pid
    read -r pid _ <"$FLEET_DIR/ep/$1/pid" && echo "/proc/$(cut -d' ' -f1 "/proc/$pid/task/$pid/children")/root"
}

# Is a dead man waiting there still?
has_dead_man() { fleet exec "$1" ps -eo args= | grep -q 'soar /run/soar'; }
has_no_dead_man() {
    local all
    all=$(fleet exec "$1" ps -eo args=) && ! grep -q 'soar /run/soar' <<<"$all"
}

# ---- traffic -------------------------------------------------------------------------------------------------

# expect_traffic open|shut flows|leaks A B TEXT [NAME…]: every probe named (default: all) says so.
expect_traffic() {
    local want=$1 kind=$2 a=$3 b=$4 text=$5 got wrong manage=()
    shift 5
    [ "$kind" = leaks ] && manage=(--manage "$(address_of orchestrator)")
    got=$("$PROBE" "$kind" --expect "$want" --from "$(where "$a")" --to "$(where "$b")" "${manage[@]}" "$@" 2>"$TEST_DIR/probe.err")
    wrong=$(grep -v " $want\$" <<<"$got")
    if [ -n "$got" ] && [ -z "$wrong" ]; then good "$text"; else
        bad "$text: expected $want, but ${wrong//$'\n'/, }"
        sed 's/^/         | /' "$TEST_DIR/probe.err"
    fi
}

expect_open() { expect_traffic open flows "$1" "$2" "$1 reaches $2" "${@:3}"; }
expect_shut() { expect_traffic shut flows "$1" "$2" "$1 does not reach $2" "${@:3}"; }
expect_tight() { expect_traffic shut leaks "$1" "$2" "nothing leaks from $1 to $2" "${@:3}"; }

# Leaks that a rule set at the IP layer alone can't stop (level L3); the netdev chains (L2) stop them, too.
L2_LEAKS=(packet packet-bypass arp-gratuitous arp-answer macvlan)
L3_LEAKS=(dhcp4 dhcp4-broadcast dhcp6 dhcp6-multicast multicast6 link-local dns dns-tcp from-port-22 dnat gre nd-far nd-global)

# ssh_to HOST CMD…: as the orchestrator would come, with its key and its known hosts.
ssh_to() {
    local host=$1
    shift
    timeout 15 ssh -F /dev/null -i "$FLEET_DIR/keys/id_ed25519" -o IdentitiesOnly=yes -o BatchMode=yes \
        -o UserKnownHostsFile="$FLEET_DIR/keys/known_hosts" -o StrictHostKeyChecking=yes \
        "root@$(address_of "$host")" "$@" </dev/null
}

# expect_isolated HOST OUTSIDER: what "isolated" means at level L3, seen from outside. Neighbour discovery toward the
# orchestrator is no leak: without it the host could not answer us by IPv6.
expect_isolated() {
    local toward_us=() name
    for name in "${L3_LEAKS[@]}"; do [ "$name" = nd-global ] || toward_us+=("$name"); done
    expect_shut "$1" "$2"
    expect_shut "$2" "$1"
    expect_traffic shut leaks "$1" "$2" "nothing leaks from $1 to $2" "${L3_LEAKS[@]}"
    expect_traffic shut leaks "$1" orchestrator "nothing leaks from $1 to the orchestrator" "${toward_us[@]}"
    expect "$1 can still be managed" ssh_to "$1" true
}

expect_free() {
    # a host that was cut off looks for its neighbours anew, in its own time
    within 10 "$1 finds $2 by IPv6" ip netns exec "$FLEET_NAME-$1" ping -6 -c1 -W1 "$(where "$2" | cut -d' ' -f3)"
    within 10 "$2 finds $1 by IPv6" ip netns exec "$FLEET_NAME-$2" ping -6 -c1 -W1 "$(where "$1" | cut -d' ' -f3)"
    expect_open "$1" "$2"
    expect_open "$2" "$1"
    expect "$1 can be managed" ssh_to "$1" true
}

# session_start NAME A B [SOURCE:PORT]: a TCP connection from A to B that stays.
session_start() {
    local name=$1 a=$2 b=$3 source=() out
    [ -n "${4:-}" ] && source=(--source "$4")
    exec {out}< <(exec "$PROBE" session --from "$(where "$a")" --to "$(where "$b")" "${source[@]}" "$TEST_DIR/$name.session")
    started+=("$!")
    read -r -t 10 -u "$out" || bad "session $name from $a to $b was not opened"
    exec {out}<&-
}

# expect_session NAME "OUT BACK" TEXT: each of the two is flows or cut.
expect_session() {
    local word=shut
    [[ $2 == *flows* ]] && word=open
    expect_same "$2" "$("$PROBE" ask "$TEST_DIR/$1.session" "$word")" "the session $1 $3"
}

finish() {
    echo "$passes passed, $failures failed"
    exit "$((failures > 0))"
}
