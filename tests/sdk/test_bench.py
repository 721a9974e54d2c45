# SPDX-License-Identifier: Apache-2.0
"""The sdk bench's word on its readers: figures of those that read all of it, and by name why of those that did not. No time is asserted."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

PROGRAM = Path(os.environ["HEADRACE_BUILD"]) / "bench/sdk/sdk"
WORKS = ["batch", "batch_touch", "iterate"]

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="the benches are not built (-Dbench=enabled)")


def bench(folder, *arguments):
    done = subprocess.run([PROGRAM, "--quick", "--json", "--readers", folder, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def reader(folder, name, script):
    path = folder / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)


def test_c_and_cpp(tmp_path):
    told = bench(tmp_path, "--only", "cpp", "--seed", "7")
    assert [(result["work"], result["name"]) for result in told["results"]] == [(work, name) for work in WORKS for name in ("c", "cpp")]
    assert all(0 < result["min"] <= result["median"] <= result["max"] and result["unit"] == "ns" for result in told["results"])
    assert told["bench"] == "sdk" and told["rounds"] == 3 and told["seed"] == 7 and told["missing"] == {}
    assert all("x c)" in result["note"] for result in told["results"] if result["name"] == "cpp")


@pytest.mark.parametrize("script, why", [
    ("echo broken here >&2; exit 3", "it did not become ready: broken here"),
    ("echo ready; read x", "it is ready, but has not attached"),
    ("exit 0", "it did not become ready"),
])
def test_readers_that_do_not_read(tmp_path, script, why):
    reader(tmp_path, "go", script)
    told = bench(tmp_path, "--only", "go")
    assert told["missing"] == {"go": why} and {result["name"] for result in told["results"]} == {"c"}


@pytest.mark.parametrize("line, why", [
    ('{"records": 262144, "ns": 5, "sum": 1}', "the sum is 1, wanted"),
    ('{"records": 5, "ns": 5, "sum": 1}', "wanted a line of JSON with 262144 records"),
    ("what?", "found 'what?'"),
])
def test_readers_that_say_what_cannot_be(tmp_path, line, why):
    """Of a queue of its own, so that it need not attach."""
    reader(tmp_path, "tachyon-rust", f"echo ready; read x; echo '{line}'")
    told = bench(tmp_path, "--only", "tachyon-rust")
    assert why in told["missing"]["tachyon-rust"]


def test_what_could_not_be_built(tmp_path):
    (tmp_path / "rust.error").write_text("needs cargo >= 1.88: found ''\n")
    told = bench(tmp_path)
    assert told["missing"]["rust"] == "needs cargo >= 1.88: found ''"
    assert "./dev bench sdk" in told["missing"]["python"]


def test_leaves_nothing_behind(tmp_path, monkeypatch):
    with tempfile.TemporaryDirectory(prefix="hr-") as folder:  # a socket's path is short; pytest's folders are not
        monkeypatch.setenv("TMPDIR", folder)
        reader(tmp_path, "go", f"ls {folder} > {tmp_path}/seen; echo $$ > {tmp_path}/pid; echo ready; exec sleep 1000")
        bench(tmp_path, "--only", "go")
        assert (tmp_path / "seen").read_text().startswith("headrace-bench-sdk-") and os.listdir(folder) == []
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


def test_wrong_seed():
    done = subprocess.run([PROGRAM, "--seed", "0"], capture_output=True, text=True)
    assert done.returncode == 64 and "seed" in done.stderr
