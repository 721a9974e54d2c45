/* SPDX-License-Identifier: Apache-2.0
 *
 * Records as Arrow columns, by the Arrow C data interface and its PyCapsules (arrow.apache.org/docs/format/CDataInterface):
 * what polars,
 * pyarrow, duckdb and others read without this package knowing them. Records are interleaved, so the columns are copies.
 */
#ifndef HEADRACE_PYTHON_ARROW_EXPORT_H
#define HEADRACE_PYTHON_ARROW_EXPORT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Adds _arrow_schema, _arrow_array and _arrow_stream to the module. 0, or -1 with an exception set. */
int arrow_export_add(PyObject *module);

#endif
