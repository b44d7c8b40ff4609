#!/bin/bash
# Property: what the policy protects, and the machine soar runs on, is refused under whatever name or address it is asked
# for, and no packet was sent to it; the neighbour that only looks like it is isolated.
# Method: alerts and commands with every spelling; a counter in the protected host's own firewall, and listeners on the
# orchestrator's addresses, count what came. The counters are seen to count first.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
lab_up 1 dc-01
DC4=$(address_of dc-01)
DC6=$(where dc-01 | cut -d' ' -f3)
ME4=$(address_of orchestrator)
ME6=$(where orchestrator | cut -d' ' -f3)
BOOK=$(isolation plain.yaml)
IFS=. read -r a b c d <<<"$DC4"
DECIMAL=$((a << 24 | b << 16 | c << 8 | d))
HEX=$(printf '0x%x' "$DECIMAL")

# Whoever connects to one of these doors leaves a line.
cat >"$TEST_DIR/doors.py" <<'PY'
import selectors, socket, sys
path, *addresses = sys.argv[1:]
picked, port = selectors.DefaultSelector(), 0
for address in addresses:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.bind((address, port))
    door.listen()
    port = door.getsockname()[1]
    picked.register(door, selectors.EVENT_READ)
print(port, flush=True)
with open(path, "a", buffering=1) as log:
    while True:
        for key, _ in picked.select():
            guest, who = key.fileobj.accept()
            guest.close()
            log.write("%s\n" % (who,))
PY
exec {doors}< <(exec /usr/bin/python3 "$TEST_DIR/doors.py" "$TEST_DIR/guests" 127.0.0.1 ::1 "$ME4" "$ME6")
started+=("$!")
read -r -t 10 PORT <&"$doors" || bad "the doors on the orchestrator"
guests() { wc -l <"$TEST_DIR/guests"; }
four_guests() { [ "$(guests)" = 4 ]; }

nft_in dc-01 <<'NFT'
table inet lab_count {
  counter asked { }
  chain c { type filter hook input priority -400; tcp flags syn / syn,ack counter name asked
  }
}
NFT
asked() { nft_on dc-01 list counter inet lab_count asked | sed -n 's/.*packets \([0-9]*\) .*/\1/p'; }

# The site: dc-01 under its names, the same machine under a harmless name, and soar's own host under three.
keys='os: linux, via: ssh, user: root, key: "file:fleet/keys/id_ed25519", known_hosts: fleet/keys/known_hosts'
cat >"$TEST_DIR/inventory.yaml" <<YAML
hosts:
  dc-01: {address: $DC4, fqdn: dc-01.corp.example, also: ["$DC6"], $keys, tags: [dc]}
  dc-bücher: {address: 198.18.0.7, $keys}
  web-01: {address: $(address_of web-01), fqdn: web-01.corp.example, $keys, tags: [prod]}
  jump: {address: $ME4, port: $PORT, $keys}
  loop: {address: 127.0.0.1, port: $PORT, $keys}
  six: {address: "$ME6", port: $PORT, $keys}
  loop6: {address: "::1", port: $PORT, $keys}
  home: {address: localhost, port: $PORT, $keys}
  zero: {address: 0.0.0.0, port: $PORT, $keys}
  named: {address: $(hostname).corp.example, port: $PORT, $keys}
  $(hostname): {address: 198.18.0.8, port: $PORT, $keys}
YAML
unset SOAR_INVENTORY # the configurations name theirs
cat >"$TEST_DIR/soard.yaml" <<YAML
inventory: inventory.yaml
policy:
  protect: {hosts: ["dc-*"], why: "a domain controller"}
YAML
cat >"$TEST_DIR/tagged.yaml" <<YAML
inventory: inventory.yaml
policy:
  never: {hosts: {tags: [dc]}}
YAML
# A site that knows dc-01 under a harmless name only, and protects it by its address; and soar's host by odd addresses.
sed "s|^  dc-01: .*|  files: {address: $DC4, $keys}|; s|^  loop: .*|  number: {address: \"2130706433\", port: $PORT, $keys}|
    s|^  jump: .*|  mapped: {address: \"::ffff:$ME4\", port: $PORT, $keys}|" "$TEST_DIR/inventory.yaml" >"$TEST_DIR/other.yaml"
printf 'inventory: other.yaml\npolicy:\n  protect: {addresses: ["%s/32", "%s/128"]}\n' "$DC4" "$DC6" >"$TEST_DIR/address.yaml"

# alert_of FIELD VALUE: an alert with one host that is named by this field alone
alert_of() {
    /usr/bin/python3 -c '
import json, sys
json.dump({"id": "A-1", "status": "open", "severity": "critical", "confidence": 99, "hosts": [{sys.argv[1]: sys.argv[2]}]}, sys.stdout)' \
        "$1" "$2" >"$TEST_DIR/alert.json"
}

# refused CONFIG FIELD SPELLING RULE: by an alert and by hand
refused() {
    local config=$1 field=$2 spelling=$3 rule=$4 code how
    for how in alert hand; do
        alert_of "$field" "$spelling"
        if [ "$how" = alert ]; then
            soarctl run "$BOOK" --alert "$TEST_DIR/alert.json" --config "$TEST_DIR/$config" --yes >"$TEST_DIR/out" 2>&1
        else
            soarctl run "$BOOK" --host "$spelling" --config "$TEST_DIR/$config" --reason test --yes >"$TEST_DIR/out" 2>&1
        fi
        code=$?
        if [ "$code" = 1 ] && grep -q "REFUSED.*$rule\|$rule" "$TEST_DIR/out" && grep -q 'REFUSED' "$TEST_DIR/out"; then
            good "$spelling ($field, by $how) is refused by $rule"
        else
            bad "$spelling ($field, by $how): exit $code"
            sed 's/^/         | /' "$TEST_DIR/out"
        fi
    done
}

echo "== the counters count"
expect "dc-01 can be reached" ssh_to dc-01 true
expect_same 1 "$(asked)" "one connection was counted"
for address in 127.0.0.1 ::1 "$ME4" "$ME6"; do (exec 3<>"/dev/tcp/$address/$PORT") 2>/dev/null; done
within 5 "four guests were counted" four_guests

echo "== a protected host, by each spelling"
for name in dc-01 DC-01 Dc-01. dc-01.corp.example DC-01.Corp.Example. 'ｄｃ-01' "$DC4" \
    "::ffff:$DC4" "$DECIMAL" "$HEX" "$DC6" "${DC6^^}" "[$DC6]" dc-bücher xn--dc-bcher-95a DC-BÜCHER.; do
    refused soard.yaml name "$name" never
done
for address in "$DC4" "::ffff:$DC4" "$DC6" "${DC6/::/:0:0:0:0:}"; do refused soard.yaml ip "$address" never; done
refused tagged.yaml name DC-01. never
for name in files FILES. "$DC4" "$DECIMAL" "::ffff:$DC4"; do refused address.yaml name "$name" never; done

echo "== soar's own machine, without any policy that names it"
for name in jump loop six loop6 home zero named 127.0.0.1 ::1 localhost "$ME4" "::ffff:$ME4" "$ME6" "$(hostname)" "$(hostname | tr a-z A-Z)."; do
    refused soard.yaml name "$name" never
done
for name in number mapped; do refused address.yaml name "$name" never; done

echo "== names that the inventory doesn't have: nobody knows a way there, and none is guessed"
for name in dc-99 dc-01.elsewhere.example 127.0.0.9 "$DC4.xip.example"; do
    alert_of name "$name"
    expect_exit 1 "$name by an alert" soarctl run "$BOOK" --alert "$TEST_DIR/alert.json" --config "$TEST_DIR/soard.yaml" --yes
    expect_exit 2 "$name by hand" soarctl run "$BOOK" --host "$name" --config "$TEST_DIR/soard.yaml" --reason test --yes
done

echo "== nothing was sent to any of them"
expect_same 1 "$(asked)" "no connection came to dc-01 but ours"
expect_same 4 "$(guests)" "none to the orchestrator's addresses"
expect_same "" "$(fleet handle dc-01)" "dc-01 has no table of ours"
expect_same 0 "$(soarctl contained --config "$TEST_DIR/soard.yaml" --json | field counts held)" "the ledger holds nothing"

echo "== and the neighbour is isolated"
expect_exit 0 "web-01 is not protected" soarctl run "$BOOK" --host WEB-01.corp.example. --config "$TEST_DIR/soard.yaml" --reason test --yes
if is_cut web-01; then good "it is cut off"; else bad "it is not cut off"; fi
alert_of name web-01
sed -i 's/"hosts": \[/&{"name": "dc-01."}, {"name": "127.0.0.1"}, /' "$TEST_DIR/alert.json"
expect_exit 4 "an alert of three" soarctl run "$BOOK" --alert "$TEST_DIR/alert.json" --config "$TEST_DIR/soard.yaml" --yes
expect_line 'already isolated' "the one that may be, is"
expect_same 2 "$(grep -c 'REFUSED' "$TEST_DIR/out")" "the other two are refused"
expect_same "1 4" "$(asked) $(guests)" "and still nobody was connected to"
expect_exit 0 "the journal is whole" soarctl journal verify
finish
