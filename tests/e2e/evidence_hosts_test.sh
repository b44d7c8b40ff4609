#!/bin/bash
# Property: what a real host sends becomes evidence that verifies, whole or partial as it was; an endless stream and a full disk
# cost the rest of that stream and nothing else: the journal is sound, and the next host is isolated. soar killed in the middle
# keeps what came, and collects anew. What somebody changes is told.
# Method: files collected over ssh from endpoints of the fleet by a pack of the test's own, compared by their hashes; a file
# system of 24 MiB for the evidence; kill -9 while a part grows; the script that uses nothing of soar's.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
command -v zstd >/dev/null || skip "needs zstd"
FLEET_ROOM=192m
export FLEET_ROOM
lab_up 4 >"$TEST_DIR/up" || exit 1
tail -1 "$TEST_DIR/up"
STORE=$SOAR_STATE/evidence
SMALL=$TEST_DIR/small
trap 'umount "$SMALL" 2>/dev/null; at_end' EXIT

mkdir -p "$TEST_DIR/packs" "$SMALL"
cat >"$TEST_DIR/packs/collect_file.yaml" <<'YAML'
action: Collect_File
summary: The test's own, a file as evidence.
per: host
lock: memory
done: collected
providers:
  linux:
    when: target.os == "linux"
    via: ssh
    timeout: 5m
    find:
      - ssh.read: {script: cat /etc/hostname}
        as: found
      - one: host
        of: '[found.out]'
        id: target.name
    check:
      - so: kept.?evidence.?whole.orValue(false)
    apply:
      - ssh.collect: {script: . /root/how, name: data.bin, form: raw, limit: "100000000"}
        deadline: 4m
        outcomes:
          - {when: result.exit != 0, is: permanent, why: "it broke off"}
YAML
printf 'playbook_name: Collect\nactions:\n  - step: collect\n    action: Collect_File\n' >"$TEST_DIR/collect.yaml"
printf 'inventory: fleet/inventory.yaml\npacks: [packs]\nevidence: {reserve: 1MiB}\n' >"$TEST_DIR/soard.yaml"
printf 'inventory: fleet/inventory.yaml\npacks: [packs]\nevidence: {reserve: 8MiB, dir: small/evidence}\n' >"$TEST_DIR/small.yaml"
unset SOAR_INVENTORY
soar() { soarctl "$@" --config "$TEST_DIR/soard.yaml"; }
small() { soarctl "$@" --config "$TEST_DIR/small.yaml" --state "$TEST_DIR/state-small"; }
how() { printf '%s\n' "$2" | fleet exec "$1" sh -c 'cat >/root/how'; }
evidence() { soar evidence list --json | field evidence "$1"; }
script() { "$SOAR_ROOT/examples/evidence/verify.py" "$STORE"; }

head -c 48M /dev/urandom >"$TEST_DIR/data"
for host in web-01 web-04; do fleet exec "$host" sh -c 'cat >/root/data' <"$TEST_DIR/data"; done
how web-01 'cat /root/data'
how web-02 'head -c 5000000 /dev/urandom; exit 3'
how web-03 'cat /dev/zero'
how web-04 'while :; do cat /root/data; sleep 1; done'

echo "== whole"
expect_exit 0 "a file is collected" soar run "$TEST_DIR/collect.yaml" --host web-01 --yes
expect_same "$(sha256sum <"$TEST_DIR/data" | cut -d' ' -f1)" "$(evidence sha256)" "it is that file, by its hash"
expect_same whole "$(evidence state)" "it is whole"
expect_exit 0 "it verifies" soar evidence verify
expect_line 'compared with the journal: whole and unchanged' "also against the journal"
expect "it can be exported" soar evidence export E-1 "$TEST_DIR/copy" --raw
expect "the copy is that file" cmp "$TEST_DIR/data" "$TEST_DIR/copy/E-1.raw"
expect_exit 0 "the script finds it sound" script

echo "== partial"
expect_exit 1 "what breaks off fails" soar run "$TEST_DIR/collect.yaml" --host web-02 --yes
expect_same "5000000" "$(soar evidence list --json | field evidence bytes | cut -d' ' -f2)" "what came is kept"
expect_exit 1 "what doesn't end fails" soar run "$TEST_DIR/collect.yaml" --host web-03 --yes
expect_exit 0 "partial evidence is listed" soar evidence list
expect_line 'E-3 .*web-03.* PARTIAL: ' "the endless one as partial, with its reason"
expect_exit 0 "all of it verifies" soar evidence verify

echo "== killed"
"$SOAR_BUILD/bin/soarctl" run "$TEST_DIR/collect.yaml" --host web-04 --yes --config "$TEST_DIR/soard.yaml" >"$TEST_DIR/killed" 2>&1 &
pid=$!
grown() { [ "$(stat -c %s "$STORE/parts/E-4" 2>/dev/null || echo 0)" -gt 4000000 ]; }
within 60 "a part grows" grown
kill -9 "$pid"
wait "$pid" 2>/dev/null
how web-04 'cat /root/data'
expect_exit 0 "the run goes on" soar resume
expect_same "partial whole" "$(evidence state | cut -d' ' -f4,5)" "the part is kept, and all of it collected anew"
expect_same "" "$(ls "$STORE/parts")" "no part is left"
expect_exit 0 "with both of them all verifies" soar evidence verify
head=$(sed -n 's/^head \([0-9a-f]*\).*/\1/p' "$TEST_DIR/out")
expect "the script comes to the same head" "$SOAR_ROOT/examples/evidence/verify.py" "$STORE" "$head"
expect_exit 0 "the journal is sound" soar journal verify

echo "== a full disk"
mount -t tmpfs -o size=24m tmpfs "$SMALL" || skip "can't mount a file system"
expect_exit 1 "a file larger than the disk fails" small run "$TEST_DIR/collect.yaml" --host web-01 --yes
expect_exit 0 "the partial evidence is listed" small evidence list
expect_line 'PARTIAL: .*reserve' "with the reason"
expect_exit 0 "it verifies" small evidence verify
expect_same 1 "$(($(df --output=avail -B1 "$SMALL" | tail -1) > 7000000))" "the reserve is free"
expect_exit 0 "another host is isolated" small run "$(isolation cut.yaml)" --host web-02 --yes
expect "it is cut off" is_cut web-02
expect_exit 0 "its journal is sound" small journal verify

echo "== changed"
object=$STORE/$(soar evidence list --json | field evidence file | cut -d' ' -f1)
chmod 600 "$object" && printf x | dd of="$object" bs=1 seek=1000000 conv=notrunc status=none
expect_exit 1 "a changed byte is found" soar evidence verify
expect_line 'BROKEN .*E-1: objects/' "and named"
sed -i '$d' "$STORE/manifest.jsonl"
expect_exit 1 "a record that was cut off is missed" soar evidence verify
expect_line 'E-5: the journal says that it was kept' "by the journal"

echo "$passes good, $failures bad"
