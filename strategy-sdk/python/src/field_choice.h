/* SPDX-License-Identifier: Apache-2.0
 *
 * What Python adds to plain values: the members of enumerations (headrace/enums.py), and dates (headrace/times.py). Until
 * these have been
 * imported, values stay plain.
 */
#ifndef HEADRACE_PYTHON_FIELD_CHOICE_H
#define HEADRACE_PYTHON_FIELD_CHOICE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "record_layout.h"

extern const char *const field_choice_names[CHOICE_COUNT]; /* of the classes; CHOICE_NONE has "" */

/* Adds _set_choices and _set_time to the module. 0, or -1 with an exception set. */
int field_choice_add(PyObject *module);

/* A new reference to the member for a number, or for a letter's code; NULL without an exception when there is none. */
PyObject *field_choice_get(enum field_choice choice, uint32_t value);

/* ns since the UNIX epoch as a date; None for UNDEF_TIMESTAMP. NULL with an exception set. */
PyObject *field_time(uint64_t ns);

/* A price in units of 1, NaN for UNDEF_PRICE. NULL with an exception set. */
PyObject *field_price(int64_t price);

#endif
