#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: check_mistakes.py [MISTAKE]...

That the cases can fail: reader.py passes all of them, and with each of its mistakes it fails at least one. Prints which.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]
import reader
import run

READER = [sys.executable, reader.__file__]
SECONDS = 1.5  # a mistake often shows as something that never comes


def first_failure(names, mistake):
    """The first case that fails with the mistake and passes without, in the same time. Those are tried first in whose name a
    word of the mistake's stands."""
    words = set(mistake.split("-"))
    ordered = sorted(names, key=lambda name: -len(words & set(name.split("-"))))
    for name in ordered:
        if run.run([name], [*READER, "--mistake", mistake], SECONDS, quiet=True) and not run.run(
            [name], READER, SECONDS, quiet=True
        ):
            return name
    return None


def main():
    names = sorted(folder.name for folder in run.CASES.iterdir() if (folder / "case.json").exists())
    mistakes = sys.argv[1:] or list(reader.MISTAKES)
    unknown = [mistake for mistake in mistakes if mistake not in reader.MISTAKES]
    if unknown:
        sys.exit(f"check_mistakes.py: reader.py has no mistake {unknown[0]!r}; it has {', '.join(reader.MISTAKES)}")
    failed = run.run(names, READER, 10, quiet=True)
    for name in failed:
        print(f"a right reader fails {name}")
    with ThreadPoolExecutor(3) as pool:
        noticed = list(pool.map(lambda mistake: first_failure(names, mistake), mistakes))
    for mistake, name in zip(mistakes, noticed, strict=True):
        print(f"{'noticed by ' + name if name else 'NOT NOTICED':48} {mistake}: {reader.MISTAKES[mistake]}")
    missed = noticed.count(None)
    print(
        f"{len(mistakes) - missed} of {len(mistakes)} mistakes noticed; "
        f"a right reader passes {len(names) - len(failed)} of {len(names)} cases"
    )
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main())
