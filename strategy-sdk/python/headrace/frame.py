# SPDX-License-Identifier: Apache-2.0
"""Records as Arrow columns and as data frames. Neither pandas, polars, pyarrow nor numpy is needed to import this."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import _headrace
from ._headrace import SLOT_STAMP_BYTES, layouts

if TYPE_CHECKING:
    import numpy

# enum column_kind of src/arrow_column.h
_AS_IS, _FLOAT, _DECIMAL, _TIME, _SYMBOL = range(5)
_PRICES = {"fixed": _AS_IS, "float": _FLOAT, "decimal": _DECIMAL}
_RTYPES = {schema: {rtype} for schema, (_, rtype, _) in layouts.items()} | {"gap": {_headrace.RTYPE_GAP, _headrace.RTYPE_RECOVERED}}
for _bars in ("ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d", "ohlcv-eod"):
    _RTYPES[_bars].add(_headrace.RTYPE_OHLCV_DEPRECATED)  # of any length, so of whichever is asked for
# What records are when nobody says: those of tbbo have the rtype of mbp-1.
_SCHEMAS = {rtype: schema for schema, (_, rtype, _) in layouts.items() if schema != "tbbo"} | {_headrace.RTYPE_RECOVERED: "gap"}
_FIRST = ("ts_recv", "ts_event", "rtype", "publisher_id", "instrument_id")

def _columns(levels: int, kinds: str) -> str:
    return " ".join(f"{side}_{kind}_{level:02}" for level in range(levels) for kind in kinds.split() for side in ("bid", "ask"))


# The order of Databento's data frames, where it is not that of the record.
_ORDER = {
    "mbo": "action side price size channel_id order_id flags ts_in_delta sequence",
    "trades": "action side depth price size flags ts_in_delta sequence",
    "mbp-1": "action side depth price size flags ts_in_delta sequence " + _columns(1, "px sz ct"),
    "tbbo": "action side depth price size flags ts_in_delta sequence " + _columns(1, "px sz ct"),
    "mbp-10": "action side depth price size flags ts_in_delta sequence " + _columns(10, "px sz ct"),
    "bbo-1s": "side price size flags sequence " + _columns(1, "px sz ct"),
    "bbo-1m": "side price size flags sequence " + _columns(1, "px sz ct"),
    "cmbp-1": "action side price size flags ts_in_delta " + _columns(1, "px sz pb"),
    "tcbbo": "action side price size flags ts_in_delta " + _columns(1, "px sz pb"),
    "cbbo-1s": "side price size flags " + _columns(1, "px sz pb"),
    "cbbo-1m": "side price size flags " + _columns(1, "px sz pb"),
    "definition": "raw_symbol security_update_action instrument_class min_price_increment display_factor expiration activation "
                  "high_limit_price low_limit_price max_price_variation unit_of_measure_qty min_price_increment_amount price_ratio "
                  "inst_attrib_value underlying_id raw_instrument_id market_depth_implied market_depth market_segment_id max_trade_vol "
                  "min_lot_size min_lot_size_block min_lot_size_round_lot min_trade_vol contract_multiplier decay_quantity "
                  "original_contract_size appl_id maturity_year decay_start_date channel_id currency settl_currency secsubtype group "
                  "exchange asset cfi security_type unit_of_measure underlying strike_price_currency strike_price match_algorithm "
                  "main_fraction price_display_format sub_fraction underlying_product maturity_month maturity_day maturity_week "
                  "user_defined_instrument contract_multiplier_unit flow_schedule_type tick_rule leg_count leg_index leg_instrument_id "
                  "leg_raw_symbol leg_instrument_class leg_side leg_price leg_delta leg_ratio_price_numerator "
                  "leg_ratio_price_denominator leg_ratio_qty_numerator leg_ratio_qty_denominator leg_underlying_id",
}


def field_order(schema: str) -> tuple[str, ...]:
    """The columns of a data frame of `schema`, in Databento's order."""
    names = [field[0] for field in layouts[schema][2] if field[0] != "length"]
    rest = _ORDER[schema].split() if schema in _ORDER else [name for name in names if name not in _FIRST]
    return tuple([name for name in _FIRST if name in names] + rest)


def _kinds(schema: str) -> dict[str, str]:
    return {name: kind for name, _, _, kind in layouts[schema][2]} | {"ts_out": "time"}


def _choose_schema(rtypes: set[int], schema: str | None) -> str:
    """The schema of the rows: the one asked for, or that of all records."""
    if schema is not None:
        if schema not in layouts:
            raise ValueError(f"schema: one of {', '.join(layouts)}, not {schema!r}")
        return schema
    found = sorted({_SCHEMAS.get(rtype, f"rtype {rtype}") for rtype in rtypes})
    if len(found) != 1:
        raise ValueError(f"schema: say which of {', '.join(found)}: the records are mixed" if found else "schema: say which, for there is no record")
    if found[0] not in layouts:
        raise ValueError(f"no columns are known for records of {found[0]}")
    return found[0]


def _array_schemas(array: numpy.ndarray[Any, Any]) -> list[str]:
    """The schemas that an array's dtype is of: several where their records are of one type; none for "raw"."""
    names: tuple[str, ...] = array.dtype.names or ()
    if array.ndim == 1 and names[:3] == ("stamp", "length", "rtype"):
        if names[-1] == "record":
            return []
        found = [schema for schema, (_, _, fields) in layouts.items() if names == ("stamp", *(field[0] for field in fields))]
        if found:
            return found
    raise TypeError("data: a batch, an array of a dtype of headrace.dtype, or records")


def _rows_of_array(array: numpy.ndarray[Any, Any], schema: str | None) -> tuple[bytes, int, str]:
    import numpy

    own = _array_schemas(array)
    rtypes = set(numpy.unique(array["rtype"]).tolist())
    if own:
        rtypes = {rtype for rtype in rtypes if _SCHEMAS.get(rtype) in own}
    schema = _choose_schema(rtypes, schema or (own[0] if own and (len(own) == 1 or not rtypes) else None))
    if own and schema not in own:
        raise ValueError(f"schema {schema!r}: the rows are of {own[0]!r}; read them as \"raw\" or as {schema!r}")
    if array.dtype.itemsize < SLOT_STAMP_BYTES + layouts[schema][0]:
        return b"", SLOT_STAMP_BYTES + layouts[schema][0], schema  # no slot holds such a record
    chosen = array[numpy.isin(array["rtype"], list(_RTYPES[schema])) & (array["length"].astype("u2") * 4 >= layouts[schema][0])]
    return chosen.tobytes(), array.dtype.itemsize, schema


def _rows_of_records(records: list[_headrace.Record], schema: str | None) -> tuple[bytes, int, str]:
    schema = _choose_schema({int(record.rtype) for record in records}, schema)
    record_bytes = layouts[schema][0]
    parts: list[bytes] = []
    for record in records:
        raw = bytes(record)
        if record.rtype in _RTYPES[schema] and len(raw) >= record_bytes:
            parts += (record.stamp.to_bytes(SLOT_STAMP_BYTES, "little"), raw[:record_bytes])
    return b"".join(parts), SLOT_STAMP_BYTES + record_bytes, schema


def _take_rows(data: Any, schema: str | None) -> tuple[bytes, int, str]:
    """A copy of the rows of one schema: (bytes, bytes of a row, schema)."""
    if hasattr(data, "dtype"):
        return _rows_of_array(data, schema)
    records = [data] if isinstance(data, _headrace.Record) else list(data)
    for record in records:
        if not isinstance(record, _headrace.Record):
            raise TypeError(f"data: a batch, an array of a dtype of headrace.dtype, or records, not a {type(record).__name__}")
    return _rows_of_records(records, schema)


def _symbol_keys(symbols: Mapping[Any, Any] | None) -> dict[int, str]:
    """{publisher_id << 32 | instrument_id: symbol} of feed.instruments or of a plain mapping of the same keys to texts."""
    return {key[0] << 32 | key[1]: str(getattr(value, "symbol", value)) for key, value in dict(symbols or {}).items()}


class ArrowTable:
    """Records as Arrow columns, for whoever takes Arrow's PyCapsules: polars.DataFrame(table), pyarrow.table(table), duckdb.

    A copy of the records is made at once, columns when they are asked for. Made by headrace.to_arrow.
    """

    __slots__ = ("schema", "columns", "_request")

    def __init__(self, rows: bytes, row_bytes: int, schema: str, columns: tuple[tuple[str, int], ...], symbols: dict[int, str]) -> None:
        self.schema = schema
        self.columns = tuple(name for name, _ in columns)
        self._request = (rows, row_bytes, schema, columns, symbols)

    def __len__(self) -> int:
        return len(self._request[0]) // self._request[1]

    def __arrow_c_schema__(self) -> object:
        return _headrace._arrow_schema(*self._request)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return _headrace._arrow_schema(*self._request), _headrace._arrow_array(*self._request)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return _headrace._arrow_stream(*self._request)


def to_arrow(data: Any, price_type: str = "float", pretty_ts: bool = True, schema: str | None = None, *,
             symbols: Mapping[Any, Any] | None = None, ts_out: bool = False) -> ArrowTable:
    """Records as an Arrow table: what has `__arrow_c_stream__` is read by polars, pyarrow, duckdb and others as it is.

    data: a batch or a copy of one, or records. Arguments as of to_df. Prices and times that are not known are null.
    """
    if price_type not in _PRICES:
        raise ValueError(f"price_type: \"fixed\", \"float\" or \"decimal\", not {price_type!r}")
    rows, row_bytes, schema = _take_rows(data, schema)
    kinds = _kinds(schema)
    columns = [(name, _PRICES[price_type] if kinds[name] == "price" else _TIME if kinds[name] == "time" and pretty_ts else _AS_IS)
               for name in (*field_order(schema), *(["ts_out"] if ts_out else []))]
    if symbols is not None:
        columns.append(("symbol", _SYMBOL))
    return ArrowTable(rows, row_bytes, schema, tuple(columns), _symbol_keys(symbols))


def _to_pandas(table: ArrowTable, price_type: str, pretty_ts: bool, tz: Any) -> Any:
    """By way of numpy: pandas reads Arrow's capsules through pyarrow alone, and makes columns of other types of them."""
    import numpy
    import pandas  # type: ignore[import-not-found,import-untyped,unused-ignore]

    from .dtypes import dtype

    rows_bytes, row_bytes, schema, columns, symbols = table._request
    row: Any = dtype(schema)
    padded = numpy.dtype({"names": row.names, "formats": [row[name] for name in row.names],
                          "offsets": [row.fields[name][1] for name in row.names], "itemsize": row_bytes})
    rows = numpy.frombuffer(rows_bytes, padded)
    kinds = _kinds(schema)
    made: dict[str, Any] = {}
    for name, kind in columns:
        if kind == _SYMBOL:
            keys = rows["publisher_id"].astype("u8") << numpy.uint64(32) | rows["instrument_id"].astype("u8")
            unique, places = numpy.unique(keys, return_inverse=True)
            names = numpy.array([symbols.get(int(key), symbols.get(int(key) & 0xFFFFFFFF)) for key in unique], dtype=object)
            made[name] = names[places] if len(names) else names
            continue
        values = rows["stamp" if name == "ts_out" else name]
        if kinds[name] == "price" and price_type != "fixed":
            unknown = values == _headrace.UNDEF_PRICE
            if price_type == "float":
                values = numpy.where(unknown, numpy.nan, values / _headrace.PRICE_SCALE)
            else:
                from decimal import Decimal

                values = numpy.array([Decimal("NaN") if value == _headrace.UNDEF_PRICE else Decimal(value) / _headrace.PRICE_SCALE
                                      for value in values.tolist()], dtype=object)
        elif kinds[name] == "time" and pretty_ts:
            signed = numpy.where(values > numpy.uint64(2**63 - 1), numpy.iinfo("i8").min, values.astype("i8"))  # NaT
            values = pandas.DatetimeIndex(signed.view("M8[ns]"), tz="UTC").tz_convert(tz)
        elif values.dtype.kind == "S":
            values = numpy.array([text.decode("latin-1").rstrip(" ") for text in values.tolist()], dtype=object)
        elif values.ndim > 1:
            values = numpy.array([message[:length].tobytes() for message, length in zip(values, rows["message_length"])], dtype=object)
        else:
            values = values.copy()
        made[name] = values
    frame = pandas.DataFrame(made, columns=[name for name, _ in columns])
    return frame.set_index(field_order(schema)[0])


def to_df(data: Any, price_type: str = "float", pretty_ts: bool = True, map_symbols: bool = True, schema: str | None = None,
          tz: Any = None, *, symbols: Mapping[Any, Any] | None = None, library: str | None = None, ts_out: bool = False) -> Any:
    """A data frame with a copy of records: columns, their order, types and index are those of Databento's to_df.

    data: a batch or a copy of one, or records. price_type: "float", in units of 1, NaN (polars: null) when not known;
    "decimal"; or "fixed", integers in units of 1e-9. pretty_ts: times as dates, else ns since the UNIX epoch. map_symbols: with
    `symbols`, a column `symbol`. schema: needed where the records are of several; only those of it are taken. tz: of the dates;
    None is UTC.

    symbols: feed.instruments, or a mapping of (publisher_id, instrument_id) to texts. library: "pandas" or "polars"; None: the
    first of them that is installed. ts_out: a column with the stamps.

    pandas: the index is ts_recv (ts_event for records without one). polars has no index: it is the first column. Headrace needs
    neither; ImportError says so when the one asked for is not there. ValueError for an argument that is not one of these.
    """
    if library is None:
        library = next((name for name in ("pandas", "polars") if importlib.util.find_spec(name)), None)
        if library is None:
            raise ImportError("to_df needs pandas or polars, and neither is installed: pip install pandas, or pip install polars")
    if library not in ("pandas", "polars"):
        raise ValueError(f"library: \"pandas\" or \"polars\", not {library!r}")
    if tz is not None and not pretty_ts:
        raise ValueError("tz: dates have a time zone, and pretty_ts=False asks for none")
    table = to_arrow(data, price_type, pretty_ts, schema, symbols=symbols if map_symbols else None, ts_out=ts_out)
    if library == "pandas":
        return _to_pandas(table, price_type, pretty_ts, tz or "UTC")
    import polars  # type: ignore[import-not-found,import-untyped,unused-ignore]

    frame = polars.DataFrame(table)
    if tz is None:
        return frame
    times = [name for name, kind in table._request[3] if kind == _TIME]
    return frame.with_columns(polars.col(times).dt.convert_time_zone(str(tz)))
