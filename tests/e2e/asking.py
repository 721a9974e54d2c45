# SPDX-License-Identifier: Apache-2.0
"""The attach protocol by hand: what a peer, good or bad, may say to the handler's socket."""

import contextlib
import os
import socket
import struct

REQUEST = struct.Struct("<IHHIHH32s16s")
REPLY = struct.Struct("<IHHiIII104s")
MAGIC = 0x41525248
CONSUMER, STATISTICS = 1, 2


def request(kind=CONSUMER, consumer=b"", magic=MAGIC, version=1, length=REQUEST.size, abi=1):
    return REQUEST.pack(magic, version, length, kind, abi, 0, consumer, b"")


def knock(handler, patience=10):
    """A connection that has said nothing yet."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(patience)
    connection.connect(str(handler.socket))
    return connection


def answer(connection):
    """(status, message, descriptors), or None when the handler hung up without a word."""
    data, control, _, _ = connection.recvmsg(REPLY.size + 1, socket.CMSG_SPACE(256 * 4))
    descriptors = []
    for level, kind, content in control:
        assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
        descriptors += struct.unpack(f"{len(content) // 4}i", content)
    if not data:
        return None
    magic, version, length, status, _, count, _, text = REPLY.unpack(data)
    assert (magic, version, length, count) == (MAGIC, 1, REPLY.size, len(descriptors))
    return status, text.split(b"\0")[0].decode(errors="replace"), descriptors


@contextlib.contextmanager
def asked(handler, what):
    """The connection and the handler's answer to one request; descriptors are closed at the end."""
    with knock(handler) as connection:
        connection.send(what)
        given = answer(connection)
        try:
            yield connection, given
        finally:
            for descriptor in given[2] if given else []:
                os.close(descriptor)
