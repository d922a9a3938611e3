"""What has to hold for a real app: each check probes it once and compares the report with what the app saw."""

import json
import tempfile
from pathlib import Path

from .app import free_port
from .front import Front
from .key_host import key_host

LIFECYCLE = {
    "initial-install",
    "manual-upgrade",
    "automatic-upgrade",
    "site-rename",
    "site-import",
    "secret-rotation",
}


class Failed(Exception):
    """A check that did not hold; says what was wanted."""


def of(setup):
    """The checks for a set-up, in order."""
    over_tls = (an_unknown_authority_is_named, a_wrong_name_is_named) if setup.base_url.startswith("https:") else ()
    return (
        every_scenario_is_good,
        confluence_is_good,
        untrusted_it_is_reachable,
        a_check_notices_what_changes,
        another_key_server_is_told,
        *over_tls,
        a_stopped_app_refuses_connections,
    )


def every_scenario_is_good(setup, probe):
    """The whole job: six scenarios, all good, nothing left behind, and a page that wants the newest secret."""
    run = probe(setup.base_url, *setup.flags())
    _is_good(setup, run)
    played = {scenario["name"] for scenario in run.report["scenarios"]}
    _expect(f"the six scenarios, not {sorted(played)}", played == LIFECYCLE)
    page = setup.app.answers(f"GET {setup.logged_page}")
    _expect(f"a page that takes the new secret, not {page}", 200 in page)
    _expect(f"a page that refuses the old secret, not {page}", any(400 <= status < 500 for status in page))


def confluence_is_good(setup, probe):
    """The same from the other product, whose sites have a path."""
    _is_good(setup, probe(setup.base_url, "--product", "confluence", *setup.flags()))


def untrusted_it_is_reachable(setup, probe):
    """An app that trusts Atlassian alone: a reachability figure, and nothing installed."""
    with key_host(setup.key_port, setup.key_host_certificate):
        run = probe(setup.base_url, "--trust", "none", *setup.reach)
    _expect(f"exit 0, not {run.exit}", run.exit == 0)
    _expect(f"reachability, not {run.report['verdict']}", run.report["verdict"]["basis"] == "reachability")
    _expect(f"no success rate, not {run.report['sli']}", run.report["sli"]["success_rate"] is None)
    reachability = run.report["reachability"]
    _expect(f"all reached, not {reachability}", reachability["success_rate"] == 1 and reachability["reached"] > 0)
    _expect("nothing installed", setup.app.tenants(setup.table) == 0)


def a_check_notices_what_changes(setup, probe):
    """The health check of production: reached, then a breach and an alert once something else answers in its place."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Front(setup.base_url, setup.authority) as front,
        key_host(setup.key_port, setup.key_host_certificate),
    ):
        alert, settings = Path(folder, "alert.json"), Path(folder, "rehearsal.toml")
        settings.write_text(f'[alerts.file]\nkind = "command"\ncommand = ["tee", "{alert}"]\n')
        for status in (404, 502, 200):
            flags = ["--trust", "none", "--health-path", "/atlassian-connect.json", "--config", settings]
            for answered, code, valid in ((None, 0, 1), (status, 2, 2)):
                front.status = answered
                run = probe(front.base_url, *flags, "--environment", f"answers {status}", command="check")
                _expect(f"exit {code} when {answered} is answered, not {run.exit}", run.exit == code)
                _expect("reachability", run.report["verdict"]["basis"] == "reachability")
                _expect("windows", run.report["windows"]["windows"][1]["valid"] == valid)
                _expect("a healthy app", run.report["health"]["verdict"] == "good")
                _expect(f"an alert only of what changed to {status}", alert.exists() == bool(answered))
            _expect("an alert of a breach", json.loads(alert.read_text())["state"] == "breach")
            alert.unlink()
    _expect("the code of an accepted install", "security.untrusted_install_accepted" in run.codes("bad"))
    _expect("nothing installed", setup.app.tenants(setup.table) == 0)


def another_key_server_is_told(setup, probe):
    """The commonest mistake: the app asks another key host than the probe's."""
    run = probe(setup.base_url, *setup.flags(key_port=free_port()))
    _is_breach(run, setup.without_key_host)
    if run.codes("bad") & {"status.400", "status.401", "status.404"}:
        reasons = run.report["verdict"]["reasons"]
        _expect(f"a word about the key server, not {reasons}", "never asked our key server" in str(reasons))
    _expect("nothing installed", setup.app.tenants(setup.table) == 0)


def an_unknown_authority_is_named(setup, probe):
    """TLS by an authority that nobody told the probe of."""
    setup.reach, reach = [], setup.reach
    run = probe(setup.base_url, *setup.flags())
    setup.reach = reach
    _is_breach(run, {"tls.unknown_issuer"})


def a_wrong_name_is_named(setup, probe):
    """TLS under a name that the certificate does not have."""
    run = probe(setup.base_url.replace("localhost", "127.0.0.1"), *setup.flags())
    _is_breach(run, {"tls.name_mismatch"})


def a_stopped_app_refuses_connections(setup, probe):
    """The app is down. The last check, since it stays so."""
    setup.app.stop()
    _is_breach(probe(setup.base_url, *setup.flags()), {"connect.refused"})


def _is_good(setup, run):
    _expect(f"exit 0, not {run.exit}", run.exit == 0)
    verdict, sli, steps = run.report["verdict"], run.report["sli"], run.steps()
    _expect(f"an ok about the SLI, not {verdict}", (verdict["status"], verdict["basis"]) == ("ok", "sli"))
    _expect(f"the claim of a contract, not {verdict}", verdict["claim"] == "contract")
    _expect(f"a valid measurement, not {run.report['measurement']}", run.report["measurement"]["validity"] == "valid")
    _expect(f"only good events, not {sli}", sli["success_rate"] == 1 and not (sli["bad"] or sli["unattributed"]))
    good = sum(step["good"] for step in steps)
    _expect(f"as many good events in the steps as in the SLI, not {good} and {sli['good']}", good == sli["good"] >= 6)
    failed = [(step["name"], check) for step in steps for check in step["checks"] if not check["passed"]]
    _expect(f"no failed check, not {failed}", not failed)
    _expect(f"no bad outcome, not {run.codes('bad')}", not run.codes("bad"))
    _expect(f"no residue, not {run.report['residue']}", run.report["residue"] == [])
    _expect("an empty store once cleaned up", setup.app.tenants(setup.table) == 0)


def _is_breach(run, codes):
    _expect(f"exit 2, not {run.exit}", run.exit == 2)
    _expect(f"a breach, not {run.report['verdict']}", run.report["verdict"]["status"] == "breach")
    found = run.codes("bad")
    _expect(f"{' or '.join(sorted(codes))}, not {sorted(found)}", found and found <= codes)


def _expect(wanted, held):
    if not held:
        raise Failed(f"wanted {wanted}")
