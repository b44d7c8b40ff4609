#!/usr/bin/env python3
"""Verifies a journal of soar without soar: a backup (journal.db) or an export. docs/journal.md describes the format.
usage: verify.py FILE [HEAD_HASH]      HEAD_HASH: a head noted elsewhere; it must be somewhere in the chain."""
import hashlib, json, sqlite3, sys

FIELDS = ("chain", "seq", "run", "n", "at", "kind", "step", "item", "target", "body")

def events(path):
    if open(path, "rb").read(15) == b"SQLite format 3":
        db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        for row in db.execute(f"SELECT {','.join(FIELDS)}, content, hash FROM event ORDER BY seq"):
            yield dict(zip(FIELDS, row)), row[-2], row[-1]
    else:
        for line in map(json.loads, open(path, encoding="utf-8")):
            if "head" not in line:
                yield line, bytes.fromhex(line["content"]), bytes.fromhex(line["hash"])

def verify(path, known=None):
    before, last, hashes = {}, 0, set()
    for event, content, link in events(path):
        fields = [str(event[name]).encode() for name in FIELDS]
        wanted = hashlib.sha256(b"".join(len(f).to_bytes(4, "big") + f for f in fields)).digest()
        previous = before.get(event["chain"], bytes(32))
        if event["seq"] != last + 1:
            return f"event {last + 1} is missing"
        if content != wanted:
            return f"event {event['seq']}: its fields were changed"
        if link != hashlib.sha256(previous + content).digest():
            return f"event {event['seq']}: its hash doesn't follow from the one before"
        before[event["chain"]], last = link, event["seq"]
        hashes.add(link.hex())
    return None if not known or known in hashes else "the known head is not in this record"

if __name__ == "__main__":
    problem = verify(*sys.argv[1:3])
    print(problem or "sound")
    sys.exit(1 if problem else 0)
