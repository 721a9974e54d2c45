# SPDX-License-Identifier: Apache-2.0
"""Where the build and the captures are, and a workshop for each test: handlers and strategies that end with it."""

import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the tests may run from a checkout that is not theirs to write to

import pytest  # noqa: E402

from programs import Programs, Workshop  # noqa: E402

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
