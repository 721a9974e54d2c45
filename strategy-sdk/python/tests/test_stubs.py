# SPDX-License-Identifier: Apache-2.0
"""The type stubs say what the extension has."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import headrace
from test_frame import needs

PACKAGE = Path(__file__).resolve().parent.parent


def test_the_stubs_are_current():
    spec = importlib.util.spec_from_file_location("make_stubs", PACKAGE / "tools/make_stubs.py")
    make_stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_stubs)
    assert (PACKAGE / "headrace/_headrace.pyi").read_text() == "\n".join(make_stubs.stubs()) + "\n"


STRATEGY = """
import headrace
from typing_extensions import assert_type

with headrace.attach("name", wait="eventfd") as feed:
    record = feed.next(1.0)
    if isinstance(record, headrace.Mbo):
        assert_type(record.price, int)
        assert_type(record.pretty_price, float)
        assert_type(record.action, headrace.Action | str)
    batch = feed.batch(512)
    assert batch is not None
    assert_type(batch.released, bool)
    assert_type(feed.instruments[1, 2].symbol, str)
    assert_type(feed.stats.records, int)
    feed.on(headrace.TradeMsg, print)
    {mistake}
"""


def check_types(folder, mistake):
    """What mypy says of a strategy that uses the installed package's types."""
    program = folder / "strategy.py"
    program.write_text(STRATEGY.format(mistake=mistake))
    path = os.pathsep.join([str(Path(headrace.__file__).parent.parent)])
    return subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", program], cwd=folder, text=True,
                          env=os.environ | ({} if "site-packages" in path else {"MYPYPATH": path}), stdout=subprocess.PIPE)


@needs("mypy")
def test_types_of_a_strategy(tmp_path):
    good = check_types(tmp_path, "pass")
    assert good.returncode == 0, good.stdout
    for mistake in ("feed.next('a')", "feed.batch(schema=5)", "feed.prices", "headrace.to_df()", "headrace.attach('x', wait='sleep')"):
        assert check_types(tmp_path, mistake).returncode == 1, mistake
