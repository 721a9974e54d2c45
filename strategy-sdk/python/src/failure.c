/* SPDX-License-Identifier: Apache-2.0 */
#include "failure.h"

#include <errno.h>

static PyObject *error_base;
static PyObject *attach_error;
static PyObject *file_error;

static struct end {
    int error; /* as the C SDK returns it */
    const char *name;
    const char *doc;
    PyObject *exception;
} ends[] = {
    {-ESHUTDOWN, "Stopped", "The handler ended in good order, and everything that it published has been read.", NULL},
    {-EPIPE, "HandlerDied", "The handler died. What it had published has been read. Close the feed and attach anew.", NULL},
    {-ENOBUFS, "Detached", "This strategy was too slow: its ring was full, and its policy is `on_full: detach`.", NULL},
    {-EBADMSG, "Evicted", "The handler found in this strategy's cursor what no reader writes.", NULL},
};

static PyObject *make(PyObject *module, const char *name, const char *doc, PyObject *base)
{
    char full[64];
    snprintf(full, sizeof full, "headrace.%s", name);
    PyObject *made = PyErr_NewExceptionWithDoc(full, doc, base, NULL);
    if (made && PyModule_AddObjectRef(module, name, made) < 0)
        Py_CLEAR(made);
    return made;
}

int failures_add(PyObject *module)
{
    error_base = make(module, "Error", "Anything that goes wrong with a feed. `errno` is positive, `strerror` says why.",
                      PyExc_OSError);
    if (!error_base)
        return -1;
    attach_error = make(module, "AttachError",
                        "Attaching failed.\n\n"
                        "`errno` is EACCES when the handler's allow list does not have this user, ENOENT for no\n"
                        "such consumer or no handler, EBUSY when the consumer is attached already, EPROTO or EPROTONOSUPPORT for\n"
                        "a handler of another release, ETIMEDOUT when it did not answer, or one of socket(2) and mmap(2).",
                        error_base);
    file_error = make(module, "FileError",
                      "A file cannot be opened, or is damaged.\n\n"
                      "`errno` is ENOENT, EACCES or another of open(2), EBADMSG for what is no DBN file or is damaged or cut off, or\n"
                      "EPROTONOSUPPORT for another version of DBN. `strerror` says where. Every good record before has been read.",
                      error_base);
    int failed = !attach_error || !file_error;
    for (size_t i = 0; !failed && i < sizeof ends / sizeof *ends; i++) {
        ends[i].exception = make(module, ends[i].name, ends[i].doc, error_base);
        failed = !ends[i].exception;
    }
    return failed ? -1 : 0;
}

static PyObject *set(PyObject *exception, int error, const char *text)
{
    PyObject *value = PyObject_CallFunction(exception, "is", -error, text);
    if (value)
        PyErr_SetObject(exception, value);
    Py_XDECREF(value);
    return NULL;
}

PyObject *failure_of_attach(int error, const char *text)
{
    return set(attach_error, error, text);
}

PyObject *failure_of_file(int error, const char *text)
{
    return set(file_error, error, text);
}

PyObject *failure_of_end(int error, const char *text)
{
    PyObject *exception = error_base;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i].error == error)
            exception = ends[i].exception;
    return set(exception, error, text);
}
