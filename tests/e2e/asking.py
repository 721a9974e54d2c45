# SPDX-License-Identifier: Apache-2.0
"""The attach protocol by hand: what a peer, good or bad, may say to the handler's socket."""

import contextlib
import os
import socket
import struct

REQUEST = struct.Struct("<IHHIHH32sI12s")
REPLY = struct.Struct("<IHHiIII104s")
MAGIC = 0x41525248
CONSUMER, STATISTICS = 1, 2
AWAKE, FUTEX, EVENTFD = 0, 1, 2  # since minor 1: how the reader waits


def request(kind=CONSUMER, consumer=b"", magic=MAGIC, version=1, length=REQUEST.size, abi=1, minor=0, waiting=AWAKE,
            reserved=b""):
    return REQUEST.pack(magic, version, length, kind, abi, minor, consumer, waiting, reserved)


@contextlib.contextmanager
def as_user(user):
    """What is connected meanwhile is another user's, to the handler; None: nobody else's. Needs root."""
    before = os.geteuid()
    os.seteuid(before if user is None else user)
    try:
        yield
    finally:
        os.seteuid(before)


def knock(handler, patience=10, user=None):
    """A connection that has said nothing yet."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(patience)
    with as_user(user):
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
def asked(handler, what, user=None):
    """The connection and the handler's answer to one request; descriptors are closed at the end."""
    with knock(handler, user=user) as connection:
        connection.send(what)
        given = answer(connection)
        try:
            yield connection, given
        finally:
            for descriptor in given[2] if given else []:
                os.close(descriptor)
