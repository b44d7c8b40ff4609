"""A real git server for tests: nginx with git-http-backend (fcgiwrap) behind TLS, sshd with git-shell, all on loopback and as the
present user; before it a relay that can hang, or stop in the middle. And a person's own repository, who signs and pushes."""
import base64
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time

START_S = 20
NGINX = """\
daemon off; pid {dir}/nginx.pid; error_log {dir}/nginx.log warn; worker_processes 1; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3; uwsgi_temp_path {dir}/t4;
  scgi_temp_path {dir}/t5;
  server {{
    listen 127.0.0.1:{port} ssl; server_name localhost;
    ssl_certificate {dir}/server.pem; ssl_certificate_key {dir}/server.key;
    location / {{
      auth_basic "git"; auth_basic_user_file {dir}/htpasswd;
      fastcgi_pass unix:{dir}/cgi.sock; include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME {backend}; fastcgi_param GIT_PROJECT_ROOT {dir}/srv;
      fastcgi_param GIT_HTTP_EXPORT_ALL ""; fastcgi_param PATH_INFO $uri; fastcgi_param REMOTE_USER $remote_user;
    }}
  }}
}}
"""
SSHD = """\
ListenAddress 127.0.0.1:{port}
HostKey {dir}/host
PidFile none
AuthorizedKeysFile {dir}/authorized
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin yes
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run(*words, cwd=None, env=None, text=None):
    done = subprocess.run(words, cwd=cwd, env=env, input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


class Relay:
    """Passes a connection on; or takes it and says nothing (`hang`), or after so many bytes (`after`) no more."""

    def __init__(self, to):
        self.to, self.after, self.held = to, None, []
        self.caught = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                one, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(one,), daemon=True).start()

    def serve(self, one):
        after = self.after
        if after == 0:
            self.held.append(one)
            self.caught.set()
            return
        other = socket.create_connection(("127.0.0.1", self.to))
        threading.Thread(target=self.pump, args=(one, other, None), daemon=True).start()
        self.pump(other, one, after)

    def pump(self, come, go, left):
        try:
            while piece := come.recv(4096):
                if left is not None and (left := left - len(piece)) < 0:
                    self.held += [come, go]
                    self.caught.set()
                    return
                go.sendall(piece)
            go.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Server:
    """A context: its programs end however the test ends."""

    def __init__(self, where):
        self.dir, self.programs = where, []
        self.https, self.ssh = free_port(), free_port()
        os.makedirs(os.path.join(where, "srv"))
        self.keys()
        user = "user root;" if os.getuid() == 0 else ""
        backend = os.path.join(run("git", "--exec-path"), "git-http-backend")
        self.write("nginx.conf", NGINX.format(dir=where, port=self.https, backend=backend, user=user))
        self.write("sshd.conf", SSHD.format(dir=where, port=self.ssh))
        self.relay = Relay(self.https)

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8") as file:
            return file.read()

    def keys(self):
        at = self.dir
        new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
        for ca in ("ca", "other-ca"):
            run(*new, "-subj", f"/CN={ca}", "-keyout", f"{at}/{ca}.key", "-out", f"{at}/{ca}.pem")
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout",
            f"{at}/server.key", "-out", f"{at}/server.csr")
        self.write("ext", "subjectAltName=DNS:localhost\n")
        run("openssl", "x509", "-req", "-in", f"{at}/server.csr", "-CA", f"{at}/ca.pem", "-CAkey", f"{at}/ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", f"{at}/ext", "-out", f"{at}/server.pem")
        for key in ("host", "other-host", "soar", "stranger", "ana", "bo", "eve"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", f"{at}/{key}")
        self.write("authorized", f'restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" {self.read("soar.pub")}')
        self.write("htpasswd", "git:" + run("openssl", "passwd", "-apr1", "the-token") + "\n")
        host = " ".join(self.read("host.pub").split()[:2])
        other = " ".join(self.read("other-host.pub").split()[:2])
        self.write("known", f"[127.0.0.1]:{self.ssh} {host}\n")
        self.write("known-other", f"[127.0.0.1]:{self.ssh} {other}\n")
        self.write("known-none", f"[127.0.0.1]:1 {host}\n")

    def __enter__(self):
        environment = {"PATH": os.environ["PATH"], "HOME": self.dir, "GIT_CONFIG_NOSYSTEM": "1"}
        with open(os.path.join(self.dir, "programs.log"), "wb") as log:
            if os.getuid() == 0:
                os.makedirs("/run/sshd", exist_ok=True)
            for words in (["fcgiwrap", "-c", "4", "-s", f"unix:{self.dir}/cgi.sock"], ["nginx", "-c", f"{self.dir}/nginx.conf"],
                          [shutil.which("sshd", path="/usr/sbin:/usr/bin"), "-D", "-e", "-f", f"{self.dir}/sshd.conf"]):
                self.programs.append(subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                      start_new_session=True))  # what it starts ends with it
        end = time.monotonic() + START_S
        for port in (self.https, self.ssh):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    if time.monotonic() > end:
                        self.__exit__()
                        raise RuntimeError("no server: " + self.read("programs.log") + self.read("nginx.log")) from None
                    time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.relay.listener.close()
        for program in self.programs:
            os.killpg(program.pid, signal.SIGTERM)
            program.wait(timeout=20)


class Work:
    """A person's clone; `origin` is the server's bare repository."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.bare = os.path.join(server.dir, "srv", name)
        self.dir = os.path.join(server.dir, "work-" + name)
        self.env = {"PATH": os.environ["PATH"], "HOME": server.dir, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "ana",
                    "GIT_AUTHOR_EMAIL": "ana@corp.example", "GIT_COMMITTER_NAME": "ana", "GIT_COMMITTER_EMAIL": "ana@corp.example"}
        run("git", "init", "-q", "--bare", "-b", "main", self.bare, env=self.env)
        run("git", "init", "-q", "-b", "main", self.dir, env=self.env)
        self.git("remote", "add", "origin", self.bare)
        self.git("config", "gpg.format", "ssh")

    def git(self, *words, text=None, env=None):
        return run("git", *words, cwd=self.dir, env={**self.env, **(env or {})}, text=text)

    def commit(self, files, by="ana", push=True, force=False, message="a change", date=None):
        """Files by their path, None removes one; signed by a key, unless `by` is None. The commit's id."""
        for path, text in files.items():
            whole = os.path.join(self.dir, path)
            if text is None:
                os.remove(whole)
                continue
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as file:
                file.write(text)
        self.git("add", "-A")
        sign = ["-S", "--no-edit"] if by else []
        if by:
            self.git("config", "user.signingkey", os.path.join(self.server.dir, by))
        dates = {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date} if date else None
        self.git("commit", "-q", "--allow-empty", *sign, "-m", message, env=dates)
        if push:
            self.push(force)
        return self.head()

    def many(self, count):
        """So many commits on top of HEAD, unsigned, not pushed; each tenth merges a branch that began elsewhere."""
        head, lines = self.head(), []
        for i in range(count):
            lines += ["commit refs/heads/main", f"mark :{i + 1}", f"committer a <a@b> {1700000000 + i} +0000", f"data 400\n{'x' * 400}",
                      f"from {f':{i}' if i else head}", f"merge :{count + i + 1}" if i % 10 == 0 else ""]
            if i % 10 == 0:
                lines[-6:-6] = ["reset refs/heads/side", "commit refs/heads/side", f"mark :{count + i + 1}",
                                f"committer a <a@b> {1700000000 + i} +0000", "data 1\ns", ""]
        self.git("fast-import", "--quiet", "--force", text="\n".join(lines) + "\n")
        self.git("reset", "-q", "--hard", "main")

    def push(self, force=False, ref="main"):
        self.git("push", "-q", *(["-f"] if force else []), "origin", f"HEAD:refs/heads/{ref}")

    def head(self):
        return self.git("rev-parse", "HEAD")

    def raw_tree(self, *entries):
        """A tree of (mode, name, id) that git itself would not make."""
        raw = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(object_id) for mode, name, object_id in entries)
        done = subprocess.run(["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"], cwd=self.dir, env=self.env, input=raw,
                              capture_output=True, check=True)
        return done.stdout.decode().strip()

    def with_bulk(self, tree):
        """The tree, and a file that doesn't pack well: no playbook."""
        self.bulk = getattr(self, "bulk", 0) + 1
        blob = self.git("hash-object", "-w", "--stdin", text=base64.b64encode(random.Random(self.bulk).randbytes(200000)).decode())
        return self.git("mktree", text=self.git("ls-tree", tree) + f"\n100644 blob {blob}\tbulk{self.bulk}\n")

    def commit_tree(self, tree, by="ana"):
        """On top of HEAD, pushed, and HEAD stays: what it holds can't be checked out."""
        self.git("config", "user.signingkey", os.path.join(self.server.dir, by))
        made = self.git("commit-tree", "-S", "-m", "odd", "-p", self.head(), tree)
        self.git("push", "-q", "-f", "origin", f"{made}:refs/heads/main")
        return made
