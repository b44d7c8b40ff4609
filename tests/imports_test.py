#!/usr/bin/python3
"""Property: the tree keeps the house's rules. Method: the rules are tables below; every #include line, every CMakeLists.txt,
every function's length and every program's dynamic section is read and compared. Before that each rule is shown a small
tree that breaks it, and must say so: a rule that finds nothing there is itself a failure.

Use: imports_test.py [BUILD…]     BUILD: build directories whose programs are looked at (default: build/dev, build/release)
"""
import collections
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# ---- the table of the house ---------------------------------------------------------------------------------------------
# room -> (rooms it may include besides itself, libraries it may use). Lower layers first.

L0 = ["include/soar"]
L1 = L0 + ["engine/base"]
TEXT = ["engine/yaml", "engine/cel"]
L3 = ["engine/site", "engine/action"]
L4 = ["engine/playbook", "engine/policy", "engine/trigger"]
L5 = ["engine/run", "engine/ledger"]
TO5 = L1 + TEXT + L3 + L4 + L5
TO6 = TO5 + ["engine/report", "engine/loop"]
CONNECTORS = ["ssh", "http", "ldap", "winrm", "qmp", "git"]
PROGRAM = TO6 + ["engine/verbs", "engine/rehearse", "state", "connectors/table", "connectors/worker", "actions"]

TABLE = {
    "include/soar": ([], []),
    "engine/base": (L0, ["jansson", "crypto"]),
    "engine/yaml": (L1, ["yaml"]),
    "engine/cel": (L1, ["regex"]),
    "state": (L1 + ["connectors/table", "connectors/worker"], ["sqlite", "zstd", "crypto"]),  # soar-evidence is a worker
    "helpers/memory": ([], []),  # carried to foreign machines, static: nothing but the C library
    "connectors/table": (L1, []),
    "connectors/worker": (L1 + ["connectors/table"], ["jansson", "expat"]),
    **{f"connectors/{n}": (L1 + ["connectors/table", "connectors/worker"], ["jansson", "crypto", "client"]) for n in CONNECTORS},
    "connectors/winrm": (L1 + ["connectors/table", "connectors/worker"], ["jansson", "crypto", "client", "gssapi"]),
    "engine/site": (L1 + TEXT, ["idn"]),
    "engine/action": (L1 + TEXT + ["connectors/table", "actions"], ["idn"]),  # both are data: functions to check by, packs to load
    "engine/playbook": (L1 + TEXT + L3, []),
    "engine/policy": (L1 + TEXT + L3, []),
    "engine/trigger": (L1 + TEXT + L3 + ["engine/playbook", "intake"], []),  # data: the mappings of built-in sources
    "engine/run": (L1 + ["engine/cel"] + L3 + L4, []),
    "engine/ledger": (L1 + ["engine/cel"] + L3 + L4, []),
    "engine/report": (TO5, []),
    "engine/loop": (TO5, ["event"]),
    "engine/verbs": (TO6, []),
    "engine/rehearse": (TO6 + ["connectors/table", "actions"], []),  # both are data: names to check by, models of built-in packs
    "actions": (L0, []),
    "intake": (L0, []),
    "soard/front": (L1, ["event", "crypto", "tls", "event_tls"]),
    "soard": (PROGRAM + ["soarctl"], ["event"]),
    "soarctl": (PROGRAM, ["event"]),
}

# `client`: a library that speaks to the network; a worker has one at most, the engine's programs none.
LIBRARIES = {
    "jansson": ("jansson.h", "JANSSON", ""),
    "crypto": ("openssl/", "CRYPTO", ""),
    "yaml": ("yaml.h", "YAML", ""),
    "regex": ("pcre2.h", "PCRE2", ""),
    "sqlite": ("sqlite3.h", "SQLITE", ""),
    "zstd": ("zstd.h", "ZSTD", ""),
    "idn": ("idn2.h", "IDN2", ""),
    "event": ("event2/", "EVENT", ""),
    "tls": ("", "SSL", ""),  # their headers are crypto's and event's: what counts is who links them
    "event_tls": ("", "EVENT_SSL", ""),
    "expat": ("expat.h", "EXPAT", ""),
    "libssh": ("libssh/", "LIBSSH", "libssh"),
    "gssapi": ("gssapi/", "GSSAPI", ""),  # libcurl has it anyway: here it logs in as WinRM wants it
    "libcurl": ("curl/", "CURL", "libcurl"),
    "libldap": ("ldap.h lber.h openldap.h", "LDAP", "libldap"),
    "liblber": ("lber.h", "LBER", "liblber"),
    "libgit2": ("git2", "GIT2", "libgit2"),
}
CLIENTS = ["libssh", "libcurl", "libldap", "libgit2"]

C_AND_POSIX = set(
    """assert.h ctype.h errno.h fcntl.h fenv.h float.h fnmatch.h ftw.h glob.h grp.h iconv.h inttypes.h langinfo.h libgen.h limits.h
    locale.h malloc.h math.h netdb.h poll.h pthread.h pwd.h sched.h search.h setjmp.h signal.h spawn.h stdalign.h stdarg.h stdatomic.h stdbool.h
    stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h strings.h syslog.h termios.h threads.h time.h unistd.h wchar.h wctype.h
    dirent.h ifaddrs.h getopt.h crypt.h endian.h""".split()
)
SYSTEM_FOLDERS = ("sys/", "arpa/", "netinet/", "net/", "linux/", "netpacket/")

# "no clock, no I/O": the rooms that decide learn time and the world from events alone.
PURE = ["engine/run", "engine/ledger"]
IMPURE = set("time.h unistd.h fcntl.h poll.h pthread.h threads.h signal.h netdb.h dirent.h spawn.h".split())

LINES_MAX, FUNCTION_MAX, HEAD_LETTERS_MIN, HEAD_LINES_MAX = 600, 70, 40, 6
ATTRIBUTES = {"cleanup", "format", "nonnull", "warn_unused_result"}
EXTENSIONS = {
    r"__extension__": "__extension__",
    r"\b(__)?typeof(__)?\b": "typeof",
    r"\b__auto_type\b": "__auto_type",
    r"\(\s*\{": "a statement expression",
    r"#\s*pragma\s+once": "#pragma once",
    r"#\s*include_next": "#include_next",
    r"\b__builtin_\w+": "a builtin",
    r"\b(__)?asm(__)?\b\s*(volatile|\()": "asm",
    r"\b__int128\b": "__int128",
    r"\b__thread\b": "__thread (say _Thread_local)",
    r"\bcase\s+[\w']+\s*\.\.\.": "a range in case",
}


def room_of(path):
    """The room a file belongs to: the longest name in the table that its path begins with."""
    best = ""
    for room in TABLE:
        if path.startswith(room + "/") and len(room) > len(best):
            best = room
    return best


def library_of(header):
    for name, (heads, _, _) in LIBRARIES.items():
        if any(header.startswith(h) for h in heads.split()):
            return name
    return ""


def may_use(room, library):
    allowed = TABLE[room][1]
    return library in allowed or (library in CLIENTS + ["liblber"] and "client" in allowed)


def code_only(text):
    """The text without comments and with empty strings; every line stays where it is."""
    keep_lines = lambda m: re.sub(r"[^\n]", "", m.group(0)) if m.group(0)[0] == "/" else m.group(0)[0] * 2
    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", keep_lines, text, flags=re.S)


# ---- the rules: each takes {path: text} and yields complaints ---------------------------------------------------------------


def rule_includes(tree):
    for path, text in sources(tree):
        room = room_of(path)
        for n, line in enumerate(text.split("\n"), 1):
            m = re.match(r'\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', line)
            if m and m.group(1):
                complaint = own_include(tree, room, m.group(1))
            else:
                complaint = m and room and foreign_include(room, m.group(2))
            if complaint:
                yield f"{path}:{n}: {complaint}"


def own_include(tree, room, name):
    path = "include/" + name if name.startswith("soar/") else name
    if path.startswith("generated/") or not path.count("/"):
        return f'"{name}": not written from the root'
    if path not in tree:
        return f'"{name}": there is no {path}'
    other = room_of(path)
    if room and other != room and other not in TABLE[room][0]:
        return f"{room} may not include {other or path}"
    return ""


def foreign_include(room, header):
    library = library_of(header)
    if library:
        return "" if may_use(room, library) else f"{room} may not use {library} (<{header}>)"
    if header not in C_AND_POSIX and not header.startswith(SYSTEM_FOLDERS):
        return f"<{header}>: neither of the C library nor of one in the table"
    if room in PURE and (header in IMPURE or header.startswith(SYSTEM_FOLDERS)):
        return f"{room} has no clock and no I/O, so no <{header}>"
    return ""


def rule_links(tree):
    """soar_room(NAME … LINKS …): the link graph is the same picture."""
    home, wanted = {}, []
    for path, text in tree.items():
        if not path.endswith("CMakeLists.txt") or not room_of(path):
            continue
        text = re.sub(r"#[^\n]*", "", text)
        for m in re.finditer(r"soar_room\(\s*(\w+)([^)]*)\)", text):
            home[m.group(1)] = room_of(path)
            wanted.append((path, room_of(path), m.group(2).partition("LINKS")[2].split()))
    for path, room, links in wanted:
        clients = [l for l in links if any(l == "PkgConfig::" + LIBRARIES[c][1] for c in CLIENTS)]
        if len(clients) > 1:
            yield f"{path}: {room} links {' and '.join(clients)}: one client a worker"
        for link in links:
            yield from link_complaint(path, room, link, home)


def link_complaint(path, room, link, home):
    if link.startswith("PkgConfig::"):
        names = [n for n, (_, target, _) in LIBRARIES.items() if link == "PkgConfig::" + target]
        if not names:
            yield f"{path}: {link} is in no table"
        elif not may_use(room, names[0]):
            yield f"{path}: {room} may not link {names[0]}"
    elif link.startswith("room_"):
        other = home.get(link)
        if other is None:
            yield f"{path}: nobody makes {link}"
        elif other != room and other not in TABLE[room][0]:
            yield f"{path}: {room} may not link {other}"


def rule_built(tree):
    """A source that no CMakeLists.txt beside it names is read by people and by nobody else."""
    for path, _ in sources(tree):
        if not path.endswith(".c") or not room_of(path):
            continue
        folder, name = os.path.split(path)
        lists, at = "", folder
        while at:
            lists += tree.get(at + "/CMakeLists.txt", "")
            at = os.path.dirname(at)
        if not re.search(r"(?<![\w.])" + re.escape(name) + r"(?!\w)", lists):
            yield f"{path}: no CMakeLists.txt names it"


def rule_names(tree):
    seen = collections.defaultdict(list)
    for path, _ in sources(tree):
        seen[os.path.basename(path)].append(path)
    for paths in seen.values():
        if len(paths) > 1:
            yield f"{paths[0]}: the same file name as {', '.join(paths[1:])}"


def rule_sizes(tree):
    for path, text in sources(tree):
        lines = text.count("\n")
        if lines > LINES_MAX:
            yield f"{path}: {lines} lines, at most {LINES_MAX}"
        start, name = 0, ""
        for n, line in enumerate(text.split("\n"), 1):
            if line.startswith("{"):
                start = n
            elif line.startswith("}") and start:
                if n - start + 1 > FUNCTION_MAX:
                    yield f"{path}:{start}: {name}: {n - start + 1} lines, at most {FUNCTION_MAX}"
                start = 0
            elif not start and re.match(r"\w", line):
                m = re.search(r"(\w+)\(", line)
                name = m.group(1) if m else name


def rule_heads(tree):
    """Each source says at its top what it is for; a line of 100 columns may be enough, a page is too much."""
    for path, text in sources(tree):
        m = re.match(r"/\*.*?\*/|(?://[^\n]*\n)+", text, re.S) if path.endswith(".c") else None
        if path.endswith(".c") and (not m or len(re.sub(r"[\s/*]+", " ", m.group(0))) < HEAD_LETTERS_MIN):
            yield f"{path}:1: does not open by saying what it is for"
        elif m and room_of(path) and m.group(0).strip().count("\n") + 1 > HEAD_LINES_MAX:
            yield f"{path}:1: opens with more than {HEAD_LINES_MAX} lines of comment"


def rule_extensions(tree):
    for path, text in sources(tree):
        code = code_only(text)
        macro = False
        for n, line in enumerate(code.split("\n"), 1):
            in_macro, macro = macro, line.endswith("\\")
            for pattern, what in EXTENSIONS.items():
                if re.search(pattern, line):
                    yield f"{path}:{n}: {what}"
            for m in re.finditer(r"__attribute__\s*\(\(\s*(\w+)", line):
                if m.group(1).strip("_") not in ATTRIBUTES:
                    yield f"{path}:{n}: attribute {m.group(1)}"
            # A function's head inside a function: indented, with types for parameters, and a lone brace below.
            if not in_macro and re.match(r"\s+(static |inline )?(int|void|bool|char|size_t|struct \w+)\s+\**\w+\((void|[^;=]*\w+ \**\w+)\)\s*\{?$", line):
                yield f"{path}:{n}: a function inside a function"


RULES = {name[len("rule_") :]: f for name, f in list(globals().items()) if name.startswith("rule_")}


def sources(tree):
    return [(p, t) for p, t in sorted(tree.items()) if p.endswith((".c", ".h"))]


# ---- programs: what the linker made of it ------------------------------------------------------------------------------------


def needed(program):
    out = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*?)\]", out)


def check_programs(builds):
    """soarctl and soard link no client at all, a worker one at most; yields (program, complaint or empty)."""
    for build in builds:
        for folder, most in (("bin", 0), ("libexec/soar", 1)):
            for name in sorted(os.listdir(f"{build}/{folder}")) if os.path.isdir(f"{build}/{folder}") else []:
                program = f"{build}/{folder}/{name}"
                if not os.access(program, os.X_OK) or os.path.isdir(program) or (folder == "bin" and not name.startswith("soar")):
                    continue
                clients = [c for c in CLIENTS if any(n.startswith(c) for n in needed(program))]
                complaint = f"{program}: links {', '.join(clients)}; at most {most}" if len(clients) > most else ""
                yield program, complaint


# ---- each rule against a tree that breaks it -------------------------------------------------------------------------------

HEAD = "/* What this file is for, and the one thing to know. */\n"
PLANTED = {
    "includes": [
        {"engine/cel/a.c": HEAD + '#include "engine/yaml/b.h"\n', "engine/yaml/b.h": ""},
        {"engine/loop/a.c": HEAD + '#include "state/b.h"\n', "state/b.h": ""},
        {"engine/cel/a.c": HEAD + '#include "a.h"\n', "engine/cel/a.h": ""},
        {"engine/cel/a.c": HEAD + '#include "engine/cel/gone.h"\n'},
        {"engine/run/a.c": HEAD + "#include <time.h>\n"},
        {"engine/run/a.c": HEAD + "#include <jansson.h>\n"},
        {"soarctl/a.c": HEAD + "#include <libssh/libssh.h>\n"},
        {"engine/base/a.c": HEAD + "#include <glib.h>\n"},
    ],
    "links": [
        {"engine/cel/CMakeLists.txt": "soar_room(room_cel SOURCES a.c LINKS room_yaml)", "engine/yaml/CMakeLists.txt": "soar_room(room_yaml SOURCES b.c)"},
        {"engine/cel/CMakeLists.txt": "soar_room(room_cel SOURCES a.c LINKS PkgConfig::CURL)"},
        {"connectors/http/CMakeLists.txt": "soar_room(room_http SOURCES a.c\n LINKS PkgConfig::CURL PkgConfig::LIBSSH)"},
    ],
    "built": [{"engine/cel/a.c": HEAD, "engine/cel/CMakeLists.txt": "soar_room(room_cel SOURCES aa.c)"}],
    "names": [{"engine/cel/a.c": HEAD, "state/a.c": HEAD}],
    "sizes": [{"engine/cel/a.c": HEAD + "x\n" * 601}, {"engine/cel/a.c": HEAD + "int f(void)\n{\n" + "    x;\n" * 70 + "}\n"}],
    "heads": [{"engine/cel/a.c": "#include <stdio.h>\n"}, {"engine/cel/a.c": "/* cel */\n"}, {"engine/cel/a.c": "/*" + "words\n" * 9 + "*/\n"}],
    "extensions": [
        {"engine/cel/a.c": HEAD + line + "\n"}
        for line in (
            "int a = __extension__ 1;",
            "typeof(b) a;",
            "int a = ({ 1; });",
            "#pragma once",
            "void f(void) __attribute__((hot));",
            "    int g(int x)",
            "if (__builtin_expect(a, 1))",
        )
    ],
}
INNOCENT = {
    "engine/cel/a.c": HEAD + '#include "engine/base/b.h"\n#include "soar/c.h"\n#include <stdio.h>\n'
    '/* typeof ({ */\nconst char *s = "__extension__ // ({";\nint f(void)\n{\n    return (int)sizeof(int);\n}\n',
    "engine/base/b.h": "",
    "include/soar/c.h": "",
    "engine/cel/CMakeLists.txt": "soar_room(room_cel SOURCES a.c LINKS room_base PkgConfig::PCRE2)",
    "engine/base/CMakeLists.txt": "soar_room(room_base SOURCES x.c)",
}


def check_rules():
    for name, rule in RULES.items():
        for tree in PLANTED[name]:
            if not list(rule(tree)):
                yield f"rule {name} finds nothing wrong with {tree}"
        for complaint in rule(INNOCENT):
            yield f"rule {name} finds fault with a good tree: {complaint}"


# ---- the tree itself --------------------------------------------------------------------------------------------------------


def read_tree():
    """What git knows, and what lies new beside it: a breach is to be seen before it is committed."""
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True).stdout
    tree = {}
    for path in out.splitlines():
        if path.endswith((".c", ".h", "CMakeLists.txt")) and os.path.isfile(os.path.join(ROOT, path)):
            with open(os.path.join(ROOT, path), encoding="utf-8") as f:
                tree[path] = f.read()
    return tree


def main():
    builds = [os.path.abspath(b) for b in sys.argv[1:]] or [f"{ROOT}/build/{n}" for n in ("dev", "release")]
    complaints = list(check_rules())
    tree = read_tree()
    for rule in RULES.values():
        complaints += rule(tree)
    programs = list(check_programs(builds))
    complaints += [c for _, c in programs if c]
    for c in complaints:
        print(c)
    print(f"{len(sources(tree))} sources, {len(RULES)} rules, {len(programs)} programs, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


main()
