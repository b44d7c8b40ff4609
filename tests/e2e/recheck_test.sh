#!/bin/bash
# Property: whoever opens an isolated host on the host itself (deletes the table, flushes all, sets it dormant,
# reboots) is found out within one recheck: BROKEN is said and journaled, and the host is cut off again.
# Method: soard over four hosts that are isolated and then opened, each in its own way; first with a policy that only
# tells, so that the opening can be seen from outside; then with one that puts back.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
[ -x "$SOAR_BUILD/bin/soard" ] || skip "there is no $SOAR_BUILD/bin/soard"
EVERY=2
SOON=20 # a recheck and a put-back, on a machine that has other things to do
HOSTS=(web-01 web-02 web-03 web-04)
lab_up 4 attacker
mkdir "$TEST_DIR/books"
isolation books/isolate.yaml >/dev/null

configure() {
    cat >"$TEST_DIR/soard.yaml" <<YAML
state: $SOAR_STATE
inventory: $SOAR_INVENTORY
playbooks: [{dir: $TEST_DIR/books}]
policy: {recheck: {every: ${EVERY}s, broken: $1}}
YAML
}

soard_up() {
    "$SOAR_BUILD/bin/soard" --config "$TEST_DIR/soard.yaml" >>"$TEST_DIR/soard.log" 2>&1 &
    SOARD=$!
    started+=("$SOARD")
    within 20 "soard answers" test -S "$SOAR_STATE/soard.sock" || exit 1
}

# Of web-01 to web-04, in order: what `contained` says of each.
of_each() {
    soarctl contained --json | /usr/bin/python3 -c '
import json, sys
rows = sorted(json.load(sys.stdin)["containments"], key=lambda row: row["target"])
print(*(row.get(sys.argv[1], "-") for row in rows))' "$1"
}
are() { [ "$(of_each "$1")" = "$2" ]; }
all_cut() { for host in "${HOSTS[@]}"; do is_cut "$host" || return 1; done; }

families() { nft_on "$1" list tables | sed -n 's/^table \([a-z0-9]*\) soar_isolate.*/\1/p'; } # inet, and netdev

open_each() {
    local family
    for family in $(families web-01); do nft_on web-01 delete table "$family" soar_isolate; done
    nft_on web-02 flush ruleset
    for family in $(families web-03); do nft_on web-03 add table "$family" soar_isolate '{ flags dormant; }'; done
    fleet reboot web-04
}

configure tell
soard_up
expect_exit 0 "four hosts are isolated" soarctl run isolate --host web-01 --host web-02 --host web-03 --host web-04 \
    --reason "recheck test" --yes
expect_same "held held held held" "$(of_each state)" "the ledger is sure"
ahead() { [ "$(of_each seen)" != "$SEEN" ]; }
SEEN=$(of_each seen)
within $SOON "they are looked at again, and found so" ahead
expect_same "held held held held" "$(of_each state)" "which changes nothing"

echo "== the policy only tells"
open_each
within $SOON "all are said to be BROKEN" are state "broken broken broken broken"
soarctl contained >"$TEST_DIR/out"
expect_line 'web-03 +BROKEN, found open ' "in words, too"
expect_line '0 in force, 4 BROKEN' "and counted"
for host in "${HOSTS[@]}"; do expect_open "$host" attacker ping4 tcp4; done

echo "== the policy puts back"
configure put_back
kill -HUP "$SOARD"
within $SOON "all are put back" are state "held held held held"
for host in "${HOSTS[@]}"; do expect_isolated "$host" attacker; done
expect_same "1 1 1 1" "$(of_each times)" "each was open once"
soarctl contained >"$TEST_DIR/out"
expect_line 'web-01 +isolated, put back ' "contained says that it was"

echo "== opened once more"
open_each
within $SOON "each is found open a second time" are times "2 2 2 2"
within $SOON "and put back" are state "held held held held"
for host in "${HOSTS[@]}"; do expect_shut "$host" attacker; done
RECHECK=$(of_each recheck | cut -d' ' -f1)
expect_exit 0 "the run that did it is kept" soarctl show "$RECHECK"
expect_line "^$RECHECK  recheck of web-01" "by its name"
expect_line 'web-01 .*found open, put back' "with what it found"

echo "== the engine dies with a host open"
nft_on web-02 delete table inet soar_isolate
kill -KILL "$SOARD"
{ wait "$SOARD"; } 2>/dev/null
is_cut web-02 || soard_up
within $SOON "it is put back in the next life" all_cut
expect_exit 0 "what is held is released" soarctl release web-01 --reason "test is over" --yes
sleep $((EVERY * 2))
expect "and nothing puts that back" is_free web-01
expect_free web-01 attacker
kill -TERM "$SOARD" 2>/dev/null
{ wait "$SOARD"; } 2>/dev/null
expect_exit 0 "the journal is whole" soarctl journal verify
finish
