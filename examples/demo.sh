#!/bin/bash
# soar on three real endpoints, in front of your eyes: a playbook on an alert, a crash in the middle of the next one, and
# what is left of it. Everything happens on this machine, in namespaces that are gone at the end, also after Ctrl-C.
# It needs root (it asks sudo), and installs the packages of tests/packages. Exit: 0 only if all was as it says.
#   SOAR_BUILD=DIR    a build that is there already
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 2
[ "$(id -u)" = 0 ] || exec sudo ${SOAR_BUILD:+SOAR_BUILD="$SOAR_BUILD"} bash "${BASH_SOURCE[0]}" "$@"

PLACE=$(mktemp -d /tmp/soar-demo.XXXXXX)
FLEET=tests/lab/fleet.sh
export FLEET_NAME=d$$ FLEET_DIR=$PLACE/fleet SOAR_STATE=$PLACE/state SOAR_INVENTORY=$PLACE/fleet/inventory.yaml
SEED=playbooks/contain_lateral_movement.yaml
wrong=0
engine=

at_end() {
    local code=$?
    trap - EXIT INT TERM HUP
    [ -z "$engine" ] || kill "$engine" 2>/dev/null
    [ ! -e "$FLEET_DIR/soar-fleet" ] || "$FLEET" down >/dev/null
    rm -rf "$PLACE"
    exit "$code"
}
trap at_end EXIT
exec 3>&1
trap 'echo >&3; echo "interrupted; taking everything down" >&3; exit 130' INT TERM HUP

bold='' red='' green='' plain=''
[ ! -t 1 ] || bold=$'\033[1m' red=$'\033[31m' green=$'\033[32m' plain=$'\033[0m'

heading() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
say() { printf '   %s\n' "$*"; }

# shown COMMAND…: as if typed. Its exit is the last line.
shown() {
    local code
    printf '\n   $ %s\n' "${*//$PLACE\//}"
    "$@" >"$PLACE/out" 2>&1
    code=$?
    grep -v 'no soard here\|warning: no action named' "$PLACE/out" | sed "s/^/   | /; s|$PLACE/||g"
    printf '   | (exit %s)\n' "$code"
    return "$code"
}

# must TEXT COMMAND…: says whether it is so, and remembers if not
must() {
    local text=$1
    shift
    if "$@" >/dev/null 2>&1; then printf '   %syes%s  %s\n' "$green" "$plain" "$text"; else
        printf '   %sNO%s   %s\n' "$red" "$plain" "$text"
        wrong=$((wrong + 1))
    fi
}
must_not() { must "$1" not "${@:2}"; }
not() { ! "$@"; }

address() { "$FLEET" where "$1" | cut -d' ' -f2; }
pings() { "$FLEET" exec "$1" ping -c1 -W1 "$(address "$2")"; }
connects() { "$FLEET" exec "$1" timeout 2 bash -c "exec 3<>/dev/tcp/$(address "$2")/22"; }
manages() {
    timeout 10 ssh -F /dev/null -i "$FLEET_DIR/keys/id_ed25519" -o IdentitiesOnly=yes -o BatchMode=yes \
        -o UserKnownHostsFile="$FLEET_DIR/keys/known_hosts" "root@$(address "$1")" true </dev/null
}
handle() { "$FLEET" handle "$1"; }
alert() {
    local hosts
    hosts=$(printf ', {"name": "%s", "os": "linux"}' "${@:2}")
    printf '{"id": "%s", "status": "open", "severity": "critical", "confidence": 95, "user_id": "jdoe",\n "rule": %s,\n "hosts": [%s]}\n' \
        "$1" '{"id": "psexec-chain", "name": "Lateral movement"}' "${hosts#, }" >"$PLACE/$1.json"
}
last_run() { soarctl runs --limit 1 --json | grep -o '"run":"[^"]*"' | head -1 | cut -d'"' -f4; }

prepare() {
    if [ -z "${SOAR_BUILD:-}" ]; then
        heading "Packages and a release build (build/release/build.log)"
        bash tests/run.sh --packages || exit 2
        SOAR_BUILD=build/release
        mkdir -p "$SOAR_BUILD"
        if ! { cmake --preset release -Wno-dev && cmake --build "$SOAR_BUILD" --target soarctl soar-ssh soar-launch; } \
            >"$SOAR_BUILD/build.log" 2>&1; then
            tail -20 "$SOAR_BUILD/build.log"
            exit 2
        fi
    fi
    PATH=$(cd "$SOAR_BUILD/bin" && pwd):$PATH
    say "$(soarctl version)"
}

network() {
    heading "Three endpoints and an attacker: namespaces with their own SSH servers, firewalls and file systems"
    "$FLEET" up 3 attacker | sed 's/^/   /'
    [ -s "$SOAR_INVENTORY" ] || exit 2
    alert A-4711 web-01
    say "An alert comes in (A-4711.json):"
    sed 's/^/   | /' "$PLACE/A-4711.json"
    say "Before:"
    must "web-01 pings the attacker" pings web-01 attacker
    must "web-01 connects to the attacker (TCP)" connects web-01 attacker
    must "the attacker connects to web-01 (TCP)" connects attacker web-01
}

first_run() {
    heading "The playbook, on the alert"
    shown soarctl plan "$SEED" --alert "$PLACE/A-4711.json" --check
    shown soarctl run "$SEED" --alert "$PLACE/A-4711.json" --yes
    say "Two of its three actions have no pack yet; soar says so, and calls the run done in part. Seen from outside:"
    must_not "web-01 does not ping the attacker" pings web-01 attacker
    must_not "web-01 does not connect to the attacker" connects web-01 attacker
    must_not "the attacker does not connect to web-01" connects attacker web-01
    must_not "web-01 does not connect to its neighbour web-02" connects web-01 web-02
    must "the orchestrator still gets in by ssh" manages web-01
    local before
    before=$(handle web-01)
    heading "The same alert once more"
    shown soarctl run "$SEED" --alert "$PLACE/A-4711.json" --yes
    must "its rules were not loaded again (handle $before of its table)" test "$before" = "$(handle web-01)"
}

crash() {
    local tries=0 init before2
    heading "A second alert, on all three; the engine is killed (-9) in the middle"
    alert A-4712 web-01 web-02 web-03
    printf '\n   $ soarctl run %s --alert A-4712.json --yes &\n' "$SEED"
    read -r init _ <"$FLEET_DIR/ep/web-02/pid"
    init=$(cut -d' ' -f1 "/proc/$init/task/$init/children")
    soarctl run "$SEED" --alert "$PLACE/A-4712.json" --yes >"$PLACE/killed" 2>&1 &
    engine=$!
    # Armed: the host will free itself unless soar tells it in time that all is well. Now soar dies.
    until [ -s "/proc/$init/root/run/soar/armed" ] || [ $tries -ge 1000 ]; do tries=$((tries + 1)); sleep 0.005; done
    kill -KILL "$engine"
    wait "$engine" 2>/dev/null
    printf '   $ kill -9 %s\n' "$engine"
    engine=
    RUN=$(last_run)
    tries=0
    while [ -z "$(handle web-02)" ] && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.02; done
    before2=$(handle web-02)
    must "the run is cut off in the middle, and web-02 too (handle $before2)" \
        eval '[ -n "$before2" ] && soarctl runs --limit 1 --json | grep -q "\"state\":\"running\""'
    shown soarctl contained
    say "What was asked of a host and not seen to be so is \"perhaps\": soar is dead, and the host would free itself"
    say "in a minute. Starting is recovering: each host is looked at again."
    shown soarctl resume "$RUN"
    must "web-02 is isolated by the very rules that were loaded before the crash (handle $before2)" test "$before2" = "$(handle web-02)"
    must_not "web-02 does not connect to the attacker" connects web-02 attacker
    must_not "web-03 does not connect to the attacker" connects web-03 attacker
    shown soarctl show "$RUN"
    shown soarctl contained
}

release() {
    local host
    heading "Released"
    for host in web-01 web-02 web-03; do shown soarctl release "$host" --reason "demonstration" --yes; done
    for host in web-01 web-02 web-03; do must "$host pings and connects as before" eval "pings $host attacker && connects attacker $host"; done
    must_not "no table of soar's is left on any of them" eval '[ -n "$(handle web-01)$(handle web-02)$(handle web-03)" ]'
    heading "The record"
    shown soarctl runs
    shown soarctl journal verify
    must "the journal is whole and unchanged" grep -q 'whole and unchanged' "$PLACE/out"
}

prepare
began=$SECONDS
network
first_run
crash
release
heading "The end"
if [ "$wrong" = 0 ]; then
    say "All was as it should be, in $((SECONDS - began)) s. Three hosts cut off, one crash survived, nothing done twice, all given back."
else
    say "$wrong things were NOT as they should be."
fi
exit $((wrong > 0))
