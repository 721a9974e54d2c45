#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: make_cases.py [--check]

Writes cases/, from golden/. With --check it writes nothing, and says which files would be other than they are: exit 1.
"""

import shutil
import sys
from pathlib import Path

from golden import ends, reading, refusals, versions

CASES = Path(__file__).resolve().parent / "cases"


def files():
    """{path under cases/: text} of all cases."""
    made = {}
    for module in (reading, ends, versions, refusals):
        for case in module.cases():
            for name, text in case.files().items():
                path = f"{case.name}/{name}"
                assert path not in made, f"two cases are named {case.name}"
                made[path] = text
    return made


def main():
    wanted = files()
    there = {str(path.relative_to(CASES)): path for path in CASES.glob("*/*")}
    stale = sorted(there.keys() - wanted.keys())
    changed = sorted(path for path, text in wanted.items() if path not in there or there[path].read_text() != text)
    if sys.argv[1:] == ["--check"]:
        for path in changed + stale:
            print(f"conformance/cases/{path}: not what make_cases.py makes; run conformance/make_cases.py")
        print(f"{len(wanted)} files, {len(changed) + len(stale)} other than they are made")
        return 1 if changed or stale else 0
    if sys.argv[1:]:
        sys.exit(__doc__)
    for path in changed:
        (CASES / path).parent.mkdir(parents=True, exist_ok=True)
        (CASES / path).write_text(wanted[path])
    for path in stale:
        there[path].unlink()
    for folder in {path.partition("/")[0] for path in stale} - {path.partition("/")[0] for path in wanted}:
        shutil.rmtree(CASES / folder)
    print(f"{len(wanted)} files, {len(changed)} written, {len(stale)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
