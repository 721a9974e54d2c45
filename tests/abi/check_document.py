# SPDX-License-Identifier: Apache-2.0
"""usage: check_document.py LAYOUT-PROGRAM SOURCE-FOLDER

Compares docs/ABI.md with the headers; then the test of the test: hundreds of copies of the document and of the layout, each
with one thing changed, every one of which must be found to differ.
"""

import re
import subprocess
import sys
from pathlib import Path

import document
import headers

ABI_HEADERS = ["ring_abi.h", "attach_abi.h"]


def mutated_documents(text, layout):
    """(what was changed, copy): each number and name of each row that counts, each row, each constant."""
    for struct, heading in document.TABLES.items():
        for (offset, length, *rest), begin, end in document.table_after(text, heading):
            number = re.match(r"\d+", length)[0]
            more = length[len(number):]
            changes = {
                "another offset": [str(int(offset) + 8), length, *rest],
                "another size": [offset, f"{int(number) + 1}{more}", *rest],
                "another name": [offset, length, "x" + rest[0], *rest[1:]],
                "no such row": [],
            }
            for change, cells in changes.items():
                line = f"| {' | '.join(cells)} |\n" if cells else ""
                yield f"{struct} {rest[0]}: {change}", text[:begin] + line + text[end + 1:]
    for constant, value in layout.constants.items():
        found = re.search(document.sentence_of(constant, value), text)
        said = found[0]
        digits = list(re.finditer(r"0x[0-9a-f]+|\d+", said, flags=re.I))
        wanted = [d for d in digits if int(d[0], 0) == value]
        assert wanted, (constant, said)
        digit = wanted[-1]
        copy = said[:digit.start()] + (hex(value + 1) if digit[0].startswith("0x") else str(value + 1)) + said[digit.end():]
        yield f"{constant}: another value", text[:found.start()] + copy + text[found.end():]
    for row in re.finditer(r"\n\| (\w+) \| 0x[0-9A-F]+ \| (\d+) \| (\d+)", text):
        yield f"record {row[1]}: another size", text[:row.start(2)] + str(int(row[2]) + 4) + text[row.end(2):]
        if row[1] not in document.FIELDS_ELSEWHERE:
            yield f"record {row[1]}: another offset", text[:row.start(3)] + str(int(row[3]) + 4) + text[row.end(3):]


def mutated_layouts(output):
    """A header in which one field has moved, grown or gone, or one constant has another value."""
    lines = output.splitlines()
    for i, line in enumerate(lines):
        words = line.split()
        if words[0] in ("field", "entries"):
            changes = [words[:3] + [str(int(words[3]) + 8), words[4]], words[:4] + [str(int(words[4]) + 1)]]
        else:
            changes = [words[:2] + [str(int(words[2]) + 1)]]
        for change in changes:
            yield f"{' '.join(words[:3])}: changed", "\n".join(lines[:i] + [" ".join(change)] + lines[i + 1:])
        if words[0] == "field":
            yield f"{' '.join(words[:3])}: gone", "\n".join(lines[:i] + lines[i + 1:])


def check_lists(source, layout):
    """That fields.h lists every struct, field and constant of the ABI's headers."""
    for name in ABI_HEADERS:
        text = (source / "ring/include/headrace" / name).read_text()
        for struct, fields in headers.structs(text).items():
            listed = [field for field, *_ in layout.fields.get(struct, [])]
            if listed != fields:
                yield f"fields.h: struct {struct} of {name} has {fields}, listed are {listed}"
        for constant in headers.constants(text):
            if constant not in layout.constants:
                yield f"fields.h: {constant} of {name} is not listed"


def main():
    program, source = sys.argv[1], Path(sys.argv[2])
    output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    layout = document.Layout(output)
    text = (source / "docs/ABI.md").read_text()
    found = list(check_lists(source, layout)) + document.problems(text, layout)
    for problem in found:
        print(f"docs/ABI.md: {problem}")
    if found:
        return 1
    mutants = [(title, copy, layout) for title, copy in mutated_documents(text, layout)]
    mutants += [(title, text, document.Layout(copy)) for title, copy in mutated_layouts(output)]
    assert all(copy != text or of is not layout for _, copy, of in mutants), "a copy is no different"
    missed = [title for title, copy, of in mutants if not document.problems(copy, of)]
    for title in missed:
        print(f"the check itself: not noticed: {title}")
    fields = sum(len(fields) for fields in layout.fields.values())
    print(f"{len(layout.fields)} structs, {fields} fields and {len(layout.constants)} constants are as docs/ABI.md says; "
          f"{len(mutants) - len(missed)} of {len(mutants)} changed copies were found to differ")
    return 1 if missed else 0


sys.exit(main())
