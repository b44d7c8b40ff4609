#!/usr/bin/python3
"""soar-echo: the smallest connector in Python (docs/plugin-protocol.md). Copy it, rename it, change the two functions.

It reads one JSON document a line from standard input and writes one a line to standard output; standard error is for the log.
"""
import json
import sys

TEXT = {"text": {"sink": "json", "type": "text", "required": True, "about": "what to say"}}
FUNCTIONS = [
    {"name": "echo.say", "class": "read", "params": TEXT},    # changes nothing
    {"name": "echo.keep", "class": "write", "params": TEXT},  # may have an effect
]
kept = []


def put(**document):
    print(json.dumps(document), flush=True)


def answer(call):
    text = call["args"]["text"]
    if call["function"] == "echo.keep":
        put(sending=call["call"])  # from now on it may have happened; not a moment later than this
        kept.append(text)
    return {"text": text}


def main():
    binding = json.loads(sys.stdin.readline())  # {"peer": …, "mode": "all" or "read"}
    table = [f for f in FUNCTIONS if binding["mode"] == "all" or f["class"] == "read"]
    put(hello={"protocol": 1, "name": "echo", "calls": 1, "functions": table})
    for line in sys.stdin:
        call = json.loads(line)
        if call["function"] not in [f["name"] for f in table]:
            put(answer=call["call"], **{"class": "invalid"}, why="no such function")
            continue
        try:
            put(answer=call["call"], **{"class": "done"}, result=answer(call))
        except KeyError as missing:
            put(answer=call["call"], **{"class": "invalid"}, why=f"argument {missing} is missing")


main()
