# SPDX-License-Identifier: Apache-2.0
"""What docs/ABI.md says, compared with what the compiler makes of the headers: each row of a struct's table, each constant."""

import errno
import re

# The text in front of a struct's table.
TABLES = {
    "hr_attach_request": "\nRequest, 64 bytes:",
    "hr_attach_reply": "\nReply, 128 bytes,",
    "hr_ring_header": "\nRing header, at offset 0 of data.",
    "hr_cursor": "\nCursor page,",
    "hr_slot": "\nSlot i (i counts",
    "hr_directory": "\nDirectory of one worker;",
    "hr_directory_entry": "| 64 | 64 each | entries |\n\n| offset in the entry |",
    "hr_statistics_page": "\nStatistics page,",
    "hr_statistics_entry": "| 64 | 128 each | entries |\n\n| offset in the entry |",
    "hr_record_header": "\nEvery record begins with this header.",
    "hr_bid_ask_pair": "\nA `bid_ask_pair`, 32 bytes:",
    "hr_consolidated_bid_ask_pair": "\nA `consolidated_bid_ask_pair`, 32 bytes:",
}

# The rows of section 7: a record's name there, and its struct. RECOVERED is "as GAP", and so for others of one struct.
RECORDS = {
    "trade": "hr_trade", "MBP_1": "hr_mbp_1", "MBP_10": "hr_mbp_10", "OHLCV_1S": "hr_ohlcv", "OHLCV_1M": "hr_ohlcv",
    "OHLCV_1H": "hr_ohlcv", "OHLCV_1D": "hr_ohlcv", "OHLCV_EOD": "hr_ohlcv", "OHLCV_DEPRECATED": "hr_ohlcv", "BBO_1S": "hr_bbo",
    "BBO_1M": "hr_bbo", "CMBP_1": "hr_cmbp_1", "TCBBO": "hr_cmbp_1", "CBBO_1S": "hr_cbbo", "CBBO_1M": "hr_cbbo",
    "status": "hr_status", "definition": "hr_definition", "imbalance": "hr_imbalance",
    "statistics": "hr_statistics", "MBO": "hr_mbo", "LOST": "hr_lost", "GAP": "hr_gap", "RECOVERED": "hr_gap",
    "SESSION": "hr_session", "TRADE_BREAK": "hr_trade_break", "NATIVE": "hr_native",
}
FIELDS_ELSEWHERE = {"RECOVERED", "OHLCV_1M", "OHLCV_1H", "OHLCV_1D", "OHLCV_EOD", "OHLCV_DEPRECATED", "BBO_1M", "TCBBO",
                    "CBBO_1M"}

# How a constant is said: {n} its value, {x} in hexadecimal, {ascii} its bytes in memory. `\b` keeps 1 from being found in 16.
SENTENCES = {
    "HR_RING_MAGIC": r"\| 0 \| 8 \| magic \| {x:#018x} \(`{ascii}` in memory\)",
    "HR_CURSOR_MAGIC": r"\| 0 \| 8 \| magic {x:#018x} \(`{ascii}`\)",
    "HR_DIRECTORY_MAGIC": r"\| 0 \| 8 \| magic {x:#018x} \(`{ascii}`\)",
    "HR_STATISTICS_MAGIC": r"\| 0 \| 8 \| magic {x:#018x} \(`{ascii}`\)",
    "HR_ATTACH_MAGIC": r"\| 0 \| 4 \| magic \| {x:#010x} \(`{ascii}` in memory\)",
    "HR_ATTACH_VERSION": r"attach protocol {n}\.",
    "HR_ABI_MAJOR": r"\| 8 \| 2 \| abi_major \| {n}, else refuse",
    "HR_ABI_MINOR": r"\| 10 \| 2 \| abi_minor \| any; {n} in this release",
    "HR_CACHE_LINE": r"at least 4096, a multiple of {n}\b",
    "HR_RING_HEADER_BYTES": r"where slot 0 begins; at least {n}\b",
    "HR_CURSOR_BYTES": r"\| cursor \| PROT_READ and PROT_WRITE, MAP_SHARED \| {n} bytes",
    "HR_SLOT_STAMP_BYTES": r"use the record at slot \+ {n}\b",
    "HR_CURSOR_LAG": r"if read - stored >= {n}:",
    "HR_CONSUMER_NAME_BYTES": r"\| 16 \| {n} \| consumer \|",
    "HR_SYMBOL_BYTES": r"\| 16 \| {n} \| symbol,",
    "HR_WORKERS_MAX": r"\({n} workers\)",
    "HR_ATTACH_DESCRIPTORS_MAX": r"room for {n} descriptors",
    "HR_ATTACH_CONSUMER": r"\| kind \| {n} a consumer's rings",
    "HR_ATTACH_STATISTICS": r"\| kind \|[^|]*\b{n} the statistics page",
}
ROW_OF_ENUM = {  # an enumeration's prefix, and the row of its value: {name} is the rest of the constant's name
    "HR_RING_": r"\n\| {n} \| {name} \|",
    "HR_WAITING_": r"\n\| {n} \| {name} \|",
    "HR_RTYPE_": r"(?i)\n\| {name} \| {x:#04x} \|",
    "HR_FLAG_": r"Flags:[^\n]*\b{NAME} {n}\b",
}


class Layout:
    """The lines that tests/abi/layout.c prints."""

    def __init__(self, text):
        self.bytes, self.fields, self.constants = {}, {}, {}
        for line in text.splitlines():
            kind, name, *rest = line.split()
            if kind == "struct":
                self.bytes[name] = int(rest[0])
                self.fields[name] = []
            elif kind == "constant":
                self.constants[name] = int(rest[0])
            else:
                self.fields[name].append((rest[0], int(rest[1]), int(rest[2]), kind == "entries"))

    def gaps(self):
        """A struct whose fields, as listed, do not fill it: one is missing from fields.h."""
        for name, fields in self.fields.items():
            at = 0
            for field, offset, length, entries in fields:
                if offset != at:
                    yield f"fields.h: struct {name} has something in front of {field}, at {at}"
                at = offset if entries else offset + length
            if fields and at != self.bytes[name]:
                yield f"fields.h: struct {name} has something after its last field, at {at}"


def table_after(document, text):
    """The first table from `text` on, without its head: (cells, where the line begins, where it ends) of each row."""
    at = document.find(text)
    at = document.find("\n|---", at) if at >= 0 else -1
    rows = []
    while at >= 0:
        begin = document.find("\n", at + 1) + 1
        end = document.find("\n", begin)
        if not document.startswith("|", begin):
            break
        rows.append(([cell.strip() for cell in document[begin:end].strip("|").split("|")], begin, end))
        at = begin
    return rows


def rows_after(document, text):
    return [cells for cells, _, _ in table_after(document, text)]


def check_table(document, layout, struct):
    rows = rows_after(document, TABLES[struct])
    said = []
    for row in rows:
        number = re.match(r"(\d+)( each| and more)?$", row[1])
        word = re.match(r"\w+", row[2])
        if not row[0].isdigit() or not number or not word:
            yield f"{struct}: a row that cannot be read: {row}"
            continue
        said.append((word[0], int(row[0]), int(number[1]), bool(number[2])))
    wanted = [("reserved" if field.startswith("reserved") else field, offset, length, entries)
              for field, offset, length, entries in layout.fields[struct]]
    for row in wanted:
        if row not in said:
            yield f"{struct}: no row says {row[0]} at {row[1]}, {row[2]} bytes"
    for row in said:
        if row not in wanted:
            yield f"{struct}: there is no {row[0]} at {row[1]} of {row[2]} bytes"
    if said != sorted(said, key=lambda row: row[1]):
        yield f"{struct}: the rows are not in order"


TYPE_BYTES = {"u8": 1, "i8": 1, "char": 1, "u16": 2, "i16": 2, "u32": 4, "i32": 4, "u64": 8, "i64": 8,
              "bid_ask_pair": 32, "consolidated_bid_ask_pair": 32}
KINDS = "|".join(TYPE_BYTES)


def check_record(row, layout):
    """A row of section 7: name, rtype, bytes, and `offset name type` of each field after the header."""
    name, _, length, text = row
    struct = RECORDS.get(name)
    if struct is None or int(length) != layout.bytes.get(struct):
        yield f"section 7: record {name} of {length} bytes: there is none"
        return
    if name in FIELDS_ELSEWHERE:
        return
    wanted = {field: (offset, length) for field, offset, length, _ in layout.fields[struct] if field != "header"}
    for offset, field, kind, array in re.findall(rf"(\d+) (\w+)(?: ({KINDS})\b)?(?:\[(\d+)\])?", text):
        if field not in wanted or wanted[field][0] != int(offset):
            yield f"section 7: {name}.{field} is not at {offset}"
            continue
        known = TYPE_BYTES.get(kind, 1 if array else None)
        if known and known * int(array or 1) != wanted[field][1]:
            yield f"section 7: {name}.{field} has {wanted[field][1]} bytes"
        del wanted[field]
    for field in wanted:
        if not field.startswith("reserved"):
            yield f"section 7: {name}.{field} is missing"


def check_records(document, layout):
    rows = rows_after(document, "\nDBN's own, byte for byte") + rows_after(document, "\nOurs alone, never in a DBN file:")
    for row in rows:
        yield from check_record(row, layout)
    for name in RECORDS.keys() - {row[0] for row in rows}:
        yield f"section 7: record {name} is missing"


def sentence_of(constant, value):
    """The regular expression that says the constant, or None where none is known."""
    shape = SENTENCES.get(constant)
    name = ""
    for prefix, row in ROW_OF_ENUM.items():
        if shape is None and constant.startswith(prefix):
            shape, name = row, constant[len(prefix):]
    if shape is None:
        return None
    size = 8 if value >> 32 else 4
    text = value.to_bytes(8, "little")[:size].decode("latin-1")
    return shape.format(n=value, x=value, ascii=re.escape(text), name=name.lower(), NAME=name)


def check_constants(document, layout):
    for constant, value in layout.constants.items():
        sentence = sentence_of(constant, value)
        if sentence is None:
            yield f"{constant}: nobody knows where the document says it"
        elif not re.search(sentence, document):
            yield f"{constant}: the document does not say {value} ({value:#x}) where it should"


def check_errors(document):
    for name, number in re.findall(r"-(E[A-Z]+) \(-(\d+)\)", document):
        if getattr(errno, name, None) != int(number):
            yield f"-{name} is not -{number}"


def problems(document, layout):
    """Everything in which the document and the layout differ."""
    found = list(layout.gaps())
    for struct in TABLES:
        found += check_table(document, layout, struct)
    found += check_records(document, layout)
    found += check_constants(document, layout)
    found += check_errors(document)
    return found
