"""A certificate authority for one test run."""

import subprocess

DAYS = 2


class Authority:
    """A CA and the certificates it signs, as PEM files in one directory."""

    def __init__(self, directory):
        self.certificate = directory / "ca.pem"
        self._key = directory / "ca.key"
        self._directory = directory
        subject = ("-subj", "/CN=Rehearsal test CA")
        _openssl("req", "-x509", *_new_key(self._key), *subject, "-days", DAYS, "-out", self.certificate)

    def certify(self, host):
        """Makes a certificate for a host name, and returns it and its key."""
        certificate, key, request, extensions = (
            self._directory / f"{host}.{kind}" for kind in ("pem", "key", "request", "extensions")
        )
        extensions.write_text(f"subjectAltName = DNS:{host}\n")
        _openssl("req", *_new_key(key), "-subj", f"/CN={host}", "-out", request)
        authority = ("-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial")
        _openssl("x509", "-req", "-in", request, *authority, "-days", DAYS, "-extfile", extensions, "-out", certificate)
        return certificate, key


def _new_key(path):
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
