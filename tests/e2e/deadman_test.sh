#!/bin/bash
# Property: an engine that dies between the load and the disarming and never comes back leaves no host cut off; one that
# comes back, before or after the host has freed itself, leaves it isolated for good.
# Method: the endpoints' own tools are held up at the two places where it can die (inside the loading call; after it,
# before the disarming one), the engine is killed -9 there, and the hosts are watched for longer than the dead man's 10 s.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
DEAD_MAN=10
lab_up 4 attacker
BOOK=$(isolation dead.yaml "dead_man: ${DEAD_MAN}s")
RUN=

# Held inside the loading call: the real nft has loaded, its answer waits for the test.
hold_load() {
    fleet exec "$1" sh -c 'mv /usr/sbin/nft /usr/sbin/nft.real; cat >/usr/sbin/nft; chmod 755 /usr/sbin/nft; touch /run/hold' <<'SH'
#!/bin/sh
nft.real "$@" || exit
[ "$*" = "-f -" ] && nft.real list tables | grep -q soar_isolate || exit 0
n=0
while [ -e /run/hold ] && [ $n -lt 400 ]; do n=$((n + 1)); sleep 0.05; done
SH
}
let_go() { fleet exec "$1" rm -f /run/hold; }
armed() { [ -s "$(root_of "$1")/run/soar/armed" ] && is_cut "$1"; }

# Its sshd's listener: stopped, it greets nobody, so the engine hangs where it tries to get in anew.
listener() { cut -d/ -f3 <<<"$(root_of "$1")"; }
knocks() { ip netns exec "$FLEET_NAME-$1" ss -Hltn 'sport = :22' | awk '$2 > 0 { n = 1 } END { exit !n }'; }

# die_with A B: runs over both. The engine is killed when A has loaded and not answered, B answered and not been told.
die_with() {
    local pid
    hold_load "$1"
    hold_load "$2"
    "$SOAR_BUILD/bin/soarctl" run "$BOOK" --host "$1" --host "$2" --reason "to be killed" --yes >"$TEST_DIR/killed" 2>&1 &
    pid=$!
    within 10 "$1: loaded and armed, the answer not yet given" armed "$1"
    within 10 "$2: loaded and armed" armed "$2"
    kill -STOP "$(listener "$2")"
    let_go "$2"
    within 10 "$2: answered; the engine knocks anew" knocks "$2"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null
    RUN=$(last_run)
    let_go "$1"
    kill -CONT "$(listener "$2")"
    expect_same running "$(soarctl runs --limit 1 --json | field runs state)" "the engine is dead in the middle of $RUN"
    expect_same "$1 $2" "$(armed "$1" && echo "$1") $(armed "$2" && echo "$2")" "both hosts are cut off, and armed"
    within 5 "its workers died with it" no_child_of "$pid"
}
no_child_of() { ! pgrep -P "$1"; }

wait_until() { while [ "${EPOCHREALTIME/./}" -lt "$1" ]; do sleep 0.2; done; }

expect_open web-01 attacker
echo "== it never comes back"
die_with web-01 web-02
ABANDONED=$RUN
expect_same "perhaps perhaps" "$(soarctl contained --json | field containments state)" "the ledger says perhaps"
expect_shut web-01 attacker ping4 tcp4

echo "== another comes back at once, a third too late (the clocks of all three run at the same time)"
export SOAR_STATE=$TEST_DIR/state-2
die_with web-03 web-04
SECOND=$RUN
"$SOAR_BUILD/bin/soarctl" resume "$SECOND" >"$TEST_DIR/resumed" 2>&1 &
RESUMING=$!
SOAR_STATE=$TEST_DIR/state
within $((DEAD_MAN + 5)) "web-01 has freed itself" is_free web-01
within 5 "web-02 has freed itself" is_free web-02
expect_free web-01 attacker
expect_free web-02 attacker
within 5 "no dead man is left on web-01" has_no_dead_man web-01
for host in web-01 web-02; do expect "nor anything armed on $host" test ! -e "$(root_of "$host")/run/soar/armed"; done
expect_same "perhaps perhaps" "$(soarctl contained --json | field containments state)" "what the ledger says is still true: perhaps"

echo "== started again after the hosts have freed themselves"
expect_exit 0 "the abandoned run goes on" soarctl resume "$ABANDONED"
LATE=${EPOCHREALTIME/./}
expect_same "web-01=changed web-02=changed" "$(outcomes "$ABANDONED" isolate)" "isolated again"
expect_isolated web-01 attacker
expect_same "held held" "$(soarctl contained --json | field containments state)" "the ledger is sure"

echo "== 1.5 times the dead man's time later"
SOAR_STATE=$TEST_DIR/state-2
wait "$RESUMING"
expect_same 0 "$?" "the run that was resumed at once ended well"
RESUMED=$(($(soarctl show "$SECOND" --json | field ended) * 1000))
expect_same "web-03=changed web-04=changed" "$(outcomes "$SECOND" isolate)" "both isolated, by us"
wait_until $((RESUMED + DEAD_MAN * 1500000))
expect_isolated web-03 attacker
expect_shut web-04 attacker
expect_same "held held" "$(soarctl contained --json | field containments state)" "the ledger says held"
expect_exit 0 "the journal is whole" soarctl journal verify
SOAR_STATE=$TEST_DIR/state
wait_until $((LATE + DEAD_MAN * 1500000))
expect_shut web-01 attacker
expect_shut web-02 attacker
within 5 "no dead man is left on web-01" has_no_dead_man web-01
expect_exit 0 "the other journal is whole, too" soarctl journal verify

echo "== the engine dies while it only looks: nothing has begun"
expect_exit 0 "asked again, it is already so" soarctl run "$BOOK" --host web-01 --host web-02 --reason again --yes
expect_same "web-01=already web-02=already" "$(outcomes "$(last_run)" isolate)" "already"
finish
