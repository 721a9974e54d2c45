# SPDX-License-Identifier: Apache-2.0
"""usage: check_assertions.py LAYOUT-PROGRAM SOURCE-FOLDER

Every field of the ABI's structs, but the reserved ones, has a static assertion that holds its offset, and every struct one that
holds its size. Prints the lines that are missing, to be added to the header.
"""

import subprocess
import sys
from pathlib import Path

import document
import headers


def main():
    program, source = sys.argv[1], Path(sys.argv[2])
    layout = document.Layout(subprocess.run([program], check=True, capture_output=True, text=True).stdout)
    missing = checked = 0
    for name in ("ring_abi.h", "attach_abi.h"):
        text = (source / "ring/include/headrace" / name).read_text()
        checked += sum(len(fields) for fields in headers.structs(text).values())
        lines = []
        for struct, field in headers.missing_assertions(text):
            offset = next(offset for listed, offset, *_ in layout.fields[struct] if listed == field)
            lines.append(f"HR_ASSERT_OFFSET({struct}, {field}, {offset});")
        lines += [f"HR_ASSERT_SIZE({struct}, {layout.bytes[struct]});" for struct in headers.missing_sizes(text)]
        if lines:
            print(f"missing in ring/include/headrace/{name}:", *lines, sep="\n")
        missing += len(lines)
    print(f"{checked} fields looked at, {missing} assertions missing")
    return 1 if missing else 0


sys.exit(main())
