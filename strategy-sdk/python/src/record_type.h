/* SPDX-License-Identifier: Apache-2.0
 *
 * Record objects: an immutable copy of one record and its stamp. One Python type per row of record_layouts, all of them
 * subtypes of `Record`, which alone stands for a record whose type this release does not know.
 */
#ifndef HEADRACE_PYTHON_RECORD_TYPE_H
#define HEADRACE_PYTHON_RECORD_TYPE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "headrace/record.h"

/* Makes the types and adds them to the module, with `layouts`, what the dtypes are made from: a dict of schema to
 * (bytes of the record, rtype, ((name, offset, numpy format, "price", "time", an enumeration's name or ""), ...)). 0, or -1
 * with an exception set. */
int record_types_add(PyObject *module);

/* A new object that holds a copy of the record, of which at most `bytes_max` bytes may be read. NULL with an exception set. */
PyObject *record_new(const struct hr_record_header *record, size_t bytes_max, uint64_t stamp);

#endif
