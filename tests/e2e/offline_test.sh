#!/bin/bash
# Property: a host that is away keeps nobody else waiting, is said to be open, and is isolated when it comes back: while
# the run waits for it, or, where a person has ended the program, when the run is resumed.
# Method: the cable of an endpoint is pulled before the run and put back during it; another run is ended by Ctrl-C.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
lab_up 3 attacker
BOOK=$(isolation plain.yaml)
ALERT=$(alert_file alert.json web-01 web-02 web-03)
cat >"$TEST_DIR/soard.yaml" <<'YAML'
policy:
  offline: {every: 2s, keep_trying: 5m}
YAML
soar() { soarctl "$@" --config "$TEST_DIR/soard.yaml"; }

# begin NAME VERB…: soarctl in the background, in a process group of its own as a terminal's job has it.
begin() {
    local name=$1
    shift
    (trap - INT; exec setsid env -- /usr/bin/python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$SOAR_BUILD/bin/soarctl" "$@" --config "$TEST_DIR/soard.yaml") >"$TEST_DIR/$name" 2>&1 &
    JOB=$!
    started+=("$JOB")
}
says() { grep -Eq -- "$2" "$TEST_DIR/$1"; }
ended() { ! kill -0 "$JOB" 2>/dev/null; }
job_code() { wait "$JOB"; }

echo "== one of three is away"
fleet offline web-02
expect_shut web-02 attacker ping4
begin waits run "$BOOK" --alert "$ALERT" --yes
within 15 "web-01 and web-03 are isolated meanwhile" says waits 'web-01 +isolated'
within 15 "both of them" says waits 'web-03 +isolated'
within 30 "web-02 is said to be not isolated" says waits 'web-02 +NOT ISOLATED'
expect "and why, and how long it is tried" says waits 'trying until|offline'
expect_shut web-01 attacker ping4 tcp4
expect_shut web-03 attacker ping4 tcp4
if ended; then bad "the run gave up"; else good "the run waits for it"; fi
expect_exit 1 "who asks the record meanwhile" soar contained
expect_line "in use by process $JOB" "is told who has it"
fleet online web-02
within 60 "it comes back: it is isolated" is_cut web-02
within 20 "the run ends" ended
job_code
expect_same 0 "$?" "well"
expect "the last line counts three" says waits '3 done, 0 already, 0 still tried'
expect_isolated web-02 attacker
RUN=$(soar runs --limit 1 --json | field runs run)
expect_same "web-01=changed web-02=changed web-03=changed" "$(outcomes "$RUN" isolate)" "three changed"

echo "== Ctrl-C"
for host in web-01 web-02 web-03; do soar release "$host" --reason "next" --yes >/dev/null 2>&1; done
fleet offline web-03
begin broken run "$BOOK" --alert "$ALERT" --yes
within 30 "web-03 is away" says broken 'web-03 +NOT ISOLATED'
within 15 "web-01 is isolated" says broken 'web-01 +isolated'
within 15 "web-02 is isolated" says broken 'web-02 +isolated'
HANDLES="$(handles web-01) $(handles web-02)"
kill -INT "$JOB"
within 5 "Ctrl-C ends the program" ended
job_code
expect_same 4 "$?" "its exit says: in part"
expect "it says which host is open" says broken 'web-03 is open to the network'
expect "and how to go on" says broken 'soarctl .*resume'
RUN=$(soar runs --limit 1 --json | field runs run)
expect_same running "$(soar runs --limit 1 --json | field runs state)" "the run is not over"
expect_same web-03 "$(soar contained --json | field not_yet target)" "the ledger says that web-03 is not yet isolated"

echo "== resumed, still away"
begin again resume "$RUN"
within 30 "it is tried again" says again 'web-03 +NOT ISOLATED'
kill -INT "$JOB"
within 5 "and interrupted again" ended
job_code

echo "== resumed, and back"
fleet online web-03
begin last resume "$RUN"
within 60 "web-03 is isolated" is_cut web-03
within 20 "the run ends" ended
job_code
expect_same 0 "$?" "well"
expect_same "$HANDLES" "$(handles web-01) $(handles web-02)" "what was done was not done again"
expect_shut web-03 attacker ping4 tcp4
expect_same "web-01 web-02 web-03" "$(soar contained --json | field containments target | tr ' ' '\n' | sort | xargs)" "the ledger holds three"

echo "== away while it is being isolated, and for good"
soar release web-01 --reason "next" --yes >/dev/null 2>&1
fleet offline web-01
sed 's/keep_trying: 5m/keep_trying: 4s/' "$TEST_DIR/soard.yaml" >"$TEST_DIR/short.yaml"
expect_exit 1 "after its time the run gives up" soarctl run "$BOOK" --host web-01 --reason test --yes --config "$TEST_DIR/short.yaml"
expect_line 'web-01 is open to the network' "and says that the host is open"
expect_exit 0 "the journal is whole" soar journal verify
finish
