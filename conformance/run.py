#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: run.py [--case NAME]... [--deadline SECONDS] [--list] -- PROGRAM [ARGUMENTS]

Plays the golden rings and streams of cases/ to a reader program and compares what it prints, where its cursors are, and what it
says on its socket. One line for each case, a diff for each that failed; the exit code is 1 if one failed. README.md says what
the program is to do.
"""

import argparse
import difflib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from handler import Failure, Handler

CASES = Path(__file__).resolve().parent / "cases"
DIFF_LINES, DIFF_COLUMNS = 24, 100


def by_ring(text):
    """Lines of output, in which records of several rings between two other lines stand ring after ring: between rings there is
    no order that a reader has to keep."""
    lines, rings, ring = [], {}, None
    for line in [*text.splitlines(), ""]:
        line = line.rstrip()
        first = line.partition(" ")[0]
        if first.isdigit():
            ring = int(first)
        elif first != "batch" or ring is None:
            for number in sorted(rings):
                lines += rings[number]
            rings, ring = {}, None
            lines.append(line)
            continue
        rings.setdefault(ring, []).append(line)
    return lines[:-1]


def play(folder, program, seconds):
    """None where the program passed the case, else why it did not: lines for people."""
    case = json.loads((folder / "case.json").read_text())
    expected = by_ring((folder / "expected.txt").read_text())
    with tempfile.TemporaryDirectory(prefix="headrace-conformance-") as scratch:
        handler = Handler(case, program, scratch, seconds)
        found = []
        try:
            handler.play()
        except Failure as failure:
            found.append(f"  {failure}")
        except OSError as failure:
            found.append(f"  {program[0]}: {failure}")
        printed = by_ring(handler.printed.decode(errors="replace"))
        has_failed = case["may_fail"] and not printed and handler.process and handler.process.returncode
        if printed != expected and not has_failed:
            diff = list(difflib.unified_diff(expected, printed, "expected", "printed", lineterm="", n=1))
            found += ["  " + (line if len(line) <= DIFF_COLUMNS else line[:DIFF_COLUMNS] + "...") for line in diff[:DIFF_LINES]]
            found += [f"  ... {len(diff) - DIFF_LINES} lines more"] if len(diff) > DIFF_LINES else []
        if found and os.path.exists(handler.errors):
            found += [
                "  standard error: " + line for line in Path(handler.errors).read_text(errors="replace").splitlines()[-10:]
            ]
    return [f"  {case['about']}", *found] if found else None


def run(names, program, seconds, quiet=False):
    """The names of the cases that failed."""
    failed = []
    for name in names:
        problems = play(CASES / name, program, seconds)
        if problems:
            failed.append(name)
        if not quiet:
            print(f"{'FAILED' if problems else 'passed'} {name}", *(problems or []), sep="\n", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0].removeprefix("usage: "))
    parser.add_argument("--case", action="append", metavar="NAME", help="only this one; may be given again")
    parser.add_argument("--deadline", type=float, default=10, metavar="SECONDS", help="for each wait (10)")
    parser.add_argument("--list", action="store_true", help="print the cases and what each is about")
    parser.add_argument("program", nargs="*", metavar="PROGRAM")
    given = parser.parse_args()
    names = sorted(folder.name for folder in CASES.iterdir() if (folder / "case.json").exists())
    if given.list:
        for name in names:
            print(f"{name:40} {json.loads((CASES / name / 'case.json').read_text())['about']}")
        return 0
    unknown = sorted(set(given.case or []) - set(names))
    if unknown:
        close = difflib.get_close_matches(unknown[0], names, 1)
        sys.exit(
            f"run.py: there is no case {unknown[0]!r} in {CASES}"
            + (f"; did you mean {close[0]!r}?" if close else "; see --list")
        )
    if not given.program:
        sys.exit("run.py: no program: run.py [--case NAME] -- PROGRAM [ARGUMENTS]")
    if not shutil.which(given.program[0]):
        sys.exit(
            f"run.py: {given.program[0]} is no program that can be run from {os.getcwd()}; is it built, and may it be executed?"
        )
    wanted = given.case or names
    failed = run(wanted, given.program, given.deadline)
    print(f"{len(wanted) - len(failed)} of {len(wanted)} cases passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
