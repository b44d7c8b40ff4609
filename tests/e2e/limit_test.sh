#!/bin/bash
# Property: sixty hosts under a limit of twenty an hour: twenty are cut off, forty are held in one hold and none is lost;
# a person frees exactly these forty, or leaves exactly these alone.
# Method: one alert that names sixty endpoints, twice, with two records; what is cut off is counted on the endpoints.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
FLEET_ROOM=16m
export FLEET_ROOM
lab_up 60 attacker >"$TEST_DIR/up" || exit 1
tail -1 "$TEST_DIR/up"
mapfile -t HOSTS < <(seq -f 'web-%02g' 60)
ALERT=$(alert_file sixty.json "${HOSTS[@]}")
BOOK=$(isolation many.yaml)
cat >"$TEST_DIR/soard.yaml" <<YAML
inventory: fleet/inventory.yaml
policy:
  blast_radius: {isolate: {at_most: 20/1h}}
YAML
unset SOAR_INVENTORY
soar() { soarctl "$@" --config "$TEST_DIR/soard.yaml"; }

# The hosts that are cut off, as the endpoints have it.
cut_off() {
    local host
    for host in "${HOSTS[@]}"; do is_free "$host" || echo "$host"; done
}
# Those that the last run shows as NAME, by its own record.
told() {
    soar show "$(soar runs --json | field runs run | tr ' ' '\n' | tail -1)" --json | /usr/bin/python3 -c '
import json, sys
tasks = [t for s in json.load(sys.stdin)["steps"] for t in s["tasks"]]
print(*sorted(t["target"] for t in tasks if (t.get("outcome") or t["state"]) in sys.argv[1:]), sep="\n")' "$@"
}

echo "== sixty at once"
expect_exit 3 "the run waits for a person" soar run "$BOOK" --alert "$ALERT" --yes
expect_line '20 done, 0 already, 0 still tried, 40 held, 0 failed, 0 in doubt' "it counts twenty and forty"
expect_line 'HELD' "it says held"
FIRST=$(cut_off)
expect_same 20 "$(wc -l <<<"$FIRST")" "twenty hosts are cut off"
expect_same "$FIRST" "$(told changed)" "they are the twenty of the record"
expect_same 20 "$(soar contained --json | field counts held)" "the ledger holds twenty"
expect_shut "$(head -1 <<<"$FIRST")" attacker ping4 tcp4
HELD=$(comm -13 <(echo "$FIRST") <(printf '%s\n' "${HOSTS[@]}"))
expect_open "$(head -1 <<<"$HELD")" attacker ping4 tcp4

echo "== one hold of forty"
expect_exit 3 "something waits for a person" soar waiting
expect_line 'H-1 .* 40 targets' "H-1 holds forty"
members() { soar waiting --json | field asks members target | tr ' ' '\n' | sort -u; }
expect_same H-1 "$(soar waiting --json | field asks ask)" "it is the only one"
expect_same "$HELD" "$(members)" "it is exactly the forty"
expect_exit 3 "the same alert once more frees nobody" soar run "$BOOK" --alert "$ALERT" --yes
expect_same "$FIRST" "$(cut_off)" "the same twenty are cut off"
expect_same H-1 "$(soar waiting --json | field asks ask)" "its tasks gather in the same hold"
expect_same "$HELD" "$(members)" "over the same forty"

echo "== override"
expect_exit 3 "those who were looked at are not those who wait" soar override H-1 0000-0000 --reason "a look too late" --yes
expect_line 'H-1 changed since you looked' "and it says so"
expect_same "$FIRST" "$(cut_off)" "nobody was freed"
DIGEST=$(soar waiting --json | field asks digest)
expect_exit 0 "a person frees them" soar override H-1 "$DIGEST" --reason "ransomware, seen on two of them" --yes
expect_same 60 "$(cut_off | wc -l)" "sixty hosts are cut off"
expect_same 60 "$(soar contained --json | field counts held)" "the ledger holds sixty"
expect_same "" "$(told held)" "none is held any more"
expect_shut "$(head -1 <<<"$HELD")" attacker ping4 tcp4
expect_exit 0 "nothing waits any more" soar waiting
expect_exit 2 "an answered hold can't be answered again" soar override H-1 --reason again --yes
expect_exit 0 "the journal is whole" soar journal verify

echo "== drop, on another record"
for host in "${HOSTS[@]}"; do echo "delete table inet soar_isolate; delete table netdev soar_isolate" | nft_in "$host"; done
expect_same "" "$(cut_off)" "all are open again"
export SOAR_STATE=$TEST_DIR/state-2
expect_exit 3 "the run waits for a person" soar run "$BOOK" --alert "$ALERT" --yes
SECOND=$(cut_off)
expect_same 20 "$(wc -l <<<"$SECOND")" "twenty hosts are cut off"
expect_exit 4 "a person leaves the forty alone" soar drop H-1 --reason "a test of the SIEM" --yes
expect_same "$SECOND" "$(cut_off)" "none of the forty was touched"
expect_same 40 "$(told denied refused | wc -l)" "the record says so of each"
expect_exit 0 "nothing waits any more" soar waiting
expect_same partial "$(soar runs --json | field runs result)" "the run ended in part"
expect_exit 0 "the journal is whole" soar journal verify
finish
