/* SPDX-License-Identifier: Apache-2.0
 *
 * headrace._headrace.Feed: an attachment, read record by record or by runs of slots. The Python class headrace.Feed adds what
 * needs numpy.
 *
 * Threads: a feed is one thread's at a time. The interpreter's lock is released only while a call waits; a call of another
 * thread in that time raises RuntimeError.
 */
#ifndef HEADRACE_PYTHON_FEED_TYPE_H
#define HEADRACE_PYTHON_FEED_TYPE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Makes the type and adds it to the module. 0, or -1 with an exception set. */
int feed_type_add(PyObject *module);

#endif
