#!/usr/bin/python3
"""Property: a pack passes its contract, and a pack that differs from it in one way is caught, with what came and what was to
come; what `action new` writes passes as it stands. Method: the files of `action new`, whole and with one thing changed each;
the real soarctl, engine and soar-http, on loopback.

Use: action_test.py SOARCTL
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

SOARCTL = os.path.abspath(sys.argv[1])


def run(*words, cwd=None):
    return subprocess.run([SOARCTL, *words], capture_output=True, text=True, timeout=120, check=False, cwd=cwd)


class Stage(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = self.dir.name

    def expect(self, code, *words):
        done = run(*words, cwd=self.path)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def new(self, name, *words):
        self.expect(0, "action", "new", name, ".", *words)

    def change(self, file, old, new, count=-1):
        path = os.path.join(self.path, file)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace(old, new, count))


class New(Stage):
    def passes(self, name, *words):
        self.new(name, *words)
        stem = name.lower()
        config = ("--config", f"{stem}.config.yaml")
        self.assertIn("0 errors, 0 warnings", self.expect(0, "lint", ".", *config))
        self.expect(0, "action", "test", f"{stem}.yaml")
        self.expect(0, "test", ".", *config)

    def test_a_vendor_for_hosts(self):
        self.passes("acme", "--extends", "Isolate_Endpoint")

    def test_a_vendor_for_users(self):
        self.passes("acme", "--extends", "Revoke_Credentials", "--service", "acme_id")

    def test_a_vendor_of_an_action_with_parameters(self):
        self.passes("acme", "--extends", "Send_Message")

    def test_new_actions(self):
        for per in ("host", "user", "address", "once"):
            with self.subTest(per=per):
                self.passes(f"Hold_{per}", "--per", per, "--service", "acme")
                for file in os.listdir(self.path):
                    os.unlink(os.path.join(self.path, file))

    def test_nothing_is_overwritten(self):
        self.new("acme", "--extends", "Isolate_Endpoint")
        os.unlink(os.path.join(self.path, "acme.yaml"))
        self.change("acme.contract.yaml", "contract:", "contract: mine #")
        told = self.expect(2, "action", "new", "acme", ".", "--extends", "Isolate_Endpoint")
        self.assertIn("acme.contract.yaml is there already: nothing was written", told)
        self.assertFalse(os.path.exists(os.path.join(self.path, "acme.yaml")))

    def test_what_is_refused(self):
        for words, told in (
            (("../x", "."), "expected a name of letters"),
            (("x", ".", "--service", "a b"), "expected a name of letters"),
            (("x", ".", "--extends", "Isolate"), "there is no such action"),
            (("x", ".", "--extends", "Isolate_Endpoint", "--per", "host"), "the action's own"),
            (("linux-nftables", ".", "--extends", "Isolate_Endpoint"), "has a provider 'linux-nftables' already"),
            (("x", ".", "--per", "file"), "expected host, user, address or once"),
        ):
            with self.subTest(words=words):
                self.assertIn(told, self.expect(2, "action", "new", *words))
        self.assertEqual(os.listdir(self.path), [])


class Breach(Stage):
    def setUp(self):
        super().setUp()
        self.new("acme", "--extends", "Isolate_Endpoint")

    def caught(self, old, new, *told, file="acme.yaml", code=1):
        self.change(file, old, new)
        said = self.expect(code, "action", "test", "acme.yaml")
        for text in told:
            self.assertIn(text, said)

    def test_method(self):
        self.caught("method: POST, path: \"/v1/devices/{{target.id}}/hold\"", "method: PUT, path: \"/v1/devices/{{target.id}}/hold\"",
                    "acme.contract.yaml:39:10: error: expected 'hold' (POST /v1/devices/{id}/hold), found PUT /v1/devices/41/hold, "
                    "which is no operation of this contract")

    def test_path(self):
        self.caught("path: /v1/devices,", "path: /v2/devices,", "expected 'look_up' (GET /v1/devices), found GET /v2/devices?name=ws-07")

    def test_query_value(self):
        self.caught('name: "{{target.name}}"', 'name: "{{target.key}}"',
                    "look_up: query.name: expected a text that matches [A-Za-z0-9._-]+, found \"host:ws-07\"")

    def test_query_name(self):
        self.caught('query: {name: "{{target.name}}"}', 'query: {name: "{{target.name}}", limit: "5"}',
                    'look_up: query.limit: it is not in the contract, found "5"')

    def test_where(self):
        self.caught('name: "{{target.name}}"', 'name: "{{target.fqdn}}"',
                    'look_up: query.name: expected "ws-07", found "ws-07.corp.example"')

    def test_header(self):
        self.caught('path: "/v1/devices/{{target.id}}"}', 'path: "/v1/devices/{{target.id}}", headers: {x-more: a}}',
                    "read: headers.x-more: it is not in the contract")

    def test_log_in(self):
        self.caught("text:T-1", "text:T-2", 'look_up: headers.authorization: expected "Bearer T-1", found "Bearer T-2"',
                    file="acme.contract.yaml")

    def test_type(self):
        self.caught('json: {reason: "soar {{run.id}}"}', "json: {reason: 7}",
                    "hold: json.reason: expected a text of 1 to 200 characters, found 7")

    def test_member(self):
        self.caught('json: {reason: "soar {{run.id}}"}', 'json: {reason: "soar {{run.id}}", force: true}',
                    "hold: json.force: it is not in the contract, found true")

    def test_body_of_another_kind(self):
        self.caught('json: {reason: "soar {{run.id}}"}', 'form: {reason: soar}',
                    "headers.content-type: expected application/json, found application/x-www-form-urlencoded")

    def test_missing(self):
        self.caught("- {release:", "- {read: {json: {id: \"41\", state: held}}}\n      - {release:", "error: expected 'read'",
                    file="acme.contract.yaml")

    def test_never_came(self):
        self.caught('so: now.body.state == "held"', 'so: now.body.state in ["held", "free"]', "'hold' never came")

    def test_too_many(self):
        self.caught("      - {release: {status: 202, json: {order: o-2}}}\n      - {read: {json: {id: \"41\", state: free}}}\n",
                    "      - {release: {status: 202, json: {order: o-2}}}\n",
                    "a request too many: GET /v1/devices/41, which is 'read'", file="acme.contract.yaml")

    def test_order(self):
        self.caught('{look_up: {json: {devices: [{id: "41", name: ws-07, state: free}]}, where: {query: {name: ws-07}}}}\n'
                    '      - {read: {json: {id: "41", state: free}}}',
                    '{read: {json: {id: "41", state: free}}}\n'
                    '      - {look_up: {json: {devices: [{id: "41", name: ws-07, state: free}]}}}',
                    "expected 'read' (GET /v1/devices/{id}), found GET /v1/devices?name=ws-07, which is 'look_up'",
                    file="acme.contract.yaml")

    def test_outcome(self):
        self.caught("is: underway", "is: permanent", "apply: expected changed, it is failed: another order for it is on its way")

    def test_verdict_and_kept(self):
        self.caught("kept: {order: o-1}", "kept: {order: o-9}", 'apply: kept.order: expected "o-9", found "o-1"',
                    file="acme.contract.yaml")
        self.caught("verdict: clear", "verdict: partly", "apply: expected the first look to say partly, it says clear",
                    file="acme.contract.yaml")

    def test_why(self):
        self.caught('why: "403"', 'why: "404"', "why: expected a text that matches 404, found", file="acme.contract.yaml")

    def test_another_connector(self):
        self.caught("- http.read: {path: /v1/devices,", "- ssh.read: {script: \"true\"}\n      - http.read: {path: /v1/devices,",
                    "'ssh.read' is another connector's function", code=2)


class Play(Stage):
    def setUp(self):
        super().setUp()
        self.new("acme", "--extends", "Isolate_Endpoint")

    def test_time_jumps(self):
        answer = json.loads(self.expect(0, "action", "test", "acme.yaml", "--json"))
        first = answer["reports"][0]["cases"][0]
        self.assertGreaterEqual(first["world_ms"], 30000)  # three polls of ten seconds

    def test_one_case(self):
        said = self.expect(0, "action", "test", "acme.yaml", "--case", "IT IS HELD ALREADY", "--verbose")
        self.assertIn("1 of 1 cases passed", said)
        self.assertIn("> GET /v1/devices?name=ws-07\n", said)
        self.assertIn("> authorization: Bearer T-1\n", said)
        self.assertIn("< 200 {", said)

    def test_a_mistake_of_a_site_s_pack_stands_alone(self):
        self.change("acme.yaml", "underway:", "underweigh:")
        said = self.expect(2, "lint", ".", "--config", "acme.config.yaml")
        self.assertIn("unknown key 'underweigh'", said)
        self.assertNotIn("warning", said)

    def test_no_such_case(self):
        said = self.expect(2, "action", "test", "acme.yaml", "--case", "it is held alredy")
        self.assertIn("no case is called 'it is held alredy' (did you mean 'it is held already'?)", said)

    def test_another_kind_of_service(self):
        self.change("acme.contract.yaml", "kind: acme", "kind: acne")
        said = self.expect(2, "action", "test", "acme.yaml")
        self.assertIn("the service is of kind 'acne', the pack speaks to one of kind 'acme'", said)
        self.assertEqual(said.count("error:"), 1)

    def test_of_no_action(self):
        self.change("acme.yaml", "extends: Isolate_Endpoint", "extends: Isolate_Endpont")
        said = self.expect(2, "action", "test", "acme.yaml")
        self.assertIn("acme.yaml:3:10: error: it extends Isolate_Endpont, and there is no such action here", said)

    def test_nothing_comes(self):
        self.change("acme.contract.yaml", "{hold: {cut: true}}", "{hold: {hang: true}}")
        self.change("acme.contract.yaml", "state: held}, times: 3}}\n    expect", "state: held}, times: 2}}\n    expect")
        self.expect(0, "action", "test", "acme.yaml")

    def test_a_token_that_is_got(self):
        """oauth2: got once, got anew when it is refused, and the call made again."""
        self.change("acme.contract.yaml", 'bearer: {token: "text:T-1"}',
                    'oauth2: {token: "{{server}}/token", client: c-1, secret: "text:s3cret"}')
        self.change("acme.contract.yaml", "operations:\n",
                    "operations:\n  token: {method: POST, path: /token, form: {grant_type: client_credentials, client_id: c-1, "
                    "client_secret: s3cret}}\n")
        with open(os.path.join(self.path, "acme.contract.yaml"), encoding="utf-8") as f:
            head = f.read().split("cases:\n")[0]
        with open(os.path.join(self.path, "acme.contract.yaml"), "w", encoding="utf-8") as f:
            f.write(head + """cases:
  - name: expired
    play:
      - {token: {json: {access_token: T-1, expires_in: 3600, token_type: Bearer}}}
      - {look_up: {json: {devices: [{id: "41", name: ws-07}]}}}
      - {read: {status: 401}}
      - {token: {json: {access_token: T-1, expires_in: 3600, token_type: Bearer}}}
      - {read: {json: {id: "41", state: held}}}
    expect: {outcome: already}
""")
        self.expect(0, "action", "test", "acme.yaml")

    def test_parts(self):
        """check alone, revert of what somebody else did, all three, and what never comes to be."""
        with open(os.path.join(self.path, "acme.contract.yaml"), encoding="utf-8") as f:
            head = f.read().split("cases:\n")[0]
        found = '      - {look_up: {json: {devices: [{id: "41", name: ws-07, state: held}]}}}\n'
        free = '      - {read: {json: {id: "41", state: free}}}\n'
        held = '      - {read: {json: {id: "41", state: held}}}\n'
        hold = "      - {hold: {status: 202, json: {order: o-2}}}\n"
        cases = f"""cases:
  - name: undone, though it was somebody else who did it
    do: revert
    play:
{found}{held}      - {{release: {{status: 202, json: {{order: o-2}}}}}}
{free}    expect: {{outcome: changed}}
  - name: only looked at
    do: check
    play:
{found}{free}    expect: {{outcome: skipped, verdict: clear, why: would be isolated}}
  - name: looked at, done, looked at
    do: [check, apply, check]
    play:
{found}{free}{found}{free}{hold}{held}{found}{held}    expect: [{{verdict: clear}}, {{outcome: changed}}, {{verdict: so}}]
  - name: it stays underway
    play:
{found}{free}{hold}      - {{read: {{json: {{id: "41", state: holding}}, times: 61}}}}
    expect: {{outcome: pending}}
  - name: nobody there
    play:
      - {{look_up: {{cut: true, times: 3}}}}
    expect: {{outcome: pending}}
"""
        with open(os.path.join(self.path, "acme.contract.yaml"), "w", encoding="utf-8") as f:
            f.write(head + cases)
        self.assertIn("5 of 5 cases passed", self.expect(0, "action", "test", "acme.yaml"))

    def test_in_doubt_skip_is_not_sent_again(self):
        for file in os.listdir(self.path):
            os.unlink(os.path.join(self.path, file))
        self.new("Tell", "--per", "once")
        self.change("tell.yaml", "in_doubt: ask ", "in_doubt: skip ")
        self.change("tell.contract.yaml", "{outcome: held}", "{outcome: changed}")
        self.expect(0, "action", "test", "tell.yaml")

    def test_directories_and_names(self):
        self.assertIn("8 of 8", self.expect(0, "action", "test", "."))
        self.assertIn("8 of 8", self.expect(0, "action", "test", "acme.contract.yaml"))
        self.assertIn("8 of 8", self.expect(0, "action", "test", "acme.yaml", "acme.contract.yaml"))
        self.assertIn("not compiled in", self.expect(2, "action", "test", "Isolate_Endpoint/linux-nftables"))
        self.assertIn("no case is called 'nobody'", self.expect(2, "action", "test", ".", "--case", "nobody"))
        os.unlink(os.path.join(self.path, "acme.contract.yaml"))
        self.assertIn("acme.contract.yaml, and it isn't there", self.expect(2, "action", "test", "acme.yaml"))
        self.assertIn("no case to play", self.expect(2, "action", "test", "."))

    def test_mistakes(self):
        for old, new, told in (
            ("- {look_up: {status: 403", "- {lookup: {status: 403", "there is no operation 'lookup' (did you mean 'look_up'?)"),
            ("{$string: [1, 200]}", "{$sting: [1, 200]}", "no matcher '$sting' (did you mean '$string'?)"),
            ("auth: {bearer", "auth: {bearr", "acme.contract.yaml:6:"),
            ("/acme\n", "/acmee\n", "Isolate_Endpoint has no provider 'acmee'"),
        ):
            with self.subTest(new=new):
                self.change("acme.contract.yaml", old, new)
                self.assertIn(told, self.expect(2, "action", "test", "acme.yaml"))
                if "acmee" not in new:
                    self.assertIn(told, self.expect(2, "lint", "acme.contract.yaml"))
                self.change("acme.contract.yaml", new, old)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
