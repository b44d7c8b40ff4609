#!/bin/bash
# Property: the probes tell a network that carries from one that doesn't, so a test that says "isolated" can fail.
# Method: the same probes on a fleet without rules (all open), under a filter for IP alone (open is exactly what
# such a filter can't see), under one for frames as well (nothing), with the cable out, and after a reboot.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
lab_up 1 attacker

expect_open web-01 attacker
expect_open attacker web-01
expect_open orchestrator web-01
expect_traffic open leaks web-01 attacker "without rules every leak leaks"
expect_traffic open leaks web-01 orchestrator "toward the orchestrator, too" from-port-22 packet dhcp4

# 10.x.253.9:22 stands for a process that has taken sshd's port on another of the host's addresses.
extra=$(address_of web-01 | cut -d. -f1,2).253.9
ip -n "$FLEET_NAME-web-01" addr add "$extra/16" dev eth0
ip -n "$FLEET_NAME-web-01" addr add "${extra%.9}.10/16" dev eth0
session_start out web-01 attacker
session_start in attacker web-01
session_start port22 web-01 orchestrator "$extra:22"
expect_session out "flows flows" "carries both ways"
expect_session in "flows flows" "carries both ways"
expect_session port22 "flows flows" "carries both ways"

nft_in web-01 <<'NFT'
table inet lab_all {
  chain i { type filter hook input priority 0; policy drop;
  }
  chain o { type filter hook output priority 300; policy drop;
  }
}
NFT
expect_shut web-01 attacker
expect_shut attacker web-01
expect_traffic shut leaks web-01 attacker "a filter for IP stops what goes by IP" "${L3_LEAKS[@]}"
expect_traffic open leaks web-01 attacker "and not what goes below it" "${L2_LEAKS[@]}"
expect_session out "cut cut" "is cut"
expect_session in "cut cut" "is cut"
expect_session port22 "cut cut" "is cut"

nft_in web-01 <<'NFT'
table netdev lab_all {
  chain e { type filter hook egress device "eth0" priority 0; policy drop;
  }
  chain i { type filter hook ingress device "eth0" priority 0; policy drop;
  }
}
NFT
expect_tight web-01 attacker
expect_tight web-01 orchestrator

# A filter that looks before the translation of addresses lets through what it takes for an answer to the
# orchestrator: the probe must see it arrive at the attacker, or it would call a leaky rule set tight.
nft_in web-01 <<NFT
flush ruleset
table inet lab_early {
  chain o { type filter hook output priority -300; policy drop;
    ip daddr $(address_of orchestrator) tcp sport 22 accept
    udp sport 68 udp dport 67 accept
    udp dport 53 accept
  }
}
NFT
expect_traffic open leaks web-01 attacker "the known holes of a weaker filter are found" dnat dhcp4 dns
expect_traffic open leaks web-01 orchestrator "the hole toward the orchestrator is found" from-port-22
session_start again22 web-01 orchestrator "${extra%.9}.10:22"
expect_session again22 "flows flows" "is opened through the weaker filter"
expect_traffic shut leaks web-01 attacker "and nothing else is called a hole" from-port-22 dhcp6 gre dns-tcp

# What the tests of isolation ask, asked of the leaky filter (it must find fault) and of a tight one (it must not).
before=$failures
expect_isolated web-01 attacker >"$TEST_DIR/leaky"
found=$((failures - before))
failures=$before
if [ "$found" -ge 2 ]; then good "expect_isolated finds fault with the weaker filter"; else bad "expect_isolated finds $found faults"; fi
nft_in web-01 <<NFT
flush ruleset
table inet lab_tight {
  chain i { type filter hook input priority -10; policy drop;
    ip saddr $(address_of orchestrator) tcp dport 22 accept
  }
  chain o { type filter hook output priority 300; policy drop;
    ip daddr $(address_of orchestrator) tcp sport 22 ct state established ct direction reply accept
  }
}
NFT
expect_isolated web-01 attacker

nft_in web-01 <<<"flush ruleset"
expect_free web-01 attacker
fleet offline web-01
expect_shut web-01 attacker
expect_tight web-01 attacker
fleet online web-01
expect_open web-01 attacker
fleet reboot web-01
expect_open web-01 attacker
expect_session out "cut cut" "did not outlive the reboot"

# Handles tell how often a table was loaded: two at the first load (make, replace), one more at each further one.
rules='table inet soar_isolate
delete table inet soar_isolate
table inet soar_isolate { chain c { type filter hook forward priority 0; policy drop; }; }'
expect_same "" "$(fleet handle web-01)" "no table, no handle"
nft_in web-01 <<<"$rules"
first=$(fleet handle web-01)
expect_same "$first" "$(fleet handle web-01)" "looking changes no handle"
nft_in web-01 <<<"$rules"
if [ "$first" != "$(fleet handle web-01)" ]; then good "a second load shows"; else bad "a second load does not show"; fi
finish
