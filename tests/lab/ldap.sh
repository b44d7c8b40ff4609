#!/bin/bash
# A real OpenLDAP server on loopback, for tests that must see what a directory does and not what it answers: TLS with
# a CA of its own, password policy with lock-out, people, and an account for soar that may do what docs/directories.md
# says and no more. Any user can run it. It ends only the slapd it started.
# shellcheck disable=SC2015
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

usage() {
    cat <<'TEXT'
ldap.sh up            start it (twice: nothing happens); its data stay until `down`
ldap.sh stop          kill -9: connections are cut, data stay; `up` starts it again on the same ports
ldap.sh freeze|thaw   it accepts connections and answers nothing; it goes on
ldap.sh down          end and remove all of it
ldap.sh env           shell variables: eval "$(ldap.sh env)" gives
                        LDAP_URI LDAPS_URI       ldap://127.0.0.1:PORT, ldaps://127.0.0.1:PORT
                        LDAPS_WRONG_URI          the same server by an address that its certificate doesn't name
                        LDAP_CA LDAP_BASE        path of the CA's certificate; dc=corp,dc=test
                        LDAP_SOAR_DN LDAP_SOAR_PW    the account that soar binds with
                        LDAP_ADMIN_DN LDAP_ADMIN_PW  the server's own administrator
                        LDAPCONF                 for ldap-utils
ldap.sh directory     its entry for `directories:` of an inventory, one line (password: "env:LDAP_SOAR_PW")
ldap.sh get USER ATTRIBUTE…     "attribute: value" lines of that person, as the administrator sees them
ldap.sh bind USER PASSWORD      log in as that person once; prints LDAP's number: 0, 49 (counts for the lock-out) …
ldap.sh log           path of the server's log

People (uid, password, mail, employeeNumber), in ou=people: jdoe Jdoe-Passw0rd jdoe@corp.test 1001,
asmith Asmith-Passw0rd asmith@corp.test 1002, mjones Mjones-Passw0rd mary.jones@corp.test 1003 (tests/lab/ad.sh has the
same jdoe and asmith, but another mjones), locked Locked-Passw0rd (locked before us), twin twice, in two branches.
Five wrong passwords lock an account.

LDAP_LAB_NAME   (default: soar) tells servers apart that run side by side
LDAP_LAB_PORT   (default: the first free pair from 13890) of ldap://; ldaps:// is the next one
LDAP_LAB_DIR    (default: /tmp/soar-lab/ldap-NAME) is where all of its files are
LDAP_LAB_POLICY=no   leaves the password policy overlay out
TEXT
}

NAME=${LDAP_LAB_NAME:-soar}
D=${LDAP_LAB_DIR:-/tmp/soar-lab/ldap-$NAME}
BASE=dc=corp,dc=test
ADMIN=cn=admin,$BASE ADMIN_PW=Admin-Secret-1
SOAR=cn=soar,ou=services,$BASE SOAR_PW=Soar-Secret-1

die() {
    echo "ldap.sh: $*" >&2
    exit 1
}

port() { cat "$D/port" 2>/dev/null; }

# A pid alone may have become somebody else's: the time it began belongs to it.
began() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
dead() { ! [ -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
alive() {
    local pid began
    read -r pid began 2>/dev/null <"$D/pid" || return 1
    [ -n "$began" ] && [ "$(began "$pid")" = "$began" ] && ! dead "$pid"
}
pid() { cut -d' ' -f1 "$D/pid"; }

certificates() {
    [ -f "$D/tls/server.pem" ] && return
    (
        cd "$D/tls" || exit 1
        openssl ecparam -genkey -name prime256v1 -noout -out ca.key &&
            openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=soar test directory CA" -out ca.pem &&
            openssl ecparam -genkey -name prime256v1 -noout -out server.key &&
            openssl req -new -key server.key -subj /CN=localhost -out server.csr &&
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out server.pem \
                -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
    ) 2>"$D/tls/log" || die "certificates: $(tail -1 "$D/tls/log")"
}

# The account of soar sees people and may change three attributes of theirs: what docs/directories.md shows.
configuration() {
    cat <<CFG
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
modulepath /usr/lib/ldap
moduleload back_mdb
$([ "${LDAP_LAB_POLICY:-yes}" = no ] || echo moduleload ppolicy)
pidfile $D/slapd.pid
argsfile $D/slapd.args
TLSCACertificateFile $D/tls/ca.pem
TLSCertificateFile $D/tls/server.pem
TLSCertificateKeyFile $D/tls/server.key
loglevel stats
database mdb
suffix "$BASE"
rootdn "$ADMIN"
rootpw $ADMIN_PW
directory $D/db
maxsize 268435456
dbnosync
index objectClass,uid,mail eq
access to dn.subtree="ou=people,$BASE" attrs=userPassword
  by dn.exact="$SOAR" =w by anonymous auth by self =w by * none
access to attrs=userPassword by anonymous auth by * none
CFG
    [ "${LDAP_LAB_POLICY:-yes}" = no ] || cat <<CFG
access to dn.subtree="ou=people,$BASE" attrs=pwdAccountLockedTime,pwdReset
  by dn.exact="$SOAR" write by users read by * none
CFG
    cat <<CFG
access to * by users read by * none
CFG
    [ "${LDAP_LAB_POLICY:-yes}" = no ] || cat <<CFG
overlay ppolicy
ppolicy_default "cn=default,ou=policies,$BASE"
ppolicy_hash_cleartext
ppolicy_use_lockout
CFG
}

person() { # UID PASSWORD MAIL NUMBER SURNAME [BRANCH]
    cat <<LDIF
dn: uid=$1,${6:-ou=people},$BASE
objectClass: inetOrgPerson
uid: $1
cn: $5 $1
sn: $5
mail: $3
employeeNumber: $4
userPassword: $2

LDIF
}

branch() { printf 'dn: ou=%s,%s\nobjectClass: organizationalUnit\nou: %s\n\n' "$1" "${2:+$2,}$BASE" "$1"; }

people() {
    printf 'dn: %s\nobjectClass: dcObject\nobjectClass: organization\ndc: corp\no: Corp\n\n' "$BASE"
    branch people
    branch staff ou=people
    branch services
    branch policies
    printf 'dn: cn=soar,ou=services,%s\nobjectClass: person\ncn: soar\nsn: soar\nuserPassword: %s\n\n' "$BASE" "$SOAR_PW"
    person jdoe Jdoe-Passw0rd jdoe@corp.test 1001 Doe
    person asmith Asmith-Passw0rd asmith@corp.test 1002 Smith
    person mjones Mjones-Passw0rd mary.jones@corp.test 1003 Jones
    person twin Twin-Passw0rd twin1@corp.test 1004 Twin
    person twin Twin-Passw0rd twin2@corp.test 1005 Twin ou=staff,ou=people
    [ "${LDAP_LAB_POLICY:-yes}" = no ] && return
    person locked Locked-Passw0rd locked@corp.test 1006 Locked | sed '/^$/d'
    printf 'pwdAccountLockedTime: 000001010000Z\n\n'
    cat <<LDIF
dn: cn=default,ou=policies,$BASE
objectClass: person
objectClass: pwdPolicy
cn: default
sn: default
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 5
pwdLockoutDuration: 0
pwdMustChange: TRUE
pwdCheckQuality: 1
pwdMinLength: 8
LDIF
}

own_socket() { printf 'ldapi://%s' "$(printf %s "$D/ldapi" | sed 's,/,%2F,g')"; }

# 127.0.0.2 is loopback, too, and not in the certificate. The socket comes last: when it answers, all the others listen.
start() {
    local p=$1
    rm -f "$D/ldapi"
    setsid slapd -d 0 -f "$D/slapd.conf" \
        -h "ldap://127.0.0.1:$p ldaps://127.0.0.1:$((p + 1)) ldaps://127.0.0.2:$((p + 1)) $(own_socket)" \
        </dev/null >"$D/log" 2>&1 &
    echo "$! $(began $!)" >"$D/pid"
}

# On a socket that nobody else can have: another server may have been quicker at the port.
answers() {
    local k
    for ((k = 0; k < 400; k++)); do
        ldapwhoami -x -H "$(own_socket)" -o nettimeout=2 >/dev/null 2>&1 && return
        dead "$(pid)" && return 1
        sleep 0.02
    done
    return 1
}

free_port() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

cmd_up() {
    local p
    alive && { echo "ldap $NAME: up already, port $(port)"; return; }
    command -v slapd >/dev/null || die "there is no slapd"
    [ -d "$D" ] && [ -n "$(ls -A "$D")" ] && [ ! -e "$D/soar-ldap" ] && die "$D holds something else"
    mkdir -p "$D/db" "$D/tls" && chmod 700 "$D" && touch "$D/soar-ldap" || exit 1
    certificates
    configuration >"$D/slapd.conf"
    printf 'TLS_CACERT %s\nTLS_REQCERT demand\n' "$D/tls/ca.pem" >"$D/ldap.conf"
    [ -f "$D/db/data.mdb" ] || people | slapadd -q -f "$D/slapd.conf" 2>"$D/slapadd.log" ||
        die "slapadd: $(tail -2 "$D/slapadd.log")"
    for p in ${LDAP_LAB_PORT:-$(port)} $(seq 13890 2 14090); do
        free_port "$p" && free_port $((p + 1)) || continue
        start "$p"
        answers && { echo "$p" >"$D/port"; break; }
        [ -n "${LDAP_LAB_PORT:-}" ] && break
        alive && break # it lives and says nothing: another port won't help
    done
    alive && [ -n "$(port)" ] || die "slapd ended: $(tail -2 "$D/log")"
    echo "ldap $NAME: pid $(pid), ldap://127.0.0.1:$(port), ldaps://127.0.0.1:$(($(port) + 1)), base $BASE, CA $D/tls/ca.pem"
}

kill_it() {
    local p k
    alive || return 0
    p=$(pid)
    kill -KILL "$p"
    for ((k = 0; k < 400; k++)); do dead "$p" && break; sleep 0.01; done
}

# A thread may go on for a moment after the signal.
cmd_freeze() {
    local k
    alive && kill -STOP "$(pid)" || die "$NAME is not up"
    for ((k = 0; k < 400; k++)); do
        sed 's/.*) //' "/proc/$(pid)/task/"*/stat | grep -qv '^[Tt]' || return 0
        sleep 0.01
    done
    die "it doesn't stop"
}

cmd_env() {
    local p
    p=$(port)
    [ -n "$p" ] || die "$NAME is not up"
    cat <<TEXT
export LDAP_URI=ldap://127.0.0.1:$p LDAPS_URI=ldaps://127.0.0.1:$((p + 1)) LDAPS_WRONG_URI=ldaps://127.0.0.2:$((p + 1))
export LDAP_CA=$D/tls/ca.pem LDAP_BASE=$BASE LDAPCONF=$D/ldap.conf
export LDAP_SOAR_DN=$SOAR LDAP_SOAR_PW=$SOAR_PW LDAP_ADMIN_DN=$ADMIN LDAP_ADMIN_PW=$ADMIN_PW
TEXT
}

cmd_directory() {
    echo "{kind: openldap, url: \"ldaps://127.0.0.1:$(($(port) + 1))\", ca: $D/tls/ca.pem, bind_dn: \"$SOAR\"," \
        "password: \"env:LDAP_SOAR_PW\", base: \"ou=people,$BASE\"}"
}

cmd_get() {
    local user=$1
    shift
    LDAPCONF=$D/ldap.conf ldapsearch -x -LLL -o ldif-wrap=no -o nettimeout=5 -H "ldap://127.0.0.1:$(port)" -D "$ADMIN" -w "$ADMIN_PW" \
        -b "ou=people,$BASE" "(uid=$user)" "$@" | grep -iv -e '^dn:' -e '^$'
}

cmd_bind() {
    LDAPCONF=$D/ldap.conf ldapwhoami -x -o nettimeout=5 -H "ldaps://127.0.0.1:$(($(port) + 1))" \
        -D "uid=$1,ou=people,$BASE" -w "$2" >/dev/null 2>&1
    echo $?
}

main() {
    local cmd=${1:-}
    shift
    case $cmd in
    up | freeze | env | directory) "cmd_$cmd" ;;
    get) cmd_get "${@:?get USER ATTRIBUTE…}" ;;
    bind) cmd_bind "${1:?bind USER PASSWORD}" "${2:?bind USER PASSWORD}" ;;
    log) echo "$D/log" ;;
    stop) kill_it && echo "ldap $NAME: stopped" ;;
    thaw) alive && kill -CONT "$(pid)" ;;
    down)
        [ -e "$D/soar-ldap" ] || die "no directory in $D"
        kill_it
        rm -rf --one-file-system "$D"
        echo "ldap $NAME: down"
        ;;
    help | --help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
    esac
}

main "$@"
