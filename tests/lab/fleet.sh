#!/bin/bash
# A fleet of real Linux endpoints on one machine, for tests that must see an effect and not believe an answer.
# Each endpoint has namespaces of its own (net, pid, mount, uts, ipc), a root file system laid over the machine's,
# an sshd and a host key; a cable leads to a bridge in a hub namespace. An "unreachable" route lies under the
# fleet's network, so that no packet meant for it ever leaves by a default route. It ends only what it started.
# shellcheck disable=SC2015,SC2016
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

usage() {
    cat <<'TEXT'
fleet.sh up N [NAME…]       web-01 … web-N, and further endpoints: dc-01, attacker, neighbour, …
fleet.sh down               end and remove all of it
fleet.sh status             one line per endpoint: name, pid, addresses, cable, isolated or open
fleet.sh exec HOST CMD…     run CMD inside (not by ssh: it works on an isolated host, too)
fleet.sh reboot HOST        processes, files and firewall are lost, as by a power cycle; the host key stays
fleet.sh reinstall HOST     the same, and the host comes back with another host key
fleet.sh offline|online HOST   pull the cable, put it back
fleet.sh handle HOST        handle of `table inet soar_isolate`, or nothing: another number means it was loaded again
fleet.sh where HOST         namespace, IPv4, IPv6, MAC address and card; HOST may be "orchestrator"
fleet.sh inventory          path of the inventory.yaml it wrote; keys/ and known_hosts lie beside it

FLEET_NAME (default: soar, 8 characters at most) tells fleets apart that run side by side.
FLEET_NET  (default: the first free of 10.77 to 10.126) is the network's beginning.
FLEET_DIR  (default: /tmp/soar-lab/NAME) is where all of its files are.
TEXT
}

NAME=${FLEET_NAME:-soar}
D=${FLEET_DIR:-/tmp/soar-lab/$NAME}
HUB=$NAME-hub
CABLE=$NAME-mgmt

die() {
    echo "fleet.sh: $*" >&2
    exit 1
}

# ---- names and addresses -------------------------------------------------------------------------------------

net() { cat "$D/net"; }

# web-07 is .0.17, so that the address can be read off the name; anything else is .254.N in order of coming.
place_of() {
    local n
    if [[ $1 =~ ^web-0*([1-9][0-9]*)$ ]]; then
        n=$((BASH_REMATCH[1] + 10))
        echo "$((n / 250)) $((n % 250))"
    else
        echo "254 $(cat "$D/ep/$1/extra")"
    fi
}

ip4_of() {
    local p
    p=$(place_of "$1") || return 1
    echo "$(net).${p/ /.}"
}

# 10.77.1.17 and fd10:77::1:17 are one host: the same digits, read as hexadecimal.
ip6_of() {
    local p n
    p=$(place_of "$1") || return 1
    n=$(net)
    p=${p/ /:}
    echo "fd${n/./:}::${p#0:}"
}

mac_of() {
    local p
    p=$(place_of "$1") || return 1
    printf '02:1a:00:00:%02x:%02x\n' "${p% *}" "${p#* }"
}

known() { [ -d "$D/ep/$1" ] || die "there is no endpoint $1 in fleet $NAME"; }

outsider() { [[ $1 == attacker* || $1 == neighbour* ]]; }

# ---- what is alive: a pid and the time it began, since a pid alone may have become somebody else's -------------

began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

alive() {
    local pid began
    read -r pid began 2>/dev/null <"$D/ep/$1/pid" || return 1
    [ -n "$began" ] && [ "$(began "$pid")" = "$began" ]
}

# Process 1 of the endpoint, as the machine counts.
init_of() {
    local pid
    read -r pid _ <"$D/ep/$1/pid" && cut -d' ' -f1 "/proc/$pid/task/$pid/children"
}

# ---- the network ---------------------------------------------------------------------------------------------

# The guard route is also the claim on the network: adding it is atomic, and only one fleet can.
claim_net() {
    local n
    [ -s "$D/net" ] && return
    for n in ${FLEET_NET:-$(seq -f 10.%.0f 77 126)}; do
        ip route add unreachable "$n.0.0/16" metric 4000 2>/dev/null || continue
        ip -6 route add unreachable "fd${n/./:}::/64" metric 4000 2>/dev/null
        echo "$n" >"$D/net"
        return
    done
    die "no free network (${FLEET_NET:-10.77 to 10.126}); is another fleet up?"
}

hub_up() {
    ip netns list | grep -qw "^$HUB" && return
    local n
    n=$(net)
    ip netns add "$HUB" &&
        ip netns exec "$HUB" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6' &&
        ip -n "$HUB" link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 &&
        ip -n "$HUB" link set br0 up &&
        ip link add "$CABLE" type veth peer name root0 netns "$HUB" &&
        ip -n "$HUB" link set root0 master br0 up &&
        echo 0 >"/proc/sys/net/ipv6/conf/$CABLE/disable_ipv6" &&
        echo 0 >"/proc/sys/net/ipv6/conf/$CABLE/accept_dad" &&
        ip addr add "$n.0.1/16" dev "$CABLE" &&
        ip link set "$CABLE" up &&
        ip addr add "fd${n/./:}::1/64" dev "$CABLE" nodad || die "the hub could not be set up"
}

# A fixed MAC: after a reboot the neighbours' stale entries would keep the host unreachable for half a minute.
# No duplicate address detection: it would keep an address silent for the first second.
wire() {
    local h=$1 ns=$NAME-$1
    ip netns add "$ns" &&
        ip -n "$HUB" link add "p-$h" type veth peer name eth0 address "$(mac_of "$h")" netns "$ns" &&
        ip -n "$HUB" link set "p-$h" master br0 up &&
        ip netns exec "$ns" sh -c 'cd /proc/sys/net/ipv6/conf
            for i in all default eth0; do echo 0 >$i/disable_ipv6; echo 0 >$i/accept_dad; done' &&
        ip -n "$ns" -batch - <<CMDS || die "$h: the cable could not be laid"
link set lo up
addr add $(ip4_of "$h")/16 dev eth0
link set eth0 up
addr add $(ip6_of "$h")/64 dev eth0 nodad
CMDS
}

unwire() {
    local k p
    for ((k = 0; k < 200; k++)); do
        p=$(ip netns pids "$NAME-$1" 2>/dev/null)
        [ -z "$p" ] && break
        # shellcheck disable=SC2086  # a list of pids that are, by the kernel's word, inside our namespace
        [ "$k" -eq 20 ] && kill -KILL $p 2>/dev/null
        sleep 0.02
    done
    ip -n "$HUB" link del "p-$1" 2>/dev/null
    ip netns del "$NAME-$1" 2>/dev/null
}

# The kernel tells of a carrier once a second at most. And who has asked for an address in vain asks again only after a
# while: such entries go, so that what comes next meets a settled network.
cable_is() {
    local k h
    for ((k = 0; k < 200; k++)); do
        ip -n "$NAME-$1" link show eth0 | grep -Eq "state (LOWERLAYER)?$2" && break
        sleep 0.02
    done
    for h in $(hosts); do
        [ "$h" = "$1" ] && ip -n "$NAME-$h" neigh flush all
        ip -n "$NAME-$h" neigh flush to "$(ip4_of "$1")"
        ip -n "$NAME-$h" neigh flush to "$(ip6_of "$1")"
    done
    ip neigh flush to "$(ip4_of "$1")" dev "$CABLE"
    ip neigh flush to "$(ip6_of "$1")" dev "$CABLE"
} 2>/dev/null

# ---- one endpoint --------------------------------------------------------------------------------------------

# Runs as process 1 of the endpoint, in its new namespaces. The machine's /dev, /run, /tmp and /root stay outside,
# and the old root is let go of, so that root in here finds no way to the machine's files.
endpoint_init() {
    set -e
    local h=$1 e=$D/ep/$1 r=$D/ep/$1/root n
    mount --make-rprivate /
    mount -t tmpfs -o "size=${FLEET_ROOM:-64m},mode=755" soar-lab "$e/rw"
    mkdir "$e/rw/upper" "$e/rw/work"
    mount -t overlay -o "lowerdir=/,upperdir=$e/rw/upper,workdir=$e/rw/work" "soar-$h" "$r"
    mkdir -p "$r/proc" "$r/sys" "$r/dev" "$r/run" "$r/tmp" "$r/root" "$r/.old"
    mount -t proc proc "$r/proc"
    mount -t sysfs sysfs "$r/sys"
    mount -t tmpfs -o mode=755 dev "$r/dev"
    for n in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
        mknod -m 666 "$r/dev/${n% *}" c 1 "${n#* }"
    done
    mknod -m 666 "$r/dev/tty" c 5 0
    mkdir "$r/dev/pts" "$r/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$r/dev/pts"
    # The memory that the kernel shows is this machine's, not the endpoint's: as on a host whose kernel forbids to read it.
    [ ! -e "$r/proc/kcore" ] || mount --bind "$r/dev/null" "$r/proc/kcore"
    ln -s pts/ptmx "$r/dev/ptmx"
    ln -s /proc/self/fd "$r/dev/fd"
    for n in "stdin 0" "stdout 1" "stderr 2"; do ln -s "fd/${n#* }" "$r/dev/${n% *}"; done
    mount -t tmpfs -o mode=755 run "$r/run"
    mount -t tmpfs -o mode=1777 tmp "$r/tmp"
    mount -t tmpfs -o mode=700 root "$r/root"
    endpoint_files "$h" "$r"
    hostname "$h"
    cd "$r"
    pivot_root . .old
    exec chroot . /bin/sh -c 'umount -l /.old; rmdir /.old
        exec /usr/sbin/sshd -D -f /etc/ssh/soar_sshd_config -E /run/sshd.log </dev/null >/dev/null 2>&1'
}

endpoint_files() {
    local h=$1 r=$2 e=$D/ep/$1 i4 i6
    i4=$(ip4_of "$h")
    i6=$(ip6_of "$h")
    # Its own name is in its hosts file: sudo would ask DNS for it, and isolation has just cut that.
    printf '127.0.0.1 localhost\n::1 localhost\n%s %s\n%s %s\n' "$i4" "$h" "$i6" "$h" >"$r/etc/hosts"
    rm -f "$r/etc/resolv.conf"
    echo "nameserver $(net).0.53" >"$r/etc/resolv.conf"
    echo "$h" >"$r/etc/hostname"
    echo "soar-lab $NAME $h" | md5sum | cut -c1-32 >"$r/etc/machine-id"
    if ! grep -q '^responder:' "$r/etc/passwd"; then
        echo 'responder:x:7001:7001::/home/responder:/bin/sh' >>"$r/etc/passwd"
        echo 'responder:x:7001:' >>"$r/etc/group"
        echo 'responder:*:19000:0:99999:7:::' >>"$r/etc/shadow"
        mkdir -p "$r/home/responder"
        chown 7001:7001 "$r/home/responder"
    fi
    mkdir -m 755 "$r/run/sshd"
    rm -f "$r/etc/ssh/ssh_host_"*
    install -m 600 "$e/hostkey" "$r/etc/ssh/soar_hostkey"
    install -m 644 "$D/keys/id_ed25519.pub" "$r/etc/ssh/soar_keys"
    cat >"$r/etc/ssh/soar_sshd_config" <<CFG
ListenAddress $i4:22
ListenAddress [$i6]:22
HostKey /etc/ssh/soar_hostkey
PidFile none
AuthorizedKeysFile /etc/ssh/soar_keys
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UseDNS no
MaxStartups 200
Subsystem sftp internal-sftp
CFG
}

# setsid: not tied to the caller's terminal. --kill-child: one signal to one recorded pid ends all that is inside.
start() {
    local h=$1 e=$D/ep/$1 pid
    mkdir -p "$e/rw" "$e/root"
    [ -f "$e/hostkey" ] || ssh-keygen -q -t ed25519 -N '' -C "$h" -f "$e/hostkey"
    ip netns list | grep -qw "^$NAME-$h" || wire "$h"
    FLEET_NAME=$NAME FLEET_DIR=$D setsid nsenter --net="/run/netns/$NAME-$h" \
        unshare --mount --uts --ipc --pid --fork --kill-child "$0" _init "$h" </dev/null >"$e/log" 2>&1 &
    pid=$!
    echo "$pid $(began "$pid")" >"$e/pid"
}

answers() {
    local k a
    a=$(ip4_of "$1")
    for ((k = 0; k < 400; k++)); do
        (exec 3<>"/dev/tcp/$a/22") 2>/dev/null && return
        alive "$1" || break
        sleep 0.05
    done
    cat "$D/ep/$1/log" >&2
    die "$1 does not answer on port 22"
}

stop() {
    local pid
    alive "$1" && read -r pid _ <"$D/ep/$1/pid" && kill -KILL "$pid" 2>/dev/null
    unwire "$1"
    rm -f "$D/ep/$1/pid"
}

# ---- the files an orchestrator reads --------------------------------------------------------------------------

write_inventory() {
    local h tags
    : >"$D/keys/known_hosts.new"
    {
        echo "hosts:"
        for h in $(hosts); do
            outsider "$h" && continue
            tags=prod
            [[ $h == dc-* ]] && tags=dc
            printf '  %s: {address: %s, os: linux, via: ssh, user: root, key: "file:keys/id_ed25519", ' "$h" "$(ip4_of "$h")"
            printf 'known_hosts: keys/known_hosts, tags: [%s]}\n' "$tags"
            printf '%s,%s %s\n' "$(ip4_of "$h")" "$(ip6_of "$h")" "$(cut -d' ' -f1,2 "$D/ep/$h/hostkey.pub")" \
                >>"$D/keys/known_hosts.new"
        done
    } >"$D/inventory.yaml"
    mv "$D/keys/known_hosts.new" "$D/keys/known_hosts"
}

hosts() {
    local e
    for e in "$D"/ep/*/; do
        [ -d "$e" ] && basename "$e"
    done
}

# ---- commands ------------------------------------------------------------------------------------------------

cmd_up() {
    local n=$1 h i extra=0 want=()
    shift
    [[ $n =~ ^[0-9]+$ ]] && [ "$n" -le 500 ] || die "up N: a number up to 500"
    [[ $NAME =~ ^[a-z][a-z0-9]{0,7}$ ]] || die "FLEET_NAME: a letter, then up to 7 letters or digits"
    [ -d "$D" ] && [ -n "$(ls -A "$D")" ] && [ ! -e "$D/soar-fleet" ] && die "$D holds something else"
    mkdir -p "$D/ep" "$D/keys" && touch "$D/soar-fleet"
    chmod 700 "$D/keys"
    [ -f "$D/keys/id_ed25519" ] || ssh-keygen -q -t ed25519 -N '' -C orchestrator -f "$D/keys/id_ed25519"
    claim_net
    hub_up
    for ((i = 1; i <= n; i++)); do want+=("$(printf 'web-%02d' "$i")"); done
    for h in "$@"; do
        [[ $h =~ ^[a-z][a-z0-9-]{0,12}$ ]] || die "$h: not a name for an endpoint"
        [[ $h == web-* || $h == hub ]] && die "$h: a name of the fleet's own"
        extra=$((extra + 1))
        mkdir -p "$D/ep/$h"
        [ -f "$D/ep/$h/extra" ] || echo "$(($(cat "$D"/ep/*/extra 2>/dev/null | wc -l) + 1))" >"$D/ep/$h/extra"
        want+=("$h")
    done
    for h in "${want[@]}"; do alive "$h" || start "$h"; done
    for h in "${want[@]}"; do answers "$h"; done
    write_inventory
    echo "fleet $NAME: ${#want[@]} endpoints in $(net).0.0/16, orchestrator $(net).0.1, inventory $D/inventory.yaml"
}

cmd_down() {
    [ -e "$D/soar-fleet" ] || die "no fleet in $D"
    local h p n
    for h in $(hosts); do
        alive "$h" && read -r p _ <"$D/ep/$h/pid" && kill -KILL "$p" 2>/dev/null
    done
    for h in $(hosts); do unwire "$h"; done
    ip link del "$CABLE" 2>/dev/null
    ip netns del "$HUB" 2>/dev/null
    if n=$(net 2>/dev/null); then
        ip route del unreachable "$n.0.0/16" metric 4000 2>/dev/null
        ip -6 route del unreachable "fd${n/./:}::/64" metric 4000 2>/dev/null
    fi
    rm -rf "$D"
    echo "fleet $NAME: down"
}

cmd_status() {
    local h state cable
    for h in $(hosts); do
        state=dead
        cable=up
        if alive "$h"; then
            state=open
            [ -n "$(cmd_handle "$h")" ] && state=isolated
        fi
        ip -n "$HUB" link show "p-$h" 2>/dev/null | grep -q ',UP' || cable=down
        echo "$h pid $(cut -d' ' -f1 "$D/ep/$h/pid" 2>/dev/null) $(ip4_of "$h") $(ip6_of "$h") cable $cable $state"
    done
}

cmd_where() {
    if [ "$1" = orchestrator ]; then
        echo "/proc/self/ns/net $(net).0.1 fd$(net | tr . :)::1 $(cat "/sys/class/net/$CABLE/address") $CABLE"
    else
        known "$1"
        echo "/run/netns/$NAME-$1 $(ip4_of "$1") $(ip6_of "$1") $(mac_of "$1") eth0"
    fi
}

cmd_exec() {
    local h=$1 pid
    shift
    alive "$h" || die "$h is not running"
    pid=$(init_of "$h") && [ -n "$pid" ] || die "$h has no process 1"
    exec nsenter --target "$pid" --mount --uts --ipc --net --pid --root --wd \
        /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

cmd_handle() {
    ip netns exec "$NAME-$1" nft -a list table inet soar_isolate 2>/dev/null | sed -n '1s/.*# handle //p'
}

main() {
    local cmd=${1:-}
    shift
    case $cmd in
    '' | help | --help) usage; [ "$cmd" != '' ]; exit ;;
    up | down | status | exec | reboot | reinstall | offline | online | handle | where | inventory | _init) ;;
    *) usage >&2; exit 2 ;;
    esac
    [ "$(id -u)" = 0 ] || die "needs root: it makes namespaces"
    case $cmd in
    up) cmd_up "${@:?}"; return ;;
    down) cmd_down; return ;;
    status) cmd_status; return ;;
    inventory) echo "$D/inventory.yaml"; return ;;
    where) cmd_where "${1:?fleet.sh where HOST}"; return ;;
    esac
    known "${1:?fleet.sh $cmd HOST}"
    case $cmd in
    _init) endpoint_init "$1" ;;
    exec) cmd_exec "$@" ;;
    reboot) stop "$1"; start "$1"; answers "$1" ;;
    reinstall) stop "$1"; rm -f "$D/ep/$1/hostkey" "$D/ep/$1/hostkey.pub"; start "$1"; answers "$1" ;;
    offline) ip -n "$HUB" link set "p-$1" down && cable_is "$1" DOWN ;;
    online) ip -n "$HUB" link set "p-$1" up && cable_is "$1" UP ;;
    handle) cmd_handle "$1" ;;
    esac
}

main "$@"
