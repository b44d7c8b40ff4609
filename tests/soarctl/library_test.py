#!/usr/bin/python3
"""Property: each playbook of the library lints without a word, has a test that passes, and its page in docs/playbooks shows the
plan that soarctl makes of it today. Method: each is linted and planned with examples/library; the page's block is compared.

Use: library_test.py SOARCTL [--write]     --write: put today's plans into the pages
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples/library"
BLOCK = re.compile(r"(## Its plan\n\n```text\n)(.*?)(```\n)", re.S)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def plan(soarctl, playbook, state):
    alert = EXAMPLES / "alerts" / f"{playbook.stem}.json"
    code, text = run(soarctl, "plan", playbook, "--alert", alert, "--inventory", EXAMPLES / "inventory.yaml", "--state", state)
    assert code in (0, 4), f"{playbook.name}: plan exits {code}: {text}"
    first, rest = text.split("\n", 1)  # the first line has a digest and the time of day
    return f"{first.split(',')[0]}   alert {first.split('alert ')[1].split()[0]}\n{rest}"


def main():
    soarctl, write = sys.argv[1], "--write" in sys.argv
    faults = []
    playbooks = sorted(p for p in (ROOT / "playbooks").glob("*.yaml") if not p.stem.endswith("_test"))
    with tempfile.TemporaryDirectory() as state:
        for playbook in playbooks:
            code, said = run(soarctl, "lint", playbook)
            if code or "warning:" in said or "error:" in said:
                faults.append(f"{playbook.name}: lint: {said}")
            if not playbook.with_name(f"{playbook.stem}_test.yaml").exists():
                faults.append(f"{playbook.name}: it has no test")
            page = ROOT / "docs/playbooks" / f"{playbook.stem}.md"
            found = BLOCK.search(page.read_text()) if page.exists() else None
            if not found:
                faults.append(f"{page.name}: there is no page, or no plan in it")
                continue
            today = plan(soarctl, playbook, state)
            if write:
                page.write_text(page.read_text().replace(found.group(0), found.group(1) + today + found.group(3)))
            elif found.group(2) != today:
                faults.append(f"{page.name}: its plan is another today (tests/soarctl/library_test.py SOARCTL --write):\n{today}")
    code, said = run(soarctl, "test", ROOT / "playbooks")
    if code:
        faults.append(said)
    print("\n".join(faults) or f"{len(playbooks)} playbooks")
    return 1 if faults or len(playbooks) < 8 else 0


if __name__ == "__main__":
    sys.exit(main())
