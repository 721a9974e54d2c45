# SPDX-License-Identifier: Apache-2.0
"""The type stubs say what the extension has."""

import importlib.util
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def test_the_stubs_are_current():
    spec = importlib.util.spec_from_file_location("make_stubs", PACKAGE / "tools/make_stubs.py")
    make_stubs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_stubs)
    assert (PACKAGE / "headrace/_headrace.pyi").read_text() == "\n".join(make_stubs.stubs()) + "\n"
