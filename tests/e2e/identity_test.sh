#!/bin/bash
# Property: nobody is shut out by mistake. Protected accounts, soar's own, a name that two people have, one name in two
# directories that nothing joins, and a host name that means two machines are refused or held, nothing is done to them, and
# the record has the reason.
# Method: a real Samba domain, a real slapd and real hosts; what they hold of the people is the same before and after.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_soarctl
for tool in samba-tool slapd ldapsearch; do command -v $tool >/dev/null || skip "there is no $tool"; done
export AD_LAB_NAME=$FLEET_NAME AD_LAB_DIR=$TEST_DIR/ad LDAP_LAB_NAME=$FLEET_NAME LDAP_LAB_DIR=$TEST_DIR/ldap
ad() { "$SOAR_ROOT/tests/lab/ad.sh" "$@"; }
ldap() { "$SOAR_ROOT/tests/lab/ldap.sh" "$@"; }
trap 'ad down >/dev/null 2>&1; ldap down >/dev/null 2>&1; at_end' EXIT
ad up & started_ad=$!
ldap up || exit 1
lab_up 2
wait $started_ad || exit 1
eval "$(ad env)"
eval "$(ldap env)"
{
    sed 's/web-0[12]: {/&also: [www], /' "$SOAR_INVENTORY"
    printf 'directories:\n  corp-ad: %s\n  corp-ldap: %s\n' "$(ad directory)" "$(ldap directory)"
} >"$FLEET_DIR/people.yaml"
export SOAR_INVENTORY=$FLEET_DIR/people.yaml
printf 'inventory: %s\nstate: %s\npolicy:\n  protect: {users: [asmith]}\n' "$SOAR_INVENTORY" "$SOAR_STATE" >"$TEST_DIR/soard.yaml"
printf 'playbook_name: Revoke\nactions:\n  - step: revoke\n    action: Revoke_Credentials\n    target_user: "{{alert.user_id}}"\n' >"$TEST_DIR/revoke.yaml"
fleet exec web-01 sh -c 'useradd -m mjones; useradd -m -o -u 0 toor; for u in twin asmith off; do useradd -m $u; done'

people() { # all that the directories and the host hold of them
    local user
    for user in adm-jane mjones asmith off administrator 'gmsa$' 'ws-01$'; do ad get "$user" userAccountControl pwdLastSet replPropertyMetaData; done
    for user in twin mjones asmith locked; do ldap get "$user" + '*' 2>/dev/null | grep -v '^structural\|^subschema\|^hasSub'; done
    fleet exec web-01 cat /etc/shadow
    fleet exec web-02 cat /etc/shadow
}
alert_of() { # USER HOST-JSON…: an alert about him
    local user=$1 hosts
    shift
    hosts=$(printf ', %s' "$@")
    /usr/bin/python3 -c 'import json, sys
print(json.dumps({"id": "A-" + sys.argv[1], "status": "open", "severity": "critical", "confidence": 95, "user_id": sys.argv[1], "hosts": json.loads(sys.argv[2])}))' \
        "$user" "[${hosts#, }]" >"$TEST_DIR/alert.json"
    echo "$TEST_DIR/alert.json"
}
revoke() { soarctl run "$TEST_DIR/revoke.yaml" --alert "$(alert_of "$@")" --config "$TEST_DIR/soard.yaml" --yes; }
# told "PLACE=outcome" WHY TEXT: of the last run, by its record
told() {
    local got run
    run=$(last_run)
    got=$(soarctl journal export | /usr/bin/python3 -c '
import json, sys
run, place, word = sys.argv[1], *sys.argv[2].split("=")
for event in map(json.loads, sys.stdin):
    body = json.loads(event.get("body", "{}"))
    if event.get("run") == run and event["kind"] in ("task.ended", "task.held") and place in event["target"] + json.dumps(body):
        ended = event["kind"] == "task.ended" and body.get("outcome") == word or event["kind"] == "task.held" and word == "held"
        if ended:
            print(body.get("why") or json.dumps(body))' "$run" "$1")
    if grep -Eq -- "$2" <<<"$got"; then good "$3"; else
        bad "$3: no $1 like /$2/ in the record"
        { echo "$got"; soarctl show "$run"; } | sed 's/^/         | /'
    fi
}

people >"$TEST_DIR/before"
untouched() { expect "nothing was done to any of them" diff "$TEST_DIR/before" <(people); }
W1='{"name": "web-01", "os": "linux"}'

echo "== protected accounts"
revoke adm-jane >/dev/null 2>&1
told user:corp-ad=refused 'a protected administrator of the domain' "an administrator of the domain is refused there"
revoke administrator >/dev/null 2>&1
told user:corp-ad=refused 'built-in account' "so is the domain's built-in administrator"
revoke 'ws-01$' >/dev/null 2>&1
told user:corp-ad=refused "a machine's account" "a machine's account"
revoke 'gmsa$' >/dev/null 2>&1
told user:corp-ad=refused 'managed service account' "a managed service account"
revoke svc-soar >/dev/null 2>&1
told user:corp-ad=refused 'soar' "the account that soar itself comes by"
revoke root "$W1" >/dev/null 2>&1
told user:web-01=refused '.' "root of a host"
revoke toor "$W1" >/dev/null 2>&1
told user:web-01=refused 'root|same uid' "root by another name"
revoke asmith "$W1" >/dev/null 2>&1
told user:corp-ad=refused 'asmith' "who is protected by the site is refused in the domain"
told user:corp-ldap=refused 'asmith' "in the other directory"
told user:web-01=refused 'asmith' "and on the host"
untouched

echo "== which one is it?"
revoke twin >/dev/null 2>&1
told user:corp-ldap=refused 'two users match' "a name that two people have in one directory"
soarctl run "$TEST_DIR/revoke.yaml" --alert "$(alert_of mjones)" --config "$TEST_DIR/soard.yaml" --yes </dev/null >/dev/null 2>&1
told user:corp-=held 'other mail: is it one person' "one name in two directories, with nothing that joins them, is held"
untouched
ISOLATE=$(isolation isolate.yaml)
soarctl run "$ISOLATE" --alert "$(alert_of nobody "{\"name\": \"www\", \"os\": \"linux\"}")" --yes >/dev/null 2>&1
told www=refused 'two machines' "a host name that means two machines"
soarctl run "$ISOLATE" --alert "$(alert_of nobody "{\"name\": \"web-01\", \"ip\": [\"$(address_of web-02)\"], \"os\": \"linux\"}")" --yes >/dev/null 2>&1
told web-01=refused 'its address .* says web-02: which machine is it' "a name and an address that are two machines'"
expect_same "0 0" "$(tables web-01) $(tables web-02)" "neither is isolated"

echo "== who was shut before us stays so"
expect_exit 0 "an account that was disabled before" revoke off
OFF=$(last_run)
told user:corp-ad=changed '.*' "has its password replaced"
expect_exit 0 "its release" soarctl release "$OFF" --reason test --yes
expect_same "userAccountControl: 514" "$(ad get off userAccountControl)" "leaves it disabled"
expect_same 0 "$(in_force)" "the ledger holds nothing"
expect_exit 0 "the journal is whole and unchanged" soarctl journal verify
finish
