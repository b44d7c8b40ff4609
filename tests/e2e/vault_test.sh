#!/bin/bash
# Property: a host is isolated with a key that lies in a vault, another with a certificate that the vault signs for the one
# call; while the vault is sealed a run waits and then completes; what the vault refuses or hasn't is told; and nothing of
# any secret stays: not in the journal, not in what is shown or logged, not in the daemon's memory.
# Method: real endpoints, a strict stand-in for Vault (tests/lab/vault.py); its secrets are looked for in the state
# directory, in all output, and in every page that soard can write to.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
[ -x "$SOAR_BUILD/bin/soard" ] || skip "there is no $SOAR_BUILD/bin/soard"
[ -x "$SOAR_BUILD/libexec/soar/soar-http" ] || skip "there is no soar-http"
lab_up 2

# ---- the vault
V=$TEST_DIR/vault
mkdir -m 700 "$V"
ssh-keygen -q -t ed25519 -N '' -C vault -f "$V/authority"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=vault -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$V/server.key" -out "$V/server.pem" 2>/dev/null
echo canary-secret-id >"$V/secret_id"
/usr/bin/python3 - "$FLEET_DIR/keys/id_ed25519" >"$V/secrets.json" <<'PY'
import json, sys
print(json.dumps({"kv/hosts/web-01": {"key": open(sys.argv[1]).read(), "other": "x"}}))
PY
"$SOAR_ROOT/tests/lab/vault.py" "$V" 2>"$V/errors" &
started+=($!)
within 10 "the vault is there" test -s "$V/port" || exit 1
fleet exec web-02 sh -c 'cat >/etc/ssh/authority.pub; : >/etc/ssh/soar_keys; mkdir -p /etc/ssh/principals
    echo root@web-02 >/etc/ssh/principals/root
    printf "TrustedUserCAKeys /etc/ssh/authority.pub\nAuthorizedPrincipalsFile /etc/ssh/principals/%%u\n" >>/etc/ssh/soar_sshd_config
    kill -HUP "$(pgrep -o -x sshd)"' <"$V/authority.pub"

inventory() { # NAME REFERENCE: web-01's key is there
    sed -e "/^  web-01:/s|key: [^,}]*|key: \"$2\"|" -e '/^  web-02:/s|key: [^,}]*|certificate_authority: "vault:ssh/sign/soar"|' \
        "$FLEET_DIR/inventory.yaml" >"$TEST_DIR/$1"
    cat >>"$TEST_DIR/$1" <<YAML
services:
  vault: {kind: vault, url: "https://127.0.0.1:$(cat "$V/port")", ca: $V/server.pem,
          auth: {exchange: {path: /v1/auth/approle/login, json: {role_id: soar-role}, secrets: {secret_id: "file:$V/secret_id"},
                            answer: auth.client_token, name: X-Vault-Token, prefix: "", life: 20m}}}
YAML
    sed -i "s|known_hosts: keys|known_hosts: $FLEET_DIR/keys|g" "$TEST_DIR/$1"
}
inventory inventory.yaml "vault:kv/hosts/web-01#key"
export SOAR_INVENTORY=$TEST_DIR/inventory.yaml
answered() { grep -c "^$1" "$V/log"; }
said=0
mkdir "$TEST_DIR/said" "$TEST_DIR/books"
isolation books/isolate.yaml >/dev/null
keep() { cp "$TEST_DIR/out" "$TEST_DIR/said/$((++said))"; }

# ---- on the command line
expect_exit 0 "a host whose key lies in the vault" soarctl check web-01
keep
expect_exit 0 "a host for which the vault signs" soarctl check web-02
keep
expect_exit 0 "a plan asks both, and changes nothing" soarctl plan "$TEST_DIR/books/isolate.yaml" --host web-01 --host web-02 --check
keep
expect "web-01 is free" is_free web-01
touch "$V/sealed"
soarctl run "$TEST_DIR/books/isolate.yaml" --host web-01 --host web-02 --reason test --yes >"$TEST_DIR/out" 2>&1 &
RUN=$!
started+=("$RUN")
within 20 "a sealed vault is asked" grep -q '^503' "$V/log"
expect "meanwhile nothing happens" is_free web-01
rm "$V/sealed"
wait "$RUN"
expect_same 0 $? "the run waited, and completed"
keep
expect "web-01 is isolated" is_cut web-01
expect "web-02 is isolated" is_cut web-02
expect "web-02's log names the vault's certificate" fleet exec web-02 grep -q 'ID vault-root@web-02 (serial 0) CA ED25519' /run/sshd.log
soarctl show "$(last_run)" --json >"$TEST_DIR/out" 2>&1
keep
soarctl journal export >"$TEST_DIR/out" 2>&1
keep
expect "the journal says why it waited" grep -q 'vault:kv/hosts/web-01#key: .*Vault is sealed' "$TEST_DIR/out"

# ---- what it refuses
refused() { # WORDS REFERENCE
    inventory wrong.yaml "$2"
    SOAR_INVENTORY=$TEST_DIR/wrong.yaml soarctl check web-01 >"$TEST_DIR/out" 2>&1
    keep
    if grep -Fq -- "$1" "$TEST_DIR/out"; then good "$2: $1"; else bad "$2: $(cat "$TEST_DIR/out")"; fi
}
refused "web-01: key: vault:kv/hosts/web-01#no: the secret is there, but it has no such field" "vault:kv/hosts/web-01#no"
refused "there is nothing in the vault at this path (404)" "vault:kv/hosts/web-09#key"
refused "the vault doesn't let us (403: 1 error occurred:" "vault:kv/forbidden/x#key"
refused "expected vault:MOUNT/PATH#FIELD" "vault:kv/hosts/web-01"
echo canary-other-id >"$V/secret_id"
sed "s|file:$V/secret_id|file:$V/wrong_id|" "$SOAR_INVENTORY" >"$TEST_DIR/wrong.yaml"
echo canary-wrong-id >"$V/wrong_id"
SOAR_INVENTORY=$TEST_DIR/wrong.yaml expect_exit 1 "a log-in that the vault refuses" soarctl check web-01
expect_line "log-in at 127.0.0.1" "is told as that"
keep
echo canary-secret-id >"$V/secret_id"

cat >"$TEST_DIR/secrets.py" <<'PY'
"""Looks for pieces of secrets in files and in a process: one line for each."""
import json, os, sys
vault, pid, *paths = sys.argv[1:]
lines = json.load(open(f"{vault}/secrets.json"))["kv/hosts/web-01"]["key"].splitlines()
pieces = [line[8:48].encode() for line in lines if len(line) > 60][2:] + [b"hvs.canary-", b"canary-secret-id"]
assert len(pieces) > 3
def look(where, data):
    for piece in pieces:
        at = data.find(piece)
        if at >= 0:
            print(f"{where}: {piece[:12]!r} … {data[max(0, at - 60):at + 20]!r}")
for top in paths:
    for directory, _, names in os.walk(top):
        for name in names:
            if os.path.isfile(os.path.join(directory, name)):
                with open(os.path.join(directory, name), "rb") as f:
                    look(name, f.read())
seen, known = 0, False
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
    for line in maps:
        span, rights, *_ = line.split()
        start, end = (int(n, 16) for n in span.split("-"))
        if "w" not in rights or "[v" in line or end - start > 1 << 30:  # a sanitizer's own
            continue
        try:
            memory.seek(start)
            data = memory.read(end - start)
        except OSError:
            continue
        seen += len(data)
        known = known or b"soar-role" in data  # what is public of the log-in is there: we look in the right place
        look(f"memory {line.split()[-1]}", data)
print(f"looked at {seen >> 20} MiB", file=sys.stderr)
sys.exit(0 if known else 1)
PY
looked() { # WHEN
    expect "its memory could be looked at, $1" sh -c '/usr/bin/python3 "$@" >"$0/found" 2>"$0/looked"' "$TEST_DIR" "$TEST_DIR/secrets.py" "$V" "$SOARD" \
        "$SOAR_STATE" "$TEST_DIR/said"
    sed 's/^/         | /' "$TEST_DIR/looked"
    expect_same "" "$(cat "$TEST_DIR/found")" "nothing of a secret in journal, output, logs and soard's memory, $1"
}

# ---- the daemon
cat >"$TEST_DIR/soard.yaml" <<YAML
state: $SOAR_STATE
inventory: $SOAR_INVENTORY
playbooks: [{dir: $TEST_DIR/books}]
YAML
"$SOAR_BUILD/bin/soard" --config "$TEST_DIR/soard.yaml" >"$TEST_DIR/said/soard.log" 2>&1 &
SOARD=$!
started+=("$SOARD")
within 20 "soard answers" test -S "$SOAR_STATE/soard.sock" || exit 1
LOGINS=$(grep -c 'auth/approle/login' "$V/log")
for host in web-01 web-02; do
    expect_exit 0 "soard releases $host" soarctl release $host --reason test --yes
    keep
done
touch "$V/forget"
expect_exit 0 "and isolates both, though the vault forgot its log-in" soarctl run Isolate --host web-01 --host web-02 --reason test --yes
looked "right after" # nothing has used its memory since
keep
expect "web-01 is isolated again" is_cut web-01
expect_same $((LOGINS + 2)) "$(grep -c 'auth/approle/login' "$V/log")" "one log-in, and for both one more when it was forgotten"
soarctl journal export >"$TEST_DIR/out" 2>&1
keep
expect_same 0 "$(answered STRANGE)" "the vault was asked nothing that it doesn't have"

# ---- what stays
looked "and later"
finish
