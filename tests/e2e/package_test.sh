#!/bin/bash
# Property: the .deb installs, starts, upgrades and purges cleanly: a user without rights and a unit that gives it none; a first
# configuration that starts; what the operator wrote and what the journal holds outlive the upgrade; a purge leaves the record and
# what the operator put there, says so, and leaves nothing else.
# Method: the release build's package in a copy of this machine (overlay, namespaces of its own, no network), by dpkg; soard runs
# as the unit says it; what is left is read off the overlay's upper directory. systemd itself doesn't run: what the maintainer
# scripts ask of it is written down by a stand-in.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_root
RELEASE=$SOAR_ROOT/build/release
KEPT_ENV=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive)

# ---- outside: two packages, one with a higher number ---------------------------------------------------------------

make_packages() {
    mkdir -p "$RELEASE"
    (
        flock 9
        cmake -S "$SOAR_ROOT" -B "$RELEASE" --preset release -Wno-dev && cmake --build "$RELEASE" -j "${JOBS:-2}" -- --quiet &&
            rm -f "$RELEASE"/soar_*.deb && cd "$RELEASE" && cpack -G DEB
    ) 9>"$RELEASE.lock" >"$TEST_DIR/build" 2>&1 || { tail -20 "$TEST_DIR/build"; return 1; }
    cp "$RELEASE"/soar_*.deb "$TEST_DIR/one.deb" && dpkg-deb -R "$TEST_DIR/one.deb" "$TEST_DIR/unpacked" &&
        sed -i 's/^Version: .*/Version: 99.0-1/' "$TEST_DIR/unpacked/DEBIAN/control" &&
        dpkg-deb --root-owner-group -b "$TEST_DIR/unpacked" "$TEST_DIR/two.deb" >/dev/null
}

names_in() { (cd "$1" && find . -type f | sort | xargs); }

if [ "${1:-}" != --inside ]; then
    command -v dpkg-deb >/dev/null || skip "not a Debian: there is no dpkg"
    dpkg-query -W soar >/dev/null 2>&1 && skip "soar is installed on this machine: the copy would not be a fresh one"
    unshare --mount --pid --fork --net true 2>/dev/null || skip "this machine lets nobody make namespaces"
    expect "the package can be built" make_packages
    [ -s "$TEST_DIR/two.deb" ] || finish
    if command -v lintian >/dev/null; then
        # the address of who builds it is set by who builds it: -DSOAR_MAINTAINER
        lintian --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$TEST_DIR/one.deb" >"$TEST_DIR/lintian" 2>/dev/null
        expect_same "" "$(grep '^E:' "$TEST_DIR/lintian")" "lintian finds no error"
    fi
    unshare --mount --pid --fork --net --uts --ipc --mount-proc --kill-child \
        bash "$0" --inside "$TEST_DIR/one.deb" "$TEST_DIR/two.deb" "$(names_in "$RELEASE/libexec/soar")" || failures=$((failures + 1))
    finish
fi

# ---- inside: a machine to install on --------------------------------------------------------------------------------

make_machine() {
    mount --make-rprivate / && ip link set lo up && mkdir "$TEST_DIR/m" && mount -t tmpfs -o size=256m,mode=755 machine "$TEST_DIR/m" &&
        mkdir "$TEST_DIR/m/upper" "$TEST_DIR/m/work" "$TEST_DIR/m/root" &&
        mount -t overlay -o "lowerdir=/,upperdir=$TEST_DIR/m/upper,workdir=$TEST_DIR/m/work" machine "$TEST_DIR/m/root" &&
        R=$TEST_DIR/m/root && mount -t proc proc "$R/proc" && make_devices &&
        mount -t tmpfs -o mode=755 run "$R/run" && mount -t tmpfs -o mode=1777 tmp "$R/tmp" &&
        cp "$1" "$R/tmp/one.deb" && cp "$2" "$R/tmp/two.deb" && rm -f "$R/usr/sbin/policy-rc.d"
}

in_root() { env -i "${KEPT_ENV[@]}" chroot "$R" "$@"; }

# Its own, and never the machine's: what is done to them is done to nobody else.
make_devices() {
    local n
    mount -t tmpfs -o mode=755 dev "$R/dev" &&
        for n in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do mknod -m 666 "$R/dev/${n% *}" c 1 "${n#* }" || return; done &&
        ln -s /proc/self/fd "$R/dev/fd" && mkdir -m 1777 "$R/dev/shm"
}

# As systemd would: the user of the unit, no rights at all, its directories, its credentials.
AS_SOAR=(env -i "${KEPT_ENV[@]}" CREDENTIALS_DIRECTORY=/run/credentials NOTIFY_SOCKET=/run/notify chroot "$TEST_DIR/m/root"
    setpriv --reuid=soar --regid=soar --init-groups --no-new-privs --inh-caps=-all --bounding-set=-all)
as_soar() { "${AS_SOAR[@]}" "$@"; }

# A stand-in for systemd that is asked and remembers: enabled, running.
pretend_systemd() {
    mkdir -p "$R/run/systemd/system"
    cat >"$R/usr/local/sbin/systemctl" <<'SH'
#!/bin/sh
echo "$*" >>/tmp/systemctl
case "$*" in *is-enabled*) echo enabled ;; esac
SH
    chmod 755 "$R/usr/local/sbin/systemctl"
}
asked_of_systemd() { sed -e 's/--quiet //; s/--system //' "$R/tmp/systemctl" | grep -v '^is-' | xargs; }

# What notify says arrives here; the file has it all.
listen_for_ready() {
    mkdir -p "$R/run/soar" "$R/run/credentials"
    in_root chown soar:soar /run/soar
    in_root chmod 0750 /run/soar
    (cd "$R/run" && exec /usr/bin/python3 -c '
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("notify"); os.chmod("notify", 0o666)
while True:
    open("/proc/self/cwd/notified", "ab", 0).write(s.recv(4096) + b"\n")') &
    started+=("$!")
    within 10 "somebody listens for READY=1" test -S "$R/run/notify"
}

exec_start() { sed -n 's/^ExecStart=//p' "$R/usr/lib/systemd/system/soard.service"; }

start_soard() {
    local line
    read -ra line < <(exec_start)
    : >"$R/run/notified"
    "${AS_SOAR[@]}" "${line[@]}" 2>"$TEST_DIR/soard.log" &
    SOARD=$!
    started+=("$SOARD")
    within 20 "soard is ready" grep -q '^READY=1' "$R/run/notified" || cat "$TEST_DIR/soard.log"
}

stop_soard() {
    kill -TERM "$SOARD"
    wait "$SOARD"
    expect_same 0 $? "soard ends cleanly when told to"
}

runs_of_soar() { in_root soarctl runs --json | field runs run | wc -w; }

# What is there now that was not: dpkg's own books and what every package's user leaves in /etc are not ours.
leftovers() {
    (cd "$TEST_DIR/m/upper" && find . ! -type d ! -type c ! -path './var/lib/dpkg/*' ! -path './var/log/*' ! -path './var/cache/*' \
        ! -path './etc/passwd*' ! -path './etc/group*' ! -path './etc/shadow*' ! -path './etc/gshadow*' ! -path './etc/subuid*' ! -path './etc/subgid*' \
        ! -path './etc/.pwd.lock' ! -path './usr/local/sbin/systemctl' ! -path './var/lib/systemd/deb-systemd-helper*' | sort | xargs)
}

# Taken off before anything is removed.
trap 'code=$?; umount -R -l "$TEST_DIR/m" 2>/dev/null; (exit "$code"); at_end' EXIT
make_machine "$2" "$3" || { bad "a machine to install on"; finish; }

echo "== install"
expect "dpkg installs it" in_root dpkg -i /tmp/one.deb
expect "there is a user soar" in_root getent passwd soar
expect_same "soar soar 700" "$(in_root stat -c '%U %G %a' /var/lib/soar)" "the state directory is soar's alone"
expect_same "root soar 710" "$(in_root stat -c '%U %G %a' /etc/soar/keys)" "keys lie where soar may look and nobody else"
expect_same "/etc/soar/inventory.yaml /etc/soar/soard.yaml" \
    "$(in_root dpkg-query -W -f '${Conffiles}' soar | awk '{print $1}' | sort | xargs)" "the configuration is the operator's"
expect "the unit is enabled" test -L "$R/etc/systemd/system/multi-user.target.wants/soard.service"
expect "the first configuration is good" as_soar soard --config /etc/soar/soard.yaml --check
for page in "$SOAR_ROOT"/docs/man/*.[1-8]; do
    page=${page##*/}
    expect "there is the manual page $page" gzip -t "$R/usr/share/man/man${page##*.}/$page.gz"
done
expect_same "$4" "$(names_in "$R/usr/libexec/soar")" "every program that is built is installed"
expect_same "" "$(find "$R/usr/libexec/soar" "$R/usr/sbin/soard" "$R/usr/bin/soarctl" -type f \( ! -user root -o -perm /022 \) -print)" \
    "programs are root's"
if in_root sh -c 'command -v systemd-analyze' >/dev/null; then
    expect_exit 0 "systemd can read the unit" in_root systemd-analyze verify --man=no /usr/lib/systemd/system/soard.service
    expect_same "" "$(grep soard "$TEST_DIR/out")" "and has nothing to say about it"
    # 0 is shut, 10 is open; ordinary services have 9.6. What is left is the network, which it is for.
    expect "its exposure is 1.5 at most" in_root systemd-analyze security --offline=true --threshold=15 /usr/lib/systemd/system/soard.service
fi

echo "== it starts as it is installed"
listen_for_ready
start_soard
expect "soarctl finds it" in_root soarctl runs
expect_same "660 soar" "$(in_root stat -c '%a %G' /run/soar/soard.sock)" "its socket is for the group"
stop_soard

echo "== an alert by a signed webhook"
printf 'a secret of sixty-four letters, or so\n' >"$R/run/credentials/siem"
in_root chmod 0444 /run/credentials/siem
cat >"$R/etc/soar/soard.yaml" <<'YAML'
state: /var/lib/soar
socket: /run/soar/soard.sock
inventory: inventory.yaml
playbooks: [{dir: playbooks}]
listen: {address: "127.0.0.1:8080"}
triggers: {Host_Compromised: {when: "alert.severity == 'critical'"}}
webhooks:
  siem: {path: /webhook/siem, auth: {hmac_sha256: {secret: "credential:siem"}}, dedup: {key: [alert.id]}, scope: {triggers: [Host_Compromised]}}
YAML
# nobody answers there: the run stays, as a standing order
printf 'hosts:\n  web-01: {address: 192.0.2.11, os: linux, via: ssh, user: soar, key: "file:keys/id", known_hosts: keys/known_hosts}\n' \
    >"$R/etc/soar/inventory.yaml"
ssh-keygen -q -t ed25519 -N '' -f "$R/etc/soar/keys/id" && in_root chown soar /etc/soar/keys/id
echo "192.0.2.11 $(cut -d' ' -f1,2 "$R/etc/soar/keys/id.pub")" >"$R/etc/soar/keys/known_hosts"
cp "$R/usr/share/doc/soar/examples/clients/playbooks/isolate_host.yaml" "$R/etc/soar/playbooks/"
cp "$(alert_file alert.json web-01)" "$R/tmp/alert.json"
send() { in_root bash /usr/share/doc/soar/examples/clients/send.sh http://127.0.0.1:8080/webhook/siem /run/credentials/siem /tmp/alert.json "$@"; }
start_soard
expect "it says that it is well" in_root curl --silent --fail http://127.0.0.1:8080/healthz
expect_exit 0 "the alert is taken" send --write-out '\n%{http_code}\n'
expect_line '^202$' "with 202"
expect_line '"run": ?"' "and the run that it starts"
expect_same 1 "$(runs_of_soar)" "there is one run"
stop_soard

echo "== upgrade, while systemd runs"
pretend_systemd
expect "dpkg upgrades it, the operator's configuration as it is" in_root dpkg -i --force-confdef /tmp/two.deb
expect_same "daemon-reload restart soard.service" "$(asked_of_systemd)" "it is restarted, and not stopped before"
expect "the configuration is the operator's still" grep -q /webhook/siem "$R/etc/soar/soard.yaml"
start_soard
expect_same 1 "$(runs_of_soar)" "the run is there"
expect_exit 0 "the alert is sent again" send
expect_same 1 "$(runs_of_soar)" "and starts nothing"
stop_soard
expect "the journal is whole" as_soar soarctl --state /var/lib/soar journal verify

echo "== remove"
: >"$R/tmp/systemctl"
expect "dpkg removes it" in_root dpkg -r soar
expect_same "stop soard.service daemon-reload" "$(asked_of_systemd)" "it is stopped"
expect "the configuration stays" test -f "$R/etc/soar/soard.yaml"
expect "the journal stays" test -s "$R/var/lib/soar/journal.db"

echo "== purge"
expect_exit 0 "dpkg purges it" in_root dpkg -P soar
expect_line 'soar: /var/lib/soar holds the journal.*kept' "it says that the journal stays"
expect_line 'soar: /etc/soar is not empty.*kept' "and that keys and playbooks do"
expect "the user that owns it stays" in_root getent passwd soar
rm -rf "$R/var/lib/soar" "$R/etc/soar/keys" "$R/etc/soar/playbooks"
rmdir "$R/etc/soar"
expect_same "" "$(leftovers)" "nothing else is left"
expect_same "" "$(find "$R/var/lib/systemd" -name '*soard*' 2>/dev/null)" "nor in systemd's books"

echo "== a machine on which it never ran"
expect "dpkg installs it again" in_root dpkg -i /tmp/one.deb
expect_exit 0 "and purges it" in_root dpkg -P soar
expect_same "" "$(grep 'soar:' "$TEST_DIR/out")" "there is nothing to say"
expect_same "" "$(in_root getent passwd soar)" "the user is gone"
expect "and the state directory" test ! -e "$R/var/lib/soar"
expect_same "" "$(leftovers)" "nothing is left"
finish
