/* SPDX-License-Identifier: Apache-2.0 */
#include "lent_type.h"

#include <pthread.h>
#include <string.h>

#include "python_slot.h"

/* How every numpy array begins, from numpy 1.7 on: extension modules have this compiled in. */
struct array {
    PyObject_HEAD
    char *data;
    int nd;
    Py_ssize_t *dimensions;
    Py_ssize_t *strides;
    PyObject *base;
    PyObject *descr;
    int flags;
};
#define ARRAY_OWNS_DATA 0x0004

static char nothing[1024]; /* what an array without dimensions has once it is released; longer than any slot */

/* Behind numpy's part of the array. */
struct lent {
    struct lent_link link; /* must be first: a link is taken for its lent */
    struct array *array;   /* that this belongs to */
    const char *memory;    /* lent: the ring's slots */
    const char *memory_end;
    int released;
};

static PyTypeObject *lent_type;
static PyTypeObject *array_type; /* numpy.ndarray */
static PyTypeObject *void_type;  /* numpy.void: the scalar of a row */
static Py_ssize_t lent_offset;   /* of struct lent in an array */
static PyObject *copy_name;
static PyObject *view_name;

#ifdef Py_GIL_DISABLED
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* over all lists: they are touched once per array */
#define LOCK() pthread_mutex_lock(&mutex)
#define UNLOCK() pthread_mutex_unlock(&mutex)
#else
#define LOCK() ((void)0)
#define UNLOCK() ((void)0)
#endif

#define WITH_KEYWORDS(function) (PyCFunction)(void (*)(void))(function)

static struct lent *lent_of(PyObject *object)
{
    return (struct lent *)(void *)((char *)object + lent_offset);
}

static int is_lent(PyObject *object)
{
    return PyObject_TypeCheck(object, lent_type);
}

static void join(struct lent *lent, struct lent_link *after)
{
    lent->link.previous = after;
    lent->link.next = after->next;
    after->next->previous = &lent->link;
    after->next = &lent->link;
}

static void leave(struct lent *lent)
{
    if (!lent->link.previous)
        return;
    lent->link.previous->next = lent->link.next;
    lent->link.next->previous = lent->link.previous;
    lent->link.previous = lent->link.next = NULL;
}

void lent_begin(struct lent_link *loan)
{
    loan->previous = loan->next = loan;
}

void lent_end_all(struct lent_link *loan)
{
    LOCK();
    while (loan->next != loan) {
        struct lent *lent = (struct lent *)(void *)loan->next;
        leave(lent);
        /* For those that look at the array past its type (numpy.asarray): nothing to read, and no crash. */
        for (int i = 0; i < lent->array->nd; i++)
            lent->array->dimensions[i] = 0;
        if (lent->array->nd == 0)
            lent->array->data = nothing;
        lent->released = 1;
    }
    UNLOCK();
}

static int check(PyObject *self)
{
    if (!lent_of(self)->released)
        return 0;
    PyErr_SetString(PyExc_ValueError, "this batch has been released: a later call on its feed gave its memory back to the handler; "
                                      "copy() what has to stay, before that call");
    return -1;
}

PyObject *lent_new(PyObject *ring, struct lent_link *loan, Py_ssize_t first, Py_ssize_t end)
{
    PyObject *made = NULL;
    PyObject *from = PyLong_FromSsize_t(first);
    PyObject *to = PyLong_FromSsize_t(end);
    PyObject *slice = from && to ? PySlice_New(from, to, NULL) : NULL;
    if (slice)
        made = array_type->tp_as_mapping->mp_subscript(ring, slice);
    Py_XDECREF(slice);
    Py_XDECREF(from);
    Py_XDECREF(to);
    if (!made)
        return NULL;
    const struct array *slots = (const struct array *)(const void *)ring;
    struct lent *lent = lent_of(made);
    lent->array = (struct array *)(void *)made;
    lent->memory = slots->data;
    lent->memory_end = slots->data + slots->dimensions[0] * slots->strides[0];
    LOCK();
    join(lent, loan);
    UNLOCK();
    return made;
}

/* numpy calls this for each new array of the type, with the array that it was made from or None. */
static PyObject *finalize(PyObject *self, PyObject *from)
{
    struct lent *lent = lent_of(self);
    struct lent *parent = is_lent(from) ? lent_of(from) : NULL;
    lent->array = (struct array *)(void *)self;
    if (parent && check(from) < 0)
        return NULL;
    /* Not what is in memory of its own, be it by way of another array. */
    if (parent && !lent->link.previous && lent->array->data >= parent->memory && lent->array->data < parent->memory_end) {
        LOCK();
        if (parent->link.previous) {
            lent->memory = parent->memory;
            lent->memory_end = parent->memory_end;
            join(lent, &parent->link);
        }
        UNLOCK();
    }
    Py_RETURN_NONE;
}

static void deallocate(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    LOCK();
    leave(lent_of(self));
    UNLOCK();
    array_type->tp_dealloc(self);
    Py_DECREF(type);
}

/* The scalar of a row is a view too, but of no type of ours: a copy is what outlives the loan. */
static PyObject *own_scalar(PyObject *value)
{
    if (!value || !PyObject_TypeCheck(value, void_type))
        return value;
    PyObject *copy = PyObject_CallMethodNoArgs(value, copy_name);
    Py_DECREF(value);
    return copy;
}

static PyObject *subscript(PyObject *self, PyObject *key)
{
    return check(self) < 0 ? NULL : own_scalar(array_type->tp_as_mapping->mp_subscript(self, key));
}

static PyObject *item(PyObject *self, Py_ssize_t index)
{
    return check(self) < 0 ? NULL : own_scalar(array_type->tp_as_sequence->sq_item(self, index));
}

static Py_ssize_t length(PyObject *self)
{
    return check(self) < 0 ? -1 : array_type->tp_as_mapping->mp_length(self);
}

static int assign(PyObject *self, PyObject *key, PyObject *value)
{
    return check(self) < 0 ? -1 : array_type->tp_as_mapping->mp_ass_subscript(self, key, value);
}

static int contains(PyObject *self, PyObject *value)
{
    return check(self) < 0 ? -1 : array_type->tp_as_sequence->sq_contains(self, value);
}

static int get_buffer(PyObject *self, Py_buffer *view, int flags)
{
    if (check(self) == 0)
        return array_type->tp_as_buffer->bf_getbuffer(self, view, flags);
    view->obj = NULL;
    return -1;
}

/* Every method and attribute of an array at once. */
static PyObject *get_attribute(PyObject *self, PyObject *name)
{
    if (lent_of(self)->released && PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "released") != 0 &&
        PyUnicode_CompareWithASCIIString(name, "__class__") != 0 && check(self) < 0)
        return NULL;
    return PyObject_GenericGetAttr(self, name);
}

static PyObject *represent(PyObject *self)
{
    if (lent_of(self)->released)
        return PyUnicode_FromFormat("<%s, released by a later call on its feed>", Py_TYPE(self)->tp_name);
    return array_type->tp_repr(self);
}

static PyObject *to_text(PyObject *self)
{
    return lent_of(self)->released ? represent(self) : array_type->tp_str(self);
}

static PyObject *iterate(PyObject *self)
{
    return check(self) < 0 ? NULL : PySeqIter_New(self);
}

static PyObject *compare(PyObject *self, PyObject *other, int how)
{
    if (check(self) < 0 || (is_lent(other) && check(other) < 0))
        return NULL;
    return array_type->tp_richcompare(self, other, how);
}

static int to_bool(PyObject *self)
{
    return check(self) < 0 ? -1 : array_type->tp_as_number->nb_bool(self);
}

static PyObject *to_int(PyObject *self)
{
    return check(self) < 0 ? NULL : array_type->tp_as_number->nb_int(self);
}

static PyObject *to_float(PyObject *self)
{
    return check(self) < 0 ? NULL : array_type->tp_as_number->nb_float(self);
}

static PyObject *to_index(PyObject *self)
{
    return check(self) < 0 ? NULL : array_type->tp_as_number->nb_index(self);
}

/* A plain array of the same memory. */
static PyObject *plain(PyObject *self)
{
    return PyObject_CallMethodOneArg(self, view_name, (PyObject *)array_type);
}

/* Copies are nobody's loan, so they are plain arrays. */
static PyObject *copy(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *made = NULL;
    PyObject *method = check(self) < 0 ? NULL : PyObject_GetAttr((PyObject *)array_type, copy_name);
    PyObject *view = method ? plain(self) : NULL;
    PyObject *all = view ? PyTuple_New(PyTuple_GET_SIZE(args) + 1) : NULL;
    if (all) {
        PyTuple_SET_ITEM(all, 0, Py_NewRef(view));
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++)
            PyTuple_SET_ITEM(all, i + 1, Py_NewRef(PyTuple_GET_ITEM(args, i)));
        made = PyObject_Call(method, all, keywords);
    }
    Py_XDECREF(all);
    Py_XDECREF(view);
    Py_XDECREF(method);
    return made;
}

static PyObject *copy_once(PyObject *self, PyObject *unused)
{
    PyObject *view = check(self) < 0 ? NULL : plain(self);
    PyObject *made = view ? PyObject_CallMethodNoArgs(view, copy_name) : NULL;
    (void)unused;
    Py_XDECREF(view);
    return made;
}

/* Reductions, by way of a plain array: that saves numpy the way through __array_ufunc__, a microsecond for each. */
static PyObject *reduced(PyObject *self, PyObject *const *values, Py_ssize_t count, PyObject *names, PyObject *method)
{
    PyObject *all[8];
    Py_ssize_t total = count + (names ? PyTuple_GET_SIZE(names) : 0);
    if (check(self) < 0)
        return NULL;
    if (total + 1 > (Py_ssize_t)(sizeof all / sizeof *all)) {
        PyErr_SetString(PyExc_TypeError, "too many arguments");
        return NULL;
    }
    all[0] = plain(self);
    if (!all[0])
        return NULL;
    if (total)
        memcpy(all + 1, values, (size_t)total * sizeof *all);
    PyObject *made = PyObject_VectorcallMethod(method, all, (size_t)count + 1, names);
    Py_DECREF(all[0]);
    return made;
}

#define REDUCTIONS(X) X(sum) X(prod) X(min) X(max) X(mean) X(std) X(var) X(any) X(all) X(argmin) X(argmax) X(cumsum)
#define DEFINE_REDUCTION(name)                                                                                          \
    static PyObject *name##_text;                                                                                       \
    static PyObject *reduce_##name(PyObject *self, PyObject *const *values, Py_ssize_t count, PyObject *names)           \
    {                                                                                                                   \
        return reduced(self, values, count, names, name##_text);                                                        \
    }
REDUCTIONS(DEFINE_REDUCTION)
#define MAKE_REDUCTION(name) && (name##_text = PyUnicode_InternFromString(#name)) != NULL
#define LIST_REDUCTION(name) {#name, WITH_KEYWORDS(reduce_##name), METH_FASTCALL | METH_KEYWORDS, "As of numpy.ndarray."},

/* Pickles as the plain copy. */
static PyObject *reduce(PyObject *self, PyObject *protocol)
{
    PyObject *copied = copy_once(self, NULL);
    PyObject *made = copied ? PyObject_CallMethod(copied, "__reduce_ex__", "O", protocol) : NULL;
    Py_XDECREF(copied);
    return made;
}

/* numpy's functions that are no ufuncs: looks at what they were given, then does what every array does. */
static int check_all(PyObject *arguments, int depth)
{
    if (is_lent(arguments))
        return check(arguments);
    if (depth == 0 || !(PyTuple_Check(arguments) || PyList_Check(arguments)))
        return 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(arguments); i++)
        if (check_all(PySequence_Fast_GET_ITEM(arguments, i), depth - 1) < 0)
            return -1;
    return 0;
}

static PyObject *array_function(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *given = NULL;
    PyObject *named = NULL;
    PyObject *function = NULL;
    PyObject *types = NULL;
    (void)self;
    (void)keywords;
    if (!PyArg_ParseTuple(args, "OOOO:__array_function__", &function, &types, &given, &named) || check_all(given, 3) < 0)
        return NULL;
    Py_ssize_t at = 0;
    PyObject *value = NULL;
    while (PyDict_Check(named) && PyDict_Next(named, &at, NULL, &value))
        if (check_all(value, 3) < 0)
            return NULL;
    PyObject *method = PyObject_GetAttrString((PyObject *)array_type, "__array_function__");
    PyObject *made = method ? PyObject_CallFunctionObjArgs(method, self, function, types, given, named, NULL) : NULL;
    Py_XDECREF(method);
    return made;
}

/* ufuncs make new arrays: they get plain ones to work on, and what comes of them is plain. */
static PyObject *array_ufunc(PyObject *self, PyObject *args, PyObject *keywords)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    (void)self;
    if (count < 2) {
        PyErr_SetString(PyExc_TypeError, "__array_ufunc__(ufunc, method, *inputs, **keywords)");
        return NULL;
    }
    PyObject *inputs = PyTuple_New(count - 2);
    for (Py_ssize_t i = 2; inputs && i < count; i++) {
        PyObject *input = PyTuple_GET_ITEM(args, i);
        PyObject *given = !is_lent(input) ? Py_NewRef(input) : check(input) < 0 ? NULL : plain(input);
        if (given)
            PyTuple_SET_ITEM(inputs, i - 2, given);
        else
            Py_CLEAR(inputs);
    }
    PyObject *value = NULL;
    Py_ssize_t at = 0;
    while (inputs && keywords && PyDict_Next(keywords, &at, NULL, &value)) {
        if (check_all(value, 1) < 0)
            Py_CLEAR(inputs);
        else if (is_lent(value) || (PyTuple_Check(value) && PyTuple_GET_SIZE(value) && is_lent(PyTuple_GET_ITEM(value, 0)))) {
            PyErr_SetString(PyExc_ValueError, "a batch is read-only: it can be neither the output nor the mask of a ufunc");
            Py_CLEAR(inputs);
        }
    }
    PyObject *method = inputs ? PyObject_GetAttr(PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1)) : NULL;
    PyObject *made = method ? PyObject_Call(method, inputs, keywords) : NULL;
    Py_XDECREF(method);
    Py_XDECREF(inputs);
    return made;
}

static PyObject *get_released(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(lent_of(self)->released);
}

static PyMethodDef methods[] = {
    REDUCTIONS(LIST_REDUCTION)
    {"__array_finalize__", finalize, METH_O, NULL},
    {"__array_function__", WITH_KEYWORDS(array_function), METH_VARARGS | METH_KEYWORDS, NULL},
    {"__array_ufunc__", WITH_KEYWORDS(array_ufunc), METH_VARARGS | METH_KEYWORDS, NULL},
    {"__copy__", copy_once, METH_NOARGS, "A plain array with a copy."},
    {"__deepcopy__", copy_once, METH_O, "A plain array with a copy."},
    {"__reduce_ex__", reduce, METH_O, "Pickles as a plain array."},
    {"copy", WITH_KEYWORDS(copy), METH_VARARGS | METH_KEYWORDS, "copy(order='C')\n--\n\nA plain array with a copy, which stays."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"released", get_released, NULL, "Whether a later call on the feed has given the memory back: all but this raises then.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    PYTHON_SLOT(Py_tp_doc, "A numpy array of the ring's own memory, valid until the next call on its feed. headrace.Batch is one."),
    PYTHON_SLOT(Py_tp_dealloc, deallocate),
    PYTHON_SLOT(Py_tp_getattro, get_attribute),
    PYTHON_SLOT(Py_tp_repr, represent),
    PYTHON_SLOT(Py_tp_str, to_text),
    PYTHON_SLOT(Py_tp_iter, iterate),
    PYTHON_SLOT(Py_tp_richcompare, compare),
    PYTHON_SLOT(Py_tp_methods, methods),
    PYTHON_SLOT(Py_tp_getset, attributes),
    PYTHON_SLOT(Py_mp_subscript, subscript),
    PYTHON_SLOT(Py_mp_ass_subscript, assign),
    PYTHON_SLOT(Py_mp_length, length),
    PYTHON_SLOT(Py_sq_item, item),
    PYTHON_SLOT(Py_sq_length, length),
    PYTHON_SLOT(Py_sq_contains, contains),
    PYTHON_SLOT(Py_nb_bool, to_bool),
    PYTHON_SLOT(Py_nb_int, to_int),
    PYTHON_SLOT(Py_nb_float, to_float),
    PYTHON_SLOT(Py_nb_index, to_index),
    PYTHON_SLOT(Py_bf_getbuffer, get_buffer),
    {0, NULL},
};

/* That an array is what `struct array` says: three bytes, the last of which is seen through a slice. */
static int check_layout(void)
{
    static const char bytes[] = "abc";
    PyObject *whole = PyObject_CallFunction((PyObject *)array_type, "(n)sy#", (Py_ssize_t)3, "u1", bytes, (Py_ssize_t)3);
    if (!whole)
        return -1;
    const struct array *array = (const struct array *)(const void *)whole;
    int good = array_type->tp_basicsize >= (Py_ssize_t)sizeof *array && array->nd == 1 && array->dimensions[0] == 3 &&
               array->strides[0] == 1 && memcmp(array->data, bytes, 3) == 0 && !(array->flags & ARRAY_OWNS_DATA) && array->base;
    Py_DECREF(whole);
    if (good)
        return 0;
    PyErr_SetString(PyExc_ImportError, "headrace: this numpy lays its arrays out in another way than all before; use another numpy");
    return -1;
}

static PyObject *make_lent_type(PyObject *module, PyObject *args)
{
    if (!PyArg_ParseTuple(args, "O!O!:_make_lent_type", &PyType_Type, &array_type, &PyType_Type, &void_type))
        return NULL;
    if (lent_type)
        return Py_NewRef((PyObject *)lent_type);
    lent_offset = (array_type->tp_basicsize + 15) / 16 * 16;
    PyType_Spec spec = {
        .name = "headrace._headrace.LentArray",
        .basicsize = (int)lent_offset + (int)sizeof(struct lent),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
        .slots = slots,
    };
    copy_name = PyUnicode_InternFromString("copy");
    view_name = PyUnicode_InternFromString("view");
    PyObject *bases = copy_name && view_name REDUCTIONS(MAKE_REDUCTION) && check_layout() == 0 ? PyTuple_Pack(1, array_type) : NULL;
    lent_type = bases ? (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, bases) : NULL;
    Py_XDECREF(bases);
    Py_INCREF(array_type);
    Py_INCREF(void_type);
    return Py_XNewRef((PyObject *)lent_type);
}

static PyMethodDef functions[] = {
    {"_make_lent_type", make_lent_type, METH_VARARGS, "The type of lent arrays, from numpy.ndarray and numpy.void."},
    {NULL, NULL, 0, NULL},
};

int lent_type_add(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
