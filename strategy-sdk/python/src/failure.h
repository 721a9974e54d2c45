/* SPDX-License-Identifier: Apache-2.0
 *
 * The exceptions: one per way in which attaching or reading ends. Each is a headrace.Error, which is an OSError: `errno` is
 * the positive errno of the C SDK, `strerror` its text.
 */
#ifndef HEADRACE_PYTHON_FAILURE_H
#define HEADRACE_PYTHON_FAILURE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Makes the exceptions and adds them to the module. 0, or -1 with an exception set. */
int failures_add(PyObject *module);

/* Sets the exception for an attachment that failed with `error`, a negative errno. Returns NULL. */
PyObject *failure_of_attach(int error, const char *text);

/* Sets the exception for a file that cannot be opened or read on, with `error`, a negative errno. Returns NULL. */
PyObject *failure_of_file(int error, const char *text);

/* Sets the exception for a feed that ended with `error`, a negative errno. Returns NULL. */
PyObject *failure_of_end(int error, const char *text);

#endif
