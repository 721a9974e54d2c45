# SPDX-License-Identifier: Apache-2.0
"""What the headers themselves say: which structs, fields and constants there are, and which offsets an assertion holds."""

import re


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def structs(text):
    """name: fields in order, of each struct defined in the header."""
    found = {}
    for name, body in re.findall(r"\nstruct (\w+) \{(.*?)\n\};", without_comments(text), flags=re.S):
        found[name] = re.findall(r"(\w+)(?:\[[^\]]*\])?;", body)
    return found


def constants(text):
    """Names that have a number: definitions, without guards and macros that take something, and enumerators."""
    text = without_comments(text)
    found = re.findall(r"\n#define (HR_\w+)[ \t]+\S", text)
    for body in re.findall(r"\nenum(?: \w+)? \{(.*?)\n\};", text, flags=re.S):
        found += re.findall(r"\b(HR_\w+) *=", body)
    return found


def missing_assertions(text):
    """(struct, field) of every field, but the reserved ones, whose offset no assertion holds."""
    held = set(re.findall(r"HR_ASSERT_OFFSET\((\w+), (\w+), \d+\)", text))
    for name, fields in structs(text).items():
        for field in fields:
            if not field.startswith("reserved") and (name, field) not in held:
                yield name, field


def missing_sizes(text):
    """Structs of which neither the size is held nor, where an array ends them, the offset of that."""
    sized = set(re.findall(r"HR_ASSERT_SIZE\((\w+), \d+\)", text))
    for name, fields in structs(text).items():
        ended = re.search(r"HR_ASSERT_OFFSET\(%s, %s, \d+\)" % (name, fields[-1]), text)
        if name not in sized and not (ended and re.search(r"\b%s\[\];" % fields[-1], text)):
            yield name
