#!/bin/bash
# A real Active Directory domain controller (Samba) for tests: LDAPS and StartTLS with a CA of its own, Kerberos, people,
# and an account for soar with the rights that docs/directories.md delegates and no more. Its ports can't be moved, so it
# lives in a network namespace of its own. Making the domain takes ten seconds and is done once: it is kept as an archive.
# It ends only what it started.
# shellcheck disable=SC2015
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

usage() {
    cat <<'TEXT'
ad.sh up              start it (twice: nothing happens); its data stay until `down`
ad.sh stop            kill -9: connections are cut, data stay; `up` starts it again at the same address
ad.sh freeze|thaw     it accepts connections and answers nothing; it goes on
ad.sh down            end and remove all of it (the archive of the domain stays)
ad.sh env             shell variables: eval "$(ad.sh env)" gives
                        AD_URI AD_LDAP_URI AD_ADDRESS    ldaps://ADDRESS, ldap://ADDRESS, ADDRESS
                        AD_CA AD_BASE AD_REALM AD_DOMAIN path of the CA's certificate; DC=lab,DC=test; LAB.TEST; LAB
                        AD_SOAR_DN AD_SOAR_PW            the account that soar binds with (svc-soar@lab.test)
                        AD_ADMIN_DN AD_ADMIN_PW          the domain's administrator
                        KRB5_CONFIG                      for kinit, klist, kvno
ad.sh directory       its entry for `directories:` of an inventory, one line (password: "env:AD_SOAR_PW")
ad.sh get USER ATTRIBUTE…     "attribute: value" lines of that person, as the administrator sees them
ad.sh bind USER PASSWORD      log in once over LDAPS; prints LDAP's number: 0, 49 (counts for the lock-out) …
ad.sh kinit USER PASSWORD     a ticket into $KRB5CCNAME (default: one that is thrown away); exit 0 or what it said
ad.sh modify <LDIF            change something as the administrator
ad.sh log             path of the server's log

People (all with the password of tests/lab/ldap.sh's people, Jdoe-Passw0rd and so on): jdoe, asmith (the same persons as
there: mail, employeeID), mjones (another person than there), adm-jane (a protected administrator: adminCount), off
(disabled before us), gmsa$ (a group managed service account), ws-01$ (a machine). Group "staff": jdoe, asmith. Five wrong passwords lock an account.

AD_LAB_NAME    (default: soar, 8 characters at most) tells domains apart that run side by side
AD_LAB_NET     (default: the first free of 10.214.0 to 10.214.63) is the /30 network's beginning
AD_LAB_DIR     (default: /tmp/soar-lab/ad-NAME) is where all of its files are
AD_LAB_CACHE   (default: build/lab-cache of this tree) is where the archive of the domain is kept
TEXT
}

NAME=${AD_LAB_NAME:-soar}
D=${AD_LAB_DIR:-/tmp/soar-lab/ad-$NAME}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${AD_LAB_CACHE:-$ROOT/build/lab-cache}
NS=$NAME-ad
CABLE=$NAME-ad0
REALM=LAB.TEST DOMAIN=LAB FQDN=dc1.lab.test BASE=DC=lab,DC=test
ADMIN_PW=Admin-Secret-1 SOAR_PW=Soar-Secret-1

die() {
    echo "ad.sh: $*" >&2
    exit 1
}

net() { cat "$D/net" 2>/dev/null; }
address() { echo "$(net).2"; }

# A pid alone may have become somebody else's: the time it began belongs to it.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
dead() { ! [ -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
alive() {
    local pid began
    read -r pid began 2>/dev/null <"$D/pid" || return 1
    [ -n "$began" ] && [ "$(began "$pid")" = "$began" ] && ! dead "$pid"
}
pid() { cut -d' ' -f1 "$D/pid"; }

# ---- files ---------------------------------------------------------------------------------------------------

certificates() {
    [ -f "$D/tls/server.pem" ] && return
    (
        cd "$D/tls" || exit 1
        umask 077 # samba refuses a key that others can read
        openssl ecparam -genkey -name prime256v1 -noout -out ca.key &&
            openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=soar test domain CA" -out ca.pem \
                -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign &&
            openssl ecparam -genkey -name prime256v1 -noout -out server.key &&
            openssl req -new -key server.key -subj "/CN=$FQDN" -out server.csr &&
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out server.pem \
                -extfile <(printf 'subjectAltName=DNS:%s,IP:%s\nextendedKeyUsage=serverAuth\n' "$FQDN" "$(address)") &&
            chmod 644 ca.pem
    ) 2>"$D/tls/log" || die "certificates: $(tail -1 "$D/tls/log")"
}

# Every folder is named, or it writes into the machine's own. No forwarder, or provisioning takes the machine's resolver.
configuration() {
    cat <<CFG
[global]
  netbios name = DC1
  realm = $REALM
  workgroup = $DOMAIN
  server role = active directory domain controller
  server services = ldap, cldap, kdc, rpc
  dcerpc endpoint servers = epmapper, samr, lsarpc, netlogon, drsuapi
  interfaces = lo eth0
  bind interfaces only = yes
  dns forwarder =
  private dir = $D/private
  state directory = $D/state
  cache directory = $D/cache
  lock directory = $D/lock
  pid directory = $D/run
  ncalrpc dir = $D/run/ncalrpc
  ntp signd socket directory = $D/run/ntp
  winbindd socket directory = $D/run/wb
  log file = $D/log/samba.log
  log level = 1 auth_audit:3
  tls enabled = yes
  tls keyfile = $D/tls/server.key
  tls certfile = $D/tls/server.pem
  tls cafile = $D/tls/ca.pem
  rpc server port = 49152
CFG
}

client_files() {
    printf 'TLS_CACERT %s\nTLS_REQCERT demand\n' "$D/tls/ca.pem" >"$D/ldap.conf"
    cat >"$D/krb5.conf" <<CFG
[libdefaults]
  default_realm = $REALM
  dns_lookup_realm = false
  dns_lookup_kdc = false
  rdns = false
  udp_preference_limit = 1
[realms]
  $REALM = {
    kdc = $(address)
    admin_server = $(address)
    kpasswd_server = $(address)
  }
[domain_realm]
  .lab.test = $REALM
CFG
}

# ---- the domain ----------------------------------------------------------------------------------------------

# Straight into its database, once. samba's own python modules: the machine's python3, whichever else is installed.
people() {
    SOAR_PW=$SOAR_PW BASE=$BASE /usr/bin/python3 - "$D/smb.conf" <<'PYTHON'
import os, sys
from samba import param, sd_utils
from samba.auth import system_session
from samba.samdb import SamDB

lp = param.LoadParm()
lp.load(sys.argv[1])
base = os.environ["BASE"]
db = SamDB(session_info=system_session(), lp=lp)

def person(name, given, surname, mail, number, password=None):
    db.newuser(name, password or name.capitalize() + "-Passw0rd", givenname=given, surname=surname, mailaddress=mail)
    dn = str(db.search(base, expression="(sAMAccountName=%s)" % name, attrs=[])[0].dn)
    db.modify_ldif("dn: %s\nchangetype: modify\nreplace: employeeID\nemployeeID: %s\n" % (dn, number))
    return dn

def change(dn, attribute, value):
    db.modify_ldif("dn: %s\nchangetype: modify\nreplace: %s\n%s: %s\n" % (dn, attribute, attribute, value))

person("jdoe", "John", "Doe", "jdoe@corp.test", "1001")
person("asmith", "Ann", "Smith", "asmith@corp.test", "1002")
person("mjones", "Mark", "Jones", "mark.jones@corp.test", "2003")
change(person("adm-jane", "Jane", "Admin", "adm-jane@corp.test", "2004"), "adminCount", "1")
person("off", "Old", "Account", "off@corp.test", "2005")
db.disable_account("(sAMAccountName=off)")
db.newgroup("staff")
db.add_remove_group_members("staff", ["jdoe", "asmith"], add_members_operation=True)
db.newcomputer("ws-01")
db.add_ldif("dn: CN=gmsa,CN=Managed Service Accounts,%s\nobjectClass: msDS-GroupManagedServiceAccount\n"
            "sAMAccountName: gmsa$\nmsDS-ManagedPasswordInterval: 30\nuserAccountControl: 4096\n" % base)

# What docs/directories.md delegates: reset a password; read and write two attributes. On users, nothing else.
soar = person("svc-soar", "Service", "Soar", "soar@corp.test", "9001", os.environ["SOAR_PW"])
sid = db.schema_format_value("objectSid", db.search(soar, scope=0, attrs=["objectSid"])[0]["objectSid"][0]).decode()
user = "bf967aba-0de6-11d0-a285-00aa003049e2"
rights = ["CR;00299570-246d-11d0-a768-00aa006e0529",    # Reset Password
          "RPWP;bf967a68-0de6-11d0-a285-00aa003049e2",  # userAccountControl
          "RPWP;bf967a0a-0de6-11d0-a285-00aa003049e2"]  # pwdLastSet
sd_utils.SDUtils(db).dacl_add_ace(base, "".join("(OA;CIIO;%s;%s;%s)" % (r, user, sid) for r in rights))
PYTHON
}

# An empty configuration: else the machine's own /etc/samba/smb.conf leaks into the domain.
provision() {
    echo '[global]' >"$D/empty.conf"
    samba-tool domain provision -s "$D/empty.conf" --targetdir="$D/new" --realm=$REALM --domain=$DOMAIN --server-role=dc \
        --dns-backend=NONE --adminpass="$ADMIN_PW" --host-name=dc1 --host-ip="$(address)" &&
        mv "$D/new/private" "$D/new/state" "$D/" && rm -rf "$D/new" &&
        samba-tool domain passwordsettings set -s "$D/smb.conf" --min-pwd-age=0 --history-length=0 --complexity=on \
            --account-lockout-threshold=5 &&
        samba-tool spn add "ldap/$FQDN" 'DC1$' -s "$D/smb.conf" &&
        people
}

domain() {
    local key archive
    [ -f "$D/private/sam.ldb" ] && return
    key=$({ samba --version; cat "${BASH_SOURCE[0]}"; } | sha256sum | cut -c1-16)
    archive=$CACHE/ad-$key.tgz
    mkdir -p "$CACHE" || exit 1
    if [ -f "$archive" ]; then
        tar -C "$D" -xzf "$archive" || die "$archive: remove it, it can't be unpacked"
        return
    fi
    provision >"$D/provision.log" 2>&1 || die "provisioning: $(tail -5 "$D/provision.log")"
    rm -f "$CACHE"/ad-*.tgz
    tar -C "$D" -czf "$archive.$$" private state && mv "$archive.$$" "$archive"
}

# ---- the network ---------------------------------------------------------------------------------------------

# The guard route is also the claim on the network: adding it is atomic, and a packet meant for a domain that is gone
# leaves by no default route.
wire() {
    local n
    if [ ! -s "$D/net" ]; then
        for n in ${AD_LAB_NET:-$(seq -f 10.214.%.0f 0 63)}; do
            ip route add unreachable "$n.0/30" metric 4000 2>/dev/null || continue
            echo "$n" >"$D/net"
            break
        done
        [ -s "$D/net" ] || die "no free network (${AD_LAB_NET:-10.214.0 to 10.214.63})"
    fi
    ip netns list | grep -qw "^$NS" && return
    n=$(net)
    ip netns add "$NS" &&
        ip link add "$CABLE" type veth peer name eth0 netns "$NS" &&
        ip addr add "$n.1/30" dev "$CABLE" && ip link set "$CABLE" up &&
        printf 'link set lo up\nlink set eth0 up\naddr add %s.2/30 dev eth0\n' "$n" | ip -n "$NS" -batch - ||
        die "the cable could not be laid"
}

unwire() {
    ip netns del "$NS" 2>/dev/null
    ip link del "$CABLE" 2>/dev/null
    [ -s "$D/net" ] && ip route del unreachable "$(net).0/30" metric 4000 2>/dev/null
}

# ---- commands ------------------------------------------------------------------------------------------------

# setsid: not tied to the caller's terminal. --kill-child: one signal to one recorded pid ends all that is inside.
start() {
    setsid nsenter --net="/run/netns/$NS" unshare --mount --pid --mount-proc --fork --kill-child \
        samba --foreground --no-process-group -M single -s "$D/smb.conf" </dev/null >"$D/log/stdout" 2>&1 &
    echo "$! $(began $!)" >"$D/pid"
}

answers() {
    local k a
    a=$(address)
    for ((k = 0; k < 300; k++)); do
        LDAPCONF=$D/ldap.conf timeout 5 ldapsearch -x -H "ldaps://$a" -b '' -s base -LLL defaultNamingContext >/dev/null 2>&1 &&
            (exec 3<>"/dev/tcp/$a/88") 2>/dev/null && return
        dead "$(pid)" && return 1
        sleep 0.05
    done
    return 1
}

cmd_up() {
    alive && { echo "ad $NAME: up already, $(address)"; return; }
    command -v samba-tool >/dev/null && command -v samba >/dev/null || die "there is no samba-ad-dc"
    [[ $NAME =~ ^[a-z][a-z0-9]{0,7}$ ]] || die "AD_LAB_NAME: a letter, then up to 7 letters or digits"
    [ -d "$D" ] && [ -n "$(ls -A "$D")" ] && [ ! -e "$D/soar-ad" ] && die "$D holds something else"
    mkdir -p "$D"/{tls,cache,lock,log,run/wb,run/ntp} && touch "$D/soar-ad" && chmod 755 "$D" && chmod 750 "$D/run/ntp" || exit 1
    wire
    certificates
    configuration >"$D/smb.conf"
    client_files
    domain
    start
    answers || die "no answer: $(tail -3 "$D/log/stdout" "$D/log/samba.log")"
    echo "ad $NAME: pid $(pid), ldaps://$(address) ($FQDN), realm $REALM, base $BASE, CA $D/tls/ca.pem"
}

kill_it() {
    local k p
    alive && kill -KILL "$(pid)"
    for ((k = 0; k < 400; k++)); do
        p=$(ip netns pids "$NS" 2>/dev/null)
        [ -z "$p" ] && break
        # shellcheck disable=SC2086  # a list of pids that are, by the kernel's word, inside our namespace
        [ "$k" -eq 20 ] && kill -KILL $p 2>/dev/null
        sleep 0.02
    done
    rm -f "$D/pid"
}

cmd_env() {
    local a
    [ -n "$(net)" ] || die "$NAME is not up"
    a=$(address)
    cat <<TEXT
export AD_URI=ldaps://$a AD_LDAP_URI=ldap://$a AD_ADDRESS=$a AD_FQDN=$FQDN
export AD_CA=$D/tls/ca.pem AD_BASE=$BASE AD_REALM=$REALM AD_DOMAIN=$DOMAIN KRB5_CONFIG=$D/krb5.conf
export AD_SOAR_DN=svc-soar@lab.test AD_SOAR_PW=$SOAR_PW AD_ADMIN_DN=administrator@lab.test AD_ADMIN_PW=$ADMIN_PW
TEXT
}

cmd_directory() {
    echo "{kind: active_directory, url: \"ldaps://$(address)\", ca: $D/tls/ca.pem, bind_dn: \"svc-soar@lab.test\"," \
        "password: \"env:AD_SOAR_PW\", base: \"$BASE\", domain: $DOMAIN}"
}

as_admin() {
    local program=$1
    shift
    LDAPCONF=$D/ldap.conf timeout 20 "$program" -x -H "ldaps://$(address)" -D administrator@lab.test -w "$ADMIN_PW" "$@"
}

cmd_get() {
    local user=$1
    shift
    as_admin ldapsearch -LLL -o ldif-wrap=no -b "$BASE" "(sAMAccountName=$user)" "$@" | grep -iv -e '^dn:' -e '^$' -e '^#'
}

cmd_bind() {
    LDAPCONF=$D/ldap.conf timeout 20 ldapsearch -x -H "ldaps://$(address)" -D "$1@lab.test" -w "$2" \
        -b '' -s base -LLL defaultNamingContext >/dev/null 2>&1
    echo $?
}

cmd_kinit() {
    local said code
    said=$(printf '%s\n' "$2" | KRB5_CONFIG=$D/krb5.conf KRB5CCNAME=${KRB5CCNAME:-MEMORY:} kinit "$1@$REALM" 2>&1)
    code=$?
    [ "$code" = 0 ] || echo "$said" | tail -1
    return "$code"
}

signal_all() {
    local p
    p=$(ip netns pids "$NS" 2>/dev/null)
    # shellcheck disable=SC2086
    [ -n "$p" ] && kill "$1" $p
}

# A thread may go on for a moment after the signal.
cmd_freeze() {
    local k p
    signal_all -STOP || die "$NAME is not up"
    for ((k = 0; k < 400; k++)); do
        for p in $(ip netns pids "$NS"); do cat "/proc/$p/task/"*/stat; done | sed 's/.*) //' | grep -qv '^[Tt]' || return 0
        sleep 0.01
    done
    die "it doesn't stop"
}

main() {
    local cmd=${1:-}
    shift
    case $cmd in
    '' | help | --help) usage; [ -n "$cmd" ]; exit ;;
    up | stop | freeze | thaw | down) [ "$(id -u)" = 0 ] || die "needs root: it makes a namespace" ;;
    esac
    case $cmd in
    up | freeze | env | directory) "cmd_$cmd" ;;
    get) cmd_get "${@:?get USER ATTRIBUTE…}" ;;
    bind | kinit) "cmd_$cmd" "${1:?USER PASSWORD}" "${2:?USER PASSWORD}" ;;
    modify) as_admin ldapmodify >/dev/null ;;
    log) echo "$D/log/samba.log" ;;
    stop) kill_it && echo "ad $NAME: stopped" ;;
    thaw) signal_all -CONT ;;
    down)
        [ -e "$D/soar-ad" ] || die "no domain in $D"
        kill_it
        unwire
        rm -rf --one-file-system "$D"
        echo "ad $NAME: down"
        ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
}

main "$@"
