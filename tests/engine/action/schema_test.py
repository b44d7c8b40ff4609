#!/usr/bin/env python3
"""Property: what the reader takes, the schema takes; a key the reader doesn't know, the schema doesn't know either.

Method: the schema as pack_schema_test prints it, held against the sound packs and against the folder of bad ones whose
mistake is one of keys; the built-in actions, which know the real connectors, against the schema that soarctl prints. Prints `skipped` where Python has no jsonschema or yaml.
"""
import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(0)

program, soarctl, root = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
here = root / "tests/engine/action"


def validator_of(*command):
    schema = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


validator = validator_of(program, "schema")
faults = []
for place, judge in ((root / "actions", validator_of(soarctl, "schema", "action")), (here / "packs", validator)):
    for path in [p for p in sorted(place.rglob("*.yaml")) if p.name.count(".") == 1]:
        faults += [f"{path.name}: {e.message[:200]}" for e in judge.iter_errors(yaml.safe_load(path.read_text()))]
known = ("unknown key", "needs the key", "unknown argument", "needs the argument", "expected a statement as a map")
counted = 0
for path in sorted((here / "bad").glob("*.yaml")):
    text = path.read_text()
    if any(k in text.splitlines()[0] for k in known):
        counted += 1
        if validator.is_valid(yaml.safe_load(text)):
            faults.append(f"{path.name}: the schema takes it")
print("\n".join(faults) or f"{counted} bad packs refused")
sys.exit(1 if faults or counted < 5 else 0)
