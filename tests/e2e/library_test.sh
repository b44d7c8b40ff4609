#!/bin/bash
# Property: playbooks of the library do all they say on real machines and directories: what they cut off is cut off, whom they shut
# out is out, evidence is whole and came when it had to, and each incident has one ticket that says what every target gave.
# Method: two Linux endpoints, a Samba domain, OpenLDAP; a chat, a ticket system and a firewall by tests/lab/services.py. Each
# playbook as it is shipped, then released. (Contain_Lateral_Movement: seed_test.sh.)
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_root
need_soarctl
for tool in samba-tool slapd ldapsearch; do command -v $tool >/dev/null || skip "there is no $tool"; done
export AD_LAB_NAME=$FLEET_NAME AD_LAB_DIR=$TEST_DIR/ad LDAP_LAB_NAME=$FLEET_NAME LDAP_LAB_DIR=$TEST_DIR/ldap
lab() { "$SOAR_ROOT/tests/lab/$1.sh" "${@:2}"; }
services_down() { exec {SERVICES}>&-; } 2>/dev/null
lab_down() {
    services_down
    [ -e "$AD_LAB_DIR/soar-ad" ] && lab ad down
    [ -e "$LDAP_LAB_DIR/soar-ldap" ] && lab ldap down
} >/dev/null 2>&1
trap 'lab_down; at_end' EXIT
lab ad up &
lab ldap up &
lab_up 2 attacker
wait
eval "$(lab ad env)"
eval "$(lab ldap env)"
exec {SERVICES}> >(exec "$SOAR_ROOT/tests/lab/services.py" "$TEST_DIR")
within 10 "chat, tickets and firewall are there" [ -s "$TEST_DIR/url" ]
URL=$(cat "$TEST_DIR/url")
{
    cat "$FLEET_DIR/inventory.yaml"
    echo "directories:"
    echo "  corp-ad: $(lab ad directory)"
    echo "  corp-ldap: $(lab ldap directory)"
    cat <<YAML
services:
  soc-chat: {kind: slack, url: "$URL", auth: {bearer: {token: "env:CHAT_TOKEN"}}, options: {channel: C0SOC}}
  tickets:  {kind: jira, url: "$URL", auth: {bearer: {token: "env:TICKET_TOKEN"}}, options: {project: SEC}}
  edge:     {kind: opnsense, url: "$URL", auth: {basic: {user: soar, password: "env:EDGE_PW"}}}
YAML
} >"$FLEET_DIR/library.yaml"
printf 'inventory: %s\nstate: %s\npolicy:\n  offline: {keep_trying: 30d, every: 2s}\n' "$FLEET_DIR/library.yaml" "$SOAR_STATE" >"$TEST_DIR/soard.yaml"
export SOAR_INVENTORY=$FLEET_DIR/library.yaml CHAT_TOKEN=chat-token TICKET_TOKEN=ticket-token EDGE_PW=edge-pw
fleet exec web-01 useradd -m -s /bin/bash jdoe

# alert NAME TECHNIQUE HOSTS-AS-JSON [MORE-JSON]: its path
alert() {
    cat >"$TEST_DIR/$1.json" <<JSON
{"id": "A-$1", "status": "open", "severity": "critical", "confidence": 95, "user_id": "jdoe", "title": "$1", "rule": {"id": "$1", "technique": ["$2"]}, "hosts": $3${4:+, $4}}
JSON
    echo "$TEST_DIR/$1.json"
}
library() { soarctl run "$SOAR_ROOT/playbooks/$1.yaml" --config "$TEST_DIR/soard.yaml" "${@:2}" --yes; }
of_services() { /usr/bin/python3 -c "import json, sys; s = json.load(open(sys.argv[1])); print($1)" "$TEST_DIR/state.json"; }
ldap_locked() { [ "$(lab ldap get jdoe pwdAccountLockedTime | grep -c .)" = "$1" ]; }
tickets_are() { [ "$(of_services "len(s['tickets'])")" = "$1" ]; }
account_is() { [ "$(lab ad get jdoe userAccountControl)" = "userAccountControl: $1" ]; }
evidence_of() { # RUN STEP: "web-01=whole …"
    soarctl evidence list --json | /usr/bin/python3 -c '
import json, sys
print(*sorted("%s=%s" % (e["target"].removeprefix("host:"), e["state"]) for e in json.load(sys.stdin)["evidence"] if e["run"] == sys.argv[1] and e["step"] == sys.argv[2]))' "$@"
}
ticket_says() { # NUMBER REGEX
    of_services "json.dumps(s['tickets'][$1 - 1]['fields']['description'], ensure_ascii=False)" | grep -Eq -- "$2"
}

echo "== Ransomware_Outbreak"
expect "web-01 and the attacker speak" ssh_to web-01 true
expect_open web-01 attacker
expect_exit 0 "it is completed" library ransomware_outbreak --alert "$(alert ransomware T1486 '[{"name": "web-01", "os": "linux"}, {"name": "web-02", "os": "linux"}]')"
RUN=$(last_run)
expect_shut web-01 attacker
expect_shut web-02 attacker
expect_same "web-01=whole web-02=whole" "$(evidence_of "$RUN" keep_memory)" "memory of both, whole"
expect_same "web-01=whole web-02=whole" "$(evidence_of "$RUN" keep_state)" "state of both, whole"
expect "jdoe is shut in the domain" account_is 514
expect "and in OpenLDAP" ldap_locked 1
expect_same "1 C0SOC" "$(of_services "len(s['messages']), s['messages'][0]['channel']" | tr -d "(),'")" "the SOC was told once"
expect_same 1 "$(of_services "len(s['tickets'])")" "there is one ticket"
for word in 'web-01' 'web-02' 'jdoe@corp-ad' 'jdoe@corp-ldap' "$RUN"; do expect "which names $word" ticket_says 1 "$word"; done
expect_exit 0 "the evidence is what its manifests say" soarctl evidence verify
expect_exit 0 "it is released" soarctl release "$RUN" --reason "test" --yes
expect_open web-01 attacker
expect "jdoe's account is enabled" account_is 512
expect "in both directories" ldap_locked 0

echo "== Malicious_Insider"
expect_exit 0 "it is completed" library malicious_insider --host web-01 --user jdoe --reason "case 17"
RUN=$(last_run)
expect_same "web-01=whole" "$(evidence_of "$RUN" keep_state)" "his machine's state is kept"
expect_shut web-01 attacker
expect "jdoe is shut in the domain" account_is 514
expect_same 1 "$(of_services "len(s['messages'])")" "nobody was told in the chat"
expect_same 2 "$(of_services "len(s['tickets'])")" "there is a ticket"
soarctl journal export >"$TEST_DIR/journal"
expect "evidence was whole before the account was touched, and that before the machine" /usr/bin/python3 - "$TEST_DIR/journal" "$RUN" <<'PY'
import json, sys
at = {}
for number, event in enumerate(map(json.loads, open(sys.argv[1], encoding="utf-8"))):
    if event.get("run") == sys.argv[2]:
        at.setdefault(event["step"] + " " + event["kind"], number)
sys.exit(not at["keep_state evidence.kept"] < at["shut_account call.intended"] < at["isolate call.intended"])
PY
expect_exit 0 "it is released" soarctl release "$RUN" --reason "test" --yes

echo "== Business_Email_Compromise"
expect_exit 0 "it is completed" library business_email_compromise --alert "$(alert bec T1564.008 '[]')"
RUN=$(last_run)
expect "jdoe is shut in the domain" account_is 514
expect "and in OpenLDAP" ldap_locked 1
expect_same "2 3" "$(of_services "len(s['messages']), len(s['tickets'])" | tr -d '(),')" "people were told, and there is a ticket"
expect_exit 0 "it is released" soarctl release "$RUN" --reason "test" --yes

echo "== Credential_Stuffing"
expect_exit 0 "it is completed" library credential_stuffing --alert "$(alert stuffing T1110.004 '[]' '"network": {"peers": ["203.0.113.40", "203.0.113.41"]}')" --no-ends
RUN=$(last_run)
expect_same "['203.0.113.40', '203.0.113.41']" "$(of_services "sorted(s['blocked'])")" "both addresses are blocked"
expect "jdoe is shut in the domain" account_is 514
expect "the ticket names the addresses" ticket_says 4 '203\.0\.113\.41'
expect_exit 0 "it is released" soarctl release "$RUN" --reason "test" --yes
expect_same "[]" "$(of_services "s['blocked']")" "they are free again"

echo "== Lost_Device"
fleet offline web-02
library lost_device --host web-02 --user jdoe --reason "left in a train" >"$TEST_DIR/lost" 2>&1 &
LOST=$!
within 60 "jdoe is shut in the domain, while the machine is off" account_is 514
within 60 "the ticket is there, too" tickets_are 5
fleet online web-02
wait "$LOST"
expect_same 0 $? "it is completed when the machine is back"
expect_shut web-02 attacker
expect_exit 0 "it is released" soarctl release "$(last_run)" --reason "test" --yes

expect_same "[]" "$(of_services "s['refused']")" "no service refused a call"
expect_same 0 "$(in_force)" "the ledger holds nothing"
expect_exit 0 "the journal is whole and unchanged" soarctl journal verify
finish
