#!/usr/bin/python3
"""soar-ssh for evidence_test.py: collects bytes that the test knows, and goes wrong as the file HOST beside it says."""
import ctypes
import json
import os
import sys
import time

CHUNK = 1 << 16
HERE = os.path.dirname(os.path.abspath(__file__))


def put(**document):
    print(json.dumps(document), flush=True)


def block(host, index):
    return (f"{host} {index:07d} ".encode() * CHUNK)[:CHUNK]


def plan(host):
    """How it is to go this time; the next time it goes well."""
    path = os.path.join(HERE, host)
    with open(path, encoding="utf-8") as file:
        how = file.read().strip()
    with open(path, "w", encoding="utf-8") as file:
        file.write("well")
    return how


def noise(how, index, host):
    return os.urandom(CHUNK) if how == "big" else block(host, index)


def collect(number, host):
    how, count = plan(host), 0
    blocks = 4096 if how == "big" else 128
    with os.fdopen(3, "wb", buffering=0) as stream:
        put(sending=number)
        for index in range(blocks):
            stream.write(noise(how, index, host))
            count += CHUNK
            put(progress=number, bytes=count, of=blocks * CHUNK)
            time.sleep(0.03 if how == "slow" else 0)
            if index == 63 and how == "die":
                os.kill(os.getpid(), 9)
            if index == 63 and how == "hold":
                open(os.path.join(HERE, host + ".held"), "w", encoding="utf-8").close()
                time.sleep(600)
    return {"exit": 3 if how == "exit" else 0, "err": "", "bytes": count}


def main():
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG, SIGKILL: as every worker of soar's
    host = json.loads(sys.stdin.readline())["peer"]["name"]
    put(hello={"protocol": 1, "name": "ssh", "calls": 1, "functions": [{"name": "ssh.collect", "class": "write", "params": {}}]})
    for line in sys.stdin:
        call = json.loads(line)
        try:
            put(answer=call["call"], **{"class": "done"}, result=collect(call["call"], host))
        except OSError as error:
            put(answer=call["call"], **{"class": "transient"}, why=f"descriptor 3: {error}")


if __name__ == "__main__":
    main()
