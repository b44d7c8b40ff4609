#!/bin/bash
# Property: the seed playbook, word for word, does all it says on real machines: hosts are cut off, a person's accounts are shut
# in Active Directory, in OpenLDAP and on the host where he is at work, and memory is imaged after that, into evidence that
# stands up. The release gives back what can be given back, and says what can't.
# Method: tests/lab/seed.sh. Judged from outside: traffic at the attacker's card, the directories by log-ins, the image by a
# marker that was planted in the machine's memory, looked up before by its hypervisor.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_soarctl
for tool in samba-tool slapd ldapsearch kinit qemu-system-x86_64; do command -v $tool >/dev/null || skip "there is no $tool"; done
SEED=$SOAR_ROOT/playbooks/contain_lateral_movement.yaml
export SEED_NAME=$FLEET_NAME SEED_DIR=$TEST_DIR
lab() { "$SOAR_ROOT/tests/lab/$1.sh" "${@:2}"; }
"$SOAR_ROOT/tests/lab/seed.sh" up || exit 1
lab_down() { "$SOAR_ROOT/tests/lab/seed.sh" down >/dev/null 2>&1; }
trap 'lab_down; at_end' EXIT
eval "$("$SOAR_ROOT/tests/lab/seed.sh" env)"
export SOAR_INVENTORY=$SEED_INVENTORY
lab seed door web-01

gets_in() { lab seed ssh web-01 jdoe "$@"; }
ad_bind() { lab ad bind jdoe "$1"; }
ldap_bind() { lab ldap bind jdoe "$1"; }
processes_of_jdoe() { fleet exec web-01 sh -c 'pgrep -u jdoe | wc -l'; }
ticket() { fleet exec web-01 sh -c 'ls /tmp/krb5cc_* 2>/dev/null | wc -l'; }
vm() { "$SOAR_ROOT/tests/lab/vm.sh" ssh vm-01 "$@" </dev/null; }
vm_tables() { vm nft list tables | grep -c soar_isolate; }

echo "== before: all of it is open, or what follows proves nothing"
reaches() { # FROM TO: by TCP, a new connection until the server's greeting
    [ "$(ip netns exec "$FLEET_NAME-$1" timeout 3 bash -c "exec 3<>/dev/tcp/$2/22 && head -c 3 <&3" 2>/dev/null)" = SSH ]
}
cut_off() { ! reaches "$@"; }
A1=$(address_of web-01) A2=$(address_of web-02) A3=$(cat "$VM_DIR/vm-01/address")
for a in "$A1" "$A2" "$A3"; do expect "the attacker reaches $a" reaches attacker "$a"; done
expect "web-01 reaches web-02" reaches web-01 "$A2"
expect_same "0 0" "$(ad_bind Jdoe-Passw0rd) $(ldap_bind Jdoe-Passw0rd)" "jdoe logs in to both directories"
expect "and gets a ticket" lab ad kinit jdoe Jdoe-Passw0rd
expect_same "in in" "$(gets_in password Local-Passw0rd) $(gets_in key)" "and gets into web-01, by password and by key"
expect_same "1 1" "$(processes_of_jdoe) $(ticket)" "where something of his runs, and has a ticket"

# One page of the guest's memory, and where it is, by its hypervisor's word.
vm 'm=marker-$(head -c 16 /dev/urandom | md5sum | cut -c1-25); i=0
    while [ $i -lt 128 ]; do printf %s "$m"; i=$((i + 1)); done >/run/marker; cat /run/marker' >"$TEST_DIR/marker"
expect_same 4096 "$(wc -c <"$TEST_DIR/marker")" "a page of the virtual machine's memory is marked"
lab vm qmp vm-01 "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 0, \"size\": 134217728, \"filename\": \"$TEST_DIR/raw\"}}" >/dev/null
PAGE=$("$SOAR_ROOT/tests/lab/memory_image.py" find "$TEST_DIR/raw" "$TEST_DIR/marker" | head -1)
rm "$TEST_DIR/raw"
expect_same 000 "${PAGE: -3}" "at a physical address: $PAGE"

echo "== the seed playbook"
ALERT=$(alert_file alert.json web-01 web-02 vm-01)
expect_exit 0 "the run is completed" soarctl run "$SEED" --alert "$ALERT" --yes
RUN=$(last_run)
expect_same completed "$(soarctl show "$RUN" --json | field result)" "says the record, too"
expect_same "vm-01=changed web-01=changed web-02=changed" "$(outcomes "$RUN" 1)" "three hosts are isolated"
# where RUN STEP: "jdoe@corp-ad=changed …"
at_places() {
    soarctl show "$1" --json | /usr/bin/python3 -c '
import json, sys
tasks = [t for s in json.load(sys.stdin)["steps"] if s["step"] == sys.argv[1] for t in s["tasks"]]
print(*sorted("%s@%s=%s" % (t["target"].split("@")[0], t.get("place", "-"), t.get("outcome") or t["state"]) for t in tasks))' "$2"
}
expect_same "jdoe@corp-ad=changed jdoe@corp-ldap=changed jdoe@vm-01=skipped jdoe@web-01=changed jdoe@web-02=skipped" \
    "$(at_places "$RUN" 2)" "jdoe's accounts are shut, where he has one"
expect_same "vm-01=changed web-01=changed web-02=changed" "$(outcomes "$RUN" 3)" "memory is imaged, or state where there is none to read"

echo "== cut off"
for a in "$A1" "$A2" "$A3"; do expect "the attacker does not reach $a" cut_off attacker "$a"; done
expect "web-01 does not reach web-02" cut_off web-01 "$A2"
expect_shut web-01 attacker
expect_same 2 "$(vm_tables)" "which we still manage, and which has both tables"

echo "== revoked"
expect_same 49 "$(ad_bind Jdoe-Passw0rd)" "Active Directory refuses the old password"
if lab ad kinit jdoe Jdoe-Passw0rd >/dev/null; then bad "kinit with the old password"; else good "so does kinit"; fi
expect_same 49 "$(ldap_bind Jdoe-Passw0rd)" "OpenLDAP refuses the old password"
expect_same "userAccountControl: 514" "$(lab ad get jdoe userAccountControl)" "the account is disabled in the domain"
expect_same "pwdLastSet: 0" "$(lab ad get jdoe pwdLastSet)" "and was reset"
expect_same 1 "$(lab ldap get jdoe pwdAccountLockedTime | grep -c .)" "the account is locked in OpenLDAP"
expect_same "out out" "$(gets_in password Local-Passw0rd) $(gets_in key)" "web-01 refuses password and key"
expect_same "0 0" "$(processes_of_jdoe) $(ticket)" "nothing of his runs there, and his ticket is gone"
expect_same "in" "$(lab seed ssh web-01 asmith password Local-Passw0rd)" "asmith gets in as before"
expect_same "0 0" "$(lab ad bind asmith Asmith-Passw0rd) $(lab ldap bind asmith Asmith-Passw0rd)" "and into the directories"

echo "== evidence"
expect_exit 0 "the evidence is what its manifests say" soarctl evidence verify
expect_exit 0 "the journal is whole and unchanged" soarctl journal verify
soarctl evidence list --json >"$TEST_DIR/evidence.json"
expect_same "vm-01=whole web-01=whole web-02=whole" "$(/usr/bin/python3 -c '
import json, sys
print(*sorted("%s=%s" % (e["target"].removeprefix("host:"), e["state"]) for e in json.load(sys.stdin)["evidence"]))' <"$TEST_DIR/evidence.json")" "one piece of each host, whole"
IMAGE=$(/usr/bin/python3 -c '
import json, sys
print(*(e["evidence"] for e in json.load(sys.stdin)["evidence"] if e["target"] == "host:vm-01"))' <"$TEST_DIR/evidence.json")
expect_exit 0 "the virtual machine's image is exported" soarctl evidence export "$IMAGE" "$TEST_DIR/exported" --raw
expect "the marker stands in it at its physical address" "$SOAR_ROOT/tests/lab/memory_image.py" at "$TEST_DIR/exported/$IMAGE.raw" "$PAGE" "$TEST_DIR/marker"
rm -rf "$TEST_DIR/exported"
# by the record: the isolation was proved before the image was begun
soarctl journal export >"$TEST_DIR/journal"
expect "it was begun after the machine was isolated" /usr/bin/python3 - "$TEST_DIR/journal" "$RUN" <<'PY'
import json, sys
at = {}
for number, event in enumerate(map(json.loads, open(sys.argv[1], encoding="utf-8"))):
    if event.get("run") == sys.argv[2] and event["target"] == "host:vm-01":
        at.setdefault(event["step"] + " " + event["kind"], number)
sys.exit(not at["1 task.ended"] < at["3 evidence.begun"])
PY

echo "== given back"
expect_exit 0 "the run is released" soarctl release "$RUN" --reason "test" --yes
cp "$TEST_DIR/out" "$TEST_DIR/released"
soarctl show "$(last_run)" >>"$TEST_DIR/released" 2>&1
soarctl show "$RUN" >>"$TEST_DIR/released" 2>&1
cp "$TEST_DIR/released" "$TEST_DIR/out"
expect_line 'the old password' "it says that the password was not restored"
for a in "$A1" "$A2" "$A3"; do within 10 "the attacker reaches $a again" reaches attacker "$a"; done
within 10 "web-01 reaches web-02" reaches web-01 "$A2"
expect_same "userAccountControl: 512" "$(lab ad get jdoe userAccountControl)" "the account is enabled in the domain"
expect_same "49 49" "$(ad_bind Jdoe-Passw0rd) $(ldap_bind Jdoe-Passw0rd)" "the old password is good nowhere"
new_password=$(printf '"New-Passw0rd-7"' | iconv -t UTF-16LE | base64)
AD_DN=$(LDAPTLS_CACERT=$AD_CA ldapsearch -x -LLL -o ldif-wrap=no -H "$AD_URI" -D "$AD_ADMIN_DN" -w "$AD_ADMIN_PW" -b "$AD_BASE" "(sAMAccountName=jdoe)" dn | sed -n 's/^dn: //p')
printf 'dn: %s\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: %s\n-\nreplace: pwdLastSet\npwdLastSet: -1\n' "$AD_DN" "$new_password" | lab ad modify
LDAP_DN=uid=jdoe,ou=people,$LDAP_BASE
expect "an administrator sets a new one" ldappasswd -x -o nettimeout=5 -H "$LDAPS_URI" -D "$LDAP_ADMIN_DN" -w "$LDAP_ADMIN_PW" -s New-Passw0rd-7 "$LDAP_DN"
expect_same "0 0" "$(ad_bind New-Passw0rd-7) $(ldap_bind New-Passw0rd-7)" "and he logs in to both"
expect_same "in out" "$(gets_in key) $(gets_in password Local-Passw0rd)" "web-01 lets him in by key, and by the old password no more"
expect_same 0 "$(in_force)" "the ledger holds nothing"
expect_exit 0 "the journal is whole and unchanged" soarctl journal verify
expect_exit 0 "so is the evidence" soarctl evidence verify
finish
