# SPDX-License-Identifier: Apache-2.0
"""Where the build and the captures are, and a workshop for each test: handlers and strategies that end with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the tests may run from a checkout that is not theirs to write to

import pytest  # noqa: E402

from programs import Programs, Workshop, numbers  # noqa: E402

SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def programs():
    """The build under test: $HEADRACE_BUILD, else the checkout's own build folder."""
    build = Path(os.environ.get("HEADRACE_BUILD", SOURCE / "build"))
    if not (build / "feedhandler" / "headrace").exists():
        pytest.skip(f"no build: {build}/feedhandler/headrace is not there (set HEADRACE_BUILD to a Meson build folder)")
    return Programs(build)


@pytest.fixture(scope="session")
def captures():
    """A function: the path of a capture, or a skip that names it."""
    folder = Path(os.environ.get("HEADRACE_CAPTURES", SOURCE.parent / "shared" / "captures"))

    def find(name):
        path = folder / name
        if not path.exists():
            pytest.skip(f"no capture: {path} is not there (set HEADRACE_CAPTURES to the folder of the captures)")
        return path

    return find


@pytest.fixture
def workshop(programs, tmp_path):
    made = Workshop(programs, tmp_path)
    yield made
    made.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the log of every handler and strategy that it started."""
    outcome = yield
    report = outcome.get_result()
    made = getattr(item, "funcargs", {}).get("workshop")
    if report.when == "call" and report.failed and made is not None:
        for process in made.processes:
            report.sections.append((f"log of {process.title}", process.log_text()[-6000:]))


@pytest.fixture
def wire():
    """(sender's namespace, its interface, receiver's namespace, its interface), gone when the test is over."""
    for tool in ("ip", "ethtool", "tcpreplay"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not there (Debian: iproute2, ethtool, tcpreplay)")
    if os.geteuid() != 0:
        pytest.skip("only root can make network namespaces")
    unique = f"{os.getpid()}-{next(numbers)}"
    sender, receiver = f"hr-e2e-{unique}-s", f"hr-e2e-{unique}-r"

    def ip(*arguments, check=True):
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
        if check and done.returncode != 0:
            pytest.skip(f"this machine makes no network namespaces: ip {' '.join(arguments)}: {done.stderr.strip()}")

    try:
        for name in (sender, receiver):
            ip("netns", "add", name)
            # Router solicitations would be counted as refused frames.
            subprocess.run(["ip", "netns", "exec", name, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"])
        ip("-n", sender, "link", "add", "out", "type", "veth", "peer", "name", "in", "netns", receiver)
        ip("-n", sender, "link", "set", "out", "up")
        ip("-n", receiver, "link", "set", "in", "up")
        # A local sender's checksums would be left to hardware that is not there.
        subprocess.run(["ip", "netns", "exec", sender, "ethtool", "-K", "out", "tx", "off"], check=True, capture_output=True)
        yield sender, "out", receiver, "in"
    finally:
        for name in (sender, receiver):
            ip("netns", "del", name, check=False)


@pytest.fixture
def addressed(wire):
    """The wire with addresses: requests and answers go the ordinary way, beside the feed."""
    sender, out, receiver, interface = wire
    for namespace, name, address in ((sender, out, "10.99.0.1/24"), (receiver, interface, "10.99.0.2/24")):
        subprocess.run(["ip", "-n", namespace, "addr", "add", address, "dev", name], check=True)
    subprocess.run(["ip", "-n", sender, "route", "add", "224.0.0.0/4", "dev", out], check=True)
    return wire
