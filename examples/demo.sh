#!/bin/bash
# The seed playbook on real machines, in front of your eyes: two Linux endpoints, a QEMU virtual machine, an Active Directory
# (Samba) and an OpenLDAP server. A SIEM's signed webhook cuts a host off, shuts a person's accounts everywhere and keeps
# evidence, with nobody at the keyboard; soard is killed in the middle of the next alert and started again; root on an endpoint
# opens it and it is put back; a person gives everything back. All of it happens on this machine, in namespaces and processes
# that are gone at the end, also after Ctrl-C.
# It needs root (it asks sudo), and installs the packages of tests/packages. Exit: 0 only if all was as it says.
#   SOAR_BUILD=DIR    a build that is there already
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 2
[ "$(id -u)" = 0 ] || exec sudo ${SOAR_BUILD:+SOAR_BUILD="$SOAR_BUILD"} bash "${BASH_SOURCE[0]}" "$@"

PLACE=$(mktemp -d /tmp/soar-demo.XXXXXX)
FLEET=tests/lab/fleet.sh
export SEED_NAME=d$(($$ % 1000000)) SEED_DIR=$PLACE/lab
CONFIG=$PLACE/soard.yaml
SECRET=this-is-the-secret-of-the-siem
wrong=0
engine=

at_end() {
    local code=$?
    trap - EXIT INT TERM HUP
    [ -z "$engine" ] || { kill "$engine" && wait "$engine"; } 2>/dev/null
    [ ! -e "$SEED_DIR/soar-seed" ] || tests/lab/seed.sh down >/dev/null 2>&1
    rm -rf --one-file-system "$PLACE"
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
alert() { # ID USER HOST…
    local hosts
    hosts=$(printf ', {"name": "%s", "os": "linux"}' "${@:3}")
    printf '{"id": "%s", "status": "open", "severity": "critical", "confidence": 95, "user_id": "%s",\n "rule": %s,\n "hosts": [%s]}\n' \
        "$1" "$2" '{"id": "psexec-chain", "name": "Lateral movement"}' "${hosts#, }" >"$PLACE/$1.json"
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
has_ended() { soar show "$1" --json | /usr/bin/python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["state"] != "ended")'; }
# What the directories and the host say to USER, with his password of before: 0 and 0 and in, or 49 and 49 and out
in_domain() { [ "$(tests/lab/ad.sh bind "$1" "${1^}-Passw0rd")" = 0 ]; }
in_ldap() { [ "$(tests/lab/ldap.sh bind "$1" "${1^}-Passw0rd")" = 0 ]; }
on_host() { [ "$(tests/lab/seed.sh ssh web-01 "$1" password Local-Passw0rd)" = in ]; }
by_key() { [ "$(tests/lab/seed.sh ssh web-01 "$1" key)" = in ]; }
at_work() { "$FLEET" exec web-01 pgrep -u "$1" sleep; }
vm() { tests/lab/vm.sh ssh vm-01 "$@" </dev/null; }
vm_reached() { "$FLEET" exec attacker timeout 5 bash -c "exec 3<>/dev/tcp/$(cat "$VM_DIR/vm-01/address")/22 && head -c 3 <&3" | grep -q SSH; }

prepare() {
    if [ -z "${SOAR_BUILD:-}" ]; then
        heading "Packages and a release build (build/release/build.log)"
        bash tests/run.sh --packages || exit 2
        SOAR_BUILD=build/release
        mkdir -p "$SOAR_BUILD"
        if ! { cmake --preset release -Wno-dev && cmake --build "$SOAR_BUILD" --target soarctl soard soar-front soar-launch soar-ssh soar-ldap soar-qmp soar-evidence; } \
            >"$SOAR_BUILD/build.log" 2>&1; then
            tail -20 "$SOAR_BUILD/build.log"
            exit 2
        fi
    fi
    PATH=$(cd "$SOAR_BUILD/bin" && pwd):$PATH
    say "$(soarctl version)"
}

network() {
    heading "Two endpoints, an attacker, a virtual machine, a Samba domain, an OpenLDAP server"
    tests/lab/seed.sh up | sed "s|$PLACE/||g; s/^/   /"
    [ -s "$SEED_DIR/fleet/seed.yaml" ] || exit 2
    eval "$(tests/lab/seed.sh env)"
    tests/lab/seed.sh door web-01
    # One page of the virtual machine's memory, and where its hypervisor says that it is.
    vm 'm=$(head -c 16 /dev/urandom | md5sum | cut -c1-32); i=0; while [ $i -lt 128 ]; do printf %s "$m"; i=$((i + 1)); done >/run/page; cat /run/page' >"$PLACE/page"
    tests/lab/vm.sh qmp vm-01 "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 0, \"size\": 134217728, \"filename\": \"$PLACE/raw\"}}" >/dev/null
    PAGE=$(tests/lab/memory_image.py find "$PLACE/raw" "$PLACE/page" | head -1)
    rm "$PLACE/raw"
    alert A-4711 jdoe web-01
    say "An alert comes in (A-4711.json):"
    sed 's/^/   | /' "$PLACE/A-4711.json"
    say "Before:"
    must "web-01 connects to the attacker (TCP), and the attacker to web-01" eval "connects web-01 attacker && connects attacker web-01"
    must "the attacker reaches the virtual machine" vm_reached
    must "jdoe logs in to the domain and to OpenLDAP" eval "in_domain jdoe && in_ldap jdoe"
    must "jdoe gets into web-01 by password and by key, and something of his runs there" eval "on_host jdoe && by_key jdoe && at_work jdoe"
}

configuration() {
    heading "soard: a webhook with a secret, a playbook, guard-rails"
    PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir "$PLACE/playbooks"
    cp playbooks/contain_lateral_movement.yaml "$PLACE/playbooks/"
    cat >"$CONFIG" <<YAML
state: state
inventory: lab/fleet/seed.yaml
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
    must "its run ends" until_so 60 has_ended "$RUN"
    FIRST=$RUN
    shown soar show "$RUN"
    say "Seen from outside:"
    must_not "web-01 does not connect to the attacker" connects web-01 attacker
    must_not "the attacker does not connect to web-01" connects attacker web-01
    must "the orchestrator still gets in by ssh" manages web-01
    must_not "the domain lets jdoe in no more" in_domain jdoe
    must_not "nor does OpenLDAP" in_ldap jdoe
    must_not "nor web-01, by password or by key" eval "on_host jdoe || by_key jdoe"
    must_not "nothing of his runs there" at_work jdoe
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
    local init before2 image
    heading "A second alert, asmith on all three machines; soard is killed (-9) in the middle"
    alert A-4712 asmith web-02 web-01 vm-01
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
    must "the run ends by itself" until_so 120 has_ended "$RUN"
    must "web-02 is isolated by the very rules that were loaded before the crash (handle $before2)" test "$before2" = "$(handle web-02)"
    must_not "web-02 does not connect to the attacker" connects web-02 attacker
    must_not "the attacker does not reach the virtual machine" vm_reached
    must_not "neither the domain nor OpenLDAP lets asmith in" eval "in_domain asmith || in_ldap asmith"
    shown soar show "$RUN"
    heading "Evidence"
    shown soar evidence list
    shown soar evidence verify
    must "it is what it was when it was kept" grep -q 'whole and unchanged' "$PLACE/out"
    image=$(soar evidence list | awk '$3 == "vm-01" { print $1 }')
    shown soar evidence export "$image" "$PLACE/handed-over" --raw
    must "the page that was marked in the virtual machine stands in its image, at $PAGE" \
        tests/lab/memory_image.py at "$PLACE/handed-over/$image.raw" "$PAGE" "$PLACE/page"
    rm -rf "$PLACE/handed-over"
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
    heading "A person gives it all back"
    shown soar release "$RUN" --reason "demonstration" --yes
    shown soar release "$FIRST" --reason "demonstration" --yes
    must "web-01 and web-02 connect as before" eval "connects web-01 attacker && connects web-02 attacker"
    must "the attacker reaches the virtual machine, as before" until_so 10 vm_reached
    must_not "no table of soar's is left on an endpoint" eval '[ -n "$(handle web-01)$(handle web-02)" ]'
    must "jdoe's account is enabled in the domain" eval 'tests/lab/ad.sh get jdoe userAccountControl | grep -q ": 512"'
    must "jdoe gets into web-01 by key" by_key jdoe
    must_not "no old password is good again: they were replaced, and that can't be undone" eval "in_domain jdoe || in_ldap jdoe || on_host jdoe"
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
    say "All was as it should be, in $((SECONDS - began)) s. Three machines cut off and two people's accounts shut by webhooks, memory kept"
    say "as evidence, one crash survived, nothing done twice, all given back but the passwords."
else
    say "$wrong things were NOT as they should be."
    sed 's/^/   | /' "$PLACE/soard.log" | tail -30
fi
exit $((wrong > 0))
