"""What a probe says in a network with few ports and no way out, on a machine that gives it no sockets, and on a full
disk.

Run by `run`, in a network and a mount namespace.
"""

import ctypes
import errno
import fcntl
import functools
import json
import platform
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

# The number of the system call `socket`.
SOCKET_CALL = {"x86_64": 41, "aarch64": 198}[platform.machine()]
# Two of them are listened on by the demo itself.
PORTS = (40000, 40015)
CALLBACKS = 60


def main(program: str) -> None:
    bring_up_loopback()
    # Connections that have just ended keep their ports, as they do towards other machines.
    set_network("tcp_tw_reuse", "0")
    with tempfile.TemporaryDirectory() as folder:
        probe = Probe(program, Path(folder))
        probe_without_a_way_out(probe)
        probe_of_a_host_that_is_cut_off(probe)
        probe_without_sockets(probe)
        runs_on_a_full_disk(probe)
        probe_without_ports(probe)
        load_without_ports(probe)
    print("all as it should be")


def bring_up_loopback() -> None:
    """`ip link set lo up`, which needs no other program here."""
    set_interface_flags, up = 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, set_interface_flags, struct.pack("16sh22x", b"lo", up))


def set_network(name: str, value: str) -> None:
    Path("/proc/sys/net/ipv4", name).write_text(value)


class Probe:
    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder

    def report(self, *args: str, before: Callable[[], None] | None = None) -> dict:
        """The report of a run with these arguments, by a process that does what is to come before itself."""
        file = self.folder / "report.json"
        command = [self.program, *args, "--scenario", "initial-install", "--report", f"json={file}"]
        environment = {"HOME": str(self.folder)}
        ended = subprocess.run(
            command, env=environment, preexec_fn=before, capture_output=True, text=True, timeout=120, check=False
        )
        if not file.exists():
            sys.exit(f"{command} ended with {ended.returncode} and no report:\n{ended.stderr}")
        report = json.loads(file.read_text())
        file.unlink()
        return report


def probe_without_a_way_out(probe: Probe) -> None:
    """No route leads anywhere: neither to the app nor to the control target nor to the resolver."""
    there = ["--installed-path", "/installed", "--key-server", "127.0.0.1:0"]
    control = ["--control-url", "http://198.51.100.1", "--control-name", "www.example.com"]
    for url, more, code, seen in [
        ("http://192.0.2.1", [], "probe.own_network_down", "connect.network_unreachable"),
        (
            "http://app.example.com",
            ["--dns-server", "203.0.113.53"],
            "dns.resolver_unreachable",
            "dns.resolver_unreachable",
        ),
    ]:
        report = probe.report("probe", url, *there, *control, *more)
        row = only(report["outcomes"])
        expect(f"{url} without a route", (row["code"], row["verdict"]), (code, "excluded"))
        expect("the control target's answer", seen in row["examples"][0]["control"], True)
        expect("the status", report["verdict"]["status"], "no_data")


def probe_of_a_host_that_is_cut_off(probe: Probe) -> None:
    """A router says that the host can't be reached; here the kernel says it in the router's place."""
    reject_route("192.0.2.2")
    report = probe.report("probe", "http://192.0.2.2", "--installed-path", "/installed", "--key-server", "127.0.0.1:0")
    row = only(report["outcomes"])
    expect("a host that is cut off", (row["code"], row["verdict"]), ("connect.host_unreachable", "bad"))


def reject_route(host: str) -> None:
    """`ip route add unreachable HOST`: a struct rtentry of Linux with RTF_UP, RTF_HOST and RTF_REJECT."""
    add_route, up_host_reject = 0x890B, 0x1 | 0x4 | 0x200
    address = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(host))
    nowhere = struct.pack("=HH12x", socket.AF_INET, 0)
    route = struct.pack("@L16s16s16sHhLPhPLLH", 0, address, nowhere, nowhere, up_host_reject, 0, 0, 0, 0, 0, 0, 0, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, add_route, route)


def probe_without_sockets(probe: Probe) -> None:
    """The kernel has no memory for the socket that the callback would take; or a network that is down."""
    there = ["--installed-path", "/installed", "--key-server", "127.0.0.1:0"]
    for number, code in [
        (errno.ENOBUFS, "probe.out_of_memory"),
        (errno.ENOMEM, "probe.out_of_memory"),
        (errno.ENETDOWN, "probe.own_network_down"),
    ]:
        refusing = functools.partial(refuse_sockets, socket.AF_INET6, number)
        report = probe.report("probe", "http://[::1]:9", *there, before=refusing)
        row = only(report["outcomes"])
        seen = (row["code"], row["verdict"], row["owner"])
        expect(f"a socket's {errno.errorcode[number]}", seen, (code, "excluded", "probe"))
        expect("validity", report["measurement"]["validity"], "suspect")


def refuse_sockets(family: int, number: int) -> None:
    """Lets this process, and those it becomes, get no stream sockets of a family: a filter of system calls."""
    load, jump_equal, result = 0x20, 0x15, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | number
    # Of struct seccomp_data: the call's number, and the lower halves of its first two arguments.
    call, first, second = 0, 16, 24
    filter_code = [
        (load, 0, 0, call), (jump_equal, 0, 5, SOCKET_CALL),
        (load, 0, 0, first), (jump_equal, 0, 3, family),
        (load, 0, 0, second), (0x54, 0, 0, 0xF), (jump_equal, 1, 0, socket.SOCK_STREAM),
        (result, 0, 0, allow), (result, 0, 0, refuse),
    ]
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in filter_code)
    held = ctypes.create_string_buffer(code)
    program = struct.pack("@HP", len(filter_code), ctypes.addressof(held))
    no_new_privileges, set_filter, filter_mode = 38, 22, 2
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in [(no_new_privileges, 1, 0, 0, 0), (set_filter, filter_mode, ctypes.c_char_p(program), 0, 0)]:
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "no filter of system calls")


def runs_on_a_full_disk(probe: Probe) -> None:
    """A tenant that can't be noted is not sent, and what was seen until then is told."""
    state = probe.folder / "small"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(state)], check=True)
    app, key = Counting(("127.0.0.1", 0), App), str(probe.folder / "disk-key.pem")
    Thread(target=app.serve_forever, daemon=True).start()
    subprocess.run([probe.program, "keys", "new", key], check=True, capture_output=True)
    how = [f"http://127.0.0.1:{app.server_port}", "--installed-path", "/installed", "--signing-key", key]
    how += ["--key-server", "none", "--no-cleanup", "--state-dir", str(state)]
    asked = 400
    for command in (
        ["probe", *how, "--repeat", str(asked), "--concurrency", "4"],
        ["load", *how, "--rate", f"{asked // 2}/s", "--duration", "2s", "--acknowledge-egress"],
    ):
        app.taken = 0
        report = probe.report(*command)
        what = f"{command[0]} on a full disk"
        expect(f"{what}: exit code", report["verdict"]["exit_code"], 69)
        reason = report["verdict"]["reasons"][0]
        expect(f"{what}: reason", "No space left on device" in reason and "--state-dir" in reason, True)
        expect(f"{what}: seen is what was sent", report["sli"]["good"], app.taken)
        expect(f"{what}: some were sent, not all", 0 < app.taken < asked, True)
        expect(f"{what}: complete", report["run"]["complete"], False)
        shutil.rmtree(state / "ledgers")
    app.shutdown()
    subprocess.run(["umount", str(state)], check=True)


def probe_without_ports(probe: Probe) -> None:
    """Connections, each a new one, use up the local ports: the probe's own fault, and not the app's."""
    set_network("ip_local_port_range", f"{PORTS[0]} {PORTS[1]}")
    report = probe.report("demo", "--fault", "status-204", "--repeat", str(CALLBACKS))
    rows = {(row["code"], row["verdict"]): row for row in report["outcomes"]}
    exhausted = rows.pop(("probe.local_ports_exhausted", "excluded"), None) or sys.exit(f"no port was missing: {rows}")
    good = rows.pop(("status.204", "good"), None) or sys.exit(f"nothing was good: {rows}")
    expect("other outcomes", rows, {})
    expect("callbacks", good["count"] + exhausted["count"], CALLBACKS)
    expect("owner and phase", (exhausted["owner"], exhausted["phase"]), ("probe", "connect"))
    expect("bad ones", report["sli"]["bad"], 0)
    expect("validity", report["measurement"]["validity"], "suspect")
    print(f"  {good['count']} callbacks on {PORTS[1] - PORTS[0] + 1} ports, then {exhausted['count']} without one")


def load_without_ports(probe: Probe) -> None:
    """A load test that runs out of ports refuses its own figures; from several addresses there are enough."""
    app = Counting(("127.0.0.1", PORTS[1] + 1), App)
    Thread(target=app.serve_forever, daemon=True).start()
    key = str(probe.folder / "key.pem")
    subprocess.run([probe.program, "keys", "new", key], check=True, capture_output=True)
    load = ["load", f"http://127.0.0.1:{app.server_port}", "--installed-path", "/installed"]
    load += ["--signing-key", key, "--key-server", "none", "--no-cleanup", "--acknowledge-egress"]
    load += ["--rate", f"{CALLBACKS // 2}/s", "--duration", "2s"]

    report = probe.report(*load)
    rows = {(row["code"], row["verdict"]): row["count"] for row in report["outcomes"]}
    exhausted = rows.pop(("probe.local_ports_exhausted", "excluded"), None) or sys.exit(f"no port was missing: {rows}")
    good = rows.pop(("status.204", "good"), 0)
    expect("other outcomes under load", rows, {})
    expect("callbacks under load", good + exhausted, CALLBACKS)
    expect("validity under load", report["measurement"]["validity"], "invalid")
    expect("exit code", report["verdict"]["exit_code"], 3)

    sources = ",".join(f"127.0.0.{last}" for last in range(11, 11 + CALLBACKS // 10))
    report = probe.report(*load, "--source", sources)
    rows = {(row["code"], row["verdict"]): row["count"] for row in report["outcomes"]}
    expect(f"from {sources}", rows, {("status.204", "good"): CALLBACKS})
    doubts = [reason for reason in report["measurement"]["reasons"] if "port" in reason]
    expect("doubts about ports", doubts, [])


class Counting(ThreadingHTTPServer):
    """Counts what it takes."""

    taken = 0


class App(BaseHTTPRequestHandler):
    """Takes every callback, and leaves it to the client to close the connection."""

    protocol_version = "HTTP/1.1"
    counting = Lock()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.counting:
            self.server.taken += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def only(rows: list) -> dict:
    expect("rows", len(rows), 1)
    return rows[0]


def expect(what: str, seen: object, expected: object) -> None:
    if seen != expected:
        sys.exit(f"{what}: {seen!r} instead of {expected!r}")
    print(f"  {what}: {seen!r}")


main(sys.argv[1])
