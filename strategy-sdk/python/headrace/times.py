# SPDX-License-Identifier: Apache-2.0
"""Dates of ns since the UNIX epoch, as Databento's package makes them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Callable

from . import _headrace

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_datetime(ns: int) -> datetime:
    """A datetime in UTC; it has microseconds, so the last three digits are cut off."""
    return _EPOCH + timedelta(microseconds=ns // 1000)


@cache
def _maker() -> Callable[[int], Any]:
    try:
        import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return to_datetime
    return lambda ns: pandas.Timestamp(ns, unit="ns", tz="UTC")


def pretty_time(ns: int) -> Any:
    """A pandas.Timestamp where there is pandas, else a datetime; UTC. pandas is imported when the first one is asked for."""
    return _maker()(ns)


_headrace._set_time(pretty_time)
