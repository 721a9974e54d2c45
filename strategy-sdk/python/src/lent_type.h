/* SPDX-License-Identifier: Apache-2.0
 *
 * Lent arrays: numpy arrays over the ring's own memory that know when it was given back. What numpy makes from a lent array
 * without a
 * copy (a column, a slice) is lent too. One loan ends for all of its arrays at once: from then on they raise ValueError in
 * every way
 * that goes by their type, and have length 0 for whatever looks at them past it. The memory stays mapped as long as one of
 * them lives.
 *
 * Without numpy's headers: numpy is needed only when the first batch is asked for. The few fields of an array that are used
 * here are part of numpy's binary interface (NPY_ARRAY_*, PyArrayObject_fields) and are checked when the type is made.
 */
#ifndef HEADRACE_PYTHON_LENT_TYPE_H
#define HEADRACE_PYTHON_LENT_TYPE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* A list of the arrays that live; also the head of one, which is no array. In free-threaded builds under a lock of its own. */
struct lent_link {
    struct lent_link *previous; /* NULL: in no list */
    struct lent_link *next;
};

/* Adds _make_lent_type to the module. 0, or -1 with an exception set. */
int lent_type_add(PyObject *module);

/* Rows `first` to `end` of `ring`, an array of the lent type that is in no loan: a new array, in the loan `loan`. */
PyObject *lent_new(PyObject *ring, struct lent_link *loan, Py_ssize_t first, Py_ssize_t end);

void lent_begin(struct lent_link *loan);
/* Ends the loan for every array of it; the loan can be used anew. */
void lent_end_all(struct lent_link *loan);

/* Each call on a feed: arrays join behind others of the loan, so an empty one stays so without the feed's doing. */
static inline void lent_end(struct lent_link *loan)
{
    if (loan->next != loan)
        lent_end_all(loan);
}

#endif
