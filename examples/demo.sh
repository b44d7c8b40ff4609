#!/bin/bash
# soar on three real endpoints, in front of your eyes: a SIEM's signed webhook isolates a host with nobody at the keyboard;
# soard is killed in the middle of the next alert and started again; root on an endpoint opens it and it is put back; a
# person gives them back. Everything happens on this machine, in namespaces that are gone at the end, also after Ctrl-C.
# It needs root (it asks sudo), and installs the packages of tests/packages. Exit: 0 only if all was as it says.
#   SOAR_BUILD=DIR    a build that is there already
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 2
[ "$(id -u)" = 0 ] || exec sudo ${SOAR_BUILD:+SOAR_BUILD="$SOAR_BUILD"} bash "${BASH_SOURCE[0]}" "$@"

PLACE=$(mktemp -d /tmp/soar-demo.XXXXXX)
FLEET=tests/lab/fleet.sh
export FLEET_NAME=d$$ FLEET_DIR=$PLACE/fleet
CONFIG=$PLACE/soard.yaml
SECRET=this-is-the-secret-of-the-siem
wrong=0
engine=

at_end() {
    local code=$?
    trap - EXIT INT TERM HUP
    [ -z "$engine" ] || { kill "$engine" && wait "$engine"; } 2>/dev/null
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
soar() { soarctl "$@" --config "$CONFIG"; }
# field NAME: the first of that name in what was shown last
field() { grep -o "\"$1\": *\"[^\"]*\"" "$PLACE/out" | head -1 | cut -d'"' -f4; }

# post FILE SECRET [TIME]: as the SIEM does it
post() {
    local at=${3:-$(date +%s)} signature
    signature=$({ printf '%s.' "$at"; cat "$1"; } | openssl dgst -sha256 -hmac "$2" -r | cut -d' ' -f1)
    curl -sS -w '\nHTTP %{http_code}\n' -X POST "http://127.0.0.1:$PORT/webhook/siem" -H 'Content-Type: application/json' \
        -H "X-Soar-Timestamp: $at" -H "X-Soar-Signature: $signature" --data-binary "@$1"
}
# until SECONDS COMMAND…: it is so in time
until_so() {
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
        sleep 0.02
    done
}
is_cut() { [ -n "$(handle "$1")" ]; }

prepare() {
    if [ -z "${SOAR_BUILD:-}" ]; then
        heading "Packages and a release build (build/release/build.log)"
        bash tests/run.sh --packages || exit 2
        SOAR_BUILD=build/release
        mkdir -p "$SOAR_BUILD"
        if ! { cmake --preset release -Wno-dev && cmake --build "$SOAR_BUILD" --target soarctl soard soar-front soar-ssh soar-launch; } \
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
    [ -s "$FLEET_DIR/inventory.yaml" ] || exit 2
    alert A-4711 web-01
    say "An alert comes in (A-4711.json):"
    sed 's/^/   | /' "$PLACE/A-4711.json"
    say "Before:"
    must "web-01 pings the attacker" pings web-01 attacker
    must "web-01 connects to the attacker (TCP)" connects web-01 attacker
    must "the attacker connects to web-01 (TCP)" connects attacker web-01
}

configuration() {
    heading "soard: a webhook with a secret, a playbook, guard-rails"
    PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir "$PLACE/playbooks"
    cp playbooks/contain_lateral_movement.yaml "$PLACE/playbooks/"
    cat >"$CONFIG" <<YAML
state: state
inventory: fleet/inventory.yaml
playbooks: [{dir: playbooks}]
listen: {address: "127.0.0.1:$PORT"}
webhooks:
  siem:
    path: /webhook/siem
    format: soar
    auth: {hmac_sha256: {secret: "env:SIEM_SECRET", header: X-Soar-Signature, timestamp: X-Soar-Timestamp, window: 5m}}
    dedup: {key: [alert.rule.id, "alert.hosts[0].name"], window: 24h}
policy:
  blast_radius: {isolate: {at_most: 20/1h}}
  recheck: {every: 5s, broken: put_back}
YAML
    sed 's/^/   | /' "$CONFIG"
    start
    shown soar status
}

start() {
    SIEM_SECRET=$SECRET soard --config "$CONFIG" >>"$PLACE/soard.log" 2>&1 &
    engine=$!
    printf '\n   $ soard --config soard.yaml &\n'
    must "soard is ready" until_so 20 curl -sf "http://127.0.0.1:$PORT/readyz"
}

first_alert() {
    local at
    heading "The SIEM posts the alert; nobody is at the keyboard"
    at=$(date +%s)
    shown post "$PLACE/A-4711.json" "$SECRET" "$at"
    must "it was taken" grep -q 'HTTP 202' "$PLACE/out"
    RUN=$(field run)
    must "web-01 is cut off" until_so 10 is_cut web-01
    must "its run ends" until_so 30 eval 'soar show "$RUN" --json | grep -q "\"state\":\"ended\""'
    shown soar show "$RUN"
    say "Two of its three actions have no pack yet; soar says so, and calls the run done in part. Seen from outside:"
    must_not "web-01 does not ping the attacker" pings web-01 attacker
    must_not "web-01 does not connect to the attacker" connects web-01 attacker
    must_not "the attacker does not connect to web-01" connects attacker web-01
    must "the orchestrator still gets in by ssh" manages web-01
    heading "Again, and forged"
    say "The same bytes again, as a sender does that saw no answer; then the same alert in a request of its own:"
    shown post "$PLACE/A-4711.json" "$SECRET" "$at"
    must "it is answered as the first time, with the same run" test "$RUN" = "$(field run)"
    shown post "$PLACE/A-4711.json" "$SECRET"
    must "it is a duplicate, of a run that is named" grep -q "duplicate_of" "$PLACE/out"
    shown post "$PLACE/A-4711.json" "not-the-secret"
    must "a forged one is refused" grep -q 'HTTP 401' "$PLACE/out"
    must "there is one run" test 1 = "$(soar runs --json | grep -o '"run":' | wc -l)"
}

crash() {
    local init before2
    heading "A second alert, on all three; soard is killed (-9) in the middle"
    alert A-4712 web-02 web-01 web-03
    read -r init _ <"$FLEET_DIR/ep/web-02/pid"
    init=$(cut -d' ' -f1 "/proc/$init/task/$init/children")
    shown post "$PLACE/A-4712.json" "$SECRET"
    RUN=$(field run)
    # Armed: the host will free itself unless soar tells it in time that all is well. Now soar dies.
    until_so 10 test -s "/proc/$init/root/run/soar/armed"
    kill -KILL "$engine"
    wait "$engine" 2>/dev/null
    printf '\n   $ kill -9 %s\n' "$engine"
    until_so 5 is_cut web-02
    before2=$(handle web-02)
    say "What was asked of a host and not seen to be so is in doubt: soar is dead, and the host would free itself in a"
    say "minute. Starting is recovering: each host is looked at again."
    start
    must "the run ends by itself" until_so 60 eval 'soar show "$RUN" --json | grep -q "\"state\":\"ended\""'
    must "web-02 is isolated by the very rules that were loaded before the crash (handle $before2)" test "$before2" = "$(handle web-02)"
    must_not "web-02 does not connect to the attacker" connects web-02 attacker
    must_not "web-03 does not connect to the attacker" connects web-03 attacker
    shown soar show "$RUN"
}

opened() {
    heading "Root on web-01 deletes the rules"
    printf '\n   web-01# nft flush ruleset\n'
    "$FLEET" exec web-01 nft flush ruleset
    must "web-01 is open" connects web-01 attacker
    must "it is put back within one look (5 s here, 5 min otherwise)" until_so 20 is_cut web-01
    must_not "web-01 does not connect to the attacker" connects web-01 attacker
    until_so 10 eval 'soar contained | grep -q "put back"'
    shown soar contained
}

release() {
    local host
    heading "A person gives them back"
    for host in web-01 web-02 web-03; do shown soar release "$host" --reason "demonstration" --yes; done
    for host in web-01 web-02 web-03; do must "$host pings and connects as before" eval "pings $host attacker && connects $host attacker"; done
    must_not "no table of soar's is left on any of them" eval '[ -n "$(handle web-01)$(handle web-02)$(handle web-03)" ]'
    heading "The record"
    shown soar runs
    kill "$engine" && wait "$engine"
    must "soard stops cleanly" test $? = 0
    engine=
    shown soar journal verify
    must "the journal is whole and unchanged" grep -q 'whole and unchanged' "$PLACE/out"
}

prepare
began=$SECONDS
network
configuration
first_alert
crash
opened
release
heading "The end"
if [ "$wrong" = 0 ]; then
    say "All was as it should be, in $((SECONDS - began)) s. Three hosts cut off by a webhook, one crash survived, nothing done twice, all"
    say "given back."
else
    say "$wrong things were NOT as they should be."
    sed 's/^/   | /' "$PLACE/soard.log" | tail -30
fi
exit $((wrong > 0))
