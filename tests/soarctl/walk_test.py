#!/usr/bin/python3
"""Property: who follows docs/writing-a-pack.md from its first line to its last sees what the page shows. Method: the files of the
page are written and its commands run, in its order, in an empty directory; what is printed must hold the lines shown, in their
order, without times. `…` stands for any lines.

Use: walk_test.py SOARCTL PAGE
"""
import os
import re
import subprocess
import sys
import tempfile

SOARCTL, PAGE = os.path.abspath(sys.argv[1]), sys.argv[2]
BLOCK = re.compile(r"(?:^<!-- file: (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.S | re.M)


def run(command, directory):
    environment = dict(os.environ, PATH=os.path.dirname(SOARCTL) + ":" + os.environ["PATH"])
    done = subprocess.run(["sh", "-c", command], cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False)
    return [re.sub(r"  +\d+ \w+$", "", line) for line in (done.stdout + done.stderr).splitlines()]


def differs(shown, printed):
    """The first line that is shown and was not printed, or nothing."""
    at, anywhere = 0, False
    for line in shown:
        if line == "…":
            anywhere = True
            continue
        while anywhere and at < len(printed) and printed[at] != line:
            at += 1
        if at == len(printed) or printed[at] != line:
            return line
        at, anywhere = at + 1, False
    return None if anywhere or at == len(printed) else f"(nothing more), but: {printed[at]}"


def play(block, directory):
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, shown = part.partition("\n")
        printed = run(command, directory)
        line = differs(shown.splitlines(), printed)
        if line is not None:
            sys.exit(f"$ {command}\nthe page shows: {line}\nprinted:\n" + "\n".join(printed))
        yield command


def main():
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    commands = []
    with tempfile.TemporaryDirectory() as directory:
        for file, kind, text in BLOCK.findall(page):
            if kind == "console":
                commands += play(text, directory)
            elif file:
                with open(os.path.join(directory, file), "w", encoding="utf-8") as f:
                    f.write(text)
    if len(commands) < 8:
        sys.exit(f"the page has only {len(commands)} commands")
    print(f"{len(commands)} commands show what the page says")


main()
