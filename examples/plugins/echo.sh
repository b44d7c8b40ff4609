#!/bin/sh
# soar-shecho: the smallest connector in shell, with jq (docs/plugin-protocol.md). Copy it, rename it, change the two functions.
#
# jq reads and writes the JSON; the shell never looks into a value, so none can break out of it. jq is asked for one line at a time.
set -eu

params='{"text": {"sink": "json", "type": "text", "required": true, "about": "what to say"}}'
table='[{"name": "shecho.say", "class": "read", "params": $p}, {"name": "shecho.keep", "class": "write", "params": $p}]'

IFS= read -r binding # {"peer": …, "mode": "all" or "read"}
printf '%s\n' "$binding" | jq -c --argjson p "$params" \
  ".mode as \$mode | {hello: {protocol: 1, name: \"shecho\", calls: 1, functions: ($table | map(select(\$mode == \"all\" or .class == \"read\")))}}"
mode=$(printf '%s\n' "$binding" | jq -r .mode)

while IFS= read -r call; do
  case $mode/$(printf '%s\n' "$call" | jq -r .function) in
  */shecho.say) ;;
  all/shecho.keep)
    printf '%s\n' "$call" | jq -c '{sending: .call}' # from now on it may have happened; not a moment later than this
    ;;
  *)
    printf '%s\n' "$call" | jq -c '{answer: .call, class: "invalid", why: "no such function"}'
    continue
    ;;
  esac
  printf '%s\n' "$call" | jq -c '{answer: .call, class: "done", result: {text: .args.text}}'
done
