"""Property: every command line a person may type ends in an answer or in a mistake that names what was expected, with the exit
codes of the manual; --json can always be parsed; nothing is done that was not said yes to; no text from outside reaches the
terminal as it is.
Method: the program itself on real files, in a directory of its own, with an inventory whose hosts refuse (a closed port of this
machine); a pseudo-terminal for the questions. Nothing leaves this machine.
Usage: command_line_test.py SOARCTL [unittest options]"""

import fcntl
import json
import os
import pty
import select
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SOARCTL = os.path.abspath(sys.argv[1])
LIMIT_S = 60

PLAYBOOK = """\
playbook_name: Contain
trigger: SIEM_Alert_High_Confidence
actions:
  - step: isolate
    action: Isolate_Endpoint
    retry: {attempts: 1}
"""

ALERT = {
    "id": "A-1", "status": "open", "severity": "critical", "confidence": 95,
    "rule": {"id": "r", "name": "n"}, "hosts": [{"name": "web-02", "os": "linux"}],
}


def closed_port():
    """A port of this machine that nobody listens on: bound, so that nobody takes it, but not listened to."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder, holder.getsockname()[1]


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.dir_holder = tempfile.TemporaryDirectory(prefix="soarctl-test.")
        self.dir = self.dir_holder.name
        self.port_holder, port = closed_port()
        os.mkdir(self.path("playbooks"))
        os.mkdir(self.path("keys"))
        self.write("keys/known_hosts", "")
        self.write("keys/id", "not a key\n")
        hosts = [f"  web-{n:02}: {{address: 127.0.0.{n}, port: {port}, os: linux, via: ssh, user: root, "
                 f'key: "file:keys/id", known_hosts: keys/known_hosts}}' for n in range(1, 13)]
        self.write("inventory.yaml", "hosts:\n" + "\n".join(hosts) + "\n")
        self.write("playbooks/contain.yaml", PLAYBOOK)
        self.write("alert.json", json.dumps(ALERT))
        # web-01 has an address of this machine's own interfaces (127.0.0.1): it is never to be touched. The others have not.
        self.environment = {"PATH": os.environ.get("PATH", ""), "HOME": self.dir, "TZ": "UTC",
                            "SOAR_STATE": self.path("state")}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "SOAR_LIBEXEC"):
            if name in os.environ:
                self.environment[name] = os.environ[name]

    def tearDown(self):
        self.port_holder.close()
        self.dir_holder.cleanup()

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def call(self, *words, stdin=None, binary=False):
        done = subprocess.run([SOARCTL, *words], cwd=self.dir, env=self.environment, timeout=LIMIT_S, check=False,
                              input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if binary:
            return done
        done.stdout = done.stdout.decode()
        done.stderr = done.stderr.decode()
        return done

    def expect(self, code, *words, **more):
        done = self.call(*words, **more)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def run_one(self):
        """A run that reached nobody: its id."""
        answer = json.loads(self.expect(4, "run", "contain", "--host", "web-02", "--yes", "--no-wait", "--json").stdout)
        return answer["run"]

    def verbs(self):
        lines = self.expect(0, "help").stdout.splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("  run "))
        names = [line[2:20].strip() for line in lines[start:] if line.startswith("  ")]
        return [name for name in names if name not in ("help VERB", "version")]


class Words(CommandLine):
    def test_every_verb_has_help_that_names_its_parameters(self):
        verbs = self.verbs()
        self.assertIn("journal verify", verbs)
        for verb in verbs:
            text = self.expect(0, *verb.split(), "--help").stdout
            self.assertTrue(text.startswith(f"soarctl {verb}"), text)
            self.assertIn("--json", text)
            self.assertEqual(text, self.expect(0, "help", *verb.split()).stdout)

    def test_version_is_one_line(self):
        self.assertRegex(self.expect(0, "version").stdout, r"^soarctl \d+\.\d+\.\d+\n$")
        self.assertRegex(self.expect(0, "--version").stdout, r"^soarctl \d+\.\d+\.\d+\n$")

    def test_a_mistake_names_the_verb_and_what_was_meant(self):
        for words, says in (
            (["rnu"], "did you mean 'run'"),
            (["journal"], "journal verify or journal export"),
            (["journal", "verfiy"], "journal verify"),
            (["runs", "--lmit", "3"], "did you mean --limit"),
            (["runs", "--limit"], "expected N"),
            (["runs", "--limit", "x"], "expected a number"),
            (["run"], "PLAYBOOK is missing"),
            (["show", "a", "b"], "one word too many"),
            (["run", "contain", "--yes=1"], "takes no value"),
            (["trigger"], "--alert is missing"),
            (["schema", "playbok"], "expected playbook, action"),
            (["decide", "D-1", "maybe"], "expected done, again or not"),
            (["-x"], "no verb"),
        ):
            done = self.expect(2, *words)
            self.assertIn(says, done.stderr, words)
            self.assertTrue(done.stderr.startswith("soarctl"), done.stderr)
            self.assertEqual(done.stdout, "")

    def test_options_may_stand_before_the_verb(self):
        self.expect(0, "--state", self.path("elsewhere"), "runs")
        self.assertTrue(os.path.exists(self.path("elsewhere/journal.db")))

    def test_errors_are_json_too_when_asked_for(self):
        answer = json.loads(self.expect(2, "show", "R-nothing", "--json").stdout)
        self.assertIn("no run", answer["error"])
        self.assertEqual(answer["class"], "invalid")


class Files(CommandLine):
    def test_lint_tells_each_mistake_with_its_place(self):
        self.write("bad.yaml", "playbook_name: X\ntrigger: t\nactions:\n  - step: 1\n    acton: Isolate_Endpoint\n")
        done = self.expect(2, "lint", "bad.yaml")
        self.assertRegex(done.stdout, r"(?m)^bad\.yaml:5:5: error: .*acton")
        answer = json.loads(self.expect(2, "lint", "bad.yaml", "playbooks", "--json").stdout)
        self.assertEqual([f["kind"] for f in answer["files"]], ["playbook", "playbook"])
        self.assertGreater(answer["errors"], 0)

    def test_lint_knows_the_kinds_of_files(self):
        self.write("soard.yaml", "inventory: inventory.yaml\npolicy: {never: {hosts: ['dc-*']}}\n")
        answer = json.loads(self.expect(0, "lint", "inventory.yaml", "soard.yaml", "playbooks", "--json").stdout)
        self.assertEqual([f["kind"] for f in answer["files"]], ["inventory", "config", "playbook"])
        self.write("what.yaml", "colour: blue\n")
        self.assertIn("none of soar's files", self.expect(2, "lint", "what.yaml").stdout)
        self.expect(2, "lint", "not-there.yaml")
        self.expect(2, "run", "not-there.yaml", "--host", "web-02", "--yes")
        self.expect(2, "plan", "contain", "--alert", "not-there.json")

    def test_schemas_are_schemas(self):
        for kind in ("playbook", "action", "test", "contract", "inventory", "config"):
            answer = json.loads(self.expect(0, "schema", kind).stdout)
            self.assertIn("$schema", answer, kind)
            self.assertEqual(answer, json.loads(self.expect(0, "schema", kind, "--json").stdout))

    def test_eval_gives_value_and_type(self):
        self.assertEqual(self.expect(0, "eval", "1 + 2").stdout, "3   int\n")
        answer = self.expect(0, "eval", "alert.hosts[0].name + vars.x", "--alert", "alert.json", "--var", "x=-y", "--json")
        self.assertEqual(json.loads(answer.stdout), {"value": "web-02-y", "type": "string"})
        self.assertIn("column 3", self.expect(2, "eval", "1 )").stderr)
        self.expect(2, "eval", "nothing.here")

    def test_an_alert_comes_from_standard_input_too(self):
        done = self.expect(0, "eval", "alert.confidence", "--alert", "-", stdin=json.dumps(ALERT).encode())
        self.assertEqual(done.stdout, "95   int\n")

    def test_trigger_says_why_and_why_not(self):
        answer = json.loads(self.expect(0, "trigger", "--alert", "alert.json", "--json").stdout)
        self.assertEqual(answer["starts"], 1)
        self.write("low.json", json.dumps({**ALERT, "confidence": 5}))
        answer = json.loads(self.expect(0, "trigger", "--alert", "low.json", "--json").stdout)
        self.assertEqual(answer["starts"], 0)
        self.assertTrue(answer["playbooks"][0]["why"])

    def test_trigger_as_a_webhook_shows_its_scope(self):
        self.write("soard.yaml", "inventory: inventory.yaml\nplaybooks: [{dir: playbooks}]\nwebhooks:\n"
                   "  siem: {path: /webhook/siem, auth: {bearer: {secret: 'env:S'}}, dedup: {key: [alert.id], window: 15m},\n"
                   "         scope: {hosts: ['db-*'], confidence_max: 100}}\n")
        as_siem = ("--config", "soard.yaml", "trigger", "--alert", "alert.json", "--source", "siem")
        text = self.expect(0, *as_siem).stdout
        self.assertIn("As if webhook siem had sent it, format soar.", text)
        self.assertIn('Contain: starts nothing more for 15 min under ["A-1"]', text)
        self.assertIn("Contain: web-02 would be HELD by scope.siem: source siem may not name this host (its scope)", text)
        answer = json.loads(self.expect(0, *as_siem, "--json").stdout)
        self.assertEqual(answer["webhook"], "siem")
        self.assertEqual(answer["playbooks"][0]["dedup"]["values"], ["A-1"])
        self.assertEqual(answer["playbooks"][0]["held"][0]["rule"], "scope.siem")

    def test_lint_reads_a_configuration_with_all_it_names(self):
        self.write("soard.yaml", "policy: {expires: {at_least: 1h}, nevr: {}}\nwebhooks:\n"
                   "  s: {path: /webhook/s, format: flaco, auth: {bearer: {secret: 'env:S'}}}\n")
        text = self.expect(2, "lint", "soard.yaml").stdout
        self.assertRegex(text, r"(?m)^soard\.yaml:1:.*unknown key 'nevr'")
        self.assertRegex(text, r"(?m)^soard\.yaml:3:33: error: 'format': webhook s: .*did you mean 'falco'")
        self.write("soard.yaml", "policy: {expires: {at_least: 1h}}\n")
        self.write("short.yaml", PLAYBOOK + "    expires: 59m\n")
        self.expect(0, "lint", "short.yaml")
        text = self.expect(2, "--config", "soard.yaml", "lint", "short.yaml").stdout
        self.assertRegex(text, r"(?m)^short\.yaml:4:5: error: step isolate: 'expires': the policy wants at least 1 h")
        self.expect(2, "--config", "soard.yaml", "run", "short.yaml", "--host", "web-02", "--yes", "--no-ends")

    def test_the_schema_of_a_configuration_has_its_policy(self):
        schema = json.loads(self.expect(0, "schema", "config").stdout)
        policy = schema["properties"]["policy"]
        self.assertEqual(policy["properties"]["recheck"]["properties"]["broken"]["enum"][0], "put_back")
        self.assertIn("hmac_sha256", schema["properties"]["webhooks"]["additionalProperties"]["properties"]["auth"]["properties"])

    def test_graph_is_for_dot(self):
        text = self.expect(0, "graph", "contain").stdout
        self.assertTrue(text.startswith('digraph "Contain" {'))

    def test_actions_are_listed_and_shown(self):
        names = [a["action"] for a in json.loads(self.expect(0, "action", "list", "--json").stdout)["actions"]]
        self.assertIn("Isolate_Endpoint", names)
        self.assertIn("dead_man", self.expect(0, "action", "show", "isolate_endpoint").stdout)
        self.assertIn("did you mean", self.expect(2, "action", "show", "Isolate_Endpiont").stderr)


class Cases(CommandLine):
    CASE = """\
playbook: contain.yaml
hosts:
  web-01: {address: 10.77.0.11, os: linux}
cases:
  - name: a low alert starts nothing
    alert: {severity: low, confidence: 5, hosts: [web-01]}
    expect: {starts: %s}
"""

    def test_cases_pass_or_fail_with_their_place(self):
        self.write("playbooks/contain_test.yaml", self.CASE % "false")
        done = self.expect(0, "test", "playbooks", "--junit", "result.xml")
        self.assertIn("ok    a low alert starts nothing", done.stdout)
        with open(self.path("result.xml"), encoding="utf-8") as file:
            self.assertIn('failures="0"', file.read())
        self.expect(0, "lint", "playbooks")
        self.write("playbooks/contain_test.yaml", self.CASE % "true")
        self.assertRegex(self.expect(1, "test", "playbooks").stdout, r"contain_test\.yaml:\d+:\d+: error")
        self.assertEqual(json.loads(self.expect(1, "test", "playbooks", "--json").stdout)["failed"], 1)

    def test_a_mistake_in_a_test_is_a_mistake_of_a_file(self):
        self.write("playbooks/contain_test.yaml", self.CASE.replace("expect:", "expct:") % "false")
        for verb in ("test", "lint"):
            done = self.expect(2, verb, "playbooks")
            self.assertRegex(done.stdout + done.stderr, r"contain_test\.yaml:7:5: error")
        self.assertIn("no case to play", self.expect(2, "test", "inventory.yaml").stderr)


class Plans(CommandLine):
    def test_a_plan_asks_nobody_and_leaves_nothing(self):
        answer = json.loads(self.expect(0, "plan", "contain", "--alert", "alert.json", "--json").stdout)
        task = answer["steps"][0]["tasks"][0]
        self.assertEqual((task["target"], task["verdict"], answer["mode"]), ("web-02", "none", "plan"))
        self.assertIn("Nothing was changed", self.expect(0, "plan", "contain", "--host", "web-02").stdout)
        self.assertFalse(os.path.exists(self.path("state")))

    def test_a_host_that_is_not_there_is_a_mistake_with_a_guess(self):
        done = self.expect(2, "plan", "contain", "--host", "web-1")
        self.assertIn("did you mean 'web-", done.stderr)

    def test_a_check_of_nobody_is_a_mistake_with_a_guess(self):
        done = self.expect(2, "check", "web-0")
        self.assertRegex(done.stderr, r"no host, directory or service 'web-0' in .*\(did you mean 'web-")
        self.assertNotIn("--host", done.stderr)

    def test_this_machine_is_refused_by_a_rule_that_nobody_overrides(self):
        done = self.expect(1, "plan", "contain", "--host", "web-01")
        self.assertIn("REFUSED: by never: ", done.stdout)
        self.assertIn("REFUSED", self.expect(1, "run", "contain", "--host", "web-01", "--yes", "--no-wait").stdout)

    def test_a_dry_run_of_hosts_that_refuse_changes_and_keeps_nothing(self):
        done = self.expect(1, "run", "contain", "--host", "web-02", "--dry-run")
        self.assertIn("NOT ISOLATED", done.stdout)
        self.assertIn("refused", done.stdout)
        self.assertFalse(os.path.exists(self.path("state")))

    def test_a_playbook_with_mistakes_is_told_with_places(self):
        self.write("bad.yaml", PLAYBOOK.replace("action:", "acton:"))
        self.assertRegex(self.expect(2, "plan", "bad.yaml", "--host", "web-02").stderr, r"bad\.yaml:5:5: error")

    def test_without_an_inventory_nothing_with_targets_begins(self):
        os.remove(self.path("inventory.yaml"))
        self.assertIn("--inventory", self.expect(2, "plan", "contain", "--alert", "alert.json").stderr)
        self.expect(0, "lint", "playbooks")

    def test_hostile_names_are_made_visible(self):
        evil = "web\x1b[2J\u202e\n01"
        self.write("evil.json", json.dumps({**ALERT, "hosts": [{"name": evil, "os": "linux"}], "id": evil}))
        for words in (["plan", "contain", "--alert", "evil.json"], ["trigger", "--alert", "evil.json"],
                      ["eval", "alert.hosts[0].name", "--alert", "evil.json"],
                      ["run", "contain", "--alert", "evil.json", "--yes", "--no-wait"], ["runs"],
                      ["show", evil], ["lint", evil], [evil], ["run", "contain", "--host", evil, "--yes", "--no-wait"]):
            done = self.call(*words)
            for text in (done.stdout, done.stderr):
                self.assertNotIn("\x1b", text, words)
                self.assertNotIn("\u202e", text, words)


class Runs(CommandLine):
    def test_a_script_must_say_yes(self):
        done = self.expect(2, "run", "contain", "--host", "web-02")
        self.assertIn("--yes", done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(self.path("state")))

    def test_a_run_says_what_it_lacks_what_is_open_and_what_next(self):
        done = self.expect(4, "run", "contain", "--host", "web-02", "--yes", "--no-wait", "--reason", "a test", "--case", "INC-1")
        lines = done.stdout.splitlines()
        self.assertTrue(lines[0].startswith("no soard here: local run, no policy"), lines[0])
        self.assertRegex(lines[1], r"^\d\d:\d\d:\d\d  isolate   web-02      NOT ISOLATED")
        self.assertIn("1 still tried", done.stdout)
        self.assertIn("web-02 is open to the network.", done.stdout)
        self.assertIn("soarctl resume R-", done.stdout)

    def test_the_record_is_read_in_every_way(self):
        run = self.run_one()
        runs = json.loads(self.expect(0, "runs", "--json").stdout)["runs"]
        self.assertEqual([r["run"] for r in runs], [run])
        shown = json.loads(self.expect(4, "show", run, "--json").stdout)
        self.assertEqual(shown["says"], "paused")
        self.assertIn("paused", self.expect(4, "show", run[-4:]).stdout)
        self.expect(4, "watch", run)
        self.assertEqual(len(json.loads(self.expect(0, "contained", "--json").stdout)["not_yet"]), 1)
        self.assertEqual(json.loads(self.expect(0, "waiting", "--json").stdout), {"asks": []})
        self.assertEqual(json.loads(self.expect(0, "journal", "verify", "--json").stdout)["problem_count"], 0)
        for line in self.expect(0, "journal", "export").stdout.splitlines():
            json.loads(line)

    def test_a_run_that_was_cut_off_goes_on_only_when_asked(self):
        first = self.run_one()
        tries = self.tries(first)
        second = json.loads(self.expect(4, "run", "contain", "--host", "web-03", "--yes", "--no-wait", "--json").stdout)["run"]
        self.assertNotEqual(first, second)
        self.assertEqual(self.tries(first), tries)
        self.expect(4, "resume", first, "--no-wait")
        self.assertEqual(self.tries(first), tries + 1)

    def tries(self, run):
        shown = json.loads(self.expect(4, "show", run, "--json").stdout)
        return shown["steps"][0]["tasks"][0]["tries"]

    def test_stop_ends_it_and_nothing_is_left_to_resume(self):
        run = self.run_one()
        self.assertIn("stopped", self.expect(0, "stop", run).stdout)
        self.assertIn("nothing to resume", self.expect(2, "resume").stderr)
        self.expect(2, "stop", run)

    def test_what_ends_by_itself_needs_somebody_to_end_it(self):
        self.write("playbooks/contain.yaml", PLAYBOOK + "    expires: 4h\n")
        done = self.expect(2, "run", "contain", "--host", "web-02", "--yes", "--no-wait")
        self.assertIn("contain.yaml:4: step isolate ends after 4 h", done.stderr)
        self.expect(4, "run", "contain", "--host", "web-02", "--yes", "--no-wait", "--no-ends")

    def test_a_closed_alert_contains_nothing(self):
        self.write("closed.json", json.dumps({**ALERT, "status": "resolved"}))
        self.assertIn("SIEM closed",
                      self.expect(2, "run", "contain", "--alert", "closed.json", "--yes").stderr)

    def test_an_alert_names_its_own_hosts(self):
        done = self.expect(2, "run", "contain", "--alert", "alert.json", "--host", "web-02", "--yes")
        self.assertIn("either --alert or --host", done.stderr)

    def test_nothing_is_released_that_is_not_held(self):
        self.assertIn("soarctl contained", self.expect(2, "release", "web-02", "--yes").stderr)

    def test_a_reader_that_goes_away_stops_no_run(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([SOARCTL, "run", "contain", "--host", "web-02", "--yes", "--no-wait"], cwd=self.dir,
                              env=self.environment, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE,
                              timeout=LIMIT_S, check=False)
        os.close(writer)
        self.assertEqual(done.returncode, 4, done.stderr)

    def test_a_record_somebody_else_owns_is_left_alone(self):
        self.expect(0, "runs")
        with open(self.path("state/owner.lock"), "r+", encoding="utf-8") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            done = self.expect(1, "runs")
        self.assertIn(self.path("state"), done.stderr)

    def test_a_record_that_was_changed_is_told(self):
        self.run_one()
        journal = sqlite3.connect(self.path("state/journal.db"))
        journal.execute("UPDATE event SET body = replace(body, 'web-02', 'web-99') WHERE kind = 'task.opened'")
        journal.commit()
        journal.close()
        done = self.expect(1, "journal", "verify")
        self.assertIn("BROKEN", done.stdout)

    def test_a_view_that_lies_is_told(self):
        self.run_one()
        journal = sqlite3.connect(self.path("state/journal.db"))
        journal.execute("UPDATE task SET state = 'ended'")
        journal.commit()
        journal.close()
        self.assertIn("is not what the events say", self.expect(1, "journal", "verify").stdout)


class Questions(CommandLine):
    def ask(self, answer, *words):
        """Runs on a pseudo-terminal, types the answer when a question stands there; returns code and text."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(SOARCTL, [SOARCTL, *words], {**self.environment, "TERM": "xterm"})
        text, typed = b"", False
        while True:
            ready, _, _ = select.select([terminal], [], [], LIMIT_S)
            self.assertTrue(ready, "it waits for something else: " + text.decode())
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            text += piece
            if not typed and (b"[y/N] " in text or b"to go on: " in text):
                os.write(terminal, answer.encode() + b"\n")
                typed = True
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode()

    def test_a_person_sees_the_plan_and_may_say_no(self):
        code, text = self.ask("n", "run", "contain", "--host", "web-02")
        self.assertEqual(code, 1, text)
        self.assertIn("WOULD BE", text)
        self.assertIn("Go on? [y/N]", text)
        self.assertIn("Nothing was done.", text)
        self.assertFalse(os.path.exists(self.path("state")))

    def test_a_yes_goes_on(self):
        code, text = self.ask("y", "run", "contain", "--host", "web-02", "--no-wait")
        self.assertEqual(code, 4, text)
        self.assertIn("still tried", text)

    def test_above_ten_targets_a_y_is_not_enough(self):
        hosts = [word for n in range(2, 13) for word in ("--host", f"web-{n:02}")]
        code, text = self.ask("y", "run", "contain", *hosts, "--no-wait")
        self.assertEqual(code, 1, text)
        self.assertIn("These are 11 targets: type the number", text)
        code, text = self.ask("11", "run", "contain", *hosts, "--no-wait")
        self.assertEqual(code, 4, text)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
