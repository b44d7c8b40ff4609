#!/bin/bash
# Property: the scripts of Revoke_Credentials for Linux accounts shut one account on a host, and nobody else's: no log-in by
# key or password, no process of it, no ticket; once; from wherever they were cut off. They do nothing to files of an attacker's
# home, take no name for anything but a name, and give back exactly what was there before.
# Method: the pack's own texts, walked by the engine (pack_local), on a real endpoint (tests/lab/fleet.sh) with sshd with and
# without PAM. Cut off: at each command that the scripts start, in turn, before it and after it.
# Usage: accounts_scripts_test.sh [PACK_LOCAL PACK]. Needs root; prints `skipped` and why where it can't run.
# shellcheck disable=SC2016
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
LOCAL=${1:-$ROOT/build/dev/tests/pack_local}
PACK=${2:-$ROOT/actions/revoke_credentials.yaml}
FLEET=$ROOT/tests/lab/fleet.sh
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

[ "$(id -u)" = 0 ] || skipped "needs root: it makes namespaces"
unshare --net --mount --pid --fork true 2>/dev/null || skipped "this machine lets nobody make namespaces"
[ -x "$LOCAL" ] || skipped "there is no $LOCAL"
DIR=$(mktemp -d /tmp/acc-XXXXXX)
export FLEET_NAME=a$(($$ % 1000000)) FLEET_DIR=$DIR/fleet
at_end() {
    [ -e "$FLEET_DIR/soar-fleet" ] && "$FLEET" down >/dev/null
    rm -rf --one-file-system "$DIR"
}
trap at_end EXIT
trap 'exit 1' INT TERM HUP
"$FLEET" up 1 >/dev/null || exit 1
on() { "$FLEET" exec web-01 "$@"; }

# ---- the host: two sshds, four users, who all come in by the same key ------------------------------------------------

copy() { on sh -c 'mkdir -p /run/t && cat >"$1" && chmod 755 "$1"' sh "/run/t/$2" <"$1"; }
copy "$LOCAL" pack_local
copy "$PACK" pack.yaml
on sh -s <<'SH' || skipped "the endpoint could not be set up"
set -eu
ssh-keygen -q -t ed25519 -N '' -f /run/t/key
for u in jdoe bob; do
  useradd -m -s /bin/bash $u
  mkdir /home/$u/.ssh && cp /run/t/key.pub /home/$u/.ssh/authorized_keys && chown -R $u /home/$u/.ssh && chmod 700 /home/$u/.ssh
done
sed -i 's/pam_unix.so/& nodelay/' /etc/pam.d/common-auth
printf 'jdoe:secret-j\nbob:secret-b\n' | chpasswd
useradd -r -u 450 -s /bin/bash daemonic
useradd -m shared && useradd -o -u "$(id -u shared)" -M sharer
for pam in yes no; do
  port=2222; [ $pam = yes ] || port=2223
  printf '%s\n' "ListenAddress 127.0.0.1:$port" "HostKey /etc/ssh/soar_hostkey" "PidFile none" "UsePAM $pam" "UseDNS no" >/run/t/sshd_$pam
  /usr/sbin/sshd -f /run/t/sshd_$pam
done
echo precious >/etc/canary; chmod 600 /etc/canary
SH

# key USER PORT: does it get in?
key() {
    on timeout 10 ssh -F /dev/null -i /run/t/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o LogLevel=ERROR -p "$2" "$1@127.0.0.1" echo in </dev/null 2>/dev/null | grep -qx in
}
word() { on sh -c 'printf "%s\n" "$2" | timeout 5 setpriv --reuid 65534 --regid 65534 --clear-groups su "$1" -c "echo in" 2>/dev/null' \
    sh "$1" "$2" | grep -qx in; }
doors() { # USER PASSWORD: who lets him in: key with PAM, key without, password
    local said=
    key "$1" 2222 && said+="pam "
    key "$1" 2223 && said+="nopam "
    word "$1" "$2" && said+="word "
    said=${said% }
    echo "${said:-none}"
}
shadow() { on grep "^$1:" /etc/shadow; }
uid_of() { on id -u "$1"; }
# his USER: how many processes that live; an exited leader with a living thread is one
his() { on sh -c 'cat /proc/[0-9]*/status 2>/dev/null | awk -v u="$(id -u "$1")" "/^State/{s=\$2} /^Uid/{i=(\$2==u)} /^Threads/{if(i&&(s!=\"Z\"||\$2>1))n++} END{print n+0}"' sh "$1"; }

# state "NAME[ as NAME-IN-THE-ALERT]" [WITH-JSON]: what the engine knows of him; forgets what was before.
state() {
    /usr/bin/python3 - "$DIR/state" "$@" <<'PY'
import json, sys
path, name, *given = sys.argv[1:]
host = {"key": "host:web-01", "name": "web-01", "os": "linux", "address": "10.0.0.1", "port": 22, "tags": []}
name, _, named = name.partition(" as ")
target = {"key": "user:web-01/" + name, "id": "", "name": name, "named": named or name, "os": "", "facts": {}}
json.dump({"target": target, "host": host, "task": "T-1/1", "kept": {}, "with": json.loads(given[0]) if given else {}}, open(path, "w"))
PY
    copy "$DIR/state" state
}
SHELL_=/bin/sh MORE=()
pack() {
    on env PACK_PROVIDER=linux-accounts PACK_SHELL="$SHELL_" "${MORE[@]}" /run/t/pack_local /run/t/pack.yaml /run/t/state "$@" 2>&1 | tail -n 1
}
kept() { on cat /run/t/state | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["kept"].get(sys.argv[1], ""))' "$1"; }

run_as() { # USER COMMAND…: lives on in the endpoint
    on sh -c 'u=$1; shift; setsid setpriv --reuid "$u" --regid "$u" --init-groups "$@" </dev/null >/dev/null 2>&1 &' sh "$@"
}
busy() { # what an attacker leaves running: a daemon, a hidden leader, one that forks without an end, a session by ssh
    run_as jdoe sleep 1000
    run_as jdoe python3 -c 'import ctypes, threading, time; threading.Thread(target=time.sleep, args=(1000,)).start(); time.sleep(0.2); ctypes.CDLL(None).syscall(60, 0)'
    run_as jdoe bash -c 'ulimit -u 150; while :; do sleep 500 & done'
    on sh -c 'ssh -F /dev/null -i /run/t/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p 2222 jdoe@127.0.0.1 sleep 1000 </dev/null >/dev/null 2>&1 &'
    run_as bob sleep 1000
    local tries=0
    while [ "$(his jdoe)" -lt 20 ] && [ $tries -lt 50 ]; do sleep 0.1 && tries=$((tries + 1)); done
}
tickets() {
    on sh -c 'u=$(id -u jdoe) b=$(id -u bob)
        mkdir -p /run/user/$u && chown jdoe /run/user/$u && chmod 700 /run/user/$u
        setpriv --reuid jdoe --regid jdoe --clear-groups sh -c "cd /tmp; echo x >krb5cc_$u; echo x >krb5cc_${u}_aB; ln -s /etc/canary krb5cc_${u}_l
            mkfifo krb5cc_${u}_f; mkdir krb5cc_${u}_d; echo x >krb5cc_${u}_d/tkt; ln -s /etc krb5cc_${u}_d/etc; chmod 0 krb5cc_${u}_d
            cd /run/user/$u; echo x >krb5cc; mkdir -p krb5cc_x/y; ln -s /etc/canary krb5cc_x/y/l; chmod 0 krb5cc_x"
        setpriv --reuid bob --regid bob --clear-groups sh -c "echo x >/tmp/krb5cc_$b"'
}
left() { on sh -c 'ls -d /tmp/krb5cc* "/run/user/$(id -u jdoe)"/krb5cc* 2>/dev/null | sed "s/$(id -u bob)/BOB/" | xargs'; }

# ---- shut -----------------------------------------------------------------------------------------------------------

same "pam nopam word" "$(doors jdoe secret-j)" "before: he gets in by key and by password"
BEFORE=$(shadow jdoe) BOB=$(shadow bob)
state jdoe
same "done none" "$(pack find)" "find: an account of the host"
same "done clear" "$(pack find check)" "check: clear"
busy
tickets
[ "$(his jdoe)" -gt 20 ] && good "he is busy: $(his jdoe) processes" || bad "he is busy"
same "done clear" "$(pack find check)" "looking changed nothing"
same "done so" "$(pack find check apply verify)" "revoked, and seen so"
same 0 "$(his jdoe)" "no process of his is left"
same 1 "$(his bob)" "the other's lives"
same none "$(doors jdoe secret-j)" "he gets in by nothing"
same "pam nopam word" "$(doors bob secret-b)" "the other by all"
same "/tmp/krb5cc_BOB" "$(left)" "his tickets are gone, the other's is not"
same "precious 600" "$(on sh -c 'cat /etc/canary; stat -c %a /etc/canary' | xargs)" "what his links pointed to is as it was"
like "jdoe:!\**::1:" "$(shadow jdoe)" "locked without a password, and expired"
same "$BOB" "$(shadow bob)" "the other's entry is as it was"
AFTER=$(shadow jdoe)
same "done so" "$(pack find check apply verify)" "twice is once"
same "$AFTER" "$(shadow jdoe)" "and wrote nothing"
run_as jdoe sleep 1000
same "done partly" "$(pack find check)" "a process that came anew is seen"
same "done so" "$(pack find check apply verify)" "and ended"
on usermod -e '' jdoe
same "done partly" "$(pack find check)" "so is an expiry that was taken away"
same "done so" "$(pack find check apply verify)" "and put back"
same "done none" "$(pack find check revert)" "given back"
same "done clear" "$(pack find check)" "and seen clear"
same "not given back: it was replaced" "$(kept password)" "it says that the password was not"
same "pam nopam" "$(doors jdoe secret-j)" "he gets in by key, and by no password"
like "jdoe:\**:::" "$(shadow jdoe)" "no lock and no expiry is left"
same "done none" "$(pack find check revert)" "given back twice"

# ---- as it was, to the letter ------------------------------------------------------------------------------------------

restore() { on sh -c 'grep -v "^$1:" /etc/shadow >/etc/shadow.t; cat >>/etc/shadow.t; cat /etc/shadow.t >/etc/shadow; rm /etc/shadow.t' sh jdoe <<<"$1"; }
# lstchg (the third field) is the day of the last change: today's, if we changed the password's field
back() { # TEXT ENTRY [WITH]: revoked and given back it is the same again
    restore "$2"
    state jdoe "${3:-"{\"reset\": false}"}"
    same "done so" "$(pack find check apply verify)" "$1: revoked"
    same none "$(doors jdoe secret-j)" "$1: he gets in by nothing"
    same "done none" "$(pack find check revert)" "$1: given back"
    same "$(cut -d: -f1,2,4- <<<"$2")" "$(shadow jdoe | cut -d: -f1,2,4-)" "$1: as it was"
}
hash_=$(cut -d: -f2 <<<"$BEFORE")
back "open" "$BEFORE"
same "pam nopam word" "$(doors jdoe secret-j)" "open: he gets in as before"
back "with an end in years" "jdoe:$hash_:20000:0:99999:7::40000:"
back "locked before" "jdoe:!$hash_:20000:0:99999:7:::"
back "locked before, with reset, without a password" "jdoe:!:20000:0:99999:7:::" '{}'
back "expired before" "jdoe:$hash_:20000:0:99999:7::15000:"
back "expired before on the first day" "jdoe:$hash_:20000:0:99999:7::1:"
back "no password, by *" "jdoe:*:20000:0:99999:7:::" '{}'
back "an empty password" "jdoe::20000:0:99999:7:::"
restore "$BEFORE"
state jdoe '{"reset": false}'
same "done so" "$(pack find check apply verify)" "without reset: revoked"
restore 'jdoe:!$6$salt$attackers:20000:0:99999:7::1:'
same "done partly" "$(pack find check)" "a password that was put under the lock is seen"
same "done none" "$(pack find check revert)" "given back without it"
like "jdoe:\**:::" "$(shadow jdoe)" "there is none now"
like "not given back: it was changed*" "$(kept password)" "and that is said"

# ---- cut off anywhere, with any shell -------------------------------------------------------------------------------------

# Each tool in turn: counts, and where the count is the one, ends the script before it or after it.
on sh -s <<'SH'
mkdir /run/t/shim
for tool in usermod setpriv kdestroy find flock getent grep awk cut sleep rm; do
  printf '#!/bin/sh\nn=$(($(cat /run/t/count) + 1)); echo $n >/run/t/count\n[ $n != "$(cat /run/t/cut)" ] || kill -KILL $(cat /run/t/pid)\nexec /usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin %s "$@"\n' $tool >/run/t/shim/$tool
  chmod 755 /run/t/shim/$tool
done
printf '#!/bin/sh\necho $$ >/run/t/pid\nexec $REAL "$@"\n' >/run/t/sh
chmod 755 /run/t/sh
SH
cut_at() { # N PHASE…
    on sh -c 'echo 0 >/run/t/count; echo "$1" >/run/t/cut' sh "$1"
    SHELL_=/run/t/sh MORE=(REAL="$REAL" PATH=/run/t/shim:/usr/sbin:/usr/bin:/sbin:/bin)
    pack "${@:2}" >/dev/null
    SHELL_=$REAL MORE=()
    [ "$(on cat /run/t/count)" -ge "$1" ]
}
rounds=0 wrong=0 n=0 step=1 # the looks of find and check take their part of the count: cutting there is cutting before
for REAL in /bin/dash /bin/bash "/bin/busybox sh"; do
    n=0
    while n=$((n + step)) && restore "$BEFORE" && state jdoe '{"reset": false}' && run_as jdoe sleep 1000 && cut_at $n find check apply; do
        rounds=$((rounds + 1))
        [ "$(pack find check apply verify)" = "done so" ] && [ "$(his jdoe)" = 0 ] || { wrong=$((wrong + 1)); bad "$REAL: cut at $n, and gone on"; }
        cut_at $n find check revert
        [ "$(pack find check revert)" = "done none" ] && [ "$(shadow jdoe | cut -d: -f1,2,4-)" = "$(cut -d: -f1,2,4- <<<"$BEFORE")" ] ||
            { wrong=$((wrong + 1)); bad "$REAL: cut at $n, and given back: $(shadow jdoe)"; }
    done
    step=6
done
SHELL_=/bin/sh
[ $rounds -gt 10 ] && [ $wrong = 0 ] && good "cut off at $rounds places by three shells: ends the same" || bad "cut off: $rounds places, $wrong wrong"

# ---- an attacker's home ----------------------------------------------------------------------------------------------------

restore "$BEFORE"
on sh -c 'cd /home/jdoe && rm -rf .ssh && mkdir /etc/held && echo kept >/etc/held/authorized_keys && chmod 700 /etc/held && ln -s /etc/held .ssh &&
    rm -f .bashrc && mkfifo .bashrc .xsession && truncate -s 100G huge && chown -h jdoe .ssh .bashrc .xsession huge'
held() { on sh -c 'stat -c "%n %a %U %Y %Z" /etc/held /etc/held/authorized_keys /home/jdoe /home/jdoe/.ssh; ls -A /home/jdoe | xargs; cat /etc/held/authorized_keys'; }
BEFORE_HOME=$(held)
state jdoe
same "done so" "$(pack find check apply verify)" "links, FIFOs and huge files in his home: revoked"
same "done none" "$(pack find check revert)" "and given back"
same "$BEFORE_HOME" "$(held)" "nothing in there was touched"

# ---- names ------------------------------------------------------------------------------------------------------------------

on sh -c 'n=8100; for name in "a b" "\$(touch \${0%x})x" "a;touch \$HOME" "*" "x\\ny"; do n=$((n + 1))
    printf "%s:x:%s:%s::/nowhere:/bin/sh\n" "$name" $n $n >>/etc/passwd; printf "%s:\$6\$a\$b:20000:0:99999:7:::\n" "$name" >>/etc/shadow; done'
for name in 'a b' '$(touch ${0%x})x' 'a;touch $HOME' '*' 'x\ny'; do
    WHOLE=$(on sha256sum /etc/shadow)
    state "$name"
    same "done so" "$(pack find check apply verify)" "an account called $name is revoked"
    [ "$(on cat /etc/shadow | grep -c '::1:$')" = 1 ] && good "and it alone" || bad "and it alone"
    same "done none" "$(pack find check revert)" "and given back"
    same 0 "$(on cat /etc/shadow | grep -c '::1:$')" "wholly"
done
WHOLE=$(on sha256sum /etc/shadow)
for name in nosuch '' -rf 'jdoe:x' '../jdoe' "$(printf 'jdoe\nroot')" ' jdoe' 'jdoe ' '-h' '--help' "$(uid_of jdoe)" 0 'jdo*' 'JDOE '; do
    state "$name"
    like "absent *" "$(pack find)" "no account: '${name//$'\n'/|}'"
done
state root
like "permanent none: it is root" "$(pack find check apply)" "root is refused"
state daemonic
like "*a system account*" "$(pack find check apply)" "a system account is refused"
state nobody '{"system_accounts": true}'
same "done clear" "$(pack find check)" "unless it is asked for"
state shared
like "*same uid*" "$(pack find check apply)" "a uid that two names have is refused"
state sharer
like "*same uid*" "$(pack find check apply)" "by either name"
state jdoe
MORE=(SUDO_UID="$(uid_of jdoe)")
like "*soar itself*" "$(pack find check apply)" "the account that soar comes by is refused"
MORE=()
same "$WHOLE" "$(on sha256sum /etc/shadow)" "none of them changed anything"

# ---- whom only a directory knows --------------------------------------------------------------------------------------------

if on sh -c 'ls /lib/*/libnss_systemd.so.2 >/dev/null 2>&1'; then
    on sh -s <<'SH'
sed -i 's/^\(passwd\|group\):.*/\1: files systemd/' /etc/nsswitch.conf
mkdir -p /etc/userdb
printf '{"userName":"remote","uid":9100,"gid":9100,"realName":"R","homeDirectory":"/nowhere","shell":"/bin/sh","disposition":"regular"}\n' >/etc/userdb/remote.user
printf '{"groupName":"remote","gid":9100}\n' >/etc/userdb/remote.group
ln -s remote.user /etc/userdb/9100.user; ln -s remote.group /etc/userdb/9100.group
SH
    if on getent passwd remote >/dev/null; then
        on sh -c 'setsid setpriv --reuid 9100 --regid 9100 --clear-groups sleep 1000 </dev/null >/dev/null 2>&1 & setpriv --reuid 9100 --clear-groups --regid 9100 sh -c "echo x >/tmp/krb5cc_9100"'
        WHOLE=$(on sha256sum /etc/shadow)
        state 'nosuch as remote'
        same "done partly" "$(pack find check)" "found by the name with the domain"
        state 'jdoe as remote'
        same "permanent none: two accounts match" "$(pack find check apply)" "two accounts of one name are held"
        state remote
        same "done partly" "$(pack find check)" "a user of a directory is at work here"
        same "done so" "$(pack find check apply verify)" "his processes and tickets are ended"
        same "0" "$(on sh -c 'ls /tmp/krb5cc_9100 2>/dev/null; grep -l "^Uid:.9100" /proc/[0-9]*/status 2>/dev/null' | while read -r f; do on grep -L "^State:.Z" "$f"; done | wc -l)" "none is left"
        same "done none" "$(pack find check revert)" "there is nothing to give back"
        same "$WHOLE" "$(on sha256sum /etc/shadow)" "and the host's own accounts are as they were"
    else
        echo "         (no user of a directory: nss-systemd knows none here)"
    fi
fi

# ---- a host that has not what it takes -----------------------------------------------------------------------------------------

on sh -c 'mkdir /run/t/little; for tool in id tr; do ln -s "$(command -v $tool)" /run/t/little; done'
MORE=(PATH=/run/t/little)
SHELL_=/run/t/little-sh
on sh -c 'printf "#!/bin/dash\nPATH=/run/t/little; unset -f getent\n[ \$1 = -c ] && shift; text=\$(echo \"\$1\" | /bin/sed s/PATH=.PATH:.usr.sbin:.sbin//); shift; exec /bin/dash -c \"\$text\" \"\$@\"\n" >/run/t/little-sh; chmod 755 /run/t/little-sh'
state nosuch
like "absent *" "$(pack find)" "without getent: no account is none"
state jdoe
like "unsupported none: getent*" "$(pack find)" "and one can't be shut"
MORE=() SHELL_=/bin/sh
on rm /usr/sbin/usermod
state jdoe
like "unsupported none: usermod*" "$(pack find)" "without usermod it is unsupported, and says why"
state jdoe
same "denied none: the accounts of a host are root's: we came as somebody else" \
    "$(on setpriv --reuid bob --regid bob --clear-groups sh -c 'cp /run/t/state /tmp/s; PACK_PROVIDER=linux-accounts /run/t/pack_local /run/t/pack.yaml /tmp/s find' 2>&1 | tail -n 1)" "who is not root is told so"

echo "$passed passed, $failed failed"
exit $((failed > 0))
