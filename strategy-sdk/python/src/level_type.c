/* SPDX-License-Identifier: Apache-2.0 */
#include "level_type.h"

#include <string.h>

#include "field_choice.h"
#include "python_slot.h"

#define ATTRIBUTES_MAX 12

struct level {
    PyObject_HEAD
    const struct level_layout *layout;
    uint8_t bytes[LEVEL_BYTES];
};

static PyTypeObject *types[2]; /* as level_layouts; owned for ever */
static PyGetSetDef attributes[2][ATTRIBUTES_MAX + 1];

static int64_t price_at(const struct level *self, const struct record_field *field)
{
    int64_t price = 0;
    memcpy(&price, self->bytes + field->offset, sizeof price);
    return price;
}

/* Prices, sizes and publishers: there are no other fields. */
static PyObject *get_field(PyObject *object, void *of)
{
    const struct level *self = (const struct level *)object;
    const struct record_field *field = of;
    uint32_t number = 0;
    if (field->kind == FIELD_PRICE)
        return PyLong_FromLongLong(price_at(self, field));
    memcpy(&number, self->bytes + field->offset, field->bytes); /* little-endian */
    return PyLong_FromUnsignedLong(number);
}

static PyObject *get_pretty(PyObject *object, void *of)
{
    return field_price(price_at((const struct level *)object, of));
}

static PyObject *level_bytes(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyBytes_FromStringAndSize((const char *)((const struct level *)self)->bytes, LEVEL_BYTES);
}

static PyObject *level_repr(PyObject *object)
{
    const struct level_layout *layout = ((const struct level *)object)->layout;
    PyObject *text = PyUnicode_FromFormat("%s(", layout->name);
    for (size_t i = 0; text && i < layout->field_count; i++) {
        const struct record_field *field = &layout->fields[i];
        void *closure = (void *)(uintptr_t)field;
        const char *name = field->pretty ? field->pretty : field->name;
        PyObject *value = field->pretty ? get_pretty(object, closure) : get_field(object, closure);
        PyObject *longer = value ? PyUnicode_FromFormat("%U%s%s=%R", text, i ? ", " : "", name, value) : NULL;
        Py_XDECREF(value);
        Py_SETREF(text, longer);
    }
    PyObject *whole = text ? PyUnicode_FromFormat("%U)", text) : NULL;
    Py_XDECREF(text);
    return whole;
}

static PyObject *level_compare(PyObject *left, PyObject *right, int how)
{
    if ((how != Py_EQ && how != Py_NE) || Py_TYPE(left) != Py_TYPE(right))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = memcmp(((const struct level *)left)->bytes, ((const struct level *)right)->bytes, LEVEL_BYTES) == 0;
    return PyBool_FromLong(equal == (how == Py_EQ));
}

static Py_hash_t level_hash(PyObject *self)
{
    PyObject *bytes = level_bytes(self, NULL);
    Py_hash_t hash = bytes ? PyObject_Hash(bytes) : -1;
    Py_XDECREF(bytes);
    return hash;
}

static void level_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *level_new(const struct level_layout *layout, const uint8_t *bytes)
{
    struct level *made = PyObject_New(struct level, types[layout - level_layouts]);
    if (!made)
        return NULL;
    made->layout = layout;
    memcpy(made->bytes, bytes, LEVEL_BYTES);
    return (PyObject *)made;
}

PyObject *levels_new(const struct level_layout *layout, const uint8_t *first, size_t count)
{
    PyObject *levels = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; levels && i < count; i++) {
        PyObject *level = level_new(layout, first + i * LEVEL_BYTES);
        if (level)
            PyTuple_SET_ITEM(levels, (Py_ssize_t)i, level);
        else
            Py_CLEAR(levels);
    }
    return levels;
}

/* _level_from_bytes(name of the type, bytes): what a pickle holds. */
static PyObject *level_from_bytes(PyObject *module, PyObject *args)
{
    const char *name = NULL;
    const char *bytes = NULL;
    Py_ssize_t length = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "sy#:_level_from_bytes", &name, &bytes, &length))
        return NULL;
    for (size_t i = 0; length == (Py_ssize_t)LEVEL_BYTES && i < level_layout_count; i++)
        if (strcmp(level_layouts[i].name, name) == 0)
            return level_new(&level_layouts[i], (const uint8_t *)bytes);
    return PyErr_Format(PyExc_ValueError, "no %s has %zd bytes", name, length);
}

static PyObject *level_reduce(PyObject *self, PyObject *unused)
{
    PyObject *module = PyImport_ImportModule("headrace._headrace");
    PyObject *function = module ? PyObject_GetAttrString(module, "_level_from_bytes") : NULL;
    PyObject *bytes = function ? level_bytes(self, unused) : NULL;
    PyObject *made = bytes ? Py_BuildValue("O(sO)", function, ((const struct level *)self)->layout->name, bytes) : NULL;
    Py_XDECREF(bytes);
    Py_XDECREF(function);
    Py_XDECREF(module);
    return made;
}

static PyMethodDef level_methods[] = {
    {"__bytes__", level_bytes, METH_NOARGS, "The level's exact bytes."},
    {"__reduce__", level_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef level_functions[] = {
    {"_level_from_bytes", level_from_bytes, METH_VARARGS, "A price level of a pickle: (name of its type, its bytes)."},
    {NULL, NULL, 0, NULL},
};

static void make_attributes(const struct level_layout *layout, PyGetSetDef *next)
{
    for (size_t i = 0; i < layout->field_count; i++) {
        const struct record_field *field = &layout->fields[i];
        void *closure = (void *)(uintptr_t)field;
        *next++ = (PyGetSetDef){field->name, get_field, NULL, field->doc, closure};
        if (field->pretty)
            *next++ = (PyGetSetDef){field->pretty, get_pretty, NULL, "In units of 1; NaN when there is none.", closure};
    }
}

static PyTypeObject *make_type(PyObject *module, const struct level_layout *layout, PyGetSetDef *getters)
{
    char full[64];
    PyType_Slot slots[] = {
        PYTHON_SLOT(Py_tp_doc, layout->doc),
        PYTHON_SLOT(Py_tp_getset, getters),
        PYTHON_SLOT(Py_tp_methods, level_methods),
        PYTHON_SLOT(Py_tp_repr, level_repr),
        PYTHON_SLOT(Py_tp_richcompare, level_compare),
        PYTHON_SLOT(Py_tp_hash, level_hash),
        PYTHON_SLOT(Py_tp_dealloc, level_dealloc),
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = full,
        .basicsize = sizeof(struct level),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
        .slots = slots,
    };
    snprintf(full, sizeof full, "headrace.%s", layout->name);
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
    if (type && PyModule_AddType(module, (PyTypeObject *)type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type;
}

int level_types_add(PyObject *module)
{
    for (size_t i = 0; i < level_layout_count; i++) {
        make_attributes(&level_layouts[i], attributes[i]);
        types[i] = make_type(module, &level_layouts[i], attributes[i]);
        if (!types[i])
            return -1;
    }
    return PyModule_AddFunctions(module, level_functions);
}
