#!/bin/bash
# Property: every malformed playbook is refused by the program itself, with file:line:col: error: and what was expected, exit
# 2, and nothing runs: the journal has no run afterwards.
# Method: each file of tests/engine/playbook/bad goes through `soarctl lint` and `soarctl run`.
set -u
SOARCTL=${1:?usage: malformed_test.sh SOARCTL}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
passed=0 failed=0

printf 'hosts:\n  web-01: {address: 127.0.9.1, os: linux, via: ssh, user: root}\n' >"$WORK/inventory.yaml"

say() { # OK? WHAT
    if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "failed: $2"; fi
}

refused() { # FILE EXIT: a place in this very file, or the file as a whole
    local place
    place="^[^ ]*$(basename "$1"):[0-9]+:[0-9]+: error: .+"
    [ "$2" = 2 ] && grep -Eq "$place" "$WORK/said"
}

# What is wrong with these shows only beside packs that the room's own test brings.
needs_pack() { case ${1##*/} in target_os_for_users.* | targets_for_once.* | with_enum.* | with_required.*) return 0 ;; esac; return 1; }

for file in "$ROOT"/tests/engine/playbook/bad/*.yaml; do
    if needs_pack "$file"; then continue; fi
    "$SOARCTL" lint "$file" >"$WORK/said" 2>&1
    refused "$file" $?
    say $? "lint $(basename "$file"): $(head -2 "$WORK/said")"
    "$SOARCTL" run "$file" --inventory "$WORK/inventory.yaml" --state "$WORK/state" --host web-01 --user jdoe --reason test \
        --yes >"$WORK/said" 2>&1
    refused "$file" $?
    say $? "run $(basename "$file"): $(head -2 "$WORK/said")"
done
! "$SOARCTL" runs --state "$WORK/state" 2>&1 | grep -q "R-"
say $? "a run was begun: $("$SOARCTL" runs --state "$WORK/state")"
[ "$passed" -ge 120 ] || say 1 "fewer than 60 malformed playbooks"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
