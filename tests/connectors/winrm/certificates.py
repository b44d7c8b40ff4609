"""A private authority for tests: makes certificates for names of loopback, in a directory of its own."""
import os
import shutil
import subprocess
import tempfile


class Authority:
    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="ca-")
        self.file = self.dir + "/ca.pem"
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=Test CA",
                     "-keyout", self.dir + "/ca.key", "-out", self.file)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    def issue(self, name):
        """Files of a certificate for this name, and its key."""
        base = f"{self.dir}/{name}"
        with open(base + ".ext", "w") as f:
            f.write(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", base + ".key",
                     "-out", base + ".csr")
        self.openssl("x509", "-req", "-in", base + ".csr", "-CA", self.file, "-CAkey", self.dir + "/ca.key", "-CAcreateserial", "-days", "2",
                     "-extfile", base + ".ext", "-out", base + ".pem")
        return base + ".pem", base + ".key"

    def text(self):
        with open(self.file) as f:
            return f.read()
