#!/bin/bash
# Property: plan, plan --check and run --dry-run leave an endpoint as it was, to the byte, and could not have done
# otherwise: the workers they start have no function that writes.
# Method: prints of an endpoint before and after (every inode, file contents, rules with handles, processes, network),
# sshd's own traces aside; then a real run, which must show in the same print. The worker is asked by its own protocol.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
lab_up 2
SEED=$SOAR_ROOT/playbooks/contain_lateral_movement.yaml
ALERT=$(alert_file alert.json web-01 web-02)

# What was written since the stamp and is not so in the machine's own file system, on which the endpoint's root is laid:
# the machine may go on with its life. (Below the folder of this tree people build; what is written there by the endpoint
# shows in the room that is left to it, as everything does.)
cat >"$TEST_DIR/written.py" <<'PY'
import os, sys
root, since, busy = sys.argv[1], float(sys.argv[2]), "/" + sys.argv[3].split("/")[1]
def stamp(path):
    try:
        s = os.lstat(path)
        return s.st_mode, s.st_size, s.st_ctime_ns
    except OSError:
        return None
own = os.lstat(root + "/").st_dev
for folder, dirs, files in os.walk(root + "/"):
    dirs[:] = [d for d in dirs if os.lstat(os.path.join(folder, d)).st_dev == own and folder[len(root) + 1:] + "/" + d != busy]
    for path in [os.path.join(folder, name) for name in files] + [folder]:
        s = stamp(path)
        if s and s[2] / 1e9 >= since and s != stamp(path[len(root):] or "/"):
            print(path[len(root):])
PY
written() { /usr/bin/python3 "$TEST_DIR/written.py" "$(root_of "$1")" "$2" "$SOAR_ROOT" | sort; }

# Where an endpoint's own files are: its tmpfs mounts and what the lab wrote.
files_of() {
    local root
    root=$(root_of "$1")
    (cd "$root/" && find run tmp root dev home etc var/log ! -path run/sshd.log -type f -printf '%p %m %u %T@ %C@ ' -exec sha256sum {} \; ! -type d -o \
        ! -path run/sshd.log -printf '%p %y %m %u %T@ %l\n') 2>/dev/null | sort
}
room_of() { fleet exec "$1" stat -f -c 'blocks %f inodes %d' /; }
print_of() {
    room_of "$1"
    files_of "$1"
    nft_on "$1" -a list ruleset
    fleet exec "$1" ps -eo comm=,args= | grep -v '^sshd\|^ps \|^timeout ' | sort
    ip -n "$FLEET_NAME-$1" addr show | grep -v valid_lft
    ip -n "$FLEET_NAME-$1" -4 route show table all
    fleet exec "$1" sh -c 'cat /proc/mounts /proc/sys/net/ipv4/ip_forward'
}

# untouched TEXT COMMAND…: the print of web-01 is the same after it
untouched() {
    local text=$1 since code
    shift
    since=$(date +%s.%N)
    print_of web-01 >"$TEST_DIR/before"
    "$@" >"$TEST_DIR/out" 2>&1
    code=$?
    within 5 "$text: sshd is through with it" quiet web-01
    print_of web-01 >"$TEST_DIR/after"
    if diff "$TEST_DIR/before" "$TEST_DIR/after" >"$TEST_DIR/diff"; then good "$text: nothing differs"; else
        bad "$text: something differs"
        sed 's/^/         | /' "$TEST_DIR/diff"
    fi
    expect_same "" "$(written web-01 "$since")" "$text: no file was written"
    return $code
}
quiet() { ! fleet exec "$1" ps -eo args= | grep -q '^sshd: root'; }

fleet exec web-01 true
untouched "the print is still when nobody comes" true
untouched "a session alone" ssh_to web-01 true
expect_same 0 "$?" "it was one"

echo "== plan"
untouched "plan" soarctl plan "$SEED" --alert "$ALERT"
expect_same 0 "$?" "its exit: all would be done"
expect_line 'web-01 +linux-nftables +not asked +isolated' "it says what would be done"
expect_line 'Nothing was changed' "and that nothing was"
asked=$(grep -c 'Accepted publickey' "$(root_of web-01)/run/sshd.log")
untouched "plan --check" soarctl plan "$SEED" --alert "$ALERT" --check
expect_line 'web-01 +linux-nftables +not isolated +isolated' "it says what it found"
if [ "$(grep -c 'Accepted publickey' "$(root_of web-01)/run/sshd.log")" -gt "$asked" ]; then good "it did ask the host"; else bad "it did not ask"; fi

echo "== run --dry-run"
untouched "run --dry-run" soarctl run "$SEED" --alert "$ALERT" --dry-run
expect_same 4 "$?" "its exit: in part, nobody knows jdoe"
expect_line 'web-01 +linux-nftables +not isolated +isolated' "it says what would be done"
untouched "as JSON" soarctl run "$SEED" --alert "$ALERT" --dry-run --json
untouched "check HOST" soarctl check web-01
expect_same "" "$(fleet handle web-01)$(fleet handle web-02)" "no table was loaded, not even for a moment"
expect_same "" "$(soarctl runs --json | field runs run)" "no run is in the record"
expect_same 0 "$(in_force)" "the ledger holds nothing"

echo "== the worker that a plan starts"
# worker MODE: what it says to being bound, and to a call that writes
worker() {
    local libexec=$SOAR_BUILD/libexec/soar/soar-ssh
    /usr/bin/python3 - "$libexec" "$1" "$(address_of web-01)" <<'PY'
import json, socket, subprocess, sys
program, mode, address = sys.argv[1:]
ours, theirs = socket.socketpair()
worker = subprocess.Popen([program], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env={})
theirs.close()
ours.settimeout(10)
lines = ours.makefile("rw")
peer = {"name": "web-01", "address": address, "port": 22, "user": "root"}
lines.write(json.dumps({"peer": peer, "mode": mode}) + "\n")
lines.flush()
hello = json.loads(lines.readline())["hello"]
print("writes", *[f["name"] for f in hello["functions"] if f["class"] != "read"])
call = {"call": 1, "function": "ssh.run", "left_ms": 5000, "args": {"script": "touch /tmp/written\n"}, "secrets": {}}
lines.write(json.dumps(call) + "\n")
lines.flush()
answer = lines.readline()
print("sending" if "sending" in answer else json.loads(answer)["class"] if answer else "ended")
lines.close()
ours.close()
worker.wait(10)
PY
}
expect_same "writes invalid" "$(worker read | tr '\n' ' ' | sed 's/ *$//; s/  */ /')" "has no function that writes, and refuses one"
if [[ "$(worker all)" == *ssh.run* ]]; then good "the one that a run starts has"; else bad "the one that a run starts has none: $(worker all)"; fi

echo "== and a real run shows in the same print"
since=$(date +%s.%N)
expect_exit 0 "a real run" soarctl run "$(isolation plain.yaml)" --host web-01 --reason test --yes
print_of web-01 >"$TEST_DIR/after"
for seen in 'table inet soar_isolate' 'run/soar/lock' 'soar /run/soar'; do
    if diff "$TEST_DIR/before" "$TEST_DIR/after" | grep -q "$seen"; then good "seen: $seen"; else bad "not seen: $seen"; fi
done
fleet exec web-01 sh -c 'echo >/usr/bin/planted; rm /usr/bin/who'
expect_same "/usr/bin /usr/bin/planted" "$(written web-01 "$since" | grep '^/usr/bin' | xargs)" "a file made and one taken away are seen"
finish
