#!/usr/bin/python3
"""A stand-in of powershell.exe, as far as our loader uses it. No script is run: what one does is said in a table, by the digest of its
text, so a text that changes is noticed. What the loader itself does is said here, in Python. (No PowerShell was asked.)

As a program, put first in PATH under the name `powershell`: POWERSHELL_TABLE is a Python file that has `scripts`, a map of digests to
functions(values) -> (stdout, stderr, exit), all of bytes; `any` in it takes (script, values). POWERSHELL_RECORD, if set, is a file to
which each start is appended as a line of JSON."""
import base64
import hashlib
import json
import os
import runpy
import sys

SWITCHES = ["-NoProfile", "-NonInteractive", "-InputFormat", "Text", "-OutputFormat", "Text"]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def loader_of(encoded):
    return base64.b64decode(encoded).decode("utf-16-le")


def document_of(stdin):
    """What the loader reads: three lines, the second as long as the first says; else None, for exit 125."""
    lines = stdin.decode("ascii").split("\n")
    if len(lines) != 4 or lines[3] != "" or lines[2] != "." or str(len(lines[1])) != lines[0]:
        return None
    return json.loads(lines[1])


def run(scripts, stdin):
    """-> (stdout, stderr, exit, the document or None)"""
    document = document_of(stdin)
    if document is None:
        return b"", b"", 125, None
    mark = (document["m"] + "\n").encode()
    script, values = document["s"], document["v"]
    known = scripts.get(digest(script))
    if known is None and "any" not in scripts:
        return mark, mark + b"no such script\r\n", 1, document
    out, errors, code = known(values) if known else scripts["any"](script, values)
    return mark + out, mark + errors, code, document


def main():
    switches, encoded = sys.argv[1:-2], sys.argv[-1]
    if switches != SWITCHES or sys.argv[-2] != "-EncodedCommand":
        sys.exit(f"powershell: not our command line: {sys.argv[1:]}")
    scripts = runpy.run_path(os.environ["POWERSHELL_TABLE"])["scripts"]
    out, errors, code, document = run(scripts, sys.stdin.buffer.read())
    record = os.environ.get("POWERSHELL_RECORD")
    if record:
        with open(record, "a") as f:
            f.write(json.dumps({"loader": digest(loader_of(encoded)), "document": document, "exit": code}) + "\n")
    sys.stdout.buffer.write(out)
    sys.stderr.buffer.write(errors)
    sys.stdout.flush()
    sys.exit(code)


if __name__ == "__main__":
    main()
