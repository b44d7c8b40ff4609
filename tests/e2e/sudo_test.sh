#!/bin/bash
# Property: an account that is not root, with the sudoers fragment the connector prints, isolates and releases a host as root
# would, and can do nothing else by sudo.
# Method: the fragment goes onto an endpoint as it is printed; the inventory says user: responder, sudo: true.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
lab_up 1 attacker

"$SOAR_BUILD/libexec/soar/soar-ssh" --sudoers responder >"$TEST_DIR/fragment"
fleet exec web-01 sh -c 'id responder >/dev/null 2>&1 || useradd -m -s /bin/sh responder; usermod -p "*" responder
    mkdir -p /etc/sudoers.d; cat >/etc/sudoers.d/soar; chmod 440 /etc/sudoers.d/soar' <"$TEST_DIR/fragment"
expect "sudo takes the fragment" fleet exec web-01 visudo -cf /etc/sudoers.d/soar
sed 's/user: root/user: responder, sudo: true/' "$SOAR_INVENTORY" >"$FLEET_DIR/by_sudo.yaml"
export SOAR_INVENTORY=$FLEET_DIR/by_sudo.yaml

expect_exit 0 "soar gets in, and finds what it needs" soarctl check web-01
expect_exit 0 "isolated" soarctl run "$SOAR_ROOT/examples/first/isolate_and_tell.yaml" --host web-01 --reason test --yes
expect_isolated web-01 attacker
expect_exit 0 "already, the second time" soarctl run "$SOAR_ROOT/examples/first/isolate_and_tell.yaml" --host web-01 --reason test --yes
expect_line "already isolated" "and says so"
expect_exit 0 "released" soarctl release web-01 --reason test --yes
expect_free web-01 attacker

by_sudo() { fleet exec web-01 setpriv --reuid responder --regid responder --init-groups sudo -n "$@"; }
refused() { ! by_sudo "$@"; }
expect "no shell by sudo" refused /bin/sh -c id
expect "no nft by sudo" refused /usr/sbin/nft list ruleset
expect "not the loader with another word behind it" refused /bin/sh -c 'LC_ALL=C; export LC_ALL; id'
finish
