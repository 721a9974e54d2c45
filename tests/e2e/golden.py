# SPDX-License-Identifier: Apache-2.0
"""Golden of a decoder that is not ours: the first datagrams of a capture as trees of fields, every value a text."""

import gzip
import json


def layers(path):
    """The one layer of each datagram that the other decoder took apart."""
    with gzip.open(path, "rt") as file:
        datagrams = json.load(file)
    for datagram in datagrams:
        (layer,) = datagram["layers"].values()
        yield layer


def messages(layer, prefix, name):
    """The trees of that name, none or many, each as a dictionary: a field's name without the prefix to its text."""
    trees = layer.get(prefix + name, [])
    return [dict(leaves(tree, prefix)) for tree in (trees if isinstance(trees, list) else [trees])]


def leaves(node, prefix):
    """Every field of a tree, however deep it is; those without a value are left out."""
    for name, value in node.items():
        if isinstance(value, dict):
            yield from leaves(value, prefix)
        elif value:
            yield name.removeprefix(prefix), value
