#!/bin/bash
# Property: people share one soard: who asks for a containment does not free what a rule holds of it, another one does, and exactly
# that; what is held can be held longer, looked at and undone by whoever may, and soard's own record and the endpoints agree.
# Method: a soard over three real endpoints with a limit of one, asked at its socket as four accounts.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
lab_up 3 attacker >"$TEST_DIR/up" || exit 1
mkdir "$TEST_DIR/playbooks" && isolation playbooks/isolate.yaml >/dev/null
chmod 711 "$TEST_DIR"
cat >"$TEST_DIR/soard.yaml" <<YAML
inventory: fleet/inventory.yaml
state: state
socket: $TEST_DIR/run/soard.sock
playbooks: [{dir: playbooks}]
people:
  vera: {uid: 61001, roles: [viewer]}
  ana: {uid: 61002, roles: [operator, approver]}
  bo: {uid: 61003, roles: [approver]}
policy:
  blast_radius: {isolate: {at_most: 1/1h}}
YAML
unset SOAR_INVENTORY SOAR_STATE
export SOAR_SOCKET=$TEST_DIR/run/soard.sock

"$SOAR_BUILD/bin/soard" --config "$TEST_DIR/soard.yaml" >"$TEST_DIR/soard.log" 2>&1 &
SOARD=$!
started+=("$SOARD")
within 20 "soard is there" soarctl status || { cat "$TEST_DIR/soard.log"; exit 1; }
as() { # PERSON WORD…
    local uid=61001
    case $1 in ana) uid=61002 ;; bo) uid=61003 ;; esac
    setpriv --reuid="$uid" --regid=0 --clear-groups "$SOAR_BUILD/bin/soarctl" "${@:2}"
}

echo "== a run, and what is held of it"
expect_exit 1 "a viewer begins nothing" as vera run isolate --host web-01 --yes
expect_exit 0 "a plan asks them and changes nothing" as ana plan isolate --host web-01 --check
expect_same 0 "$(tables web-01)" "web-01 is open"
expect_exit 3 "two hosts, of which a limit holds one" as ana run isolate --host web-01 --host web-02 --reason drill --yes
expect_line '1 done, 0 already, 0 still tried, 1 held' "it says so"
RUN=$(soarctl runs --json | field runs run)
HELD=$(soarctl waiting --json | field asks members target)
CUT=$([ "$HELD" = web-01 ] && echo web-02 || echo web-01)
DIGEST=$(soarctl waiting --json | field asks digest)
expect "the other is cut off" is_cut "$CUT"
expect "the held one is open" is_free "$HELD"

echo "== who frees it"
expect_exit 1 "not root" soarctl override H-1 "$DIGEST"
expect_line 'role approver' "as it is no approver"
expect_exit 1 "not who asked for it" as ana override H-1 "$DIGEST"
expect_line 'you asked for .* yourself' "and is told so"
expect "it is still open" is_free "$HELD"
expect_exit 0 "another one does" as bo override H-1 "$DIGEST" --reason "seen on both"
expect "now it is cut off" is_cut "$HELD"
expect_exit 0 "nothing waits any more" soarctl waiting

echo "== held longer, looked at, undone"
expect_exit 1 "a viewer extends nothing" as vera extend web-01 4h
expect_exit 0 "an operator does" as ana extend web-01 4h
expect_same "$RUN" "$(as ana extend "$RUN" 5h --json | field extended run | tr ' ' '\n' | sort -u)" "and all of a run"
expect_same 2 "$(soarctl contained --json | field containments holders until | wc -w)" "both have an end"
expect_exit 0 "all are looked at beside soard's own work" soarctl contained --check
expect_line 'asked now: isolated' "and are so"
expect_same 2 "$(soarctl status --json | field containment in_force)" "the status counts two"
expect_exit 2 "nothing is released without being asked" as ana release web-01 </dev/null
expect_exit 0 "one is released" as ana release web-01 --reason "it is clean" --yes
expect "it is open" is_free web-01
expect "the other is not" is_cut web-02
expect_exit 0 "what a run holds is released" as ana release "$RUN" --reason "a drill" --yes
expect "it is open, too" is_free web-02
expect_same 0 "$(soarctl status --json | field containment in_force)" "the status counts none"

echo "== the end"
kill "$SOARD"
expect "soard ends clean" wait "$SOARD"
unset SOAR_SOCKET
expect_exit 0 "the journal is whole" soarctl journal verify --config "$TEST_DIR/soard.yaml"
finish
