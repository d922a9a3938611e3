"""Puts the pinned frameworks where they can be run, once for each lock file and interpreter."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from . import HERE, TARGET


def express():
    """Installs the Express apps and returns the directory they run in."""
    source = HERE / "express"

    def build(target):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, target)
        environment = {**os.environ, "JOBS": "max"}
        # SQLite's binding is built from the registry's source, against this Node's own headers: what would be
        # downloaded otherwise comes from other hosts than the registry.
        environment["npm_config_build_from_source"] = "true"
        prefix = Path(_output("node", "-p", "process.execPath")).parent.parent
        if (prefix / "include" / "node" / "node_api.h").exists():
            environment["npm_config_nodedir"] = str(prefix)
        command = ["npm", "ci", "--omit=dev", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
        _run(command, cwd=target, env=environment)

    target = _once("express", source / "package-lock.json", _output("node", "--version"), build)
    for file in [*source.glob("*.js"), source / "config.json", source / "atlassian-connect.json"]:
        shutil.copy(file, target)
    return target


def python():
    """Installs what the Python app needs and returns the interpreter that has it."""
    requirements = HERE / "python" / "requirements.txt"

    def build(target):
        _run([sys.executable, "-m", "venv", target])
        _run([target / "bin" / "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", requirements])

    return _once("python", requirements, platform.python_version(), build) / "bin" / "python"


def _once(name, lock_file, interpreter, build):
    """Builds a directory named by what decides its content, unless that was done before."""
    digest = hashlib.sha256(interpreter.encode() + lock_file.read_bytes()).hexdigest()
    target = TARGET / "frameworks" / f"{name}-{digest[:16]}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        finished = target / ".installed"
        if not finished.exists():
            print(f"installing into {target}", flush=True)
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            build(target)
            finished.touch()
    return target


def _run(command, **options):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)


def _output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
