#!/usr/bin/env python3
"""Property: what the reader takes, the schema takes; a key the reader doesn't know, the schema doesn't know either.

Method: the schema as pack_schema_test prints it, held against the sound packs and against the folder of bad ones whose
mistake is one of keys. Prints `skipped` where Python has no jsonschema or yaml.
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

program, root = sys.argv[1], pathlib.Path(sys.argv[2])
here = root / "tests/engine/action"
schema = json.loads(subprocess.run([program, "schema"], check=True, capture_output=True, text=True).stdout)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
faults = []
packs = [p for place in (root / "actions", here / "packs") for p in sorted(place.glob("*.yaml")) if p.name.count(".") == 1]
for path in packs:
    errors = [e.message[:200] for e in validator.iter_errors(yaml.safe_load(path.read_text()))]
    faults += [f"{path.name}: {e}" for e in errors]
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
