/* SPDX-License-Identifier: Apache-2.0 */
#include "record_type.h"

#include "python_slot.h"
#include "record_layout.h"

struct record {
    PyObject_VAR_HEAD /* its size is the number of bytes */
    uint64_t stamp;
    uint8_t bytes[];
};

static PyTypeObject *base_type;
static PyTypeObject *types[256];   /* by rtype; NULL where base_type stands for it */
static size_t least_bytes[256];    /* that the attributes of types[rtype] read */

PyObject *record_new(const struct hr_record_header *record, size_t bytes_max, uint64_t stamp)
{
    size_t bytes = hr_record_bytes(record);
    if (bytes > bytes_max)
        bytes = bytes_max;
    if (bytes < sizeof *record)
        bytes = sizeof *record;
    /* Attributes read the object without a check, so a record that is shorter than its type is not of that type. */
    PyTypeObject *type = types[record->rtype];
    if (!type || bytes < least_bytes[record->rtype])
        type = base_type;
    struct record *made = PyObject_NewVar(struct record, type, (Py_ssize_t)bytes);
    if (!made)
        return NULL;
    made->stamp = stamp;
    memcpy(made->bytes, record, bytes);
    return (PyObject *)made;
}

static void record_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

/* Records are 8-aligned and without padding, and `bytes` stands on a multiple of 8. */
#define READ(type) (*(const type *)(const void *)at)
HR_STATIC_ASSERT(offsetof(struct record, bytes) % 8 == 0, "the bytes of a record object are not aligned");

static PyObject *text_of(const uint8_t *at, size_t bytes)
{
    size_t length = 0;
    while (length < bytes && at[length])
        length++;
    while (length && at[length - 1] == ' ')
        length--;
    return PyUnicode_DecodeLatin1((const char *)at, (Py_ssize_t)length, NULL);
}

static PyObject *field_value(const struct record *self, const struct record_field *field)
{
    const uint8_t *at = self->bytes + field->offset;
    size_t count = 0;
    switch (field->kind) {
    case FIELD_U8:
        return PyLong_FromUnsignedLong(READ(uint8_t));
    case FIELD_U16:
        return PyLong_FromUnsignedLong(READ(uint16_t));
    case FIELD_U32:
        return PyLong_FromUnsignedLong(READ(uint32_t));
    case FIELD_U64:
        return PyLong_FromUnsignedLongLong(READ(uint64_t));
    case FIELD_I8:
        return PyLong_FromLong(READ(int8_t));
    case FIELD_I16:
        return PyLong_FromLong(READ(int16_t));
    case FIELD_I32:
        return PyLong_FromLong(READ(int32_t));
    case FIELD_I64:
    case FIELD_PRICE:
        return PyLong_FromLongLong(READ(int64_t));
    case FIELD_CHAR:
    case FIELD_TEXT:
        return text_of(at, field->bytes);
    case FIELD_MESSAGE:
        count = at[-1] < field->bytes ? at[-1] : field->bytes;
        return PyBytes_FromStringAndSize((const char *)at, (Py_ssize_t)count);
    }
    Py_RETURN_NONE;
}

static PyObject *pretty_value(const struct record *self, const struct record_field *field)
{
    const uint8_t *at = self->bytes + field->offset;
    int64_t price = READ(int64_t);
    return PyFloat_FromDouble(price == HR_UNDEF_PRICE ? Py_NAN : (double)price / (double)HR_PRICE_SCALE);
}

static PyObject *get_field(PyObject *self, void *field)
{
    return field_value((const struct record *)self, field);
}

static PyObject *get_pretty(PyObject *self, void *field)
{
    return pretty_value((const struct record *)self, field);
}

static PyObject *get_stamp(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(((const struct record *)self)->stamp);
}

static PyObject *to_bytes(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyBytes_FromStringAndSize((const char *)((const struct record *)self)->bytes, Py_SIZE(self));
}

/* The layout that a type was made from, NULL for the base. */
static const struct record_layout *layout_of(const PyTypeObject *type)
{
    for (size_t i = 0; i < record_layout_count; i++)
        if (types[record_layouts[i].rtype] == type)
            return &record_layouts[i];
    return NULL;
}

/* Appends "name=value" to a list. */
static int append_field(PyObject *parts, const struct record *self, const struct record_field *field)
{
    PyObject *value = field->pretty ? pretty_value(self, field) : field_value(self, field);
    PyObject *part = value ? PyUnicode_FromFormat("%s=%R", field->pretty ? field->pretty : field->name, value) : NULL;
    Py_XDECREF(value);
    int result = part ? PyList_Append(parts, part) : -1;
    Py_XDECREF(part);
    return result;
}

static PyObject *record_repr(PyObject *object)
{
    const struct record *self = (const struct record *)object;
    const struct record_layout *layout = layout_of(Py_TYPE(object));
    PyObject *text = NULL;
    PyObject *joined = NULL;
    PyObject *separator = PyUnicode_FromString(", ");
    PyObject *parts = PyList_New(0);
    int failed = !separator || !parts;
    for (size_t i = 1; !failed && i < record_header_field_count; i++) /* without `length` */
        failed = append_field(parts, self, &record_header_fields[i]);
    for (size_t i = 0; !failed && layout && i < layout->field_count; i++)
        failed = append_field(parts, self, &layout->fields[i]);
    if (!failed)
        joined = PyUnicode_Join(separator, parts);
    if (joined)
        text = PyUnicode_FromFormat("%s(stamp=%llu, %U)", layout ? layout->name : "Record", (unsigned long long)self->stamp,
                                    joined);
    Py_XDECREF(joined);
    Py_XDECREF(parts);
    Py_XDECREF(separator);
    return text;
}

static PyMethodDef record_methods[] = {
    {"__bytes__", to_bytes, METH_NOARGS, "The record's exact bytes, without the stamp."},
    {NULL, NULL, 0, NULL},
};

/* One entry per attribute. Never freed: a type keeps the pointer, and the types live as long as the process. */
static PyGetSetDef *make_attributes(const struct record_field *fields, size_t count, int with_stamp)
{
    PyGetSetDef *attributes = PyMem_Calloc(count * 2 + 2, sizeof *attributes);
    PyGetSetDef *next = attributes;
    if (!attributes) {
        PyErr_NoMemory();
        return NULL;
    }
    if (with_stamp)
        *next++ = (PyGetSetDef){"stamp", get_stamp, NULL, "When the record was published (DBN's ts_out), ns since the UNIX epoch.",
                                NULL};
    for (size_t i = 0; i < count; i++) {
        void *field = (void *)(uintptr_t)&fields[i];
        *next++ = (PyGetSetDef){fields[i].name, get_field, NULL, fields[i].doc, field};
        if (fields[i].pretty)
            *next++ = (PyGetSetDef){fields[i].pretty, get_pretty, NULL, "In units of 1; NaN when not known.", field};
    }
    return attributes;
}

static PyTypeObject *make_type(PyObject *module, const char *name, const char *doc, PyGetSetDef *attributes, PyTypeObject *base)
{
    char full[64];
    PyType_Slot slots[] = {
        PYTHON_SLOT(Py_tp_doc, doc),
        PYTHON_SLOT(Py_tp_getset, attributes),
        PYTHON_SLOT(Py_tp_methods, record_methods),
        PYTHON_SLOT(Py_tp_repr, record_repr),
        PYTHON_SLOT(Py_tp_dealloc, record_dealloc),
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = full,
        .basicsize = sizeof(struct record),
        .itemsize = 1,
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE |
                 (base ? 0U : Py_TPFLAGS_BASETYPE),
        .slots = slots,
    };
    if (!attributes)
        return NULL;
    snprintf(full, sizeof full, "headrace.%s", name);
    PyObject *bases = base ? PyTuple_Pack(1, base) : NULL;
    if (base && !bases)
        return NULL;
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, bases);
    Py_XDECREF(bases);
    if (type && PyModule_AddType(module, (PyTypeObject *)type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type;
}

static PyObject *field_format(const struct record_field *field)
{
    static const char *const formats[] = {[FIELD_U8] = "u1",  [FIELD_U16] = "<u2", [FIELD_U32] = "<u4", [FIELD_U64] = "<u8",
                                          [FIELD_I8] = "i1",  [FIELD_I16] = "<i2", [FIELD_I32] = "<i4", [FIELD_I64] = "<i8",
                                          [FIELD_PRICE] = "<i8"};
    if (field->kind == FIELD_MESSAGE)
        return PyUnicode_FromFormat("(%d,)u1", (int)field->bytes);
    if (field->kind == FIELD_CHAR || field->kind == FIELD_TEXT)
        return PyUnicode_FromFormat("S%d", (int)field->bytes);
    return PyUnicode_FromString(formats[field->kind]);
}

static PyObject *layout_row(const struct record_layout *layout)
{
    PyObject *fields = PyTuple_New((Py_ssize_t)(record_header_field_count + layout->field_count));
    for (size_t i = 0; fields && i < record_header_field_count + layout->field_count; i++) {
        const struct record_field *field =
            i < record_header_field_count ? &record_header_fields[i] : &layout->fields[i - record_header_field_count];
        PyObject *row = Py_BuildValue("siN", field->name, (int)field->offset, field_format(field));
        if (!row)
            Py_CLEAR(fields);
        else
            PyTuple_SET_ITEM(fields, (Py_ssize_t)i, row);
    }
    return fields ? Py_BuildValue("niN", (Py_ssize_t)layout->bytes, (int)layout->rtype, fields) : NULL;
}

static int add_layouts(PyObject *module)
{
    PyObject *layouts = PyDict_New();
    int failed = !layouts;
    for (size_t i = 0; !failed && i < record_layout_count; i++) {
        PyObject *row = layout_row(&record_layouts[i]);
        failed = !row || PyDict_SetItemString(layouts, record_layouts[i].schema, row) < 0;
        Py_XDECREF(row);
    }
    if (!failed)
        failed = PyModule_AddObjectRef(module, "layouts", layouts) < 0;
    Py_XDECREF(layouts);
    return failed ? -1 : 0;
}

int record_types_add(PyObject *module)
{
    base_type = make_type(module, "Record", "A copy of one record and its stamp.\n\nMade by a feed, immutable, valid for ever.",
                          make_attributes(record_header_fields, record_header_field_count, 1), NULL);
    if (!base_type)
        return -1;
    for (size_t i = 0; i < record_layout_count; i++) {
        const struct record_layout *layout = &record_layouts[i];
        PyTypeObject *type =
            make_type(module, layout->name, layout->doc, make_attributes(layout->fields, layout->field_count, 0), base_type);
        if (!type)
            return -1;
        types[layout->rtype] = type;
        least_bytes[layout->rtype] = layout->bytes;
    }
    types[HR_RTYPE_RECOVERED] = types[HR_RTYPE_GAP];
    least_bytes[HR_RTYPE_RECOVERED] = least_bytes[HR_RTYPE_GAP];
    return add_layouts(module);
}
