#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: readers.py LANGUAGE SOURCE-FOLDER BUILD-FOLDER

All cases, with our own program in that language, which is built where Meson does not. Without the program or its toolchain it
says so and skips (exit 77).
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import run

LANGUAGES = ["c", "cpp", "python", "rust", "go"]


def skip(why):
    print(f"SKIPPED {why}")
    sys.exit(77)


def there(path, fix):
    """The path, or a skip."""
    return str(path) if path.exists() else skip(f"{path} is not there: {fix}")


def command_of(language, source, build):
    sdk = source / "strategy-sdk"
    if language in ("c", "cpp"):
        return [there(build / "strategy-sdk" / language / "conform", "ninja builds it")]
    if language == "python":
        package = build / "strategy-sdk/python"
        program = there(sdk / "python/conform.py", "this checkout has none")
        if not list(package.glob("headrace/_headrace*.so")):
            skip(f"the Python package is not in {package}: build with -Dpython=enabled")
        if not find_spec("numpy"):
            skip(f"{sys.executable} has no numpy, which batches need")
        os.environ["PYTHONPATH"] = str(package)
        return [sys.executable, program]
    if language == "rust":
        there(sdk / "rust/examples/conform.rs", "this checkout has none")
        if not shutil.which("cargo"):
            skip("cargo is not there: install Rust")
        target = build / "rust"
        subprocess.run(
            ["cargo", "build", "--quiet", "--release", "--example", "conform", "--target-dir", target],
            cwd=sdk / "rust",
            check=True,
        )
        return [str(target / "release/examples/conform")]
    toolchain = there(sdk / "go/toolchain.py", "this checkout has none")
    status = subprocess.run([sys.executable, toolchain, "build", build / "go"]).returncode
    if status:
        sys.exit(status)
    return [str(build / "go/conform")]


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in LANGUAGES:
        sys.exit(__doc__ + "\nlanguages: " + ", ".join(LANGUAGES))
    language, source, build = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    sys.argv[1:] = ["--", *command_of(language, source, build)]
    return run.main()


if __name__ == "__main__":
    sys.exit(main())
