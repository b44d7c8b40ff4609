#!/usr/bin/python3
"""A tool, no test, and no part of CI: is a pack's contract strict enough? One thing at a time is made wrong in the pack: the
class of an outcome, the method of a write, a path, a `so`, `clear` or `underway` turned about, a `when` that always or never
holds, an `expect` that takes everything, or whatever its first part takes. Then its contract is played. A mutant that passes
all cases (a survivor) shows a line that no case needs: a case is missing, or the line is one too many.

Use: mutants.py SOARCTL [PACK.yaml…]      without packs: all of ours that have a contract. Prints the survivors; exits with
1 if there are any, and with 2 if a pack does not keep its contract as it is.
"""
import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CLASSES = "underway|already|absent|denied|transient|permanent|done|unsupported"


def swap(pairs):
    return lambda match: pairs.get(match.group(1), pairs[None])


def bare(match):
    text = match.group(1).split("   #")[0].strip()
    return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1].replace('\\"', '"') if text[0] == '"' else text


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


# What is made wrong: a name, where it stands (group 1 is replaced), by what.
KINDS = [
    ("path", r'\bpath: "?/[^",}\n]*()', lambda match: "x"),
    ("method", r"\bmethod: (POST|PUT|PATCH|DELETE)\b", swap({"PATCH": "PUT", None: "PATCH"})),
    ("class", rf"\bis: ({CLASSES})\b", swap({"permanent": "done", "denied": "transient", None: "permanent"})),
    ("when", r"^ +when: ([^>|\n].*)", lambda match: '"true"'),
    ("when", r"^ +when: ([^>|\n].*)", lambda match: '"false"'),
    ("expect", r"^\s*expect: ([^>|\n].*)", lambda match: '"true"'),
    ("expect", r"^\s*expect: ([^>|\n].* && .*)", lambda match: quoted(bare(match).split(" && ")[0])),
    ("verdict", r"\b(?:so|clear|underway): ([^>|\s{].*)", lambda match: quoted(f"!({bare(match)})")),
]


def mutants(text):
    for kind, pattern, wrong in KINDS:
        for match in re.finditer(pattern, text, re.M):
            was, now = match.group(1), wrong(match)
            line = text.count("\n", 0, match.start(1)) + 1
            yield line, kind, was or match.group(0), now if was else match.group(0) + now, \
                text[:match.start(1)] + now + text[match.end(1):]


def keeps(soarctl, text, contract):
    with tempfile.TemporaryDirectory() as place:
        pack = os.path.join(place, "pack.yaml")
        with open(pack, "w", encoding="utf-8") as file:
            file.write(text)
        run = [soarctl, "action", "test", pack, contract, "--state", os.path.join(place, "state")]
        return subprocess.run(run, capture_output=True, timeout=120, check=False).returncode == 0


def main():
    soarctl = os.path.abspath(sys.argv[1])
    ours = sorted(glob.glob(os.path.join(HERE, "../../actions/*/*.contract.yaml")))
    packs = sys.argv[2:] or [os.path.relpath(contract.replace(".contract.yaml", ".yaml")) for contract in ours]
    made = survived = 0
    for pack in packs:
        contract = pack.replace(".yaml", ".contract.yaml")
        with open(pack, encoding="utf-8") as file:
            text = file.read()
        if not keeps(soarctl, text, contract):
            print(f"{pack}: does not keep its contract as it is")
            sys.exit(2)
        changes = list(mutants(text))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            kept = list(pool.map(lambda change: keeps(soarctl, change[4], contract), changes))
        made += len(changes)
        for (line, kind, was, now, _), passed in zip(changes, kept):
            if passed:
                survived += 1
                print(f"{pack}:{line}: {kind}: {was[:60]} -> {now[:60]}", flush=True)
    print(f"{made} mutants, {survived} survive")
    sys.exit(1 if survived else 0)


main()
