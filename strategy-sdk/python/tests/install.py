#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""install.py BUILD-FOLDER: installs the package as a user would, into a virtual environment of its own, and runs its tests
there with everything that they can make use of (pandas, polars, pyarrow, databento, notebooks).

The environment stays in BUILD-FOLDER/python-install for the next time, and the package is installed anew each time, with numpy
alone first: that it needs nothing else is tested too. Skips (77) by name where there is no venv, no compiler or no PyPI. Not
collected by pytest.
"""

import os
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
SKIPPED = 77
PIP = ["-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "1", "--timeout", "20"]
ALONE = """
import sys
import headrace
assert not {"numpy", "pandas", "polars", "pyarrow"} & set(sys.modules), "importing headrace imports more than headrace"
assert "site-packages" in headrace.__file__, headrace.__file__
record = headrace.record_from_bytes(bytes([14, 0xA0]) + bytes(54), 5)
assert record.rtype is headrace.RType.MBO and record.pretty_ts_out.year == 1970 and len(headrace.to_arrow(record)) == 1
print("headrace", headrace.__file__, sys.version.split()[0])
"""


def skip(why):
    print(f"SKIPPED [1] strategy-sdk/python/tests/install.py: {why}")
    sys.exit(SKIPPED)


def run(python, *arguments, **options):
    print("+", python, *arguments, flush=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([python, *map(str, arguments)], env=environment, **options)


def make_environment(folder):
    if not (folder / "bin/python").exists():
        made = run(sys.executable, "-m", "venv", folder, capture_output=True, text=True)
        if made.returncode:
            skip(f"no virtual environment can be made (Debian: python3-venv): {(made.stdout + made.stderr).strip()[-300:]}")
    return folder / "bin/python"


def is_reachable(python):
    """Whether pip can have the build's own requirement, which is small."""
    found = run(python, *PIP, "download", "--no-deps", "--dest", python.parent.parent / "reachable", "meson-python>=0.15",
                capture_output=True, text=True)
    return found.returncode == 0 or (found.stderr.strip().splitlines() or ["pip says nothing"])[-1]


def main():
    folder = Path(sys.argv[1]) / "python-install"
    python = make_environment(folder)
    reachable = is_reachable(python)
    if reachable is not True:
        skip(f"PyPI is not reachable: {reachable}")
    run(python, *PIP, "install", "--force-reinstall", "--no-deps", PACKAGE, check=True)
    run(python, "-c", ALONE, cwd=folder, check=True)
    run(python, *PIP, "install", f"{PACKAGE}[batch]", check=True)
    extras = run(python, *PIP, "install", f"{PACKAGE}[test]", capture_output=True, text=True)
    if extras.returncode:
        print("tests will skip what could not be had:", extras.stderr.strip()[-300:])
        run(python, *PIP, "install", "pytest", check=True)
    # Not the sources: cwd and the tests' folder have no headrace but the one that was installed.
    return run(python, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", PACKAGE, PACKAGE / "tests", cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
