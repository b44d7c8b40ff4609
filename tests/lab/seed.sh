#!/bin/bash
# All that the seed playbook (playbooks/contain_lateral_movement.yaml) works at, and its inventory: two Linux endpoints and an
# attacker on one wire, a virtual machine beside them, an Active Directory, an OpenLDAP server, and jdoe, who has an account in
# both and on web-01, where he is at work with a ticket of the domain.
# It starts the other scripts of this folder, side by side, and ends what they started.
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

usage() {
    cat <<'TEXT'
seed.sh up           start it all; seed.sh down: end and remove it all
seed.sh env          shell variables: eval "$(seed.sh env)" gives what the other scripts go by (FLEET_NAME, FLEET_DIR, VM_DIR,
                     AD_LAB_NAME, LDAP_LAB_NAME …), what ad.sh and ldap.sh say of themselves, and
                       SEED_INVENTORY   the inventory of all of it
                       SEED_KEY         jdoe's own key for web-01
seed.sh door HOST    a second sshd on HOST for its own people, on 127.0.0.1:2222, with PAM, passwords and keys
seed.sh ssh HOST USER password PW|key    does he get in by that door? prints in or out

SEED_NAME (default: seed, 7 characters at most) tells labs apart that run side by side.
SEED_DIR  (default: /tmp/soar-lab/NAME) is where all of its files are.
TEXT
}

NAME=${SEED_NAME:-seed}
D=${SEED_DIR:-/tmp/soar-lab/$NAME}
LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export FLEET_NAME=$NAME FLEET_DIR=$D/fleet VM_DIR=$D/vm AD_LAB_NAME=$NAME AD_LAB_DIR=$D/ad LDAP_LAB_NAME=$NAME LDAP_LAB_DIR=$D/ldap
export SEED_INVENTORY=$FLEET_DIR/seed.yaml SEED_KEY=$D/jdoe_key

die() {
    echo "seed.sh: $*" >&2
    exit 1
}

on() { "$LAB/fleet.sh" exec "$@"; }

# jdoe of web-01: a password, a key, something that runs, and a ticket that he took on the way.
person() {
    local uid
    ssh-keygen -q -t ed25519 -N '' -C jdoe -f "$SEED_KEY"
    on web-01 sh -c 'set -eu; useradd -m -s /bin/bash jdoe; echo "jdoe:Local-Passw0rd" | chpasswd
        mkdir -m 700 /home/jdoe/.ssh; cat >/home/jdoe/.ssh/authorized_keys; chown -R jdoe /home/jdoe/.ssh
        useradd -m -s /bin/bash asmith; echo "asmith:Local-Passw0rd" | chpasswd
        setsid setpriv --reuid jdoe --regid jdoe --init-groups sleep 100000 </dev/null >/dev/null 2>&1 &' <"$SEED_KEY.pub" || return 1
    uid=$(on web-01 id -u jdoe)
    KRB5CCNAME=FILE:$D/ticket "$LAB/ad.sh" kinit jdoe Jdoe-Passw0rd || return 1
    on web-01 sh -c 'cat >"/tmp/krb5cc_$1"; chown jdoe "/tmp/krb5cc_$1"; chmod 600 "/tmp/krb5cc_$1"' sh "$uid" <"$D/ticket"
}

inventory() {
    cat "$FLEET_DIR/inventory.yaml"
    "$LAB/vm.sh" inventory | sed -e 1d -e "s|}\$|, qmp: \"unix:$VM_DIR/vm-01/qmp\", qmp_dir: $VM_DIR/vm-01/dump, tags: [prod]}|"
    echo "directories:"
    echo "  corp-ad: $("$LAB/ad.sh" directory)"
    echo "  corp-ldap: $("$LAB/ldap.sh" directory)"
}

cmd_up() {
    local job jobs=()
    [[ $NAME =~ ^[a-z][a-z0-9]{0,6}$ ]] || die "SEED_NAME: a letter, then up to 6 letters or digits"
    [ -d "$D" ] && [ -n "$(ls -A "$D")" ] && [ ! -e "$D/soar-seed" ] && die "$D holds something else"
    mkdir -p "$D" && touch "$D/soar-seed" || exit 1
    "$LAB/ad.sh" up &
    jobs+=($!)
    "$LAB/ldap.sh" up &
    jobs+=($!)
    "$LAB/fleet.sh" up 2 attacker || exit 1
    "$LAB/vm.sh" up vm-01 --fleet &
    jobs+=($!)
    for job in "${jobs[@]}"; do wait "$job" || exit 1; done
    person || die "jdoe could not be set up"
    inventory >"$SEED_INVENTORY" || exit 1
    echo "seed $NAME: inventory $SEED_INVENTORY"
}

cmd_down() {
    [ -e "$D/soar-seed" ] || die "no lab in $D"
    [ -d "$VM_DIR" ] && "$LAB/vm.sh" down
    [ -e "$FLEET_DIR/soar-fleet" ] && "$LAB/fleet.sh" down
    [ -e "$AD_LAB_DIR/soar-ad" ] && "$LAB/ad.sh" down
    [ -e "$LDAP_LAB_DIR/soar-ldap" ] && "$LAB/ldap.sh" down
    rm -rf --one-file-system "$D"
}

cmd_env() {
    local name
    for name in FLEET_NAME FLEET_DIR VM_DIR AD_LAB_NAME AD_LAB_DIR LDAP_LAB_NAME LDAP_LAB_DIR SEED_INVENTORY SEED_KEY; do
        printf 'export %s=%q\n' "$name" "${!name}"
    done
    "$LAB/ad.sh" env
    "$LAB/ldap.sh" env
}

cmd_door() {
    on "$1" sh -c 'printf "%s\n" "ListenAddress 127.0.0.1:2222" "HostKey /etc/ssh/soar_hostkey" "PidFile none" "UsePAM yes" \
        "PasswordAuthentication yes" "UseDNS no" >/run/door && /usr/sbin/sshd -f /run/door -E /run/door.log'
}

# By this door and from inside, so that it is the account that decides and not the firewall.
cmd_ssh() {
    local host=$1 user=$2 how=$3 word=${4:-}
    on "$host" sh -c 'umask 077; t=$(mktemp -d); cat >$t/key; printf "#!/bin/sh\necho \"\$DOOR_WORD\"\n" >$t/ask; chmod 700 $t/ask
        methods=publickey; [ "$2" = key ] || methods=password
        export DOOR_WORD="$3" SSH_ASKPASS=$t/ask SSH_ASKPASS_REQUIRE=force
        timeout 10 ssh -F /dev/null -i $t/key -p 2222 -o PreferredAuthentications=$methods -o NumberOfPasswordPrompts=1 -o IdentitiesOnly=yes \
            -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$1@127.0.0.1" echo in </dev/null 2>/dev/null |
            grep -x in || echo out
        rm -rf $t' sh "$user" "$how" "$word" <"$SEED_KEY"
}

case ${1:-} in
up | down | env) [ "$(id -u)" = 0 ] || die "needs root: it makes namespaces"; "cmd_$1" ;;
door) cmd_door "${2:?HOST}" ;;
ssh) cmd_ssh "${2:?HOST}" "${3:?USER}" "${4:?password or key}" "${5:-}" ;;
'' | help | --help) usage; [ -n "${1:-}" ] ;;
*) usage >&2; exit 2 ;;
esac
