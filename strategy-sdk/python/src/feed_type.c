/* SPDX-License-Identifier: Apache-2.0 */
#include "feed_type.h"

#include <errno.h>
#include <time.h>

#include "attachment_type.h"
#include "feed.h"
#include "failure.h"
#include "lent_type.h"
#include "python_slot.h"
#include "record_type.h"

/* The longest wait between two looks at Python's signals. */
#define SLICE_NS INT64_C(20000000)
#define FOR_EVER INT64_C(-1)
#define BATCH_MAXIMUM 4096

static PyObject *default_schema; /* "mbo" */

struct feed {
    PyObject_HEAD
    PyObject *attachment;              /* owns `handle`; NULL once closed */
    struct hr_feed *handle;            /* NULL once closed */
    PyObject *rows;                    /* schema -> a tuple with each ring as an array of no loan; NULL once closed */
    struct lent_link loan;             /* the arrays of the last batch */
    struct hr_feed_statistics counted; /* as of closing */
    int busy;                          /* a call is under way; it may be waiting without the interpreter's lock */
    int end;                           /* 0, or why there will be no more: a negative errno */
    char end_text[256];                /* hr_error() of that moment: the next failure overwrites it */
};

/* What a call looks for, and what it found. */
struct look {
    uint64_t maximum; /* records of a batch; 0: a single record */
    struct hr_batch batch;
    const struct hr_record_header *record;
};

/* Beside 0, what was looked for. */
enum {
    LOOK_TIMED_OUT = 1,
    LOOK_ENDED = 2,
    LOOK_LEFT = 3, /* an exception is set, and the call has been left */
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

/* One call at a time; `leave_call` ends it. 0, or -1 with an exception set. */
static int enter_call(struct feed *self)
{
#ifdef Py_GIL_DISABLED
    if (__atomic_exchange_n(&self->busy, 1, __ATOMIC_ACQUIRE) == 0)
        return 0;
#else /* the interpreter's lock is held: what an exchange costs is half of what reading a record does */
    if (!self->busy) {
        self->busy = 1;
        return 0;
    }
#endif
    PyErr_SetString(PyExc_RuntimeError, "the feed is in use by another thread");
    return -1;
}

static void leave_call(struct feed *self)
{
    __atomic_store_n(&self->busy, 0, __ATOMIC_RELEASE);
}

/* The same for a call that needs an open feed. */
static int enter_open(struct feed *self)
{
    if (enter_call(self) < 0)
        return -1;
    if (self->handle)
        return 0;
    leave_call(self);
    PyErr_SetString(PyExc_ValueError, "the feed is closed");
    return -1;
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

/* Within a call. It may be interrupted by a signal, whose handler may close the feed: LOOK_LEFT. */
static int wait_for(struct feed *self, struct look *look, int64_t timeout_ns)
{
    lent_end(&self->loan);
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
        Py_BEGIN_ALLOW_THREADS
        result = look_for(handle, look, slice_ns);
        Py_END_ALLOW_THREADS
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
        leave_call(self);
        if (PyErr_CheckSignals() < 0)
            return LOOK_LEFT;
        if (enter_open(self) < 0)
            return LOOK_LEFT;
    }
}

static int is_file(const struct feed *self)
{
    return self->handle && self->handle->hidden->operations;
}

static PyObject *raise_end(const struct feed *self)
{
    if (is_file(self) && self->end != -ESHUTDOWN)
        return failure_of_file(self->end, self->end_text);
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

/* Within a call, which it leaves. */
static __attribute__((noinline)) PyObject *wait_for_next(struct feed *self)
{
    struct look look = {0};
    PyObject *made = NULL; /* alone, without an exception, it is StopIteration */
    int result = wait_for(self, &look, FOR_EVER);
    if (result == 0)
        made = take_record(self, &look);
    else if (result == LOOK_ENDED && self->end != -ESHUTDOWN)
        raise_end(self);
    if (result != LOOK_LEFT)
        leave_call(self);
    return made;
}

static PyObject *feed_iternext(PyObject *object)
{
    struct feed *self = (struct feed *)object;
    struct look look = {0};
    if (enter_open(self) < 0)
        return NULL;
    lent_end(&self->loan);
    look.record = hr_feed_poll(self->handle);
    if (__builtin_expect(!look.record, 0))
        return wait_for_next(self);
    PyObject *made = take_record(self, &look);
    leave_call(self);
    return made;
}

static PyObject *feed_next(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"timeout", NULL};
    struct feed *self = (struct feed *)object;
    struct look look = {0};
    PyObject *made = NULL;
    PyObject *timeout = Py_None;
    int64_t timeout_ns = FOR_EVER;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:next", names, &timeout) || to_timeout(timeout, &timeout_ns) < 0 ||
        enter_open(self) < 0)
        return NULL;
    int result = wait_for(self, &look, timeout_ns);
    if (result == 0)
        made = take_record(self, &look);
    else if (result == LOOK_TIMED_OUT)
        made = Py_NewRef(Py_None);
    else if (result == LOOK_ENDED)
        raise_end(self);
    if (result != LOOK_LEFT)
        leave_call(self);
    return made;
}

/* Each ring as an array of `schema`, made when first asked for. Not within a call: making them takes some. NULL with an
 * exception set. */
static PyObject *rows_of(struct feed *self, PyObject *schema)
{
    if (enter_open(self) < 0)
        return NULL;
    PyObject *all = Py_NewRef(self->rows); /* closing the feed lets go of it */
    leave_call(self);
    PyObject *rows = Py_XNewRef(PyDict_GetItemWithError(all, schema));
    if (!rows && !PyErr_Occurred()) {
        rows = PyObject_CallMethod((PyObject *)self, "_make_rows", "O", schema);
        if (rows && PyDict_SetItem(all, schema, rows) < 0)
            Py_CLEAR(rows);
    }
    Py_DECREF(all);
    return rows;
}

static PyObject *feed_prepare(PyObject *object, PyObject *schema)
{
    PyObject *rows = rows_of((struct feed *)object, schema);
    if (!rows)
        return NULL;
    Py_DECREF(rows);
    Py_RETURN_NONE;
}

static PyObject *take_batch(struct feed *self, const struct look *look, PyObject *rows)
{
    if (!look->maximum || !look->batch.count)
        return lent_new(PyTuple_GET_ITEM(rows, 0), &self->loan, 0, 0);
    const uint8_t *slots = self->handle->rings[look->batch.ring].slots;
    Py_ssize_t first = (Py_ssize_t)((uint64_t)(look->batch.first - HR_SLOT_STAMP_BYTES - slots) / look->batch.stride);
    return lent_new(PyTuple_GET_ITEM(rows, look->batch.ring), &self->loan, first, first + (Py_ssize_t)look->batch.count);
}

/* maximum, timeout and schema, by place or by name; a call of `batch` is paid for by each of its records. */
static int parse_batch(PyObject *const *values, Py_ssize_t count, PyObject *names, PyObject **maximum, PyObject **timeout,
                       PyObject **schema)
{
    PyObject **all[] = {maximum, timeout, schema};
    static const char *const known[] = {"maximum", "timeout", "schema"};
    if (count > 2) {
        PyErr_SetString(PyExc_TypeError, "batch(maximum=4096, timeout=None, *, schema=\"mbo\")");
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        *all[i] = values[i];
    for (Py_ssize_t i = 0; names && i < PyTuple_GET_SIZE(names); i++) {
        Py_ssize_t at = 0;
        while (at < 3 && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), known[at]) != 0)
            at++;
        if (at == 3 || at < count) {
            PyErr_Format(PyExc_TypeError, "batch() got %s argument '%U'", at == 3 ? "an unknown" : "twice the",
                         PyTuple_GET_ITEM(names, i));
            return -1;
        }
        *all[at] = values[count + i];
    }
    return 0;
}

static PyObject *feed_batch(PyObject *object, PyObject *const *values, Py_ssize_t count, PyObject *names)
{
    struct feed *self = (struct feed *)object;
    struct look look = {.maximum = BATCH_MAXIMUM};
    PyObject *maximum = NULL;
    PyObject *timeout = Py_None;
    PyObject *schema = default_schema;
    int64_t timeout_ns = FOR_EVER;
    PyObject *made = NULL;
    if (parse_batch(values, count, names, &maximum, &timeout, &schema) < 0 || to_timeout(timeout, &timeout_ns) < 0)
        return NULL;
    if (maximum) {
        long long given = PyLong_AsLongLong(maximum);
        if (given == -1 && PyErr_Occurred())
            return NULL;
        if (given < 1) {
            PyErr_SetString(PyExc_ValueError, "maximum: 1 or more records");
            return NULL;
        }
        look.maximum = (uint64_t)given;
    }
    /* Before reading, so that a schema which does not fit takes no record. */
    PyObject *rows = rows_of(self, schema);
    if (!rows || enter_open(self) < 0) {
        Py_XDECREF(rows);
        return NULL;
    }
    int result = wait_for(self, &look, timeout_ns);
    if (result == 0)
        made = take_batch(self, &look, rows);
    else if (result == LOOK_TIMED_OUT) {
        look.maximum = 0;
        made = take_batch(self, &look, rows);
    } else if (result == LOOK_ENDED && self->end == -ESHUTDOWN)
        made = Py_NewRef(Py_None);
    else if (result == LOOK_ENDED)
        raise_end(self);
    if (result != LOOK_LEFT)
        leave_call(self);
    Py_DECREF(rows);
    return made;
}

static PyObject *feed_slots(PyObject *object, PyObject *argument)
{
    struct feed *self = (struct feed *)object;
    PyObject *made = NULL;
    unsigned long ring = PyLong_AsUnsignedLong(argument);
    if (PyErr_Occurred() || enter_open(self) < 0)
        return NULL;
    if (ring < self->handle->ring_count)
        made = slots_new(self->attachment, (uint32_t)ring);
    else
        PyErr_SetString(PyExc_IndexError, "no such ring");
    leave_call(self);
    return made;
}

static PyObject *feed_symbol(PyObject *object, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"publisher_id", "instrument_id", NULL};
    struct feed *self = (struct feed *)object;
    long long publisher_id = 0;
    long long instrument_id = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "LL:symbol", names, &publisher_id, &instrument_id) || enter_open(self) < 0)
        return NULL;
    PyObject *made = NULL;
    const char *symbol = NULL;
    if (publisher_id < 0 || publisher_id > UINT16_MAX || instrument_id < 0 || instrument_id > UINT32_MAX)
        PyErr_SetString(PyExc_ValueError, "publisher_id: 0 to 65535, instrument_id: 0 to 4294967295");
    else if (!(symbol = hr_feed_symbol(self->handle, (uint16_t)publisher_id, (uint32_t)instrument_id)))
        made = Py_NewRef(Py_None);
    else
        made = PyUnicode_DecodeLatin1(symbol, (Py_ssize_t)strlen(symbol), NULL);
    leave_call(self);
    return made;
}

/* One entry of a directory, which the handler never changes. */
static PyObject *directory_row(const struct hr_directory_entry *entry)
{
    PyObject *symbol = PyUnicode_DecodeLatin1(entry->symbol, (Py_ssize_t)strnlen(entry->symbol, sizeof entry->symbol), NULL);
    return symbol ? Py_BuildValue("IIINI", (unsigned)entry->publisher_id, (unsigned)entry->instrument_id,
                                  (unsigned)entry->feed, symbol, (unsigned)entry->round_lot)
                  : NULL;
}

static PyObject *feed_directory(PyObject *object, PyObject *args)
{
    struct feed *self = (struct feed *)object;
    unsigned ring = 0;
    unsigned first = 0;
    if (!PyArg_ParseTuple(args, "II:_directory", &ring, &first) || enter_open(self) < 0)
        return NULL;
    PyObject *rows = PyList_New(0);
    if (rows && ring >= self->handle->ring_count) {
        PyErr_SetString(PyExc_IndexError, "no such ring");
        Py_CLEAR(rows);
    }
    const struct hr_directory_index *directory = rows ? &self->handle->hidden->directories[ring] : NULL;
    /* Pairs with the release in hr_directory_add. */
    uint32_t count = directory && directory->page ? __atomic_load_n(&directory->page->count, __ATOMIC_ACQUIRE) : 0;
    if (directory && count > directory->capacity)
        count = directory->capacity;
    for (uint32_t i = first; rows && i < count; i++) {
        PyObject *row = directory_row(&directory->page->entries[i]);
        if (!row || PyList_Append(rows, row) < 0)
            Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    leave_call(self);
    return rows;
}

static PyObject *feed_statistics(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    (void)unused;
    if (enter_call(self) < 0)
        return NULL;
    struct hr_feed_statistics counts = self->counted;
    if (self->handle)
        hr_feed_get_statistics(self->handle, &counts);
    leave_call(self);
    return Py_BuildValue("KKKK", (unsigned long long)counts.records, (unsigned long long)counts.lost,
                         (unsigned long long)counts.published, (unsigned long long)counts.dropped);
}

/* Within a call, or when nobody else has the feed. What is let go of here may run any code, so it is let go of last. */
static void leave(struct feed *self)
{
    PyObject *attachment = self->attachment;
    PyObject *rows = self->rows;
    if (!self->handle)
        return;
    lent_end(&self->loan);
    hr_feed_get_statistics(self->handle, &self->counted);
    attachment_hang_up(attachment);
    self->handle = NULL;
    self->attachment = NULL;
    self->rows = NULL;
    leave_call(self);
    Py_XDECREF(rows);
    Py_XDECREF(attachment);
}

static PyObject *feed_close(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    (void)unused;
    if (enter_call(self) < 0)
        return NULL;
    if (self->handle)
        leave(self);
    else
        leave_call(self);
    Py_RETURN_NONE;
}

static PyObject *feed_fileno(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    (void)unused;
    if (enter_open(self) < 0)
        return NULL;
    int descriptor = hr_feed_descriptor(self->handle);
    leave_call(self);
    if (descriptor >= 0)
        return PyLong_FromLong(descriptor);
    PyErr_SetString(PyExc_ValueError, "only a feed attached with wait=\"eventfd\" has a descriptor");
    return NULL;
}

static PyObject *feed_arm(PyObject *object, PyObject *unused)
{
    struct feed *self = (struct feed *)object;
    (void)unused;
    if (enter_open(self) < 0)
        return NULL;
    lent_end(&self->loan); /* arming gives back what was lent */
    int found = hr_feed_arm(self->handle);
    leave_call(self);
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

static PyObject *feed_ring_count(PyObject *object, void *unused)
{
    const struct feed *self = (const struct feed *)object;
    (void)unused;
    return PyLong_FromUnsignedLong(self->handle ? self->handle->ring_count : 0);
}

static PyObject *feed_ring(PyObject *object, void *unused)
{
    const struct feed *self = (const struct feed *)object;
    (void)unused;
    return PyLong_FromUnsignedLong(self->handle ? self->handle->ring : 0);
}

static PyObject *feed_is_file(PyObject *object, void *unused)
{
    (void)unused;
    return PyBool_FromLong(is_file((struct feed *)object));
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

/* Takes what attaching or opening gave; `error` of it, 0 or a negative errno. */
static int take_handle(struct feed *self, struct hr_feed *handle, int error, PyObject *(*fail)(int, const char *))
{
    if (error) {
        char text[256];
        snprintf(text, sizeof text, "%s", hr_error()); /* a signal's handler may overwrite it */
        if (error != -EINTR || PyErr_CheckSignals() == 0)
            fail(error, text);
        return -1;
    }
    self->rows = PyDict_New();
    self->attachment = self->rows ? attachment_new(handle) : NULL;
    self->handle = self->attachment ? handle : NULL;
    if (!self->rows)
        hr_feed_close(handle);
    if (!self->attachment)
        Py_CLEAR(self->rows);
    return self->attachment ? 0 : -1;
}

static int attach(struct feed *self, const char *name, const struct hr_attach_options *options)
{
    struct hr_feed *handle = NULL;
    int error;
    Py_BEGIN_ALLOW_THREADS
    error = hr_attach(&handle, name, options);
    Py_END_ALLOW_THREADS
    return take_handle(self, handle, error, failure_of_attach);
}

static int open_file(struct feed *self, const char *path, unsigned slots)
{
    struct hr_feed *handle = NULL;
    const struct hr_open_options options = {.slots = slots};
    int error;
    Py_BEGIN_ALLOW_THREADS
    error = hr_open(&handle, path, &options);
    Py_END_ALLOW_THREADS
    return take_handle(self, handle, error, failure_of_file);
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
    static char *names[] = {"name", "socket", "instance", "wait", "file", "slots", NULL};
    const char *name = NULL;
    const char *instance = NULL;
    const char *wait = "spin";
    unsigned slots = 0;
    PyObject *path = NULL;
    PyObject *file = NULL;
    PyObject *self = NULL;
    struct hr_attach_options options = {0};
    if (PyArg_ParseTupleAndKeywords(args, keywords, "z|$O&zsO&I:Feed", names, &name, to_path, &path, &instance, &wait, to_path, &file,
                                    &slots) &&
        to_wait(wait, &options.wait)) {
        options.socket = path ? PyBytes_AS_STRING(path) : NULL;
        options.instance = instance;
        if (!name == !file)
            PyErr_SetString(PyExc_TypeError, "a name, or None and a file");
        else
            self = type->tp_alloc(type, 0);
        if (self)
            lent_begin(&((struct feed *)self)->loan);
        if (self && (file ? open_file((struct feed *)self, PyBytes_AS_STRING(file), slots)
                          : attach((struct feed *)self, name, &options)) < 0)
            Py_CLEAR(self);
    }
    Py_XDECREF(path);
    Py_XDECREF(file);
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
    {"batch", WITH_KEYWORDS(feed_batch), METH_FASTCALL | METH_KEYWORDS,
     "batch(maximum=4096, timeout=None, *, schema='mbo')\n--\n\n"
     "Waits for at least one record and returns all that stand in a row, as a Batch: a read-only numpy structured array.\n\n"
     "The batch is a view of the ring's own memory, without a copy. It is valid until the next call of batch, next, arm,\n"
     "close or iteration on this feed, which lets the handler write there again: copy() what has to stay. From then on the\n"
     "batch and what was made from it without a copy (columns, slices) raise ValueError; see headrace.Batch.\n\n"
     "maximum: records, from 1 on; a batch also ends where the ring does. timeout: seconds from 0 on, or None: for ever.\n"
     "schema: one of headrace.SCHEMAS, the dtype of the rows; see headrace.dtype. Records of other types are in the same\n"
     "rows, told apart by `rtype`: their fields after ts_event mean something else, so select by rtype first.\n"
     "\"raw\" has the bytes of every record in the field `record`, of which the first 4 * `length` count.\n\n"
     "Returns an empty batch when nothing came in time, and None at the good end: the handler has stopped and everything has\n"
     "been read. Raises HandlerDied, Detached or Evicted at the other ends; ValueError for an argument out of range, a\n"
     "schema whose record is longer than the ring's slots, or a closed feed; RuntimeError while another thread is in a call."},
    {"_prepare", feed_prepare, METH_O, "_prepare(schema)\n--\n\nMakes now what the first batch of a schema would make."},
    {"_directory", feed_directory, METH_VARARGS,
     "_directory(ring, first)\n--\n\nEntries of a ring's instrument directory: (publisher_id, instrument_id, feed, symbol, round_lot)."},
    {"_slots", feed_slots, METH_O, "The slots of one ring, a read-only buffer."},
    {"_statistics", feed_statistics, METH_NOARGS, "(records, lost, published, dropped); as of closing once closed."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef feed_attributes[] = {
    {"closed", feed_closed, NULL, "Whether close() has been called.", NULL},
    {"ring_count", feed_ring_count, NULL, "Rings: one for each of the handler's workers; 0 once closed.", NULL},
    {"ring", feed_ring, NULL, "Which ring the last record or batch was from, from 0 on.", NULL},
    {"is_file", feed_is_file, NULL, "Whether this is a file's feed, of headrace.open, and is open.", NULL},
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
    default_schema = PyUnicode_InternFromString("mbo");
    if (!default_schema)
        return -1;
    PyObject *type = PyType_FromModuleAndSpec(module, &feed_spec, NULL);
    return type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;
}
