#!/usr/bin/python3
"""A stand-in of macOS's pfctl, put first in PATH under that name: keeps its state in $PFCTL_STATE (JSON), takes no rule that isn't of
the grammar of pf.conf(5) as far as soar uses it, and no word of ours that could harm another's rules (`-d`, `-F all`). No Mac was
asked."""
import json
import os
import re
import sys

PATH = os.environ["PFCTL_STATE"]
STOCK = ['scrub-anchor "com.apple/*" all fragment reassemble', 'anchor "com.apple/*" all']
IP = r"[0-9a-f:.]+(?:/[0-9]+)?"
ADDRESS = rf"(?:any|{IP}|\{{ {IP}(?:, {IP})* \}})"
TYPES = r"(?:neighbrsol|neighbradv|routersol|routeradv)"
RULE = re.compile(
    rf"(?:pass(?: in| out)?|block drop)(?: quick)?(?: on [a-z0-9]+)?(?: inet6?)?(?: proto (?:tcp|udp|icmp6))?(?: all|(?: from {ADDRESS}(?: port [0-9]+)? "
    rf"to {ADDRESS}(?: port [0-9]+)?(?: flags [A-Z]+/[A-Z]+)?(?: icmp6-type \{{ {TYPES}(?:, {TYPES})* \}})?))(?: (?:no|keep) state)?"
)


def load():
    try:
        with open(PATH) as f:
            return json.load(f)
    except FileNotFoundError:
        return {"anchors": {}, "tokens": [], "next": 1234567890, "states_flushed": 0, "log": [], "stock": STOCK}


def parse(text):
    rules = [l for l in text.split("\n") if l and not l.startswith("#")]
    for rule in rules:
        if not RULE.fullmatch(rule):
            sys.exit(f"pfctl: stdin:1: syntax error: {rule}")
        if " flags " in rule and "proto tcp" not in rule:
            sys.exit(f"pfctl: flags only apply to tcp: {rule}")
        families = {":" in a for a in re.findall(r"[0-9a-f]*[:.][0-9a-f:.]+", rule)}
        if len(families) > 1:
            sys.exit(f"pfctl: no IP version matches: {rule}")
    return rules


def main(args):
    state = load()
    state["log"].append(args)
    anchor = None
    if args[:1] == ["-n"]:
        if args[1:2] != ["-a"] or args[3:] != ["-f", "-"]:
            sys.exit("usage: pfctl")
        parse(sys.stdin.read())
        return state
    if args[:1] == ["-a"]:
        anchor, args = args[1], args[2:]
        if not re.fullmatch(r"com\.apple/[A-Za-z0-9._]+", anchor):
            sys.exit("pfctl: not our anchor")
    if args == ["-f", "-"] and anchor:
        state["anchors"][anchor] = parse(sys.stdin.read())
    elif args == ["-s", "rules"]:
        print("\n".join(state["anchors"].get(anchor, []) if anchor else state["stock"]))
    elif args == ["-s", "info"]:
        print(f"No ALTQ support in kernel\nStatus: {'Enabled' if state['tokens'] else 'Disabled'} for 0 days 00:00:01")
    elif args == ["-s", "References"]:
        print("TOKENS:\nPID      Process Name                 TOKEN                    TIMESTAMP")
        for token in state["tokens"]:
            print(f"101      pfctl                        {token}     0 days 00:00:01")
    elif args == ["-F", "rules"] and anchor:
        state["anchors"].pop(anchor, None)
        print("rules cleared", file=sys.stderr)
    elif args == ["-F", "states"] and not anchor:
        state["states_flushed"] += 1
    elif args == ["-E"]:
        state["tokens"].append(str(state["next"]))
        print(f"pf enabled\nToken : {state['next']}", file=sys.stderr)
        state["next"] += 1
    elif args[:1] == ["-X"] and len(args) == 2:
        if args[1] not in state["tokens"]:
            sys.exit("pfctl: invalid token")
        state["tokens"].remove(args[1])
    else:
        sys.exit(f"pfctl: soar has no business with {args}")
    return state


if __name__ == "__main__":
    result = main(sys.argv[1:])
    with open(PATH + ".new", "w") as f:
        json.dump(result, f)
    os.rename(PATH + ".new", PATH)
