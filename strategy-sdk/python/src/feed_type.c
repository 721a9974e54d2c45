/* SPDX-License-Identifier: Apache-2.0 */
#include "feed_type.h"

#include <errno.h>
#include <time.h>

#include "attachment_type.h"
#include "failure.h"
#include "python_slot.h"
#include "record_type.h"

/* The longest wait between two looks at Python's signals. */
#define SLICE_NS INT64_C(20000000)
#define FOR_EVER INT64_C(-1)

struct feed {
    PyObject_HEAD
    PyObject *attachment;              /* owns `handle`; NULL once closed */
    struct hr_feed *handle;            /* NULL once closed */
    struct hr_feed_statistics counted; /* as of closing */
    int busy;                          /* a call waits without the interpreter's lock */
    int end;                           /* 0, or why there will be no more: a negative errno */
    char end_text[256];                /* hr_error() of that moment: the next failure overwrites it */
};

/* What a call looks for, and what it found. */
struct look {
    uint64_t maximum; /* records of a batch; 0: a single record */
    struct hr_batch batch;
    const struct hr_record_header *record;
};

/* Beside 0, what was looked for, and -1, an exception is set. */
enum {
    LOOK_TIMED_OUT = 1,
    LOOK_ENDED = 2,
};

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Seconds to ns: None is for ever. */
static int to_timeout(PyObject *object, int64_t *timeout_ns)
{
    *timeout_ns = FOR_EVER;
    if (object == Py_None)
        return 0;
    double seconds = PyFloat_AsDouble(object);
    if (PyErr_Occurred())
        return -1;
    if (!(seconds >= 0)) {
        PyErr_SetString(PyExc_ValueError, "timeout: None, or seconds from 0 on");
        return -1;
    }
    if (seconds < 1e9)
        *timeout_ns = (int64_t)(seconds * 1e9);
    return 0;
}

static int check_usable(const struct feed *self)
{
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "the feed is in use by another thread");
        return -1;
    }
    if (!self->handle) {
        PyErr_SetString(PyExc_ValueError, "the feed is closed");
        return -1;
    }
    return 0;
}

static int look_now(struct hr_feed *handle, struct look *look)
{
    if (look->maximum) {
        look->batch = hr_feed_poll_batch(handle, look->maximum);
        return look->batch.count != 0;
    }
    look->record = hr_feed_poll(handle);
    return look->record != NULL;
}

static int look_for(struct hr_feed *handle, struct look *look, int64_t timeout_ns)
{
    return look->maximum ? hr_feed_next_batch(handle, &look->batch, look->maximum, timeout_ns)
                         : hr_feed_next(handle, &look->record, timeout_ns);
}

static int wait_for(struct feed *self, struct look *look, int64_t timeout_ns)
{
    if (check_usable(self) < 0)
        return -1;
    if (look_now(self->handle, look))
        return 0;
    if (self->end)
        return LOOK_ENDED;
    int64_t deadline = timeout_ns == FOR_EVER ? INT64_MAX : monotonic_ns() + timeout_ns;
    for (;;) {
        struct hr_feed *handle = self->handle;
        int64_t left = deadline == INT64_MAX ? SLICE_NS : deadline - monotonic_ns();
        int64_t slice_ns = left < 0 ? 0 : left < SLICE_NS ? left : SLICE_NS;
        int result;
        self->busy = 1;
        Py_BEGIN_ALLOW_THREADS
        result = look_for(handle, look, slice_ns);
        Py_END_ALLOW_THREADS
        self->busy = 0;
        if (result == 0)
            return 0;
        if (result < 0) {
            self->end = result;
            snprintf(self->end_text, sizeof self->end_text, "%s", hr_error());
            return LOOK_ENDED;
        }
        if (left <= SLICE_NS && deadline != INT64_MAX)
            return LOOK_TIMED_OUT;
        /* A signal's handler may do anything to this feed, also close it. */
        if (PyErr_CheckSignals() < 0 || check_usable(self) < 0)
            return -1;
    }
}

static PyObject *raise_end(const struct feed *self)
{
    return failure_of_end(self->end, self->end_text);
}

/* A copy of what was found; the ring's slot is free from here on. */
static PyObject *take_record(struct feed *self, const struct look *look)
{
    struct hr_feed *handle = self->handle;
    PyObject *made = record_new(look->record, handle->rings[handle->ring].slot_bytes - HR_SLOT_STAMP_BYTES, handle->stamp);
    if (made)
        hr_feed_release(handle);
    return made;
}

static PyObject *feed_iternext(PyObject *object)
{
    struct feed *self = (struct feed *)object;
    struct look look = {0};
    int result = wait_for(self, &look, FOR_EVER);
    if (result == 0)
        return take_record(self, &look);
    return result == LOOK_ENDED && self->end != -ESHUTDOWN ? raise_end(self) : NULL; /* NULL alone is StopIteration */
}

static PyObject *feed_next(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"timeout", NULL};
    struct feed *self = (struct feed *)object;
    struct look look = {0};
    PyObject *timeout = Py_None;
    int64_t timeout_ns = FOR_EVER;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:next", names, &timeout) || to_timeout(timeout, &timeout_ns) < 0)
        return NULL;
    switch (wait_for(self, &look, timeout_ns)) {
    case 0:
        return take_record(self, &look);
    case LOOK_TIMED_OUT:
        Py_RETURN_NONE;
    case LOOK_ENDED:
        return raise_end(self);
    default:
        return NULL;
    }
}

static PyObject *feed_run(PyObject *object, PyObject *args)
{
    struct feed *self = (struct feed *)object;
    struct look look = {0};
    PyObject *timeout = Py_None;
    long long maximum = 0;
    int64_t timeout_ns = FOR_EVER;
    if (!PyArg_ParseTuple(args, "LO:_run", &maximum, &timeout) || to_timeout(timeout, &timeout_ns) < 0)
        return NULL;
    if (maximum < 1) {
        PyErr_SetString(PyExc_ValueError, "maximum: 1 or more records");
        return NULL;
    }
    look.maximum = (uint64_t)maximum;
    int result = wait_for(self, &look, timeout_ns);
    if (result == LOOK_TIMED_OUT)
        return Py_BuildValue("iii", 0, 0, 0);
    if (result == LOOK_ENDED && self->end == -ESHUTDOWN)
        Py_RETURN_NONE;
    if (result != 0)
        return result == LOOK_ENDED ? raise_end(self) : NULL;
    const uint8_t *slots = self->handle->rings[look.batch.ring].slots;
    uint64_t first = (uint64_t)(look.batch.first - HR_SLOT_STAMP_BYTES - slots) / look.batch.stride;
    return Py_BuildValue("IKK", look.batch.ring, (unsigned long long)first, (unsigned long long)(first + look.batch.count));
}

static PyObject *feed_slots(PyObject *object, PyObject *argument)
{
    struct feed *self = (struct feed *)object;
    unsigned long ring = PyLong_AsUnsignedLong(argument);
    if (PyErr_Occurred() || check_usable(self) < 0)
        return NULL;
    if (ring >= self->handle->ring_count) {
        PyErr_SetString(PyExc_IndexError, "no such ring");
        return NULL;
    }
    return slots_new(self->attachment, (uint32_t)ring);
}

static PyObject *feed_symbol(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"publisher_id", "instrument_id", NULL};
    struct feed *self = (struct feed *)object;
    long long publisher_id = 0;
    long long instrument_id = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "LL:symbol", names, &publisher_id, &instrument_id) || check_usable(self) < 0)
        return NULL;
    if (publisher_id < 0 || publisher_id > UINT16_MAX || instrument_id < 0 || instrument_id > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "publisher_id: 0 to 65535, instrument_id: 0 to 4294967295");
        return NULL;
    }
    const char *symbol = hr_feed_symbol(self->handle, (uint16_t)publisher_id, (uint32_t)instrument_id);
    if (!symbol)
        Py_RETURN_NONE;
    return PyUnicode_DecodeLatin1(symbol, (Py_ssize_t)strlen(symbol), NULL);
}

static PyObject *feed_statistics(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    struct hr_feed_statistics counts = self->counted;
    (void)unused;
    if (self->busy && check_usable(self) < 0)
        return NULL;
    if (self->handle)
        hr_feed_get_statistics(self->handle, &counts);
    return Py_BuildValue("KKKK", (unsigned long long)counts.records, (unsigned long long)counts.lost,
                         (unsigned long long)counts.published, (unsigned long long)counts.dropped);
}

/* Not while another thread reads: the caller has looked at `busy`. */
static void leave(struct feed *self)
{
    if (!self->handle)
        return;
    hr_feed_get_statistics(self->handle, &self->counted);
    attachment_hang_up(self->attachment);
    self->handle = NULL;
    Py_CLEAR(self->attachment);
}

static PyObject *feed_close(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    (void)unused;
    if (self->busy && check_usable(self) < 0)
        return NULL;
    leave(self);
    Py_RETURN_NONE;
}

static PyObject *feed_fileno(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    (void)unused;
    if (check_usable(self) < 0)
        return NULL;
    int descriptor = hr_feed_descriptor(self->handle);
    if (descriptor >= 0)
        return PyLong_FromLong(descriptor);
    PyErr_SetString(PyExc_ValueError, "only a feed attached with wait=\"eventfd\" has a descriptor");
    return NULL;
}

static PyObject *feed_arm(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    (void)unused;
    if (check_usable(self) < 0)
        return NULL;
    int found = hr_feed_arm(self->handle);
    if (found >= 0)
        return PyBool_FromLong(!found);
    PyErr_SetString(PyExc_ValueError, "only a feed attached with wait=\"eventfd\" can be armed");
    return NULL;
}

static PyObject *feed_closed(PyObject *object, void *unused)
{
    (void)unused;
    return PyBool_FromLong(!((struct feed *)object)->handle);
}

/* A path as bytes in the file system's encoding; None is NULL. */
static int to_path(PyObject *object, void *result)
{
    PyObject **path = result;
    if (object && object != Py_None)
        return PyUnicode_FSConverter(object, result);
    Py_CLEAR(*path);
    return object ? 1 : 0;
}

static int attach(struct feed *self, const char *name, const struct hr_attach_options *options)
{
    struct hr_feed *handle = NULL;
    int error;
    Py_BEGIN_ALLOW_THREADS
    error = hr_attach(&handle, name, options);
    Py_END_ALLOW_THREADS
    if (error) {
        char text[256];
        snprintf(text, sizeof text, "%s", hr_error()); /* a signal's handler may overwrite it */
        if (error != -EINTR || PyErr_CheckSignals() == 0)
            failure_of_attach(error, text);
        return -1;
    }
    self->attachment = attachment_new(handle);
    self->handle = self->attachment ? handle : NULL;
    return self->attachment ? 0 : -1;
}

static int to_wait(const char *text, enum hr_wait *wait)
{
    static const char *const names[] = {"spin", "yield", "futex", "eventfd", "monitor"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0) {
            *wait = (enum hr_wait)i;
            return 1;
        }
    PyErr_Format(PyExc_ValueError, "wait: \"spin\", \"yield\", \"futex\", \"eventfd\" or \"monitor\", not \"%s\"", text);
    return 0;
}

static PyObject *feed_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"name", "socket", "instance", "wait", NULL};
    const char *name = NULL;
    const char *instance = NULL;
    const char *wait = "spin";
    PyObject *path = NULL;
    struct hr_attach_options options = {0};
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "s|$O&zs:Feed", names, &name, to_path, &path, &instance, &wait))
        return NULL;
    PyObject *self = NULL;
    if (to_wait(wait, &options.wait)) {
        options.socket = path ? PyBytes_AS_STRING(path) : NULL;
        options.instance = instance;
        self = type->tp_alloc(type, 0);
        if (self && attach((struct feed *)self, name, &options) < 0)
            Py_CLEAR(self);
    }
    Py_XDECREF(path);
    return self;
}

static void feed_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    leave((struct feed *)object);
    type->tp_free(object);
    Py_DECREF(type);
}

#define WITH_KEYWORDS(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef feed_methods[] = {
    {"next", WITH_KEYWORDS(feed_next), METH_VARARGS | METH_KEYWORDS,
     "next(timeout=None)\n--\n\n"
     "Waits for the next record and returns a copy of it.\n\n"
     "timeout: seconds from 0 on, or None: for ever. Returns None when nothing came in time. Once everything that was\n"
     "published has been read: raises Stopped when the handler ended in good order, else HandlerDied, Detached or Evicted,\n"
     "and does so on every further call. ValueError when the feed is closed."},
    {"symbol", WITH_KEYWORDS(feed_symbol), METH_VARARGS | METH_KEYWORDS,
     "symbol(publisher_id, instrument_id)\n--\n\n"
     "The venue's symbol of an instrument, or None when it has not been named yet.\n\n"
     "publisher_id: 0 to 65535. instrument_id: 0 to 4294967295. ValueError outside these, or when the feed is closed."},
    {"close", feed_close, METH_NOARGS,
     "close()\n--\n\n"
     "Leaves. The handler frees the ring at once; this side's memory stays mapped until the last batch has gone.\n\n"
     "May be called again. RuntimeError while another thread waits in this feed."},
    {"fileno", feed_fileno, METH_NOARGS,
     "fileno()\n--\n\n"
     "The descriptor that becomes readable when there is something to read or the handler has died: for select and asyncio.\n\n"
     "ValueError unless attached with wait=\"eventfd\". It stays the feed's."},
    {"arm", feed_arm, METH_NOARGS,
     "arm()\n--\n\n"
     "Asks to be told by the descriptor. True: wait for it. False: there is something to read after all, or the end: read on.\n\n"
     "Read with next(0) or batch(n, 0) until there is nothing, then arm; after each wake-up again. Batches returned before are\n"
     "given back. ValueError unless attached with wait=\"eventfd\"."},
    {"_run", feed_run, METH_VARARGS, "(ring, first slot, one past the last), all 0 after the timeout, or None at the good end."},
    {"_slots", feed_slots, METH_O, "The slots of one ring, a read-only buffer."},
    {"_statistics", feed_statistics, METH_NOARGS, "(records, lost, published, dropped); as of closing once closed."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef feed_attributes[] = {
    {"closed", feed_closed, NULL, "Whether close() has been called.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot feed_slots_table[] = {
    PYTHON_SLOT(Py_tp_doc, "An attachment to a handler, without what needs numpy. Use headrace.attach."),
    PYTHON_SLOT(Py_tp_new, feed_new),
    PYTHON_SLOT(Py_tp_dealloc, feed_dealloc),
    PYTHON_SLOT(Py_tp_iter, PyObject_SelfIter),
    PYTHON_SLOT(Py_tp_iternext, feed_iternext),
    PYTHON_SLOT(Py_tp_methods, feed_methods),
    PYTHON_SLOT(Py_tp_getset, feed_attributes),
    {0, NULL},
};

static PyType_Spec feed_spec = {
    .name = "headrace._headrace.Feed",
    .basicsize = sizeof(struct feed),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = feed_slots_table,
};

int feed_type_add(PyObject *module)
{
    PyObject *type = PyType_FromModuleAndSpec(module, &feed_spec, NULL);
    return type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;
}
