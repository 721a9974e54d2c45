# SPDX-License-Identifier: Apache-2.0
"""libheadrace as it is installed: a program outside the project finds it by pkg-config, shared and static; what it shows; its pages."""

import gzip
import re
import shutil
import subprocess

import pytest

from conftest import BUILD, HERE

PROGRAM = r"""
#include <stdio.h>
#include <headrace/headrace.h>
int main(int argc, char **argv)
{
    struct hr_feed *feed;
    const struct hr_attach_options options = {.socket = argc > 1 ? argv[1] : "/nowhere/at-all.sock"};
    int error = hr_attach(&feed, "strategy", &options);
    printf("%d %s\n", error, hr_error());
    hr_feed_close(feed);
    return 0;
}
"""
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def compile_outside(installed, folder, *flags, program=PROGRAM, compiler="gcc"):
    source = folder / "strategy.c"
    source.write_text(program)
    output = folder / "strategy"
    done = subprocess.run([compiler, *WARNINGS, source, "-o", output, *flags], capture_output=True, text=True)
    return output, done


def needed(program):
    """Names of the shared objects that a program asks the loader for."""
    done = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True)
    return re.findall(r"NEEDED.*\[(.*)\]", done.stdout)


def check_runs(program, **environment):
    done = subprocess.run([program], capture_output=True, text=True, timeout=30, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("-2 /nowhere/at-all.sock: no handler is running there")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_shared(installed, tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not there (Debian: {compiler})")
    program, done = compile_outside(installed, tmp_path, *installed.pkg_config("--cflags", "--libs"), compiler=compiler)
    assert done.returncode == 0, done.stderr
    assert any(re.fullmatch(r"libheadrace\.so\.\d+", name) for name in needed(program))
    check_runs(program, env={"LD_LIBRARY_PATH": str(installed.library_folder)})


def test_static(installed, tmp_path):
    program, done = compile_outside(installed, tmp_path, "-static", *installed.pkg_config("--static", "--cflags", "--libs"))
    assert done.returncode == 0, done.stderr
    assert needed(program) == []
    check_runs(program)


def test_static_library_in_a_program_that_is_not(installed, tmp_path):
    """libheadrace.a where the rest is shared: nothing of ours is asked of the loader."""
    flags = ["-l:libheadrace.a" if flag == "-lheadrace" else flag for flag in installed.pkg_config("--static", "--cflags", "--libs")]
    program, done = compile_outside(installed, tmp_path, *flags)
    assert done.returncode == 0, done.stderr
    assert not any("headrace" in name for name in needed(program)) and "libc.so.6" in needed(program)
    check_runs(program)


def test_what_is_inside_cannot_be_linked_to(installed, tmp_path):
    """A name of the library that is not in the header is nobody's to call."""
    inside = "int hr_fail(int, const char *, ...);\nint main(void)\n{\n    return hr_fail(0, \"\");\n}\n"
    _, done = compile_outside(installed, tmp_path, *installed.pkg_config("--cflags", "--libs"), program=inside)
    assert done.returncode != 0 and "undefined reference to `hr_fail'" in done.stderr


def exported():
    """{name: version} of what the shared library shows."""
    done = subprocess.run(["nm", "--dynamic", "--with-symbol-versions", "--defined-only", BUILD / "strategy-sdk/c/libheadrace.so"],
                          capture_output=True, text=True, check=True)
    symbols = [line.split()[1:] for line in done.stdout.splitlines()]
    return dict(name.split("@@") for kind, name in symbols if kind != "A")


def test_exports_are_those_of_the_header():
    header = (HERE.parent / "include/headrace/headrace.h").read_text()
    declared = set(re.findall(r"^HR_PUBLIC [^(]*?(\w+)\(", header, flags=re.M))
    assert set(exported()) == declared and len(declared) > 10


def test_exports_of_a_release_stay():
    """exports.txt only grows: what a strategy was linked with stays there, by its version."""
    listed = dict(line.split() for line in (HERE / "exports.txt").read_text().splitlines())
    found = exported()
    assert {name: found.get(name) for name in listed} == listed
    assert all(version.startswith("HEADRACE_") for version in found.values())


def test_every_function_has_a_page(installed):
    """Of its own or of its group, which names it."""
    header = (HERE.parent / "include/headrace/headrace.h").read_text()
    functions = set(re.findall(r"^(?:HR_PUBLIC|static inline) [^(]*?(\w+)\(", header, flags=re.M)) | {"hr_record_bytes"}
    pages = {}
    for path in installed.find("*.3") + installed.find("*.3.gz"):
        text = gzip.open(path, "rt").read() if path.suffix == ".gz" else path.read_text()
        pages[path.name.split(".")[0]] = text
    for function in functions:
        assert function in pages, f"man 3 {function}: there is no page"
        linked = re.match(r"\.so man3/(\w+)\.3\n", pages[function])
        page = pages[linked[1] if linked else function]
        assert f".Fn {function} " in page and re.search(rf"^\.Nm {function}\b", page, flags=re.M), f"man 3 {function}: another's page"
    for name, text in pages.items():
        for target in re.findall(r"^\.(?:Xr|It Xr|) ?((?:hr_\w+|headrace)) 3", text, flags=re.M):
            assert target in pages, f"{name}(3) refers to {target}(3), which is not there"


def test_pages_have_no_faults(installed):
    if not shutil.which("groff"):
        pytest.skip("groff is not there (Debian: groff)")
    for path in installed.find("*.3"):
        done = subprocess.run(["groff", "-mdoc", "-Tascii", "-ww", "-z", path], cwd=path.parent.parent, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, f"{path.name}: {done.stderr}"


def test_a_header_that_is_missing_is_missed(installed, tmp_path):
    """The test of the others: without pkg-config's flags nothing is found."""
    _, done = compile_outside(installed, tmp_path)
    assert done.returncode != 0 and "headrace/headrace.h" in done.stderr
