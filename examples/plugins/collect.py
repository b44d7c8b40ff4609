#!/usr/bin/python3
"""soar-collect: the smallest connector whose output is evidence (docs/plugin-protocol.md, Evidence).

What it collects goes to descriptor 3, which is there from its start; the answer says how much it was.
"""
import json
import os
import sys

EVIDENCE = 3
PARAMS = {"text": {"sink": "json", "type": "text", "required": True, "about": "what to collect"},
          "times": {"sink": "json", "type": "int", "required": True, "about": "how often"}}
FUNCTIONS = [{"name": "collect.repeat", "class": "write", "params": PARAMS}]


def put(**document):
    print(json.dumps(document), flush=True)


def collect(number, text, times):
    count = 0
    with os.fdopen(EVIDENCE, "wb") as stream:
        put(sending=number)
        for _ in range(times):
            count += stream.write(text.encode())
            put(progress=number, bytes=count, of=len(text.encode()) * times)
    return count  # the stream has been closed: whoever reads it has seen its end, and nothing is missing


def main():
    binding = json.loads(sys.stdin.readline())
    put(hello={"protocol": 1, "name": "collect", "calls": 1,
               "functions": FUNCTIONS if binding["mode"] == "all" else []})
    for line in sys.stdin:
        call = json.loads(line)
        try:
            count = collect(call["call"], call["args"]["text"], call["args"]["times"])
            put(answer=call["call"], **{"class": "done"}, result={"bytes": count})
        except OSError as error:  # whoever reads it has gone, or it is a second call
            put(answer=call["call"], **{"class": "transient"}, why=f"descriptor 3: {error}")


main()
