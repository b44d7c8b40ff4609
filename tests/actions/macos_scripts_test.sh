#!/bin/bash
# Property: the scripts of Isolate_Endpoint for a Mac load exactly the rules recorded here, below com.apple alone; keep the token;
# say so only while it is true; free the host when nobody comes back; give the token back at release; and those of Collect_State
# bring what there is. Method: the pack's own texts, walked by the engine (pack_local), under dash and bash, with a pfctl that knows
# its grammar and keeps a state (tests/lab/pfctl.py). No Mac was asked.
# Usage: macos_scripts_test.sh [PACK_LOCAL]. Needs root for a /run of its own; prints `skipped` and why where it can't run.
set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
LOCAL=${1:-$ROOT/build/dev/tests/pack_local}
if [ "${2:-}" != inside ]; then
    [ "$(id -u)" = 0 ] || { echo "skipped: needs root: it makes a /run of its own"; exit 0; }
    unshare --mount true 2>/dev/null || { echo "skipped: this machine lets nobody make namespaces"; exit 0; }
    command -v shasum >/dev/null || { echo "skipped: there is no shasum"; exit 0; }
    exec unshare --mount --propagation private "$0" "$LOCAL" inside
fi
mount -n -t tmpfs soar /run || exit 1
DIR=$(mktemp -d /run/mac-XXXXXX)
passed=0 failed=0
good() { passed=$((passed + 1)) && echo "ok       $*"; }
bad() { failed=$((failed + 1)) && echo "NOT OK   $*"; }
same() { if [ "$1" = "$2" ]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi; }
# shellcheck disable=SC2053  # a pattern
like() { if [[ $2 == $1 ]]; then good "$3"; else bad "$3: '$2', expected '$1'"; fi; }

mkdir "$DIR/bin"
ln -s "$ROOT/tests/lab/pfctl.py" "$DIR/bin/pfctl"
export PATH="$DIR/bin:$PATH" PFCTL_STATE="$DIR/pf" PYTHONDONTWRITEBYTECODE=1 PACK_PROVIDER=macos-pf
{
    cat "$ROOT/actions/isolate_endpoint.yaml"
    echo "--- # from with-macos-pf.yaml"
    cat "$ROOT/actions/isolate_endpoint/with-macos-pf.yaml"
} >"$DIR/pack.yaml"

fresh() { # TASK
    rm -rf "$PFCTL_STATE" /run/soar
    printf '{"task": "%s", "target": {"name": "mac-1", "os": "macos", "port": 22, "management": [{"ip": "192.0.2.10", "family": 4},
        {"ip": "2001:db8::10", "family": 6}]}, "with": {"allow": ["198.51.100.7:443"], "dhcp": ["192.0.2.1"], "dead_man": "%s"}}' \
        "$1" "${2:-60s}" >"$DIR/state"
}
walk() { "$LOCAL" "$DIR/pack.yaml" "$DIR/state" "$@" 2>/dev/null; }
pf() { /usr/bin/python3 -c 'import json, os, sys; s = json.load(open(os.environ["PFCTL_STATE"])); print(eval(sys.argv[1]))' "$1"; }

read -r -d '' RECORDED <<'TEXT'
pass quick on lo0 all
pass in quick proto tcp from 192.0.2.10 to any port 22 no state
pass in quick proto tcp from 2001:db8::10 to any port 22 no state
pass out quick proto tcp from any port 22 to 192.0.2.10 flags A/A no state
pass out quick proto tcp from any port 22 to 2001:db8::10 flags A/A no state
pass out quick proto tcp from any to 198.51.100.7 port 443 keep state
pass out quick proto udp from any port 68 to 192.0.2.1 port 67 no state
pass in quick proto udp from 192.0.2.1 port 67 to any port 68 no state
pass quick inet6 proto icmp6 from 2001:db8::10 to any icmp6-type { neighbrsol, neighbradv } no state
pass quick inet6 proto icmp6 from any to 2001:db8::10 icmp6-type { neighbrsol, neighbradv } no state
pass quick inet6 proto icmp6 from fe80::/10 to { fe80::/10, ff02::/16 } icmp6-type { neighbrsol, neighbradv, routeradv, routersol } no state
block drop quick all
TEXT

for shell in dash bash; do
    command -v "$shell" >/dev/null || continue
    export PACK_SHELL=$shell
    echo "== under $shell"
    fresh R-1/1/web/1
    same "done none;done clear;done none;" "$(walk find check apply | tr '\n' ';')" "found, looked at, applied"
    like '*"token": "1234567890"*' "$(cat "$DIR/state")" "the token is kept with us"
    same "$(tr '\n' '|' <<<"${RECORDED%$'\n'}")" "$(pf '"|".join(s["anchors"]["com.apple/000.soar.isolate"])+"|"')" "the rules are the recorded ones"
    same "(1, 1)" "$(pf 's["states_flushed"], len(s["tokens"])')" "its states are gone, and it is on by one token"
    if [ ! -e /run/soar/armed ]; then good "the dead man was told"; else bad "the dead man is still armed"; fi
    like "done partly*" "$(walk check)" "what nobody of us saw is not so"
    same "done none" "$(walk revert)" "released"
    same "{} []" "$(pf 'str(s["anchors"]) + " " + str(s["tokens"])')" "no rule of ours is left, and the token is given back"
    like "done clear*" "$(walk check)" "and it says so"
done

echo "== what may go wrong"
export PACK_SHELL=dash
fresh R-1/1/web/2 1s
PACK_REACH=false walk find check apply >"$DIR/said"
like "*transient*" "$(tr '\n' ';' <"$DIR/said")" "nobody can get back in: it fails"
tries=0
until [ "$(pf 's["anchors"]')" = "{}" ] || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
same "{} []" "$(pf 'str(s["anchors"]) + " " + str(s["tokens"])')" "the host frees itself, and gives the token back"
fresh R-1/1/web/1
mkdir -p /run/soar && echo R-1/1/web/2 >/run/soar/fence
like "*permanent*a newer try is at work*" "$(walk apply | tr '\n' ';')" "a call of an older try does nothing"
same "{}" "$(pf 's["anchors"]' 2>/dev/null || echo '{}')" "nothing was loaded"
fresh R-1/1/web/1
echo '{"anchors": {}, "tokens": [], "next": 1, "states_flushed": 0, "log": [], "stock": ["block drop all"]}' >"$PFCTL_STATE"
like "unsupported*doesn't ask the anchor*" "$(walk find)" "a pf.conf without the anchor is no way"

echo "== the state of a Mac"
printf '#!/bin/sh\n[ "$1" = -s ] && echo Darwin || echo stand-in\n' >"$DIR/bin/uname"
printf '#!/bin/sh\nsleep 60\n' >"$DIR/bin/lsof" # a piece that hangs costs no other
sed 's/\[ $i -lt 30 \]/[ $i -lt 1 ]/' "$ROOT/actions/collect_state/macos-state.yaml" >"$DIR/macos-state.yaml"
chmod 755 "$DIR/bin/uname" "$DIR/bin/lsof"
{
    cat "$ROOT/actions/collect_state.yaml"
    echo "--- # from macos-state.yaml"
    cat "$DIR/macos-state.yaml"
} >"$DIR/pack.yaml"
for shell in dash bash; do
    command -v "$shell" >/dev/null || continue
    echo '{"target": {"name": "mac-1", "os": "macos", "port": 22}}' >"$DIR/state"
    same "done none;done none;done so;" "$(PACK_SHELL=$shell PACK_PROVIDER=macos-state PACK_EVIDENCE=$DIR/evidence walk find apply check | tr '\n' ';')" "$shell: kept"
    like "*===== lsof*(exit 137)*===== ps *" "$(tr '\n' ' ' <"$DIR/evidence")" "$shell: what hangs is ended, and the next goes on"
    same 2 "$(grep -c '^===== date -u' "$DIR/evidence")" "$shell: from beginning to end"
done

echo "$passed passed, $failed failed"
exit $((failed > 0))
