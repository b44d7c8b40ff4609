#!/bin/bash
# A small real virtual machine, for tests that need a kernel of their own: memory images above all. QEMU emulates it (no
# KVM, no root), with Debian's cloud kernel and a root file system of busybox, dropbear and nft that lives in its memory.
# The kernel and the base of that file system are made once and stay in the cache; a machine's keys are its own.
# It ends only what it started.
# shellcheck disable=SC2015,SC2016
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

usage() {
    cat <<'TEXT'
vm.sh up [NAME] [--fleet] [--memory MIB] [--append TEXT] [--room SIZE]
                         boot it (about 5 s) and wait until ssh answers. --fleet: on the wire of the fleet that is up
                         (FLEET_NAME, FLEET_DIR; needs root), else its ssh is a port of 127.0.0.1 and it reaches nobody;
                         --append: for the kernel's command line, for example "lockdown=confidentiality";
                         --room: how much /run, /tmp and /dev/shm may hold (16m each)
vm.sh down [NAME]        end it and remove its files; without a name: all of them
vm.sh status             one line per machine: name, pid, address and port, memory
vm.sh ssh NAME [CMD…]    in it, as root
vm.sh env NAME           for `eval`: VM_ADDRESS VM_PORT VM_KEY VM_KNOWN_HOSTS VM_QMP VM_QMP_TEST VM_QMP_DIR VM_PID VM_CONSOLE
vm.sh inventory [FILE]   an inventory.yaml of all machines, on FILE or standard output
vm.sh qmp NAME JSON…     commands for its monitor (the tests' own), one answer a line; {"wait": "EVENT"} waits for one
vm.sh image              make what the cache lacks, boot nothing

NAME (default: vm) is a letter, then up to 12 letters, digits or dashes.
VM_DIR   (default: /tmp/soar-lab/vm) is where the machines' files are.
VM_CACHE (default: build/lab-cache/vm of this tree) holds the kernel between runs; a folder that survives saves 30 s.
TEXT
}

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
D=${VM_DIR:-/tmp/soar-lab/vm}
C=${VM_CACHE:-$ROOT/build/lab-cache/vm}
NEEDS=(qemu-system-x86_64 busybox dropbear dropbearkey nft flock cpio gzip dpkg-deb ssh ssh-keygen)

# Loaded in passes until nothing new comes: then their order doesn't matter (virtio wants virtio_ring, and more like that).
MODULES="virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net
    libcrc32c nfnetlink nf_tables nf_defrag_ipv4 nf_defrag_ipv6 nf_conntrack nft_ct nft_limit nft_counter ipv6"

die() {
    echo "vm.sh: $*" >&2
    exit 1
}

# ---- the kernel and the base of the root file system: once, under a lock -----------------------------------------

image() {
    local want
    for tool in "${NEEDS[@]}"; do command -v "$tool" >/dev/null || die "there is no $tool (tests/packages names the package)"; done
    [ "$(uname -m)" = x86_64 ] || die "only x86_64 kernels are fetched"
    mkdir -p "$C" || exit 1
    # What the base is made of: this script's own text, and the programs that go into it.
    want=$(cat "${BASH_SOURCE[0]}" "$(command -v busybox)" "$(command -v dropbear)" "$(command -v nft)" | sha256sum | cut -c1-16)
    exec 8>"$C/lock"
    flock 8
    [ -s "$C/kernel" ] && [ -s "$C/base-$want.gz" ] || make_image "$want"
    flock -u 8
    BASE=$C/base-$want.gz
}

make_image() {
    local deb work r
    deb=$(fetch_kernel) || exit 1
    work=$(mktemp -d "$C/make.XXXXXX")
    dpkg-deb -x "$deb" "$work/kernel" || die "$deb can't be unpacked"
    r=$work/root
    mkdir -p "$r"/{bin,sbin,usr/bin,usr/sbin,lib,lib64,etc/dropbear,proc,sys,dev,tmp,root/.ssh,modules,run,var/log}
    cp "$(command -v busybox)" "$r/bin/busybox"
    ln -s busybox "$r/bin/sh"
    with_libraries "$r" dropbear /usr/sbin
    with_libraries "$r" nft /usr/sbin
    with_libraries "$r" flock /usr/bin
    local m file
    for m in $MODULES; do
        file=$(find "$work/kernel/lib/modules" -name "$m.ko")
        [ -n "$file" ] && cp "$file" "$r/modules/" # the others are built in
    done
    guest_files "$r"
    (cd "$r" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$work/base" || die "the root file system could not be packed"
    cp "$work"/kernel/boot/vmlinuz-* "$C/kernel"
    find "$C" -maxdepth 1 -name "base-*.gz" -mtime +7 -delete
    mv "$work/base" "$C/base-$1.gz"
    rm -rf "$work"
}

# The package stays in the cache; a newer kernel is fetched only by who removes it.
fetch_kernel() {
    local found package
    found=$(find "$C" -maxdepth 1 -name 'linux-image-*.deb' | head -1)
    if [ -z "$found" ]; then
        package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -1)
        [ -n "$package" ] || die "apt knows no linux-image-cloud-amd64; apt-get update first"
        mkdir -p "$C/fetch"
        (cd "$C/fetch" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$package") >&2 || die "$package can't be fetched"
        mv "$C/fetch"/linux-image-*.deb "$C/" && rmdir "$C/fetch"
        found=$(find "$C" -maxdepth 1 -name 'linux-image-*.deb' | head -1)
    fi
    echo "$found"
}

with_libraries() { # ROOT PROGRAM FOLDER
    local path file
    path=$(command -v "$2")
    cp -L "$path" "$1$3/$2"
    for file in $(ldd "$path" | grep -o '/[^ ]*'); do
        mkdir -p "$1$(dirname "$file")"
        cp -L "$file" "$1$file"
    done
}

guest_files() {
    local r=$1
    echo 'root:*:0:0:root:/root:/bin/sh' >"$r/etc/passwd"
    echo 'root:*:19000:0:99999:7:::' >"$r/etc/shadow"
    echo 'root:x:0:' >"$r/etc/group"
    echo /bin/sh >"$r/etc/shells"
    chmod 700 "$r/root" "$r/root/.ssh"
    cat >"$r/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t securityfs security /sys/kernel/security
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
for word in $(cat /proc/cmdline); do
    case $word in
    vm.name=*) name=${word#*=} ;;
    vm.port=*) port=${word#*=} ;;
    vm.net4=*) net4=${word#*=} ;;
    vm.net6=*) net6=${word#*=} ;;
    vm.gate=*) gate=${word#*=} ;;
    vm.room=*) room=${word#*=} ;;
    esac
done
for folder in /run /tmp /dev/shm; do mount -t tmpfs -o "mode=1777,size=$room" tmpfs $folder; done
pass=0
while [ $pass -lt 4 ]; do
    for m in /modules/*.ko; do
        n=${m##*/}; n=${n%.ko}
        [ -d "/sys/module/$(echo "$n" | tr - _)" ] || insmod "$m" 2>/dev/null
    done
    pass=$((pass + 1))
done
hostname "$name"
echo "127.0.0.1 localhost $name" >/etc/hosts
ip link set lo up
echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad
ip addr add "$net4" dev eth0
ip link set eth0 up
[ -z "$net6" ] || ip addr add "$net6" dev eth0
[ -z "$gate" ] || ip route add default via "$gate"
dropbear -F -E -s -r /etc/dropbear/key -p "$port" 2>/var/log/dropbear &
echo VM-READY >/dev/ttyS0
exec sh -c 'while :; do sleep 3600; done'
INIT
    chmod 755 "$r/init"
}

# ---- one machine -----------------------------------------------------------------------------------------------

began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# A pid alone may have become somebody else's: it counts together with the time it began, and with what runs there.
alive() {
    local pid when
    read -r pid when 2>/dev/null <"$D/$1/pid" || return 1
    [ -n "$when" ] && [ "$(began "$pid")" = "$when" ] && ! grep -q '^State:.Z' "/proc/$pid/status"
}

pid_of() { cut -d' ' -f1 "$D/$1/pid"; }
machines() {
    local m
    for m in "$D"/*/; do [ -e "$m/memory" ] && basename "$m"; done
}

# What only this machine has: laid over the base, as the kernel unpacks one archive after the other.
machine_files() {
    local name=$1 m=$D/$1 over=$D/$1/over
    mkdir -p "$over/etc/dropbear" "$over/root/.ssh" "$m/dump"
    ssh-keygen -q -t ed25519 -N '' -C orchestrator -f "$m/key"
    dropbearkey -t ed25519 -f "$over/etc/dropbear/key" 2>/dev/null | grep '^ssh-ed25519' | cut -d' ' -f1,2 >"$m/hostkey"
    cp "$m/key.pub" "$over/root/.ssh/authorized_keys"
    chmod 700 "$over/root" "$over/root/.ssh"
    chmod 600 "$over/root/.ssh/authorized_keys"
    echo "soar-lab vm $name" | md5sum | cut -c1-32 >"$over/etc/machine-id"
    (cd "$over" && find . | cpio -o -H newc --quiet -R 0:0 | gzip -1) >"$m/over.gz"
    cat "$BASE" "$m/over.gz" >"$m/initrd"
    rm -rf "$over" "$m/over.gz"
}

# start NAME MEMORY APPEND ROOM: qemu, and what tells it its place: on a wire of its own, or on the fleet's.
start() {
    local m=$D/$1 in=() net words
    : >"$m/console"
    if [ -e "$m/fleet" ]; then
        in=(ip netns exec "$(cat "$m/fleet")-hub")
        net="tap,id=n0,ifname=v-$1,script=no,downscript=no"
        words="vm.net4=$(cat "$m/address")/16 vm.net6=$(cat "$m/address6")/64"
        echo 22 >"$m/port"
        echo "$(cat "$m/address") $(cat "$m/hostkey")" >"$m/known_hosts"
    else
        # The guest's ssh listens on the number that it has outside, so that a rule for the one is true of the other.
        echo $((20000 + RANDOM % 12000)) >"$m/port"
        echo 127.0.0.1 >"$m/address"
        echo "[127.0.0.1]:$(cat "$m/port") $(cat "$m/hostkey")" >"$m/known_hosts"
        net="user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:$(cat "$m/port")-:$(cat "$m/port")"
        words="vm.net4=10.0.2.15/24 vm.gate=10.0.2.2"
    fi
    setsid "${in[@]}" qemu-system-x86_64 -name "$1" -nodefaults -no-user-config -display none -no-reboot \
        -machine pc,accel=tcg -cpu max -smp 1 -m "$2" -kernel "$C/kernel" -initrd "$m/initrd" \
        -append "console=ttyS0 quiet panic=-1 random.trust_cpu=on mitigations=off vm.name=$1 vm.port=$(cat "$m/port") vm.room=$4 $words $3" \
        -serial "file:$m/console" -qmp "unix:$m/qmp,server=on,wait=off" -qmp "unix:$m/qmp-test,server=on,wait=off" \
        -netdev "$net" -device "virtio-net-pci,netdev=n0,romfile=,mac=$(mac_of "$1")" </dev/null >"$m/log" 2>&1 8>&- 9>&- &
    echo "$! $(began $!)" >"$m/pid"
}

mac_of() { sed 's/^\(..\)\(..\)\(..\).*/02:1a:fd:\1:\2:\3/' <<<"$(echo "$D/$1" | md5sum)"; }

# A place on the fleet's wire: .253.N, where the fleet itself puts nobody.
take_place() {
    local m=$D/$1 net n=1
    net=$(cat "${FLEET_DIR:-/tmp/soar-lab/${FLEET_NAME:-soar}}/net") || die "--fleet: there is no fleet; tests/lab/fleet.sh up"
    while grep -qx "$net.253.$n" "$D"/*/address 2>/dev/null; do n=$((n + 1)); done
    echo "${FLEET_NAME:-soar}" >"$m/fleet"
    echo "$net.253.$n" >"$m/address"
    echo "fd${net/./:}::253:$n" >"$m/address6"
    ip -n "${FLEET_NAME:-soar}-hub" tuntap add "v-$1" mode tap &&
        ip -n "${FLEET_NAME:-soar}-hub" link set "v-$1" master br0 up || die "$1: the cable could not be laid"
}

ssh_options() {
    echo "-F /dev/null -i $D/$1/key -p $(cat "$D/$1/port") -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=8 -o LogLevel=ERROR" \
        "-o UserKnownHostsFile=$D/$1/known_hosts -o StrictHostKeyChecking=yes"
}

# The door is open before anybody stands behind it, so every try has a limit. 1: it died.
answers() {
    local k
    for ((k = 0; k < 2400; k++)); do
        grep -q VM-READY "$D/$1/console" && break
        alive "$1" || return 1
        sleep 0.05
    done
    for ((k = 0; k < 40; k++)); do
        # shellcheck disable=SC2046
        timeout 10 ssh $(ssh_options "$1") "root@$(cat "$D/$1/address")" true </dev/null 2>"$D/$1/ssh.log" && return
        alive "$1" || return 1
        sleep 0.2
    done
    cat "$D/$1/ssh.log" >&2
    die "$1 does not answer by ssh"
}

# ---- commands ----------------------------------------------------------------------------------------------------

cmd_up() {
    local name=vm memory=128 append='' room=16m fleet='' k
    if [ $# -gt 0 ] && [[ $1 != --* ]]; then
        name=$1
        shift
    fi
    while [ $# -gt 0 ]; do
        case $1 in
        --fleet)
            fleet=1
            shift
            continue
            ;;
        --memory) memory=${2:?} ;;
        --append) append=${2:?} ;;
        --room) room=${2:?} ;;
        *) die "up: $1?" ;;
        esac
        shift 2
    done
    [[ $name =~ ^[a-z][a-z0-9-]{0,12}$ ]] || die "$name: not a name for a machine"
    [ "$memory" -ge 96 ] || die "--memory $memory: less than 96 MiB has no room for the root file system"
    [ "${#D}" -le 80 ] || die "VM_DIR is too long for the names of sockets in it"
    alive "$name" && return
    image
    [ -d "$D/$name" ] && [ ! -e "$D/$name/memory" ] && die "$D/$name holds something else"
    rm -rf "${D:?}/$name"
    mkdir -p "$D" && mkdir -m 700 "$D/$name" || exit 1
    echo "$memory" >"$D/$name/memory"
    machine_files "$name"
    [ -z "$fleet" ] || take_place "$name"
    for ((k = 0; k < 5; k++)); do # somebody may have the port that was thought of
        start "$name" "$memory" "$append" "$room"
        answers "$name" && break
        grep -q 'host forwarding' "$D/$name/log" || break
    done
    alive "$name" || { cat "$D/$name/log" >&2; tail -3 "$D/$name/console" >&2; die "$name died"; }
    echo "vm $name: pid $(pid_of "$name"), $memory MiB, ssh on $(cat "$D/$name/address"):$(cat "$D/$name/port"), monitor $D/$name/qmp"
}

down_one() {
    local pid k
    if alive "$1"; then
        pid=$(pid_of "$1")
        kill "$pid"
        for ((k = 0; k < 100; k++)); do
            alive "$1" || break
            [ "$k" -eq 60 ] && kill -KILL "$pid"
            sleep 0.05
        done
    fi
    [ -e "$D/$1/fleet" ] && ip -n "$(cat "$D/$1/fleet")-hub" link del "v-$1" 2>/dev/null
    rm -rf --one-file-system "${D:?}/$1"
    echo "vm $1: down"
}

cmd_down() {
    local m
    if [ $# -gt 0 ]; then
        [ -e "$D/$1/memory" ] || die "there is no machine $1"
        down_one "$1"
    else
        for m in $(machines); do down_one "$m"; done
        rmdir "$D" 2>/dev/null
    fi
    return 0
}

cmd_status() {
    local m
    for m in $(machines); do
        if alive "$m"; then
            echo "$m pid $(pid_of "$m") $(cat "$D/$m/address"):$(cat "$D/$m/port") $(cat "$D/$m/memory") MiB"
        else
            echo "$m dead"
        fi
    done
}

cmd_env() {
    local m=$D/$1
    printf '%s=%q\n' VM_ADDRESS "$(cat "$m/address")" VM_PORT "$(cat "$m/port")" VM_KEY "$m/key" VM_KNOWN_HOSTS "$m/known_hosts" VM_QMP "$m/qmp" \
        VM_QMP_TEST "$m/qmp-test" VM_QMP_DIR "$m/dump" VM_PID "$(pid_of "$1")" VM_CONSOLE "$m/console"
}

# Behind its own wire the guest sees all of us as 10.0.2.2.
cmd_inventory() {
    local m us
    echo "hosts:"
    for m in $(machines); do
        us=', management: [10.0.2.2]'
        [ -e "$D/$m/fleet" ] && us=
        printf '  %s: {address: %s, port: %s, os: linux, via: ssh, user: root, key: "file:%s", known_hosts: %s%s}\n' \
            "$m" "$(cat "$D/$m/address")" "$(cat "$D/$m/port")" "$D/$m/key" "$D/$m/known_hosts" "$us"
    done
}

cmd_qmp() {
    local name=$1
    shift
    /usr/bin/python3 - "$D/$name/qmp-test" "$@" <<'PY'
import json, socket, sys
monitor = socket.socket(socket.AF_UNIX)
monitor.settimeout(60)
monitor.connect(sys.argv[1])
lines = monitor.makefile("rw")
events = []
def line():
    return json.loads(lines.readline() or '{"error": "the monitor hung up"}')
line()
for text in ['{"execute": "qmp_capabilities"}'] + sys.argv[2:]:
    command = json.loads(text)
    if "wait" in command:
        while not [e for e in events if e == command["wait"]]:
            events.append(line().get("event"))
        continue
    lines.write(text + "\n")
    lines.flush()
    answer = line()
    while not {"return", "error"} & set(answer):
        events.append(answer.get("event"))
        answer = line()
    if command["execute"] != "qmp_capabilities":
        print(json.dumps(answer), flush=True)
    if "error" in answer:
        sys.exit(1)
PY
}

main() {
    local cmd=${1:-}
    shift
    case $cmd in
    up) cmd_up "$@" ;;
    down) cmd_down "$@" ;;
    status) cmd_status ;;
    image) image ;;
    inventory) if [ -n "${1:-}" ]; then cmd_inventory >"$1"; else cmd_inventory; fi ;;
    ssh | env | qmp)
        alive "${1:?vm.sh $cmd NAME}" || die "$1 is not running"
        case $cmd in
        env) cmd_env "$1" ;;
        qmp) cmd_qmp "$@" ;;
        ssh)
            local name=$1
            shift
            # shellcheck disable=SC2046
            exec ssh $(ssh_options "$name") "root@$(cat "$D/$name/address")" "$@"
            ;;
        esac
        ;;
    '' | help | --help) usage; [ "$cmd" != '' ] ;;
    *) usage >&2; exit 2 ;;
    esac
}

main "$@"
