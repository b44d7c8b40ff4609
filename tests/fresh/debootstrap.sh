#!/bin/bash
# Property: on a Debian 12 that has nothing but git and root, the demo runs and so do all the tests.
# Method: such a Debian is made in a temporary directory, from the mirror this machine's apt already uses, entered as
# a root of its own, given a clone of what is committed here, and told `bash examples/demo.sh` and `bash tests/run.sh`.
# Its mounts live in a mount namespace that ends with this script. FRESH_SUITES names suites, if not all are wanted.
set -eu
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
TREE=$(cd "$(dirname "$0")/../.." && pwd)

if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" = 0 ] || { echo "skip: needs root"; exit 77; }
    command -v debootstrap >/dev/null || apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends debootstrap
    DIR=$(mktemp -d /var/tmp/soar-fresh.XXXXXX)
    trap 'rm -rf --one-file-system "$DIR"' EXIT
    trap 'exit 1' INT TERM HUP
    unshare --mount --propagation private --pid --fork --kill-child "$0" --inside "$DIR" &
    wait $!
    exit
fi

DIR=$2
R=$DIR/root

# Where this machine's apt gets bookworm's main from, whichever form its sources are written in.
mirror() {
    # shellcheck disable=SC2016  # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(LABEL)' 'Created-By: Packages' |
        awk '$2 == "bookworm" && $3 == "main" && $4 == "Debian" { print $1; exit }'
}

make_debian() {
    local from
    from=$(mirror)
    [ -n "$from" ] || { echo "skip: this machine's apt knows no bookworm"; exit 77; }
    debootstrap --variant=minbase --include=git,ca-certificates bookworm "$R" "$from" >"$DIR/debootstrap.log" 2>&1 || {
        tail -20 "$DIR/debootstrap.log"
        exit 1
    }
    cp /etc/resolv.conf "$R/etc/resolv.conf"
    apt-config dump | grep -i '^Acquire::.*Proxy' >"$R/etc/apt/apt.conf.d/proxy" || true
}

enter_debian() {
    mount --bind "$R" "$R"
    mkdir -p "$R/mnt/soar" "$R/.old"
    mount --bind "$TREE" "$R/mnt/soar"
    mount -o remount,bind,ro "$R/mnt/soar"
    mount -t proc proc "$R/proc"
    mount -t sysfs sysfs "$R/sys"
    mount --rbind /dev "$R/dev"
    mount -t tmpfs -o mode=755 run "$R/run"
    mount -t tmpfs -o mode=1777 tmp "$R/tmp"
    cd "$R"
    pivot_root . .old
    # shellcheck disable=SC2016  # for the inner shell
    exec chroot . /usr/bin/env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        ${CI:+CI="$CI"} FRESH_SUITES="${FRESH_SUITES:-}" /bin/bash -eu -c '
        umount -l /.old
        rmdir /.old
        git -c safe.directory="*" clone -q /mnt/soar /root/soar
        cd /root/soar
        git log -1 --format="a fresh Debian $(cat /etc/debian_version), at %h %s"
        if [ -z "$FRESH_SUITES" ]; then bash examples/demo.sh; fi
        bash tests/run.sh $FRESH_SUITES'
}

make_debian
enter_debian
