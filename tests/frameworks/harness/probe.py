"""Rehearsal itself, run as a person would, and its JSON report."""

import json
import os
import subprocess
from pathlib import Path

from . import TARGET

LIMIT_SECONDS = 120


def binary():
    """The binary under test: PROBE_BINARY, or the newest that cargo has built."""
    if named := os.environ.get("PROBE_BINARY"):
        return Path(named).resolve()
    built = [path for path in (TARGET / "release" / "rehearsal", TARGET / "debug" / "rehearsal") if path.exists()]
    if not built:
        raise SystemExit("no binary: build one with `cargo build`, or name one in PROBE_BINARY")
    return max(built, key=lambda path: path.stat().st_mtime)


class Run:
    """One finished run of a command that reports."""

    def __init__(self, binary, directory, subcommand, base_url, *flags):
        report = directory / "report.json"
        report.unlink(missing_ok=True)
        command = [binary, subcommand, base_url, "--no-progress", "--report", f"json={report}", *map(str, flags)]
        self.command = " ".join(map(str, command))
        # A home of its own, for the probe keeps a ledger there; and none of the caller's settings.
        environment = {"PATH": os.environ["PATH"], "HOME": str(directory)}
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS
        )
        self.exit = done.returncode
        self.printed = done.stdout + done.stderr
        self.report = json.loads(report.read_text()) if report.exists() else {}

    def codes(self, verdict):
        """The outcome codes with this verdict."""
        return {outcome["code"] for outcome in self.report["outcomes"] if outcome["verdict"] == verdict}

    def steps(self):
        """The steps of all scenarios."""
        return [step for scenario in self.report["scenarios"] for step in scenario["steps"]]
