#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""install.py BUILD-FOLDER [VERSION]: installs the package as a user would, into a virtual environment of its own, and runs its
tests there with everything that they can make use of (pandas, polars, pyarrow, databento, notebooks), in the releases that
constraints.txt names: a new one of somebody else's is taken up on purpose.

VERSION is another Python's, such as 3.13 or 3.13t (free-threaded): one in PATH, of pyenv, or BUILD-FOLDER/python3.13t, which
`./dev test --long` builds; these take part in long tests only. The environment stays in BUILD-FOLDER/python-install for the next
time, and the package is installed anew each time, with numpy alone first: that it needs nothing else is tested too. Skips (77) by
name where there is no such Python, no venv, no compiler or no PyPI. Not collected by pytest.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
SKIPPED = 77
PIP = ["-m", "pip", "--disable-pip-version-check", "--quiet", "--retries", "1", "--timeout", "20"]
INSTALL = [*PIP, "install", "--prefer-binary", "--constraint", PACKAGE / "tests/constraints.txt"]
ALONE = """
import sys
import headrace
assert not {"numpy", "pandas", "polars", "pyarrow"} & set(sys.modules), "importing headrace imports more than headrace"
assert "site-packages" in headrace.__file__, headrace.__file__
record = headrace.record_from_bytes(bytes([14, 0xA0]) + bytes(54), 5)
assert record.rtype is headrace.RType.MBO and record.pretty_ts_out.year == 1970 and len(headrace.to_arrow(record)) == 1
assert "t" not in VERSION or not sys._is_gil_enabled(), "importing headrace brings the interpreter's lock back"
print("headrace", headrace.__file__, sys.version)
"""


def skip(why):
    print(f"SKIPPED [1] strategy-sdk/python/tests/install.py: {why}")
    sys.exit(SKIPPED)


def run(python, *arguments, **options):
    print("+", python, *arguments, flush=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([python, *map(str, arguments)], env=environment, **options)


def find_python(build, version):
    """Debian's, unless another is asked for."""
    if not version:
        return sys.executable
    if os.environ.get("HEADRACE_TEST_LONG") != "1":
        skip(f"long: Python {version} (./dev test --long)")
    built = Path(build) / f"python{version}/bin/python{version}"
    kept = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    found = shutil.which(f"python{version}", path="/usr/local/bin:/usr/bin") or next(filter(Path.exists, [built, *kept]), None)
    return found or skip(f"there is no python{version} here")


def make_environment(python, folder):
    if not (folder / "bin/python").exists():
        made = run(python, "-m", "venv", folder, capture_output=True, text=True)
        if made.returncode:
            skip(f"no virtual environment can be made (Debian: python3-venv): {(made.stdout + made.stderr).strip()[-300:]}")
    return folder / "bin/python"


def is_reachable(python):
    """Whether pip can have the build's own requirement, which is small."""
    found = run(python, *PIP, "download", "--no-deps", "--dest", python.parent.parent / "reachable", "meson-python>=0.15",
                capture_output=True, text=True)
    return found.returncode == 0 or (found.stderr.strip().splitlines() or ["pip says nothing"])[-1]


def install_extras(python):
    """All that the tests can use; where one of them has no release for this Python, each that has."""
    extras = run(python, *INSTALL, f"{PACKAGE}[test]", capture_output=True, text=True)
    if extras.returncode == 0:
        return
    print("not all that the tests can use can be had:", extras.stderr.strip()[-300:])
    run(python, *INSTALL, "pytest", check=True)
    metadata = subprocess.run([python, "-c", "import importlib.metadata as m; print(*m.requires('headrace'), sep='\\n')"],
                              capture_output=True, text=True, check=True).stdout
    for line in metadata.splitlines():
        name, _, marker = line.partition(";")
        if "test" in marker and run(python, *INSTALL, "--only-binary", ":all:", name.strip(), capture_output=True).returncode:
            print("tests will skip what wants", name)


def main():
    build, version = sys.argv[1], "".join(sys.argv[2:])
    folder = Path(build) / f"python-install{version}"
    python = make_environment(find_python(build, version), folder)
    reachable = is_reachable(python)
    if reachable is not True:
        skip(f"PyPI is not reachable: {reachable}")
    run(python, *PIP, "install", "--force-reinstall", "--no-deps", PACKAGE, check=True)
    run(python, "-c", f"VERSION = {version!r}\n{ALONE}", cwd=folder, check=True)
    run(python, *INSTALL, f"{PACKAGE}[batch]", check=True)
    install_extras(python)
    # Not the sources: cwd and the tests' folder have no headrace but the one that was installed.
    return run(python, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", PACKAGE, PACKAGE / "tests", cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
