#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutate.py MUTATION ROOT OUTPUT: the ring's sources in one file, with the mutation made. What does not fit the sources any
more is not made, and the file says so: that fails a test, not the build. mutate.py --list: the names of all mutations."""

import re
import sys
from pathlib import Path

import mutations


class Misfit(Exception):
    pass


def edit(text, source, function, old, new):
    """Replaces `old`, which stands once in the definition of `function`."""
    definition = re.search(rf"^[^\n;]*\b{function}\([^;{{]*\)\n\{{\n.*?^\}}\n", text, re.M | re.S)
    if not definition:
        raise Misfit(f"{source} does not define {function}")
    body = definition.group()
    if body.count(old) != 1:
        raise Misfit(f"{function} in {source} has {old.strip()!r} {body.count(old)} times, not once")
    return text[: definition.start()] + body.replace(old, new) + text[definition.end():]


def mutated(root, mutation):
    texts = {source: (root / source).read_text() for source in mutations.SOURCES}
    for source, function, old, new in mutation.edits:
        texts[source] = edit(texts[source], source, function, old, new)
    return texts


def main(name, root, output):
    root = Path(root)
    mutation = next(m for m in mutations.MUTATIONS if m.name == name)
    misfit = "NULL"
    try:
        texts = mutated(root, mutation)
    except Misfit as error:
        texts = mutated(root, mutations.MUTATIONS[0])
        misfit = '"' + str(error).replace("\\", "\\\\").replace('"', '\\"') + '"'
    lines = ['#include "libc.h"', '#include "headrace/ring_abi.h"',
             "#undef HR_CURSOR_LAG", "#define HR_CURSOR_LAG model_lag",
             f"#define MODEL_MISFIT {misfit}"]
    if mutation.define:
        lines.append(f"#define {mutation.define} 1")
    # The headers first: their guards then keep out the originals.
    for source in mutations.SOURCES:
        lines += [f'#line 1 "{root / source}"', texts[source]]
    Path(output).write_text("\n".join(lines))


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print("\n".join(mutation.name for mutation in mutations.MUTATIONS))
    else:
        main(*sys.argv[1:])
