#!/bin/bash
# Property: where hosts trust an authority, soar logs in with a certificate for this host and this run, root's own key is
# needed nowhere, and a host that is not named in it lets nobody in.
# Method: two endpoints whose sshd has TrustedUserCAKeys and AuthorizedPrincipalsFile and no authorized key; the second
# awaits another name. What they were shown is read from their logs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
lab_up 2

ssh-keygen -q -t ed25519 -N '' -C soar -f "$TEST_DIR/authority"
trust() { # HOST PRINCIPAL
    fleet exec "$1" sh -c 'cat >/etc/ssh/authority.pub; : >/etc/ssh/soar_keys; mkdir -p /etc/ssh/principals
        echo "$1" >/etc/ssh/principals/root
        printf "TrustedUserCAKeys /etc/ssh/authority.pub\nAuthorizedPrincipalsFile /etc/ssh/principals/%%u\n" >>/etc/ssh/soar_sshd_config
        kill -HUP "$(pgrep -o -x sshd)"' sh "$2" <"$TEST_DIR/authority.pub"
}
trust web-01 root@web-01
trust web-02 root@web-09
sed "s|key: [^,}]*|certificate_authority: \"file:$TEST_DIR/authority\"|" "$SOAR_INVENTORY" >"$FLEET_DIR/certified.yaml"
export SOAR_INVENTORY=$FLEET_DIR/certified.yaml

expect_exit 0 "soar gets in by its certificate" soarctl check web-01
expect_exit 0 "isolated by it" soarctl run "$SOAR_ROOT/examples/first/isolate_and_tell.yaml" --host web-01 --reason test --yes
expect "the host's log names run and host" fleet exec web-01 grep -q 'ID soar R-[^ ]* web-01 (serial [0-9]*) CA ED25519' /run/sshd.log
expect_exit 0 "released by it" soarctl release web-01 --reason test --yes
expect "no two log-ins with one certificate" fleet exec web-01 sh -c '! grep -o "serial [0-9]*" /run/sshd.log | sort | uniq -d | grep .'
failing() { ! soarctl check web-02 >"$TEST_DIR/out" 2>&1; }
expect "not where another name is awaited" failing
expect "and says that the log-in was refused" grep -q 'log-in as root was refused' "$TEST_DIR/out"
ssh-keygen -q -t rsa -b 2048 -N '' -C soar -f "$TEST_DIR/rsa"
sed -i "s|$TEST_DIR/authority|$TEST_DIR/rsa|" "$SOAR_INVENTORY"
refused() { ! soarctl check web-01 >"$TEST_DIR/out" 2>&1; }
expect "an authority of another kind is refused" refused
expect "by name" grep -q 'web-01: certificate_authority: ' "$TEST_DIR/out"
finish
