#!/bin/bash
# Property: the scripts of Snapshot_Memory say why a host's kernel gives nobody its memory; take the states and memory of its
# processes then, each page under its address; run on whatever the host's shell and file systems are; and leave nothing behind.
# Method: the pack's own texts, walked by the engine (pack_local), under dash, bash and busybox, in namespaces of their own
# with a process that holds a marker; file systems are made noexec, and tools taken away. /proc/kcore is a file of ours.
# Usage: memory_scripts_test.sh [PACK_LOCAL PACK HELPER]. Needs root; prints `skipped` and why where it can't run.
# shellcheck disable=SC2016
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
LOCAL=${1:-$ROOT/build/dev/tests/pack_local}
PACK=${2:-$ROOT/actions/snapshot_memory.yaml}
PACK_HELPER=${3:-$ROOT/build/dev/helpers/soar-memory}
passed=0 failed=0

skipped() {
    echo "skipped: $*"
    exit 0
}
good() { passed=$((passed + 1)) && echo "ok       $*"; }
bad() { failed=$((failed + 1)) && echo "NOT OK   $*"; }
same() { if [ "$1" = "$2" ]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi; }
# shellcheck disable=SC2053  # a pattern
like() { if [[ $2 == $1 ]]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi; }

[ "$(id -u)" = 0 ] || skipped "needs root: it makes namespaces"
unshare --mount --pid --fork true 2>/dev/null || skipped "this machine lets nobody make namespaces"
[ -x "$LOCAL" ] && [ -x "$PACK_HELPER" ] || skipped "there is no $LOCAL or $PACK_HELPER"
DIR=$(mktemp -d /var/tmp/mem-XXXXXX) # /tmp is another one in the host
trap 'rm -rf --one-file-system "$DIR"' EXIT
trap 'exit 1' INT TERM HUP
cp "$LOCAL" "$DIR/pack_local"
cp "$PACK" "$DIR/pack.yaml"
cp "$PACK_HELPER" "$DIR/helper"
export DIR PACK_HELPER=$DIR/helper PACK_EVIDENCE=$DIR/evidence

# What a marked process is: it says where its marker is, and waits.
cat >"$DIR/marked.py" <<'PY'
import ctypes, mmap, os, sys, time
page = mmap.mmap(-1, 3 * 4096)
page[4096 + 40:4096 + 40 + 24] = b"MARKER-" + os.urandom(8).hex().encode() + b"!"
at = ctypes.addressof(ctypes.c_char.from_buffer(page)) + 4096
print(os.getpid(), "%x" % at, page[4096 + 40:4096 + 40 + 24].decode(), flush=True)
time.sleep(600)
PY

# in_a_host SETUP PROVIDER PHASE…: in new namespaces, after SETUP, with a marked process; what it says goes to $DIR/said. What is
# left where programs may be put, to $DIR/left.
in_a_host() {
    local setup=$1 provider=$2
    shift 2
    echo '{"target": {"name": "web-01", "os": "linux", "address": "10.0.0.1", "port": 22}}' >"$DIR/state"
    rm -f "$DIR/evidence" "$DIR/marked"
    PACK_PROVIDER=$provider timeout -s KILL 60 unshare --mount --pid --fork --kill-child --propagation private sh -c '
        mount -n -t proc proc /proc && mount -n -t tmpfs x /dev/shm && mount -n -t tmpfs x /run && mount -n -t tmpfs x /tmp || exit 99
        eval "$1"
        shift
        cd /; /usr/bin/python3 "$DIR/marked.py" >"$DIR/marked" &
        until [ -s "$DIR/marked" ]; do kill -0 $! || exit 98; done
        "$DIR/pack_local" "$DIR/pack.yaml" "$DIR/state" "$@" >"$DIR/said" 2>&1
        find /dev/shm /run /tmp -mindepth 1 >"$DIR/left"
        kill $!' sh "$setup" "$@" || bad "the host could not be made"
}
said() { tr '\n' ';' <"$DIR/said"; }
left() { xargs <"$DIR/left"; }

marker_is_there() { # TEXT
    local pid at marker member
    read -r pid at marker <"$DIR/marked"
    member=$(tar tf "$DIR/evidence" | grep "^process/$pid/memory/$at-")
    if [ -n "$member" ] && [ "$(tar xOf "$DIR/evidence" "$member" | tail -c +41 | head -c 24)" = "$marker" ]; then
        good "$1"
    else
        bad "$1: ${member:-no member at $at}"
    fi
}

echo "== under every shell"
for shell in "dash" "bash" "busybox sh"; do
    command -v "${shell%% *}" >/dev/null || continue
    PACK_SHELL=$shell in_a_host : linux-state find apply check
    same "done none;done none;done so;" "$(said)" "$shell: found, kept, and then it is so"
    marker_is_there "$shell: the marker is at its address"
    like '*"whole_memory": false*' "$(tar xOf "$DIR/evidence" report.json)" "$shell: it says that this is not the whole memory"
    same "" "$(left)" "$shell: nothing is left behind"
done
read -r pid _ <"$DIR/marked"
like "*marked.py*" "$(tar xOf "$DIR/evidence" system/processes | grep "^$pid")" "the list of processes has it"
like "exe	/usr/bin/python3*" "$(tar xOf "$DIR/evidence" "process/$pid/links" | head -1)" "with its program"

echo "== wherever a program may be started"
noexec='mount -n -o remount,noexec /dev/shm; mount -n -o remount,noexec /run; mount -n -o remount,noexec /tmp'
without='printf "#!/bin/sh\nexit 1\n" >$DIR/no; chmod 755 $DIR/no; mount -n --bind $DIR/no /usr/bin/unshare'
in_a_host "$noexec" linux-state find apply
same "done none;done none;" "$(said)" "all file systems in memory are noexec: one of its own is not"
same "" "$(left)" "and nothing is left"
in_a_host "$without" linux-state find apply check
same "done none;done none;done so;" "$(said)" "no unshare: a file in memory"
marker_is_there "and the marker is there"
same "" "$(left)" "and nothing is left"
in_a_host "$without; mount -n -o remount,noexec /dev/shm" linux-state find apply
same "done none;done none;" "$(said)" "the first place is noexec: the next is taken"
same "" "$(left)" "and nothing is left"
in_a_host "$without; $noexec" linux-state find apply
like "done none;permanent*no place in this host's memory from which a program may be started;" "$(said)" "nowhere: it says so"
same "" "$(left)" "and nothing is left"

echo "== a reader that goes away"
PACK_EVIDENCE=/dev/full in_a_host : linux-state find apply
like "done none;transient*the host broke off before the end;" "$(said)" "it ends"
same "" "$(left)" "and nothing is left"

echo "== the kernel's memory"
in_a_host : linux-kcore find
[ -e /proc/kcore ] || like "unsupported*this kernel has no /proc/kcore;" "$(said)" "without /proc/kcore it says so"
iomem='printf "00001000-00004fff : System RAM\n00100000-003fffff : System RAM\n" >$DIR/iomem'
sed -e 's|/proc/kcore|$DIR/kcore|g; s|/proc/iomem|$DIR/iomem|g; s|kcore --unlink|kcore --unlink --proc $DIR|g' -i "$DIR/pack.yaml"
/usr/bin/python3 - "$DIR/kcore" <<'PY'
import struct, sys
entries = [(1, 0x3000, 0xffff888000001000, 0x1000, 0x4000), (1, 0x103000, 0xffff888000100000, 0x100000, 0x300000)]
head = bytearray(64)
head[:7] = b"\x7fELF\x02\x01\x01"
struct.pack_into("<Q", head, 32, 64)
struct.pack_into("<HH", head, 54, 56, len(entries))
for kind, offset, virtual, physical, size in entries:
    head += struct.pack("<IIQQQQQQ", kind, 7, offset, virtual, physical, size, size, 0)
with open(sys.argv[1], "wb") as f:
    f.write(head)
    f.seek(0x103000 + 0x1234)
    f.write(b"MARKER")
    f.truncate(0x103000 + 0x300000)
PY
for shell in "dash" "bash" "busybox sh"; do
    PACK_SHELL=$shell in_a_host "$iomem" linux-kcore find apply check
    same "done none;done none;done so;" "$(said)" "$shell: the image is made"
    same $((0x4000 + 0x300000 + 64)) "$(stat -c %s "$DIR/evidence")" "$shell: it is as long as was found before"
    same MARKER "$(tail -c +$((64 + 0x4000 + 0x1234 + 1)) "$DIR/evidence" | head -c 6)" "$shell: the marker is at its address"
    same "" "$(left)" "$shell: nothing is left behind"
done
in_a_host "$iomem; : >\$DIR/kcore" linux-kcore find
like "unsupported*can't be read*" "$(said)" "a /proc/kcore that gives nothing is no way"
printf '\177ELF' >"$DIR/kcore"
in_a_host 'echo "00000000-00000000 : System RAM" >$DIR/iomem' linux-kcore find
like "unsupported*hides where the memory lies*" "$(said)" "hidden addresses are no way"

echo "$passed passed, $failed failed"
exit $((failed > 0))
