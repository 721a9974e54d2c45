#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: toolchain.py test | build FOLDER

test: formatting, vet, tests, and tests with the race detector. build: conform, bench-reader and latency-meter into FOLDER.
Without Go 1.19 or later it says so and skips (exit 77). Nothing is downloaded: the module needs the standard library alone.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = ["conform", "bench-reader", "latency-meter"]
LEAST = (1, 19)
PLACES = ["/usr/local/go/bin/go", "/usr/lib/go/bin/go"]


def skip(why):
    print(f"SKIPPED {why}")
    sys.exit(77)


def find_go():
    """The first Go that is new enough, and its version as text."""
    found = []
    for path in [shutil.which("go"), *PLACES]:
        if path and os.access(path, os.X_OK):
            said = subprocess.run([path, "version"], capture_output=True, text=True, env=environment()).stdout
            version = re.search(r"go(\d+)\.(\d+)\S*", said)
            if version and (int(version[1]), int(version[2])) >= LEAST:
                return path, version[0]
            found.append(f"{path}: {said.strip() or 'no version'}")
    skip(f"Go {LEAST[0]}.{LEAST[1]} or later is not there ({'; '.join(found) or 'no go'}); Debian's package is golang-go")


def environment(**more):
    """Go without cgo and without the network. Its cache is the user's, or in the temporary folder where there is none."""
    home = os.environ.get("HOME") or os.environ.get("TMPDIR") or "/tmp"
    return {
        "HOME": home,
        **os.environ,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GOFLAGS": "-buildvcs=false",
        **more,
    }


def run(command, **more):
    print("==>", *command, flush=True)
    return subprocess.run(command, cwd=HERE, env=environment(**more)).returncode


def race_detector(go):
    """None where it works, else why not: it needs cgo, a C compiler and a processor that it knows."""
    probe = subprocess.run(
        [go, "test", "-race", "-run", "^$", "."], cwd=HERE, env=environment(CGO_ENABLED="1"), capture_output=True, text=True
    )
    return None if probe.returncode == 0 else (probe.stderr.strip() or probe.stdout.strip()).splitlines()[-1]


def test():
    go, version = find_go()
    print(version)
    gofmt = Path(go).resolve().parent / "gofmt"
    if gofmt.exists():
        unformatted = subprocess.run([gofmt, "-l", "."], cwd=HERE, capture_output=True, text=True).stdout.split()
        if unformatted:
            print("not as gofmt writes them:", *unformatted)
            return 1
    if run([go, "vet", "./..."]) or run([go, "test", "-count=1", "./..."]):
        return 1
    why = race_detector(go)
    if why:
        print(f"SKIPPED the race detector does not work here: {why}")
        return 0
    return run([go, "test", "-count=1", "-race", "./..."], CGO_ENABLED="1")


def build(folder):
    go, _ = find_go()
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return any([run([go, "build", "-o", str(folder / program), f"./cmd/{program}"]) for program in PROGRAMS])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["test"]:
            sys.exit(test())
        case ["build", folder]:
            sys.exit(build(folder))
        case _:
            sys.exit(__doc__)
