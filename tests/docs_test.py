#!/usr/bin/python3
"""Property: what the documents point at is there. Method: every relative link of every Markdown file must name a file or
folder of the tree, and a YAML text that README shows as one of the examples must be that example, byte for byte.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHOWN = {"examples/first/isolate_and_tell.yaml": "README.md", "examples/first/soard.yaml": "README.md"}


def documents():
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "*.md"], capture_output=True, text=True, check=True)
    return [p for p in out.stdout.splitlines() if os.path.isfile(f"{ROOT}/{p}")]


def read(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as f:
        return f.read()


def broken_links(path, text):
    text = re.sub(r"^```.*?^```", lambda m: "\n" * m.group(0).count("\n"), text, flags=re.S | re.M)
    for n, line in enumerate(text.split("\n"), 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not os.path.exists(os.path.normpath(f"{ROOT}/{os.path.dirname(path)}/{target.partition('#')[0]}")):
                yield f"{path}:{n}: there is no {target}"


def main():
    planted = list(broken_links("README.md", "[a](no/such/file.c) [b](https://example.org/) [c](README.md)"))
    complaints = [] if len(planted) == 1 else [f"the check itself is broken: {planted}"]
    paths = documents()
    for path in paths:
        complaints += broken_links(path, read(path))
    for example, where in SHOWN.items():
        if read(example) not in read(where):
            complaints.append(f"{where} shows another text than {example}")
    for c in complaints:
        print(c)
    print(f"{len(paths)} documents, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


main()
