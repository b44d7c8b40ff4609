#!/bin/bash
# Property: the isolation cuts real hosts off from all but the orchestrator, once, says what it could not do, believes no table
# that somebody planted, and gives everything back.
# Method: three endpoints (one with a kernel that refuses netdev tables), an attacker on the same wire; traffic is judged
# by what arrives at the attacker's card, "loaded once" by the handles of the tables.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
lab_up 4 attacker
ISOLATE=$(isolation isolate.yaml)
ALERT=$(alert_file alert.json web-01 web-02 web-03)

# web-03 has a kernel before 5.16: a text that wants a netdev hook fails as a whole.
fleet exec web-03 sh -c 'mv /usr/sbin/nft /usr/sbin/nft.new; cat >/usr/sbin/nft; chmod 755 /usr/sbin/nft' <<'SH'
#!/bin/sh
case "$*" in *-f*) ;; *) exec /usr/sbin/nft.new "$@" ;; esac
text=$(cat)
case $text in *"table netdev"*) exit 1 ;; esac
printf '%s\n' "$text" | exec /usr/sbin/nft.new "$@"
SH

# manage WORDS…: through one ssh session of the orchestrator's, opened before the isolation
coproc MANAGE { exec ssh -F /dev/null -i "$FLEET_DIR/keys/id_ed25519" -o IdentitiesOnly=yes -o BatchMode=yes \
    -o UserKnownHostsFile="$FLEET_DIR/keys/known_hosts" "root@$(address_of web-01)" cat 2>"$TEST_DIR/manage"; }
manage() {
    local answer
    echo "$*" >&"${MANAGE[1]}"
    read -r -t 10 answer <&"${MANAGE[0]}"
    [ "$answer" = "$*" ]
}

echo "== before: everything flows, or what follows proves nothing"
expect_free web-01 attacker
expect_traffic open leaks web-01 attacker "every leak leaks"
expect_free web-03 attacker
expect "a session of the orchestrator's carries" manage one
session_start out web-01 attacker
session_start in attacker web-01
expect_session out "flows flows" "to the attacker carries"
expect_session in "flows flows" "from the attacker carries"

echo "== isolated"
expect_exit 0 "the run is completed" soarctl run "$ISOLATE" --alert "$ALERT" --yes
expect_line 'isolated +[0-9]' "it says isolated"
FIRST=$(last_run)
expect_same completed "$(soarctl show "$FIRST" --json | field result)" "the run's result"
expect_same "web-01=changed web-02=changed web-03=changed" "$(outcomes "$FIRST" isolate)" "three changed"
expect_same 3 "$(in_force)" "the ledger holds three"
expect_same "L2 L2 L3" "$(kept "$FIRST" web-01 level) $(kept "$FIRST" web-02 level) $(kept "$FIRST" web-03 level)" "the levels are told"

expect_same "inet netdev" "$(nft_on web-01 list tables | sed -n 's/^table \(.*\) soar_.*/\1/p' | sort | xargs)" "two tables on web-01, and no helper's left"

echo "== cut off, seen from outside"
expect_isolated web-01 attacker
expect_isolated web-02 attacker
expect_tight web-01 attacker "${L2_LEAKS[@]}"
expect_shut web-01 web-02
expect_isolated web-03 attacker
expect_traffic open leaks web-03 attacker "below IP the old kernel leaks, as its level says" packet macvlan
expect_session out "cut cut" "to the attacker is cut"
expect_session in "cut cut" "from the attacker is cut"
expect "the orchestrator's session lives" manage two
expect "the management port answers by IPv4 at once" ssh_to web-02 true

echo "== a second run"
BEFORE="$(handles web-01) $(handles web-02) $(handles web-03)"
expect_exit 0 "a second run" soarctl run "$ISOLATE" --alert "$ALERT" --yes
expect_line 'already isolated' "it says already"
SECOND=$(last_run)
expect_same "web-01=already web-02=already web-03=already" "$(outcomes "$SECOND" isolate)" "three are already so"
expect_same "$BEFORE" "$(handles web-01) $(handles web-02) $(handles web-03)" "no table was loaded again"
expect "the orchestrator's session lives on" manage three

echo "== a new network card"
ip link add "$FLEET_NAME-usb" netns "$FLEET_NAME-web-01" type veth peer name usb0 netns "$FLEET_NAME-attacker"
ip -n "$FLEET_NAME-web-01" link set "$FLEET_NAME-usb" up
ip -n "$FLEET_NAME-attacker" link set usb0 up
ip -n "$FLEET_NAME-web-01" addr add 198.18.7.1/24 dev "$FLEET_NAME-usb"
ip -n "$FLEET_NAME-attacker" addr add 198.18.7.2/24 dev usb0
by_new_card() { ip netns exec "$FLEET_NAME-web-01" ping -c1 -W1 198.18.7.2; }
if by_new_card >/dev/null; then bad "by a new card it gets out"; else good "no way out by a new card"; fi
expect_exit 0 "a run with a new card on the host" soarctl run "$ISOLATE" --alert "$ALERT" --yes
expect_same "web-01=changed web-02=already web-03=already" "$(outcomes "$(last_run)" isolate)" "is told, and taken in"
expect_same 1 "$(nft_on web-01 list table netdev soar_isolate | grep -c "arriving\|$FLEET_NAME-usb" | awk '{ print ($1 > 1) }')" "by the frames' table"

echo "== released"
expect_exit 0 "release of what the runs hold" soarctl release web-01 --reason "test" --yes
expect_exit 0 "of the second host" soarctl release web-02 --reason "test" --yes
expect_exit 0 "of the third host" soarctl release web-03 --reason "test" --yes
expect_line 'released' "it says released"
for host in web-01 web-02 web-03; do
    expect_free "$host" attacker
    expect_same "" "$(nft_on "$host" list tables | grep soar_)" "no table of ours on $host, by any name"
    expect_same lock "$(ls "$(root_of "$host")/run/soar")" "no file of ours but the lock on $host"
done
expect_traffic open leaks web-01 attacker "the network is as it was: every leak leaks"
expect "by the new card, too" by_new_card
ip -n "$FLEET_NAME-web-01" link del "$FLEET_NAME-usb"
expect_same 0 "$(in_force)" "the ledger holds nothing"
expect_exit 2 "a second release finds nothing to release" soarctl release web-01 --reason "test" --yes

echo "== planted tables"
fleet exec web-03 mv /usr/sbin/nft.new /usr/sbin/nft
nft_on web-01 add table inet soar_isolate
soarctl run "$(isolation plain.yaml)" --host web-03 --reason "a copy to plant" --yes >/dev/null 2>&1
nft_on web-03 list ruleset >"$TEST_DIR/ours.nft"
soarctl release web-03 --reason "only the copy" --yes >/dev/null 2>&1
nft_in web-03 <"$TEST_DIR/ours.nft"
sed 's/^table inet soar_isolate {/&\n flags dormant;/' "$TEST_DIR/ours.nft" | grep -v netdev >"$TEST_DIR/dormant.nft"
sed -n '/^table inet/,/^}/p' "$TEST_DIR/dormant.nft" | nft_in web-02
expect_open web-01 attacker
expect_open web-02 attacker
expect_same "1 1 2" "$(tables web-01) $(tables web-02) $(tables web-03)" "an empty table, a dormant one, and a whole copy"
expect_exit 0 "a run over planted tables" soarctl run "$ISOLATE" --alert "$ALERT" --yes
expect_same "web-01=changed web-02=changed web-03=changed" "$(outcomes "$(last_run)" isolate)" "none is believed"
for host in web-01 web-02 web-03; do
    expect_shut "$host" attacker
    expect_tight "$host" attacker dhcp4 packet dnat
done

echo "== undone by root, while we hold it"
nft_on web-01 delete table inet soar_isolate
nft_on web-01 delete table netdev soar_isolate
nft_on web-02 'add table inet soar_isolate { flags dormant; }'
expect_open web-01 attacker
soarctl contained --check >"$TEST_DIR/out" 2>&1
expect_line 'web-01 .*BROKEN' "contained --check says BROKEN"
expect_line 'web-02 .*(BROKEN|in part)' "a dormant table is not taken for isolation"
expect_exit 0 "the next run" soarctl run "$ISOLATE" --alert "$ALERT" --yes
expect_same "web-01=changed web-02=changed web-03=already" "$(outcomes "$(last_run)" isolate)" "puts back what is broken"
expect_isolated web-01 attacker
expect_isolated web-02 attacker

echo "== a host that has no nft"
fleet exec web-04 rm /usr/sbin/nft
expect_exit 1 "its run fails" soarctl run "$(isolation plain.yaml)" --host web-04 --reason test --yes
expect_line 'nft.* missing on this host' "and says why"
expect_same "web-04=unsupported" "$(outcomes "$(last_run)" isolate)" "unsupported, not failed"

echo "== the record, and the last of the dead men"
expect_exit 0 "the journal is whole and unchanged" soarctl journal verify
expect_line 'whole and unchanged' "it says so"
for host in web-01 web-02 web-03; do soarctl release "$host" --reason "end" --yes >/dev/null 2>&1; done
expect_free web-01 attacker
for host in web-01 web-02 web-03; do
    within 65 "no dead man is left on $host" has_no_dead_man "$host"
done
finish
