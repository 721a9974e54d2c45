/* SPDX-License-Identifier: Apache-2.0
 *
 * Who keeps the rings mapped. An Attachment owns the C feed and closes it when the last reference to it goes; a Slots object
 * lends the slots of one ring as a read-only buffer and holds a reference. A numpy array holds the buffer, so a batch that
 * outlives its feed still reads memory that is there.
 */
#ifndef HEADRACE_PYTHON_ATTACHMENT_TYPE_H
#define HEADRACE_PYTHON_ATTACHMENT_TYPE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "headrace/headrace.h"

/* Makes both types; adds Slots to the module. 0, or -1 with an exception set. */
int attachment_types_add(PyObject *module);

/* Takes ownership of the feed, also when it fails. NULL with an exception set. */
PyObject *attachment_new(struct hr_feed *feed);

/* Tells the handler that this side has gone, and leaves the memory mapped for the buffers that still exist. */
void attachment_hang_up(PyObject *attachment);

/* The slots of ring `ring`, which exists. NULL with an exception set. */
PyObject *slots_new(PyObject *attachment, uint32_t ring);

#endif
