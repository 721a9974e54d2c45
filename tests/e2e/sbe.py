# SPDX-License-Identifier: Apache-2.0
"""A reader of SBE messages from CME's own XML, which knows nothing of our code: fields by name, groups as lists."""

import struct
import xml.etree.ElementTree as ElementTree

CODES = {"int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q"}


class Schema:
    def __init__(self, path):
        root = ElementTree.parse(path).getroot()
        self.types, self.dimensions = {}, {}
        types = root.find("types")
        for each in types.findall("type"):
            self.types[each.get("name")] = self.primitive(each)
        for name, kind in (("enum", "enum"), ("set", "set")):
            for each in types.findall(name):
                self.types[each.get("name")] = self.types.get(each.get("encodingType")) or (CODES[each.get("encodingType").lower()], None)
        for each in types.findall("composite"):
            parts = each.findall("type")
            if parts[-1].get("name") == "numInGroup":
                offset = int(parts[-1].get("offset", struct.calcsize("<H")))
                self.dimensions[each.get("name")] = (offset, CODES[parts[-1].get("primitiveType")])
            else:
                kept = [self.primitive(part) for part in parts if part.get("presence") != "constant"]
                self.types[each.get("name")] = ("".join(code for code, _ in kept), kept[0][1] if len(kept) == 1 else None)
        self.messages = {int(each.get("id")): each for each in root if each.tag.endswith("message")}

    @staticmethod
    def primitive(element):
        """(struct code, null); the code is None for a constant."""
        if element.get("presence") == "constant":
            return None, None
        kind, length = element.get("primitiveType"), int(element.get("length", 1))
        if kind == "char":
            return f"{length}s", None
        null = element.get("nullValue")
        return CODES[kind], int(null) if null else None

    def block(self, fields, data, at):
        found = {}
        for field in fields:
            code, null = self.types[field.get("type")]
            if code is None:
                continue
            values = struct.unpack_from("<" + code, data, at + int(field.get("offset", 0)))
            value = values[0] if len(values) == 1 else values
            if isinstance(value, bytes):
                value = value.rstrip(b"\0").decode()
            found[field.get("name")] = None if null is not None and value == null else value
        return found

    def message(self, data):
        """{field: value, group: [{field: value}]} of one message, all of which must be read."""
        block_length, template, schema, version = struct.unpack_from("<HHHH", data)
        assert (schema, version) == (1, 9)
        layout = self.messages[template]
        assert block_length == int(layout.get("blockLength"))
        found = {"template": template} | self.block(layout.findall("field"), data, 8)
        at = 8 + block_length
        for group in layout.findall("group"):
            offset, code = self.dimensions[group.get("dimensionType")]
            length = int.from_bytes(data[at : at + 2], "little")
            (count,) = struct.unpack_from("<" + code, data, at + offset)
            assert length == int(group.get("blockLength"))
            at += offset + struct.calcsize(code)
            found[group.get("name")] = [self.block(group.findall("field"), data, at + i * length) for i in range(count)]
            at += count * length
        assert at == len(data), f"template {template}: {len(data)} bytes, of which {at} are told by the schema"
        return found

    def packet(self, payload):
        """(packet number, sending time, messages)"""
        sequence, time = struct.unpack_from("<IQ", payload)
        messages, at = [], 12
        while at < len(payload):
            size = int.from_bytes(payload[at : at + 2], "little")
            messages.append(self.message(payload[at + 2 : at + size]))
            at += size
        assert at == len(payload)
        return sequence, time, messages
