#!/bin/bash
# Property: real clients reach soard with the configuration that examples/clients documents, word for word: Alertmanager's webhook,
# falcosidekick's and Kibana's payloads, Wazuh's integration script, a signer, all through nginx, which does the TLS; a host that
# they name is cut off with nobody at the keyboard, and what is forged or comes from the wrong place starts nothing.
# Method: a fleet of endpoints; soard, nginx and Debian's Alertmanager on loopback ports, from the files of examples/clients, in
# which only names, ports and places are put in.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_soarctl
CLIENTS=$SOAR_ROOT/examples/clients
for program in prometheus-alertmanager nginx curl openssl; do
    command -v "$program" >/dev/null || skip "there is no $program (tests/packages)"
done
lab_up 4
S=$TEST_DIR/soar
SOURCES=(siem alertmanager grafana falco elastic splunk wazuh sentinel okta)

# free_port: one that nobody listens on now
free_port() { /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
PLAIN=$(free_port) TLS=$(free_port) ALERTS=$(free_port)

# ---- what is put into the documented files, and nothing else -----------------------------------------------------------

make_secrets() {
    local source
    mkdir -p "$S/credentials" "$S/playbooks"
    for source in "${SOURCES[@]}"; do openssl rand -hex 32 >"$S/credentials/$source"; done
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=soar.corp.example \
        -addext subjectAltName=DNS:soar.corp.example -keyout "$S/tls.key" -out "$S/tls.pem" 2>/dev/null
}

make_soard() {
    sed -e "s|/var/lib/soar|$SOAR_STATE|; s|/run/soar/soard.sock|$S/soard.sock|; s|127.0.0.1:8080|127.0.0.1:$PLAIN|" \
        -e "s|inventory: inventory.yaml|inventory: $SOAR_INVENTORY|" "$CLIENTS/soard.yaml" >"$S/soard.yaml"
    cp "$CLIENTS"/playbooks/*.yaml "$S/playbooks/"
}

make_nginx() {
    sed -e "s|127.0.0.1:8080|127.0.0.1:$PLAIN|; s|listen 443|listen 127.0.0.1:$TLS|; /listen \[::\]/d" \
        -e "s|/etc/nginx/soar.pem|$S/tls.pem|; s|/etc/nginx/soar.key|$S/tls.key|; s|/etc/nginx/soar-splunk.conf|$S/splunk.conf|" \
        -e "s|allow 10.0.0.20|allow ${1:-10.0.0.20}|" "$CLIENTS/nginx.conf" >"$S/site.conf"
    sed -e "s|the text of /etc/soar/keys/splunk|$(cat "$S/credentials/splunk")|" "$CLIENTS/nginx-splunk.conf" >"$S/splunk.conf"
    cat >"$S/nginx.conf" <<CONF
pid $S/nginx.pid; error_log $S/nginx.log; worker_processes 1; daemon off; user root;
events {}
http { access_log off; client_body_temp_path $S/n1; proxy_temp_path $S/n2; fastcgi_temp_path $S/n3; uwsgi_temp_path $S/n4;
scgi_temp_path $S/n5; include $S/site.conf; }
CONF
}

# The name of the documented URL leads to loopback by a hosts file of Alertmanager's own: a mount namespace.
make_alertmanager() {
    mkdir -p "$S/am"
    sed -e "s|https://soar.corp.example/|https://soar.corp.example:$TLS/|; s|/etc/prometheus/soar.token|$S/credentials/alertmanager|" \
        -e "s|/etc/ssl/certs/ca-certificates.crt|$S/tls.pem|" "$CLIENTS/alertmanager.yml" >"$S/am/alertmanager.yml"
    printf '127.0.0.1 localhost soar.corp.example\n' >"$S/am/hosts"
}

# start NAME COMMAND…: in the background, its output in $S/NAME.log
start() {
    local name=$1
    shift
    "$@" >"$S/$name.log" 2>&1 &
    started+=("$!")
}

start_soard() {
    start soard env CREDENTIALS_DIRECTORY="$S/credentials" "$SOAR_BUILD/bin/soard" --config "$S/soard.yaml"
    within 20 "soard is ready" curl --silent --fail "http://127.0.0.1:$PLAIN/readyz" || cat "$S/soard.log"
}

start_alertmanager() {
    # shellcheck disable=SC2016
    start alertmanager unshare --mount sh -c 'mount --bind "$1/am/hosts" /etc/hosts && exec prometheus-alertmanager \
        --config.file="$1/am/alertmanager.yml" --storage.path="$1/am/data" --web.listen-address="127.0.0.1:$2" --cluster.listen-address=' \
        sh "$S" "$ALERTS"
    within 20 "Alertmanager is ready" curl --silent --fail "http://127.0.0.1:$ALERTS/-/ready" || cat "$S/alertmanager.log"
}

# through NGINX: curl as a client somewhere else would call it
URL=https://soar.corp.example:$TLS/webhook
TO=(--silent --cacert "$S/tls.pem" --resolve "soar.corp.example:$TLS:127.0.0.1")
# post SOURCE FILE [curl's options]: prints the body and, on a line of its own, the status
post() { curl "${TO[@]}" --header 'Content-Type: application/json' --data-binary @"$2" --write-out '\n%{http_code}\n' "${@:3}" "$URL/$1"; }
secret() { cat "$S/credentials/$1"; }
soard_runs() { soarctl --config "$S/soard.yaml" runs --json | field runs run | wc -w; }

make_secrets
make_soard
make_nginx
make_alertmanager
expect "the documented configuration is good" env CREDENTIALS_DIRECTORY="$S/credentials" "$SOAR_BUILD/bin/soard" --config "$S/soard.yaml" --check
start_soard
start nginx nginx -c "$S/nginx.conf"
within 10 "nginx answers with soard's health" curl "${TO[@]}" --fail "https://soar.corp.example:$TLS/healthz"

echo "== Alertmanager"
start_alertmanager
expect "web-01 is free" is_free web-01
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
cat >"$S/fire.json" <<JSON
[{"labels": {"alertname": "BeaconSeen", "severity": "critical", "contain": "yes", "host": "web-01", "instance": "10.0.0.1:9100"},
  "annotations": {"summary": "web-01 calls home"}, "startsAt": "$now"},
 {"labels": {"alertname": "DiskFull", "severity": "critical", "host": "web-04"}, "startsAt": "$now"}]
JSON
expect "two alerts fire, one of them to be contained" curl --silent --fail --header 'Content-Type: application/json' \
    --data-binary @"$S/fire.json" "http://127.0.0.1:$ALERTS/api/v2/alerts"
within 30 "web-01 is cut off, with nobody at the keyboard" is_cut web-01
within 5 "Alertmanager heard 2xx" sh -c "curl --silent http://127.0.0.1:$ALERTS/metrics |
    grep -q '^alertmanager_notifications_total{integration=\"webhook\"} 1'"
expect "and nothing failed" sh -c "! curl --silent http://127.0.0.1:$ALERTS/metrics |
    grep '^alertmanager_notifications_failed_total{integration=\"webhook\"' | grep -v ' 0\$'"
expect_same 1 "$(soard_runs)" "one run"
expect "what was not labelled is not contained" is_free web-04

echo "== falcosidekick's payload, with its header"
expect_exit 0 "it is posted" post falco "$CLIENTS/payloads/falcosidekick.json" --header "X-Soar-Secret: $(secret falco)"
expect_line '^202$' "and taken"
within 30 "web-02 is cut off" is_cut web-02
expect_exit 0 "it is posted again" post falco "$CLIENTS/payloads/falcosidekick.json" --header "X-Soar-Secret: $(secret falco)"
expect_line '^202$' "and answered as the first time"
expect_same 2 "$(soard_runs)" "but starts nothing"
expect_exit 0 "with another source's secret" post falco "$CLIENTS/payloads/falcosidekick.json" --header "X-Soar-Secret: $(secret wazuh)"
expect_line '^401$' "it is refused"

echo "== Kibana's payload, by password"
expect_exit 0 "it is posted" post elastic "$CLIENTS/payloads/elastic.json" --user "elastic:$(secret elastic)"
expect_line '^202$' "and taken"
within 30 "web-03 is cut off" is_cut web-03
# the body as Kibana makes it of the template: the alerts, joined by commas
sed "s|{{{context.alerts}}}|$(tr -d '\n' <"$CLIENTS/payloads/elastic.json" | sed 's/^{"alerts": \[//; s/\]}$//; s/[&|\\]/\\&/g')|" \
    "$CLIENTS/kibana_body.mustache" >"$S/kibana.json"
expect "the template makes the same document" /usr/bin/python3 -c '
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
sys.exit(a != b)' "$S/kibana.json" "$CLIENTS/payloads/elastic.json"

echo "== an HMAC through the proxy"
ALERT=$(alert_file signed.json web-04)
expect_exit 0 "send.sh signs and sends" "$CLIENTS/send.sh" "$URL/siem" "$S/credentials/siem" "$ALERT" "${TO[@]}"
within 30 "web-04 is cut off" is_cut web-04
expect_exit 22 "a signature by another key" "$CLIENTS/send.sh" "$URL/siem" "$S/credentials/falco" "$ALERT" "${TO[@]}"
expect_line '"status": ?401' "is refused"
expect_exit 22 "one of an hour ago" env -i PATH="$PATH" bash -c 'date() { echo $(($(command date +%s) - 3600)); }; export -f date; exec "$@"' sh \
    "$CLIENTS/send.sh" "$URL/siem" "$S/credentials/siem" "$ALERT" "${TO[@]}"
expect_line '"status": ?401' "is refused"

echo "== Wazuh's integration"
cat >"$S/wazuh.alert" <<'JSON'
{"timestamp": "2026-11-21T06:00:00.000+0000", "rule": {"level": 15, "description": "Rootkit found", "id": "510", "groups": ["rootcheck"]},
 "agent": {"id": "007", "name": "web-01", "ip": "10.0.0.11"}, "manager": {"name": "wazuh-01"}, "id": "1795240800.4711", "location": "rootcheck"}
JSON
printf 'X-Soar-Secret: %s\n' "$(secret wazuh)" >"$S/wazuh.header"
expect "its script posts the alert's file" env SOAR_HEADER="$S/wazuh.header" CURL_HOME="$S" sh -c 'printf "%s\n" "cacert = $1" "resolve = $2" >"$CURL_HOME/.curlrc"
    exec sh "$3" "$4" "" "$5" debug' sh "$S/tls.pem" "soar.corp.example:$TLS:127.0.0.1" "$CLIENTS/custom-soar" "$S/wazuh.alert" "$URL/wazuh"
within 10 "a run was started" grep -q 'begun: .*by webhook wazuh' "$S/soard.log"

echo "== who is it, behind the proxy"
expect_exit 0 "Splunk's path, from an address that isn't Splunk's" post splunk "$CLIENTS/payloads/elastic.json"
expect_line '^403$' "is refused by nginx"
make_nginx 127.0.0.1
kill -HUP "$(cat "$S/nginx.pid")"
cat >"$S/splunk.json" <<'JSON'
{"result": {"dest": "web-02", "user": "jdoe", "severity": "low"}, "sid": "scheduler_admin_search_W2_at_14232356_132",
 "results_link": "http://splunk.corp.example:8000/app/search/@go?sid=1", "search_name": "Odd login", "owner": "admin", "app": "search"}
JSON
splunk_is_let_in() { post splunk "$S/splunk.json" | grep -q '^202$'; }
within 10 "from Splunk's, with no header at all, it is taken: nginx adds the secret" splunk_is_let_in
expect_exit 0 "the sender's own X-Forwarded-For, with a bad secret" post falco "$CLIENTS/payloads/falcosidekick.json" \
    --header "X-Forwarded-For: 203.0.113.9" --header "X-Soar-Secret: forged"
expect "is nowhere believed" sh -c "! grep -r 203.0.113.9 '$S/soard.log'"
expect_exit 0 "a path that isn't there" post nobody "$ALERT"
expect_line '^404$' "is not found"
# the first says which configuration is read: what it asks for isn't known before
expect "every line of the log but the first is a JSON object" /usr/bin/python3 -c '
import json, sys
lines = [json.loads(line) for line in list(open(sys.argv[1]))[1:]]
assert len(lines) > 5 and all({"time", "level", "message"} <= l.keys() for l in lines)' "$S/soard.log"
for source in "${SOURCES[@]}"; do
    expect "the secret of $source is in no log and no journal" sh -c "! grep -rqaF '$(secret "$source")' '$S/soard.log' '$SOAR_STATE'"
done
finish
