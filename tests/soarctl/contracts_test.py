#!/usr/bin/python3
"""Property: each pack of ours that has a contract keeps it, in all of its cases; and whoever has a contract has a pack.
Method: `soarctl action test` over each actions/*/*.contract.yaml, side by side; nothing leaves this machine.

Use: contracts_test.py SOARCTL ACTIONS
"""
import concurrent.futures
import glob
import os
import subprocess
import sys

SOARCTL, ACTIONS = os.path.abspath(sys.argv[1]), sys.argv[2]


def play(contract):
    return subprocess.run([SOARCTL, "action", "test", contract], capture_output=True, text=True, timeout=120, check=False)


def main():
    contracts = sorted(glob.glob(os.path.join(ACTIONS, "*", "*.contract.yaml")))
    if not contracts:
        sys.exit(f"no contract in {ACTIONS}")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(play, contracts))
    failed = [answer for answer in answers if answer.returncode]
    for answer in failed:
        print("".join(line for line in answer.stdout.splitlines(True) if not line.startswith("ok ")) + answer.stderr)
    print(f"{len(contracts)} contracts, {len(failed)} not kept")
    sys.exit(1 if failed else 0)


main()
