#!/usr/bin/python3
"""Property: the documents know every setting of a configuration, and what they show to copy is right. Method: each key of
`soarctl schema config` must stand as code in docs/; the configurations of examples/ and of the package, and each YAML
block of the operator's documents, must pass `soarctl lint`. A block that is wrong is shown first, and must fail.

Use: config_documented_test.py SOARCTL
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOARCTL = sys.argv[1]
DOCUMENTS = ["docs/operating.md", "docs/webhooks.md", "docs/language.md"]
CONFIGURATIONS = ["examples/clients/soard.yaml", "examples/clients/playbooks", "cmake/package/soard.yaml"]
complaints = []


def read(path):
    with open(f"{ROOT}/{path}", encoding="utf-8") as f:
        return f.read()


def lint(path):
    return subprocess.run([SOARCTL, "lint", path], capture_output=True, text=True)


def keys(schema):
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from keys(inner)
    for word in ("additionalProperties", "items"):
        if isinstance(schema.get(word), dict):
            yield from keys(schema[word])
    for inner in schema.get("anyOf", []) + schema.get("oneOf", []):
        yield from keys(inner)


def code_words(text):
    fenced = re.findall(r"^```.*?^```", text, flags=re.S | re.M)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    return set(re.findall(r"[A-Za-z_0-9]+", " ".join(fenced + re.findall(r"`[^`\n]+`", rest) + re.findall(r"^    .*$", rest, flags=re.M))))


def blocks(text):
    """Blocks of a configuration; entries of `webhooks:` and lines that begin with it are made into whole ones."""
    for block in re.findall(r"^```yaml\n(.*?)^```", text, flags=re.S | re.M):
        if block.startswith("  "):
            block = "webhooks:\n" + block
        if re.match(r"#.*\n|(listen|webhooks|people|policy|state):", block) and not block.startswith("# inventory"):
            yield re.sub(r"…", "0" * 64, block)


def lint_text(where, text):
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/soard.yaml", "w", encoding="utf-8") as f:
            f.write(text if re.search(r"^state:", text, flags=re.M) else "state: state\n" + text)
        with open(f"{d}/inventory.yaml", "w", encoding="utf-8") as f:
            f.write("hosts: {}\n")
        out = lint(f"{d}/soard.yaml")
        return [f"{where}: {line}" for line in (out.stdout + out.stderr).splitlines() if "error" in line][:3] if out.returncode else []


if not lint_text("planted", "webhooks: {x: {path: /webhook/x, auth: {password: y}}}\n"):
    complaints.append("the check itself is broken: a wrong configuration passed")
schema = subprocess.run([SOARCTL, "schema", "config"], capture_output=True, text=True, check=True)
known = set().union(*(code_words(read(p)) for p in DOCUMENTS))
wanted = set(keys(json.loads(schema.stdout)))
if len(wanted) < 40:
    complaints.append(f"the check itself is broken: a configuration has {len(wanted)} keys")
complaints += [f"no document knows the setting '{key}'" for key in sorted(wanted - known)]
count = 0
for document in DOCUMENTS:
    for block in blocks(read(document)):
        count += 1
        complaints += lint_text(document, block)
if count < 8:
    complaints.append(f"the check itself is broken: {count} blocks found")
for path in CONFIGURATIONS:
    out = lint(f"{ROOT}/{path}")
    if out.returncode:
        complaints.append(f"{path}: {out.stdout}{out.stderr}")
for c in complaints:
    print(c)
print(f"{len(wanted)} settings, {count} blocks, {len(complaints)} complaints")
sys.exit(1 if complaints else 0)
