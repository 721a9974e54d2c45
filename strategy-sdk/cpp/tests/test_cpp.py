# SPDX-License-Identifier: Apache-2.0
"""headrace.hpp by each compiler and standard, against the library as it is installed; and what compilers make of its loops."""

import itertools
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "c/tests"))
from conftest import installed  # noqa: E402,F401: a fixture

BUILD = Path(os.environ["HEADRACE_BUILD"])
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wold-style-cast", "-Werror"]
COMPILERS = {"g++": "gcc", "clang++": "clang"}


def compile_with(compiler, *arguments):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not there (Debian: {compiler.replace('clang++', 'clang')})")
    return subprocess.run([compiler, *arguments], capture_output=True, text=True)


def write_files(folder):
    """orders.dbn, DBN version 3 with 200 orders; cut.dbn, the same without its last byte."""
    metadata = struct.pack("<16sHQQQBBBH53sIIIII", b"XNAS.ITCH", 0, 0, 2**64 - 1, 0, 255, 0, 0, 71, b"", 0, 0, 0, 0, 0)
    orders = [struct.pack("<BBHIQ QqIBBccQiI", 14, 0xA0, 2, 1, number, number, 10**9, 100, 128, 0, b"A", b"B", number + 1, 0, number)
              for number in range(200)]
    file = b"DBN\x03" + struct.pack("<I", len(metadata)) + metadata + b"".join(orders)
    (folder / "orders.dbn").write_bytes(file)
    (folder / "cut.dbn").write_bytes(file[:-1])


@pytest.mark.parametrize("flag", ["-fexceptions", "-fno-exceptions"])
@pytest.mark.parametrize("standard", ["c++17", "c++20"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_against_a_handler(installed, tmp_path, compiler, standard, flag):  # noqa: F811
    program = tmp_path / "test_headrace"
    done = compile_with(compiler, f"-std={standard}", flag, "-O1", *WARNINGS, HERE / "test_headrace.cpp", "-o", program,
                        *installed.pkg_config("--cflags", "--libs"))
    assert done.returncode == 0, done.stderr
    write_files(tmp_path)
    done = subprocess.run([program, BUILD / "tests/sdk/mock_handler", tmp_path], capture_output=True, text=True, timeout=150,
                          env=os.environ | {"LD_LIBRARY_PATH": str(installed.library_folder)})
    assert done.returncode == 0 and done.stdout == "passed\n", done.stdout + done.stderr


REFUSED = {
    "copying a feed": ("headrace::Feed copy_of(headrace::Feed &feed) { return feed; }", "delete"),
    "writing into the ring": ("void write(headrace::Record record) { record.get_if<hr_mbo>()->size = 1; }", "read-only|const"),
    "a type that is no record": ("bool is(headrace::Record record) { return record.holds<int>(); }", "RecordTraits<int>"),
    "dropping an attachment": ("void drop() { headrace::attach(\"x\"); }", "nodiscard|unused"),
}


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("what", REFUSED)
def test_compiler_refuses(installed, tmp_path, compiler, what):  # noqa: F811
    text, reason = REFUSED[what]
    source = tmp_path / "wrong.cpp"
    source.write_text("#include <headrace/headrace.hpp>\n" + text + "\n")
    done = compile_with(compiler, "-std=c++17", "-Werror", "-fsyntax-only", source, *installed.pkg_config("--cflags"))
    assert done.returncode != 0 and re.search(reason, done.stderr), done.stderr


def test_older_standard_is_told(installed, tmp_path):  # noqa: F811
    source = tmp_path / "old.cpp"
    source.write_text("#include <headrace/headrace.hpp>\n")
    done = compile_with("g++", "-std=c++14", "-fsyntax-only", source, *installed.pkg_config("--cflags"))
    assert done.returncode != 0 and "wants C++17 or later" in done.stderr


def instructions(program, function):
    """As objdump has them, without addresses."""
    done = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "--no-addresses", f"--disassemble={function}", program],
                          capture_output=True, text=True, check=True)
    lines = done.stdout.split(f"<{function}>:\n")[1].splitlines()
    found = list(itertools.takewhile(bool, (line.strip() for line in lines)))
    assert len(found) > 20, done.stdout
    return found


@pytest.fixture
def loops(installed, tmp_path):  # noqa: F811
    def compile_loops(compiler, level):
        flags = [level, "-c", *installed.pkg_config("--cflags")]
        for source, by, more in (("loops.c", COMPILERS[compiler], []), ("loops.cpp", compiler, ["-std=c++17"])):
            done = compile_with(by, *flags, *more, HERE / source, "-o", tmp_path / (source + ".o"))
            assert done.returncode == 0, done.stderr
        return tmp_path / "loops.c.o", tmp_path / "loops.cpp.o"

    return compile_loops


@pytest.mark.parametrize("level", ["-O2", "-O3"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_poll_loop_is_that_of_c(loops, compiler, level):
    """The very same instructions, in the same order, in the same registers."""
    c, cpp = loops(compiler, level)
    assert instructions(cpp, "poll_loop") == instructions(c, "poll_loop")


@pytest.mark.parametrize("level", ["-O2", "-O3"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_batch_loop_is_no_longer_than_that_of_c(loops, compiler, level):
    """Compilers order these two differently at times, and unroll: a few instructions to and fro, no call that C does not have."""
    c, cpp = (instructions(program, "batch_loop") for program in loops(compiler, level))
    assert len(cpp) <= len(c) * 1.05
    assert sum("call" in line for line in cpp) == sum("call" in line for line in c)
