#!/usr/bin/python3
"""Property: docs/reference.md is what the tables of this build say. Method: `soarctl action reference`, compared line by line.

Use: reference_test.py SOARCTL REFERENCE     after a change: soarctl action reference > docs/reference.md
"""
import difflib
import subprocess
import sys

SOARCTL, REFERENCE = sys.argv[1:3]


def main():
    made = subprocess.run([SOARCTL, "action", "reference"], capture_output=True, text=True, timeout=60, check=True).stdout
    with open(REFERENCE, encoding="utf-8") as f:
        kept = f.read()
    sys.stdout.writelines(difflib.unified_diff(kept.splitlines(True), made.splitlines(True), REFERENCE, "soarctl action reference"))
    sys.exit(0 if made == kept and len(made) > 10000 else f"{REFERENCE} is not what soarctl says: soarctl action reference > docs/reference.md")


main()
