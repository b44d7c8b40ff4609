#!/bin/bash
# Property: a Linux machine's memory is imaged after its isolation, over ssh alone: a marker that a process of it holds is in the
# image at its physical address. A kernel that is locked down gives the states and memory of its processes instead, and that is
# not called an image. The evidence verifies; nothing is left on the machine.
# Method: two virtual machines (one locked down) on the fleet's wire; planted.c tells where its marker is; soarctl runs a playbook
# with the built-in actions, and exports what was kept.
# shellcheck source=tests/e2e/lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"
need_soarctl
cc -static -O1 -D_GNU_SOURCE -o "$TEST_DIR/planted" "$SOAR_ROOT/tests/e2e/planted.c" || skip "there is no static C library"
lab_up 1 attacker
vm_up vm-01 --memory 96 # one after the other: two that boot at once take longer
vm_up vm-02 --memory 96 --append lockdown=confidentiality
ALERT=$(alert_file alert.json vm-01 vm-02)
cat >"$TEST_DIR/image.yaml" <<'YAML'
playbook_name: Image
actions:
  - {step: isolate, action: Isolate_Endpoint}
  - {step: image, action: Snapshot_Memory}
YAML

# plant VM: its words go to $TEST_DIR/VM.planted: pid, marker, virtual and physical address.
plant() {
    vm ssh "$1" 'cat >/run/planted && chmod 700 /run/planted' <"$TEST_DIR/planted"
    vm ssh "$1" 'setsid /run/planted >/run/said 2>/dev/null </dev/null & until [ -s /run/said ]; do sleep 0.1; done; cat /run/said; rm /run/planted /run/said' \
        </dev/null >"$TEST_DIR/$1.planted"
}
# What a program might leave: files where it could be put, mounts, processes.
traces() { vm ssh "$1" 'find /dev/shm /run /tmp -mindepth 1 | grep -v "^/run/soar"; cat /proc/mounts; ps -o args= | grep -c "[m]emory"' </dev/null; }

for name in vm-01 vm-02; do
    expect "a marker is planted on $name" plant "$name"
    traces "$name" >"$TEST_DIR/$name.before"
done

echo "== isolated, then imaged"
expect_exit 0 "the run completes" soarctl run "$TEST_DIR/image.yaml" --alert "$ALERT" --yes
expect_line 'isolate +vm-01 +isolated' "vm-01 is isolated"
expect_line 'image +vm-01 +imaged .* E-[12]$' "vm-01 is imaged"
expect_line 'image +vm-02 +states kept .* E-[12]$' "vm-02: the states are kept, and nobody calls that an image"
RUN=$(last_run)
expect_same "vm-01=changed vm-02=changed" "$(outcomes "$RUN" isolate)" "both are cut off first"
expect_same "vm-01=changed vm-02=changed" "$(outcomes "$RUN" image)" "both have given evidence"
expect_exit 0 "show" soarctl show "$RUN"
expect_line 'vm-02: this is not the whole memory' "show says what isn't in it"
provider_of() {
    soarctl show "$RUN" --json | /usr/bin/python3 -c '
import json, sys
print(*(t["provider"] for s in json.load(sys.stdin)["steps"] for t in s["tasks"] if s["step"] == "image" and t["target"] == sys.argv[1]))' "$1"
}
expect_same linux-kcore "$(provider_of vm-01)" "vm-01 by its kernel's memory"
expect_same linux-state "$(provider_of vm-02)" "vm-02 by its processes"
for name in vm-01 vm-02; do
    traces "$name" >"$TEST_DIR/$name.after"
    expect "nothing is left on $name" diff "$TEST_DIR/$name.before" "$TEST_DIR/$name.after"
done

echo "== the evidence"
expect_exit 0 "it verifies" soarctl evidence verify
evidence_of() {
    soarctl evidence list --json | /usr/bin/python3 -c '
import json, sys
print(*(e["evidence"] for e in json.load(sys.stdin)["evidence"] if e.get("form") == sys.argv[1] and e["state"] == "whole"))' "$1"
}
IMAGE=$(evidence_of lime) STATES=$(evidence_of tar)
expect "both are exported" soarctl evidence export "$IMAGE" "$STATES" "$TEST_DIR/export" --raw
FILE=$TEST_DIR/export/$IMAGE.raw
TAR=$TEST_DIR/export/$STATES.raw

# lime FILE ADDRESS LENGTH: what an image has at a physical address.
lime() {
    /usr/bin/python3 -c '
import struct, sys
at, length = int(sys.argv[2], 16), int(sys.argv[3])
with open(sys.argv[1], "rb") as f:
    while head := f.read(32):
        magic, version, first, last, _ = struct.unpack("<IIQQQ", head)
        if magic != 0x4C694D45 or version != 1:
            sys.exit("no LiME header")
        if first <= at <= last:
            f.seek(at - first, 1)
            print(f.read(length).decode("latin-1"))
        f.seek(f.tell() + last - first + 1) if not first <= at <= last else sys.exit(0)' "$@"
}
read -r PID MARKER AT PHYSICAL <"$TEST_DIR/vm-01.planted"
expect_same "$MARKER" "$(lime "$FILE" "$PHYSICAL" "${#MARKER}")" "the marker is in the image at its physical address"
read -r PID MARKER AT PHYSICAL <"$TEST_DIR/vm-02.planted"
# tar_memory TAR PID ADDRESS LENGTH: what it has at an address of a process.
tar_memory() {
    /usr/bin/python3 -c '
import sys, tarfile
at, length = int(sys.argv[3], 16), int(sys.argv[4])
for member in tarfile.open(sys.argv[1]):
    if member.name.startswith("process/%s/memory/" % sys.argv[2]):
        start, end = (int(x, 16) for x in member.name.split("/")[3].split("-"))
        if start <= at < end:
            print(tarfile.open(sys.argv[1]).extractfile(member).read()[at - start:][:length].decode("latin-1"))' "$@"
}
expect_same "$MARKER" "$(tar_memory "$TAR" "$PID" "$AT" "${#MARKER}")" "the marker is among vm-02's states at its address in that process"
expect_same 1 "$(tar xOf "$TAR" system/firewall | grep -c 'table inet soar_isolate')" "with the firewall as it was: isolated"

expect_exit 0 "both are let go" soarctl release "$RUN" --yes
finish
