#!/bin/bash
# Signs an alert and sends it: HMAC-SHA256 over time, a dot and the body, in hex.
#   send.sh URL SECRET-FILE ALERT.json [curl's options]
# After no answer, or a 503, curl repeats the request as it is, and soard answers it as the first time. Who runs this again
# signs anew: then the source's `dedup: {key: [alert.id]}` knows the alert, and nothing is started twice.
set -eu -o pipefail
url=$1 secret=$2 alert=$3
shift 3
now=$(date +%s)
signature=$({ printf '%s.' "$now"; cat -- "$alert"; } | openssl dgst -sha256 -hmac "$(cat -- "$secret")" -r | cut -d' ' -f1)
exec curl --silent --show-error --fail-with-body --max-time 60 --retry 5 --retry-connrefused "$@" \
    --header 'Content-Type: application/json' --header "X-Soar-Timestamp: $now" --header "X-Soar-Signature: $signature" \
    --data-binary @"$alert" -- "$url"
