#!/bin/bash
# Property: Revoke_Credentials takes an account of a real directory away from who knows its password, once, from wherever it was
# cut off, counts nothing towards the lock-out, touches no other account, refuses those that aren't a person's, and gives back
# exactly what was there before and nothing that somebody else did.
# Method: the pack's own texts, walked by the engine (pack_local) through the real soar-ldap, on an OpenLDAP server
# (tests/lab/ldap.sh) or a Samba domain controller (tests/lab/ad.sh). Who is shut out is asked of the server from outside: by
# log-in, and by kinit. Cut off: after each writing call, the worker killed, and begun again from the top.
# Usage: directories_test.sh [openldap|active-directory [PACK_LOCAL PACK SOAR_LDAP]]; by default both
# shellcheck disable=SC2016
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
if [ $# = 0 ]; then
    "$0" openldap
    one=$?
    "$0" active-directory && exit $one
    exit 1
fi
KIND=$1
LOCAL=${2:-$ROOT/build/dev/tests/pack_local}
PACK=${3:-$ROOT/actions/revoke_credentials.yaml}
export PACK_WORKER=${4:-$ROOT/build/dev/libexec/soar/soar-ldap} PACK_PROVIDER=$KIND
passed=0 failed=0

skipped() {
    echo "skipped: $*"
    exit 0
}
good() { passed=$((passed + 1)) && echo "ok       $*"; }
bad() { failed=$((failed + 1)) && echo "NOT OK   $*"; }
same() { if [ "$1" = "$2" ]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi; }
# shellcheck disable=SC2053  # a pattern
like() { if [[ $2 == $1 ]]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi; }

command -v jq >/dev/null || skipped "there is no jq"
DIR=$(mktemp -d /tmp/dir-XXXXXX)
at_end() {
    lab down >/dev/null 2>&1
    rm -rf --one-file-system "$DIR"
}
trap at_end EXIT
trap 'exit 1' INT TERM HUP

case $KIND in
openldap)
    command -v slapd >/dev/null || skipped "there is no slapd"
    export LDAP_LAB_NAME=t$$ LDAP_LAB_DIR=$DIR/lab
    lab() { "$ROOT/tests/lab/ldap.sh" "$@"; }
    lab up >/dev/null || exit 1
    eval "$(lab env)"
    export LDAPCONF
    URL=$LDAPS_URI CA=$LDAP_CA BIND=$LDAP_SOAR_DN PW=$LDAP_SOAR_PW BASE=ou=people,$LDAP_BASE NAME_KIND=openldap
    ;;
active-directory)
    [ "$(id -u)" = 0 ] || skipped "needs root: the domain lives in a namespace of its own"
    command -v samba-tool >/dev/null || skipped "there is no samba-ad-dc"
    unshare --net --mount --pid --fork true 2>/dev/null || skipped "this machine lets nobody make namespaces"
    export AD_LAB_NAME=d$(($$ % 1000000)) AD_LAB_DIR=$DIR/lab
    lab() { "$ROOT/tests/lab/ad.sh" "$@"; }
    lab up >/dev/null || exit 1
    eval "$(lab env)"
    URL=$AD_URI CA=$AD_CA BIND=$AD_SOAR_DN PW=$AD_SOAR_PW BASE=$AD_BASE NAME_KIND=active_directory
    ;;
*) exit 2 ;;
esac

# ---- one task, as the engine has it ------------------------------------------------------------------------------------

# begin FILE USER [PARAMETERS [NAMED]]: a task that nobody has begun
begin() {
    jq -n --arg user "$2" --argjson with "${3:-null}" --arg named "${4:-$2}" --arg url "$URL" --rawfile ca "$CA" --arg bind "$BIND" \
        --arg pw "$PW" --arg base "$BASE" --arg kind "$NAME_KIND" '{
            with: $with, task: "T-1",
            target: {key: ("user:corp/" + $user), name: $user, named: $named, place: "corp", facts: {}},
            directory: {name: "corp", kind: $kind, url: $url, base: $base, domain: "", tags: []},
            peer: {name: "corp", kind: $kind, url: $url, ca: $ca, bind_dn: $bind, base: $base},
            secrets: {password: $pw}}' >"$DIR/$1"
}
# walk FILE PHASE…: what the last phase said
walk() {
    local file=$1
    shift
    "$LOCAL" "$PACK" "$DIR/$file" "$@" 2>"$DIR/err" | tail -1
    [ ! -s "$DIR/err" ] || cat "$DIR/err"
}
revoke() { walk "$1" find check apply verify; }
kept() { jq -c "$2" "$DIR/$1"; }
code() { lab bind "$1" "$2"; }

# ---- OpenLDAP ------------------------------------------------------------------------------------------------------------

lock_of() { lab get "$1" pwdAccountLockedTime | sed 's/.*: //'; }
failures_of() { lab get "$1" pwdFailureTime | wc -l; }
change() { ldapmodify -x -H "$URL" -D "$LDAP_ADMIN_DN" -w "$LDAP_ADMIN_PW" >/dev/null; }
LOCK=000001010000Z

test_openldap() {
    local n name

    same 0 "$(code jdoe Jdoe-Passw0rd)" "before: jdoe's password is good"
    begin jdoe jdoe
    same "done clear" "$(walk jdoe find check)" "a look says clear"
    same "done so" "$(revoke jdoe)" "revoked, and seen to be"
    same "$LOCK" "$(lock_of jdoe)" "the lock is there, with the new password: neither undid the other"
    same 49 "$(code jdoe Jdoe-Passw0rd)" "the old password is refused"
    same 0 "$(failures_of jdoe)" "no log-in was tried that counts for the lock-out"
    like '*"reset":true*' "$(kept jdoe .kept)" "what was done is kept"
    same '{"since":""}' "$(kept jdoe .prior)" "what was there before is known"
    same "done so" "$(walk jdoe find check)" "a second look says so"
    same 0 "$(code asmith Asmith-Passw0rd)" "nobody else is touched"
    same "done clear" "$(walk jdoe find check revert verify)" "released"
    same "" "$(lock_of jdoe)" "the lock is gone"
    same 49 "$(code jdoe Jdoe-Passw0rd)" "the old password doesn't come back"
    same "done clear" "$(walk jdoe find check revert verify)" "released twice"

    begin cut asmith
    PACK_CUT=1 walk cut find check apply >/dev/null
    same "$LOCK" "$(lock_of asmith)" "cut off after the writing call: locked"
    PACK_CUT=1 walk cut find check apply >/dev/null
    same "" "$(lock_of asmith)" "and again: a new password has taken the lock away"
    PACK_CUT=2 walk cut find check apply >/dev/null
    same "done so" "$(revoke cut)" "begun once more: revoked"
    same "$LOCK" "$(lock_of asmith)" "and locked"
    PACK_CUT=1 walk cut find check revert >/dev/null
    same "done clear" "$(walk cut find check revert verify)" "its release cut off, begun again: open"

    begin only mjones '{"reset": false}'
    same "done so" "$(revoke only)" "without reset: locked"
    same 49 "$(code mjones Mjones-Passw0rd)" "the password is refused"
    same "done clear" "$(walk only find check revert verify)" "and given back"
    same 0 "$(code mjones Mjones-Passw0rd)" "with it, the log-in"

    begin was locked
    same "done so" "$(revoke was)" "an account that was locked before us gets its new password"
    like "done*" "$(walk was find check revert)" "its release"
    same "$LOCK" "$(lock_of locked)" "leaves it locked"

    printf 'dn: uid=mjones,%s\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 20260101000000Z\n' "$BASE" | change
    begin timed mjones
    same "done so" "$(revoke timed)" "an account that locked itself is locked for good"
    same "done clear" "$(walk timed find check revert verify)" "its release"
    same 20260101000000Z "$(lock_of mjones)" "gives back the lock that was there"

    begin other asmith
    same "done so" "$(revoke other)" "revoked once more"
    printf 'dn: uid=asmith,%s\nchangetype: modify\nreplace: userPassword\nuserPassword: Somebody-Else-1\n' "$BASE" | change
    same "" "$(lock_of asmith)" "a password set by an administrator takes the lock away"
    like "done clear*" "$(walk other find check)" "a look sees that it isn't so"
    same "done so" "$(revoke other)" "and it is put back"
    same 49 "$(code asmith Somebody-Else-1)" "with another password"

    begin twin twin
    like "*two users match*" "$(walk twin find check)" "two users of one name are refused"
    begin none nobody-of-that-name
    like "absent*" "$(walk none find check)" "nobody is absent"
    jq '.peer.base = "ou=nowhere," + .peer.base' "$DIR/none" >"$DIR/nowhere"
    like "*base*" "$(walk nowhere find check)" "a base that isn't there is told, and not taken for a person who isn't"
    begin star '*'
    like "absent*" "$(walk star find check)" "a star is a name that nobody has"
    begin inject 'jdoe)(|(uid=*'
    like "absent*" "$(walk inject find check)" "a filter in a name is a name"

    n=0
    for name in '*' 'a*b' 'x)(uid=*' 'back\slash' '\2a' '#lead' 'c,dc=corp' 'Jürgen' '漢字' '"q"' 'a+b=c' 'two words'; do
        n=$((n + 1))
        printf 'dn: cn=odd-%s,%s\nobjectClass: inetOrgPerson\ncn: odd-%s\nsn: odd\nuserPassword: Odd-Passw0rd\nuid:: %s\n' \
            "$n" "$BASE" "$n" "$(printf %s "$name" | base64 -w0)" | ldapadd -x -H "$URL" -D "$LDAP_ADMIN_DN" -w "$LDAP_ADMIN_PW" >/dev/null
        begin odd "$name"
        same "done so" "$(revoke odd)" "the user $name is one user, and revoked"
        same "$n" "$(ldapsearch -x -LLL -H "$URL" -D "$LDAP_ADMIN_DN" -w "$LDAP_ADMIN_PW" -b "$BASE" "(&(sn=odd)(pwdAccountLockedTime=*))" dn | grep -c '^dn:')" \
            "and no other"
    done
    printf 'dn: cn=two-names,%s\nobjectClass: inetOrgPerson\ncn: two-names\nsn: two\nuid: pat\nuid: breakglass\n' "$BASE" |
        ldapadd -x -H "$URL" -D "$LDAP_ADMIN_DN" -w "$LDAP_ADMIN_PW" >/dev/null
    begin names pat
    walk names find >/dev/null
    same '["pat","breakglass"]' "$(kept names .facts.aliases)" "an entry with two names is known by both, for the rules"

    begin odd 'a' null 'a'
    jq '.target.name = "a\u0000b"' "$DIR/odd" >"$DIR/nul" && like "absent*" "$(walk nul find check)" "a NUL in a name ends nothing"

    lab down >/dev/null
    LDAP_LAB_POLICY=no lab up >/dev/null
    eval "$(lab env)"
    URL=$LDAPS_URI CA=$LDAP_CA
    begin without jdoe
    like "unsupported*no password policy*" "$(walk without find check)" "a server without password policy: unsupported, and why"
    same 0 "$(code jdoe Jdoe-Passw0rd)" "and nothing was done"
}

# ---- Active Directory ------------------------------------------------------------------------------------------------------

control_of() { lab get "$1" userAccountControl | sed 's/.*: //'; }
count_of() { lab get "$1" badPwdCount | sed 's/.*: //'; }

test_active_directory() {
    local n

    same 0 "$(code jdoe Jdoe-Passw0rd)" "before: jdoe's password is good"
    same "" "$(KRB5CCNAME=FILE:$DIR/ticket lab kinit jdoe Jdoe-Passw0rd)" "and he has a ticket"
    begin jdoe jdoe
    same "done clear" "$(walk jdoe find check)" "a look says clear"
    same "done so" "$(revoke jdoe)" "revoked, and seen to be"
    same 514 "$(control_of jdoe)" "the account is disabled"
    same 0 "$(count_of jdoe)" "no log-in was tried: the count of wrong passwords is as it was"
    same 49 "$(code jdoe Jdoe-Passw0rd)" "the old password is refused over LDAP"
    like "kinit: *" "$(lab kinit jdoe Jdoe-Passw0rd)" "and by Kerberos"
    if KRB5CCNAME=FILE:$DIR/ticket kvno ldap/dc1.lab.test >/dev/null 2>&1; then bad "his ticket opens something new"; else good "his ticket opens nothing new"; fi
    same '{"was_disabled":false}' "$(kept jdoe .prior)" "what was there before is known"
    same "done so" "$(walk jdoe find check)" "a second look says so"
    same 512 "$(control_of asmith)" "nobody else is touched"
    same "done clear" "$(walk jdoe find check revert verify)" "released"
    same 512 "$(control_of jdoe)" "the account is enabled"
    same 49 "$(code jdoe Jdoe-Passw0rd)" "the old password doesn't come back"
    same "done clear" "$(walk jdoe find check revert verify)" "released twice"

    begin plain jdoe
    jq --arg url "$AD_LDAP_URI" '.peer += {url: $url, start_tls: true}' "$DIR/plain" >"$DIR/tls"
    same "done so" "$(revoke tls)" "by StartTLS, too"
    same "done clear" "$(walk tls find check revert verify)" "and released"

    for n in 1 2 3; do
        begin cut asmith
        PACK_CUT=$n walk cut find check apply >/dev/null
        same "done so" "$(revoke cut)" "cut off after writing call $n, begun again: revoked"
        same 514 "$(control_of asmith)" "and disabled"
        like "pwdLastSet: 0" "$(lab get asmith pwdLastSet)" "and must change the password"
        PACK_CUT=1 walk cut find check revert >/dev/null
        same "done clear" "$(walk cut find check revert verify)" "its release cut off, begun again: enabled"
    done

    begin only mjones '{"reset": false}'
    same "done so" "$(revoke only)" "without reset: disabled"
    same "done clear" "$(walk only find check revert verify)" "and enabled again"
    like "*Cannot read password*" "$(lab kinit mjones Mjones-Passw0rd)" "with the old password, and a new one is asked for"

    begin off off
    same "done so" "$(revoke off)" "an account that was disabled before us gets its new password"
    like "done*" "$(walk off find check revert)" "its release"
    same 514 "$(control_of off)" "leaves it disabled"

    printf 'dn: CN=mjones,CN=Users,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 66048\n' "$BASE" | lab modify
    begin bits mjones
    same "done so" "$(revoke bits)" "an account with other bits set"
    same 66050 "$(control_of mjones)" "keeps them"
    printf 'dn: CN=mjones,CN=Users,%s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n' "$BASE" | lab modify
    same "done clear" "$(walk bits find check revert verify)" "its release"
    same 512 "$(control_of mjones)" "takes back ours alone, not what an administrator did meanwhile"

    printf 'dn: CN=jdoe,CN=Users,%s\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: john.doe@corp.test\n' "$BASE" | lab modify
    begin upn john.doe null john.doe@corp.test
    same "done clear" "$(walk upn find check)" "a user is found by his principal name, too"
    begin upn jdoe null john.doe@corp.test
    same "done clear" "$(walk upn find check)" "both names of one account are one account"
    begin upn asmith null john.doe@corp.test
    like "*two users match*" "$(walk upn find check)" "two names of two accounts are refused"

    printf 'dn: CN=krbtgt_21533,CN=Users,%s\nchangetype: add\nobjectClass: user\nsAMAccountName: krbtgt_21533\nuserAccountControl: 514\n' \
        "$BASE" | lab modify
    for n in 'adm-jane:*administrator*' 'Administrator:*built-in*' 'krbtgt:*built-in*' 'krbtgt_21533:*Kerberos key*' 'gmsa$:*managed service*' \
        'ws-01$:*machine*' 'DC1$:*domain controller*'; do
        begin no "${n%%:*}"
        like "${n#*:}" "$(walk no find check)" "${n%%:*} is refused, with the reason"
    done
    begin none nobody-of-that-name
    like "absent*" "$(walk none find check)" "nobody is absent"
    jq '.peer.base = "ou=nowhere," + .peer.base' "$DIR/none" >"$DIR/nowhere"
    like "*base*" "$(walk nowhere find check)" "a base that isn't there is told, and not taken for a person who isn't"
    begin star '*'
    like "absent*" "$(walk star find check)" "a star is a name that nobody has"
}

"test_${KIND//-/_}"
if grep -rlE 'Soar-Secret-1' "$DIR" --include=err >/dev/null; then bad "the password of our own account was said"; fi
echo "$passed good, $failed bad"
[ "$failed" = 0 ]
