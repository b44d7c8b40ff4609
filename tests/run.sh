#!/bin/bash
# All tests, or those named. On a fresh Debian 12 it installs what it needs (as root, or by sudo), builds, and runs;
# suites that take long run two at a time. Each prints one line, its output is in build/logs/NAME.log, and the last
# line counts: N passed, N failed, N skipped. Exit 1 if any failed. In CI (CI=true) a skip is a failure, too.
#   tests/run.sh [NAME…]       all suites, or those; a NAME may be a pattern: 'e2e/*'
#   tests/run.sh --list        what suites there are
#   tests/run.sh --prepare     only install and build (build/dev)
#   tests/run.sh --packages    only install
# shellcheck disable=SC2015,SC2016,SC2317
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
JOBS=${JOBS:-$(nproc)}
export JOBS
# shellcheck source=tests/suites.sh
. tests/suites.sh

# What may be skipped in CI, and why. Anything else there is a hole in the proof.
allowed_skips() {
    cat <<'LIST'
fresh    makes a whole Debian from the network's mirror; asked for by name
LIST
}

# ---- packages ----------------------------------------------------------------------------------------------------------

missing_packages() {
    local name
    grep -v '^#' tests/packages | while read -r name; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
    done
}

install_packages() {
    local missing as=()
    command -v dpkg-query >/dev/null || { echo "not a Debian: the packages of tests/packages are yours to bring"; return; }
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            echo "missing, and neither root nor sudo to install them: ${missing[*]}" >&2
            exit 2
        fi
        as=(sudo -n)
    fi
    echo "installing ${missing[*]}"
    mkdir -p build/logs
    "${as[@]}" bash -c "$(declare -f install_quietly); install_quietly ${missing[*]}" >build/logs/packages.log 2>&1 || {
        tail -20 build/logs/packages.log >&2
        exit 2
    }
}

# A daemon that comes with a package (sshd, slapd) is for the endpoints; the machine itself must not begin to serve.
install_quietly() {
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update &&
        apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
    local code=$?
    [ -z "$made" ] || rm -f "$policy"
    return "$code"
}

# ---- running one suite, and telling of it ------------------------------------------------------------------------------

passed=0
failed=0
skipped=0

log_of() { echo "build/logs/${1//\//-}.log"; }

run_suite() {
    local name=$1 limit=$2 log
    log=$(log_of "$name")
    touch "build/logs/.${name//\//-}.begin"
    timeout --kill-after=20 "$limit" bash tests/run.sh --inside "$name" >"$log" 2>&1 </dev/null
}

# tell NAME CODE SECONDS
tell() {
    local name=$1 code=$2 took=$3 log reason
    log=$(log_of "$name")
    reason=$(tail -1 "$log")
    case $code in
    0)
        passed=$((passed + 1))
        printf 'pass  %-24s %6.1f s\n' "$name" "$took"
        return
        ;;
    77)
        if [ "${CI:-}" != true ] || allowed_skips | grep -q "^$name "; then
            skipped=$((skipped + 1))
            printf 'skip  %-24s %6.1f s  %s\n' "$name" "$took" "${reason#skip: }"
            return
        fi
        reason="may not be skipped in CI: ${reason#skip: }"
        ;;
    124 | 137) reason="took longer than its time" ;;
    *) reason="exit $code" ;;
    esac
    failed=$((failed + 1))
    printf 'FAIL  %-24s %6.1f s  %s; %s ends with\n' "$name" "$took" "$reason" "$log"
    tail -25 "$log" | sed 's/^/      | /'
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'; }

# ---- which, in which order ---------------------------------------------------------------------------------------------

# wanted NAME HOW: is it among the arguments, or, without any, part of every run?
wanted() {
    local pattern
    [ "${#asked[@]}" -eq 0 ] && [ "$2" != asked ] && return
    for pattern in "${asked[@]}"; do
        # shellcheck disable=SC2053  # a pattern is meant to be one
        [[ $1 == $pattern ]] && return
    done
    return 1
}

run_first() {
    local name limit how began code
    while read -r name limit how; do
        [ "$how" = first ] && wanted "$name" "$how" || continue
        began=$EPOCHREALTIME
        run_suite "$name" "$limit"
        code=$?
        tell "$name" "$code" "$(seconds_since "$began")"
    done < <(suite_table)
}

# Two lanes: a suite begins when one is free.
run_lanes() {
    local name limit how
    declare -A name_of=() began_at=()
    while read -r name limit how; do
        [ "$how" != first ] && wanted "$name" "$how" || continue
        [ "${#name_of[@]}" -lt 2 ] || reap_one
        run_suite "$name" "$limit" &
        name_of[$!]=$name
        began_at[$!]=$EPOCHREALTIME
    done < <(suite_table)
    while [ "${#name_of[@]}" -gt 0 ]; do reap_one; done
}

reap_one() {
    local pid code
    wait -n -p pid "${!name_of[@]}"
    code=$?
    tell "${name_of[$pid]}" "$code" "$(seconds_since "${began_at[$pid]}")"
    unset "name_of[$pid]" "began_at[$pid]"
}

list_suites() {
    local name limit how
    while read -r name limit how; do
        case $how in
        first) how="first, alone" ;;
        lane) how="in one of two lanes" ;;
        asked) how="only when asked for" ;;
        esac
        printf '%-24s at most %4s s, %s\n' "$name" "$limit" "$how"
    done < <(suite_table)
}

asked=()
prepare=
case ${1:-} in
--list) list_suites; exit ;;
--inside)
    case $2 in
    e2e/*) suite_e2e "${2#e2e/}" ;;
    *) "suite_$2" ;;
    esac
    exit
    ;;
--prepare) prepare=1 ;;
--packages) install_packages; exit ;;
--tidy-one) tidy_one "$2"; exit ;;
-*) sed -n '2,8p' tests/run.sh | cut -c3-; exit 2 ;;
*) asked=("$@") ;;
esac
for name in "${asked[@]}"; do
    suite_table | while read -r suite _; do
        # shellcheck disable=SC2053
        [[ $suite == $name ]] && echo yes
    done | grep -q yes || { echo "no suite is called $name; tests/run.sh --list has them" >&2; exit 2; }
done
install_packages
mkdir -p build/logs
if [ -n "$prepare" ]; then
    build dev >build/logs/prepare.log 2>&1 || { tail -30 build/logs/prepare.log; exit 1; }
    exit
fi
run_first
run_lanes
echo "$passed passed, $failed failed, $skipped skipped"
exit $((failed > 0))
