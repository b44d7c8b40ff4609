"""The stranger's script (examples/journal/verify.py) finds a journal sound that is, and names what was changed in one that isn't.
Method: the journal of corpus/journal_v1.sql and an export written from it, each also changed in every way the script speaks of."""
import json, os, sqlite3, subprocess, sys, tempfile, unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "examples/journal/verify.py")
CORPUS = os.path.join(ROOT, "tests/state/corpus/journal_v1.sql")
HEAD = "99a48a4faa889b9405acb498b1bdbace504f256fc4cbcff51776cfdc4e237a73"
COLUMNS = "seq, chain, run, n, at, kind, step, item, target, body"


class VerifyScript(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.dir.name, "journal.db")
        with open(CORPUS, encoding="utf-8") as script:
            self.run_sql(script.read())

    def tearDown(self):
        self.dir.cleanup()

    def run_sql(self, sql):
        db = sqlite3.connect(self.path)
        db.executescript(sql)
        db.close()

    def verify(self, path, *more):
        done = subprocess.run([sys.executable, SCRIPT, path, *more], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip()

    def export(self):
        db = sqlite3.connect(self.path)
        path = os.path.join(self.dir.name, "export.ndjson")
        with open(path, "w", encoding="utf-8") as out:
            for row in db.execute(f"SELECT {COLUMNS}, hex(content), hex(hash) FROM event ORDER BY seq"):
                names = COLUMNS.split(", ") + ["content", "hash"]
                out.write(json.dumps(dict(zip(names, row)), ensure_ascii=False) + "\n")
            out.write(json.dumps({"head": {"seq": 6, "at": 1700000000012, "hash": HEAD}}) + "\n")
        db.close()
        return path

    def test_sound(self):
        self.assertEqual(self.verify(self.path), (0, "sound"))
        self.assertEqual(self.verify(self.path, HEAD), (0, "sound"))
        self.assertEqual(self.verify(self.export(), HEAD), (0, "sound"))

    def test_changed_body(self):
        self.run_sql("UPDATE event SET body = replace(body, 'web-01', 'web-02') WHERE seq = 4")
        self.assertEqual(self.verify(self.path), (1, "event 4: its fields were changed"))
        self.assertEqual(self.verify(self.export()), (1, "event 4: its fields were changed"))

    def test_changed_hash(self):
        self.run_sql("UPDATE event SET hash = zeroblob(32) WHERE seq = 3")
        self.assertEqual(self.verify(self.path), (1, "event 3: its hash doesn't follow from the one before"))

    def test_missing_event(self):
        self.run_sql("DELETE FROM event WHERE seq = 2")
        self.assertEqual(self.verify(self.path), (1, "event 2 is missing"))

    def test_cut_tail(self):
        self.run_sql("DELETE FROM event WHERE seq = 6")
        self.assertEqual(self.verify(self.path), (0, "sound"))
        self.assertEqual(self.verify(self.path, HEAD), (1, "the known head is not in this record"))


if __name__ == "__main__":
    unittest.main()
