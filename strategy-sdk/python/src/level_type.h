/* SPDX-License-Identifier: Apache-2.0
 *
 * Price levels: immutable copies of the pairs of bid and ask within a record. One Python type per row of level_layouts.
 */
#ifndef HEADRACE_PYTHON_LEVEL_TYPE_H
#define HEADRACE_PYTHON_LEVEL_TYPE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "record_layout.h"

/* Makes the types and adds them to the module. 0, or -1 with an exception set. */
int level_types_add(PyObject *module);

/* A new tuple of the `count` levels at `first`, LEVEL_BYTES each. NULL with an exception set. */
PyObject *levels_new(const struct level_layout *layout, const uint8_t *first, size_t count);

#endif
