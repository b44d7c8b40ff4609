#!/bin/bash
# Property: `soarctl check` says of a directory and of a machine's monitor whether they let soar in, and why not; it writes
# nothing anywhere. Method: a real OpenLDAP, right and wrong in one thing each; a real QEMU, its monitor free and taken.
# shellcheck source=tests/e2e/lib.sh disable=SC2153
. "$(dirname "$0")/lib.sh"
need_soarctl
for program in slapd qemu-system-x86_64; do
    command -v $program >/dev/null || skip "there is no $program (tests/packages)"
done
export LDAP_LAB_NAME=check$$
LDAP=$SOAR_ROOT/tests/lab/ldap.sh
"$LDAP" up >/dev/null || exit 1
trap '"$LDAP" down >/dev/null; at_end' EXIT
eval "$("$LDAP" env)"
export LDAP_SOAR_PW WRONG_PW=wrong SOAR_INVENTORY=$TEST_DIR/inventory.yaml

qemu-system-x86_64 -nodefaults -no-user-config -display none -machine pc,accel=tcg -m 32 \
    -qmp "unix:$TEST_DIR/qmp,server=on,wait=off" </dev/null >"$TEST_DIR/qemu" 2>&1 &
started+=($!)
mkdir -m 700 "$TEST_DIR/dumps"
cat >"$SOAR_INVENTORY" <<YAML
hosts:
  vm-01: {address: 127.0.0.77, os: linux, qmp: "unix:$TEST_DIR/qmp", qmp_dir: $TEST_DIR/dumps}
  vm-02: {address: 127.0.0.78, os: linux, qmp: "unix:$TEST_DIR/absent", qmp_dir: $TEST_DIR/dumps}
  vm-03: {address: 127.0.0.79, os: linux, qmp: "unix:$TEST_DIR/qmp", qmp_dir: $TEST_DIR}
directories:
  Corp: $("$LDAP" directory)
  by-another-name: {kind: openldap, url: "$LDAPS_WRONG_URI", ca: $LDAP_CA, bind_dn: "$LDAP_SOAR_DN", password: "env:LDAP_SOAR_PW", base: "$LDAP_BASE"}
  wrong-password: {kind: openldap, url: "$LDAPS_URI", ca: $LDAP_CA, bind_dn: "$LDAP_SOAR_DN", password: "env:WRONG_PW", base: "$LDAP_BASE"}
management: [192.0.2.1]
YAML
chmod 770 "$TEST_DIR" # vm-03's directory is not soar's alone

# says WORDS NAME: somewhere in what is said of it.
says() {
    local out
    out=$(soarctl check "$2" 2>&1)
    if printf '%s\n' "$out" | grep -Fq -- "$1"; then good "$2: $1"; else bad "$2: $out"; fi
}

says "reached at $LDAPS_URI as $LDAP_SOAR_DN" Corp
says "NOT REACHED  by-another-name: ldap: the certificate" by-another-name
says "Invalid credentials" wrong-password
expect_exit 0 "a directory that lets us in" soarctl check Corp
expect_exit 1 "one that doesn't" soarctl check wrong-password
within 10 "QEMU is there" test -S "$TEST_DIR/qmp"
says "its monitor  QEMU" vm-01
says "the machine is running" vm-01
says "its monitor  NOT REACHED  vm-02: qmp: the monitor $TEST_DIR/absent: No such file" vm-02
says "could plant evidence" vm-03
expect "nothing was written for a dump" [ -z "$(ls "$TEST_DIR/dumps")" ]
