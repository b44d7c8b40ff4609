#!/usr/bin/python3
"""Checks a directory of evidence without anything of soar's: the chain and the signatures of its manifest, and every object's
two hashes. Python's standard library, openssl(1) and zstd(1).

Use: verify.py DIRECTORY [HEAD]     HEAD: the hash of the last line, as it was noted elsewhere
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

directory, head_known = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
wrong = []


def sha256_of(stream):
    digest, count = hashlib.sha256(), 0
    while block := stream.read(1 << 20):
        digest.update(block)
        count += len(block)
    return digest.hexdigest(), count


def is_signed(text, signature):
    with tempfile.TemporaryDirectory() as d:
        for name, data in (("text", text), ("signature", signature)):
            with open(f"{d}/{name}", "wb") as f:
                f.write(data)
        check = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"{directory}/signing.pub", "-rawin"]
        return subprocess.run(check + ["-in", f"{d}/text", "-sigfile", f"{d}/signature"], capture_output=True).returncode == 0


def check_line(number, line, before):
    """The record, or None."""
    text, mark, rest = line.rpartition(b',"signature":"')
    try:
        record, signature = json.loads(line), base64.b64decode(rest[:-2], validate=True)
    except ValueError:
        mark = b""
    if not mark or rest[-2:] != b'"}':
        wrong.append(f"line {number} is no record")
        return None
    if record["n"] != number or record["before"] != before:
        wrong.append(f"line {number} doesn't follow on the one before")
    if not is_signed(text, signature):
        wrong.append(f"line {number}: the signature is wrong")
    return record


def check_object(record):
    path, name = f"{directory}/{record['object']}", record["evidence"]
    if not record["object"]:
        if record["bytes"]:
            wrong.append(f"{name} has no object")
        return
    if not os.path.isfile(path):
        wrong.append(f"{name}: {record['object']} is missing")
        return
    with open(path, "rb") as f:
        if sha256_of(f) != (record["stored_sha256"], record["stored_bytes"]):
            wrong.append(f"{name}: {record['object']} is not what was stored")
    with subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as zstd:
        if sha256_of(zstd.stdout) != (record["sha256"], record["bytes"]):
            wrong.append(f"{name}: {record['object']} is not what was collected")


head, records = "0" * 64, []
with open(f"{directory}/manifest.jsonl", "rb") as f:
    for number, line in enumerate(f, 1):
        if not line.endswith(b"\n"):
            wrong.append(f"line {number} is cut off")
            break
        record = check_line(number, line[:-1], head)
        if record:
            records.append(record)
        head = hashlib.sha256(line[:-1]).hexdigest()
if head_known and head != head_known:
    wrong.append("the last line is not the one that was noted")
for record in records:
    check_object(record)
named = {record["object"] for record in records}
for folder, _, files in os.walk(f"{directory}/objects"):
    for file in files:
        object_name = os.path.relpath(f"{folder}/{file}", directory)
        if object_name not in named and os.stat(f"{folder}/{file}").st_nlink == 1:
            wrong.append(f"{object_name}: no record names it")
for complaint in wrong:
    print(complaint)
print(f"{len(records)} records, {len(named - {''})} objects, head {head}: {'sound' if not wrong else 'NOT sound'}")
sys.exit(1 if wrong else 0)
