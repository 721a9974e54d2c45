/* SPDX-License-Identifier: Apache-2.0 */
#include "record_type.h"

#include "attribute_table.h"
#include "field_choice.h"
#include "level_type.h"
#include "python_slot.h"
#include "record_layout.h"

struct record {
    PyObject_VAR_HEAD /* its size is the number of bytes */
    const struct attribute_table *attributes; /* of its type */
    uint64_t stamp;
    uint8_t bytes[];
};

/* A record's type as C sees it. */
struct kind {
    PyTypeObject *type;
    const struct attribute_table *attributes;
    size_t least_bytes; /* that its attributes read */
};

static struct kind base;
static struct kind kinds[256]; /* by rtype; without a type where the base stands for it */

/* Most records have at most so many bytes, and a strategy lets go of one when it takes the next: their objects are kept for that. */
#define KEPT_BYTES 56
#define KEPT_MAX 64

#ifdef Py_GIL_DISABLED /* lists of threads' own cost what they would save */
#define KEEP_NONE 1
#else
#define KEEP_NONE 0
#endif

static struct record *kept[KEPT_MAX];
static int kept_count;

/* One that was let go of, with its reference on the type that it was of. */
static struct record *take_kept(PyTypeObject *type)
{
    struct record *made = kept[--kept_count];
    PyTypeObject *before = Py_TYPE(made);
    if (before != type) {
        Py_SET_TYPE((PyObject *)made, (PyTypeObject *)Py_NewRef((PyObject *)type));
        Py_DECREF(before);
    }
#ifdef Py_REF_DEBUG
    _Py_NewReference((PyObject *)made);
#else
    Py_SET_REFCNT((PyObject *)made, 1);
#endif
    return made;
}

static struct record *allocate(PyTypeObject *type, size_t bytes)
{
    struct record *made;
    if (KEEP_NONE || bytes > KEPT_BYTES)
        return PyObject_NewVar(struct record, type, (Py_ssize_t)bytes);
    if (kept_count) {
        made = take_kept(type);
        Py_SET_SIZE((PyVarObject *)made, (Py_ssize_t)bytes);
        return made;
    }
    made = PyObject_Malloc(sizeof *made + KEPT_BYTES);
    if (!made) {
        PyErr_NoMemory();
        return NULL;
    }
    (void)PyObject_InitVar((PyVarObject *)made, type, (Py_ssize_t)bytes);
    return made;
}

PyObject *record_new(const struct hr_record_header *record, size_t bytes_max, uint64_t stamp)
{
    size_t bytes = hr_record_bytes(record);
    if (bytes > bytes_max)
        bytes = bytes_max;
    if (bytes < sizeof *record)
        bytes = sizeof *record;
    /* Attributes read the object without a check, so a record that is shorter than its type is not of that type. */
    const struct kind *kind = &kinds[record->rtype];
    if (!kind->type || bytes < kind->least_bytes)
        kind = &base;
    struct record *made = allocate(kind->type, bytes);
    if (!made)
        return NULL;
    made->attributes = kind->attributes;
    made->stamp = stamp;
    if (bytes == sizeof(struct hr_mbo)) /* the one size worth an unrolled copy */
        memcpy(made->bytes, record, sizeof(struct hr_mbo));
    else
        memcpy(made->bytes, record, bytes);
    return (PyObject *)made;
}

static void record_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!KEEP_NONE && Py_SIZE(self) <= KEPT_BYTES && kept_count < KEPT_MAX) {
        kept[kept_count++] = (struct record *)self;
        return;
    }
    PyObject_Free(self);
    Py_DECREF(type);
}

/* Records are 8-aligned and without padding, and `bytes` stands on a multiple of 8. */
#define READ(type) (*(const type *)(const void *)at)
HR_STATIC_ASSERT(offsetof(struct record, bytes) % 8 == 0, "the bytes of a record object are not aligned");

static PyObject *text_of(const uint8_t *at, size_t bytes)
{
    return PyUnicode_DecodeLatin1((const char *)at, (Py_ssize_t)record_text_bytes(at, bytes), NULL);
}

/* The layout that a type was made from, NULL for the base. */
static const struct record_layout *layout_of(const PyTypeObject *type)
{
    for (size_t i = 0; i < record_layout_count; i++)
        if (kinds[record_layouts[i].rtype].type == type)
            return &record_layouts[i];
    return NULL;
}

/* As it is in the record: a number, a letter, a text. */
static PyObject *plain_value(const struct record *self, const struct record_field *field)
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
    case FIELD_TIME:
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
    case FIELD_LEVELS:
        return levels_new(layout_of(Py_TYPE(self))->level, at, field->bytes / LEVEL_BYTES);
    }
    Py_RETURN_NONE;
}

/* As a member of the field's enumeration, where it is one of them. */
static PyObject *field_value(const struct record *self, const struct record_field *field)
{
    const uint8_t *at = self->bytes + field->offset;
    PyObject *member = NULL;
    if (field->choice) {
        uint32_t value = field->bytes == 1 ? at[0] : READ(uint16_t);
        member = field_choice_get(field->choice, value);
    }
    return member ? member : plain_value(self, field);
}

static PyObject *pretty_value(const struct record *self, const struct record_field *field)
{
    const uint8_t *at = self->bytes + field->offset;
    return field->kind == FIELD_TIME ? field_time(READ(uint64_t)) : field_price(READ(int64_t));
}

/* The time by which a record is sorted and its symbol looked up, as DBN has it: of arrival where the record has it. */
static uint64_t index_time(const struct record *self)
{
    const struct hr_record_header *header = (const struct hr_record_header *)(const void *)self->bytes;
    const struct record_layout *layout = layout_of(Py_TYPE(self));
    for (size_t i = 0; layout && i < layout->field_count; i++)
        if (strcmp(layout->fields[i].name, "ts_recv") == 0) {
            const uint8_t *at = self->bytes + layout->fields[i].offset;
            return READ(uint64_t);
        }
    return header->ts_event;
}

static PyObject *get_index_time(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(index_time((const struct record *)self));
}

static PyObject *get_pretty_index_time(PyObject *self, void *unused)
{
    (void)unused;
    return field_time(index_time((const struct record *)self));
}

static PyObject *get_pretty_stamp(PyObject *self, void *unused)
{
    (void)unused;
    return field_time(((const struct record *)self)->stamp);
}

static PyObject *get_field(PyObject *self, void *field)
{
    return field_value((const struct record *)self, field);
}

static PyObject *get_u32(PyObject *self, void *field)
{
    const uint8_t *at = ((const struct record *)self)->bytes + ((const struct record_field *)field)->offset;
    return PyLong_FromUnsignedLong(READ(uint32_t));
}

static PyObject *get_u64(PyObject *self, void *field)
{
    const uint8_t *at = ((const struct record *)self)->bytes + ((const struct record_field *)field)->offset;
    return PyLong_FromUnsignedLongLong(READ(uint64_t));
}

static PyObject *get_i64(PyObject *self, void *field)
{
    const uint8_t *at = ((const struct record *)self)->bytes + ((const struct record_field *)field)->offset;
    return PyLong_FromLongLong(READ(int64_t));
}

static PyObject *get_pretty(PyObject *self, void *field)
{
    return pretty_value((const struct record *)self, field);
}

/* The kinds that strategies read for each record have a getter of their own. */
static getter getter_of(const struct record_field *field)
{
    if (field->choice)
        return get_field;
    switch (field->kind) {
    case FIELD_U32:
        return get_u32;
    case FIELD_U64:
    case FIELD_TIME:
        return get_u64;
    case FIELD_I64:
    case FIELD_PRICE:
        return get_i64;
    default:
        return get_field;
    }
}

static PyObject *get_stamp(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(((const struct record *)self)->stamp);
}

static PyObject *record_getattro(PyObject *self, PyObject *name)
{
    const struct attribute *attribute = attribute_find(((const struct record *)self)->attributes, name);
    return attribute ? attribute->get(self, attribute->closure) : PyObject_GenericGetAttr(self, name);
}

static PyObject *to_bytes(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyBytes_FromStringAndSize((const char *)((const struct record *)self)->bytes, Py_SIZE(self));
}

/* Appends "name=value" to a list. */
static int append_field(PyObject *parts, const struct record *self, const struct record_field *field)
{
    int is_price = field->kind == FIELD_PRICE;
    PyObject *value = is_price ? pretty_value(self, field) : plain_value(self, field);
    PyObject *part = value ? PyUnicode_FromFormat("%s=%R", is_price ? field->pretty : field->name, value) : NULL;
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
    for (size_t i = 0; !failed && layout && i < layout->field_count; i++) {
        failed = append_field(parts, self, &layout->fields[i]);
        if (layout->fields[i].kind == FIELD_LEVELS)
            break; /* what follows is said */
    }
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

static PyObject *record_size(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromSsize_t(Py_SIZE(self));
}

static PyObject *record_reduce(PyObject *self, PyObject *unused)
{
    PyObject *module = PyImport_ImportModule("headrace._headrace");
    PyObject *function = module ? PyObject_GetAttrString(module, "record_from_bytes") : NULL;
    PyObject *bytes = function ? to_bytes(self, unused) : NULL;
    PyObject *made = bytes ? Py_BuildValue("O(OK)", function, bytes, (unsigned long long)((struct record *)self)->stamp) : NULL;
    Py_XDECREF(bytes);
    Py_XDECREF(function);
    Py_XDECREF(module);
    return made;
}

static PyObject *record_compare(PyObject *left, PyObject *right, int how)
{
    const struct record *a = (const struct record *)left;
    const struct record *b = (const struct record *)right;
    if ((how != Py_EQ && how != Py_NE) || !PyObject_TypeCheck(right, base.type))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = a->stamp == b->stamp && Py_SIZE(a) == Py_SIZE(b) && memcmp(a->bytes, b->bytes, (size_t)Py_SIZE(a)) == 0;
    return PyBool_FromLong(equal == (how == Py_EQ));
}

static Py_hash_t record_hash(PyObject *self)
{
    const struct record *record = (const struct record *)self;
    uint64_t mixed = record->stamp;
    for (Py_ssize_t i = 0; i + 8 <= Py_SIZE(self); i += 8) {
        const uint8_t *at = record->bytes + i;
        mixed = (mixed ^ READ(uint64_t)) * UINT64_C(0x9E3779B97F4A7C15);
        mixed ^= mixed >> 32;
    }
    return (Py_hash_t)mixed == -1 ? 0 : (Py_hash_t)mixed;
}

static PyObject *record_from_bytes(PyObject *module, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"data", "stamp", NULL};
    Py_buffer data = {0};
    unsigned long long stamp = HR_UNDEF_TIMESTAMP;
    PyObject *made = NULL;
    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "y*|K:record_from_bytes", names, &data, &stamp))
        return NULL;
    if (data.len < (Py_ssize_t)sizeof(struct hr_record_header) || (Py_ssize_t)((const uint8_t *)data.buf)[0] * 4 != data.len)
        PyErr_Format(PyExc_ValueError, "data: a whole record, whose first byte is its length in words of 4 bytes; got %zd bytes", data.len);
    else
        made = record_new(data.buf, (size_t)data.len, stamp);
    PyBuffer_Release(&data);
    return made;
}

static PyMethodDef record_functions[] = {
    {"record_from_bytes", (PyCFunction)(void (*)(void))record_from_bytes, METH_VARARGS | METH_KEYWORDS,
     "record_from_bytes(data, stamp=UNDEF_TIMESTAMP)\n--\n\n"
     "A record from its exact bytes, as bytes(record) gives them: for tests of a strategy, and for records from elsewhere.\n\n"
     "ValueError unless `data` is one whole record."},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef record_methods[] = {
    {"__bytes__", to_bytes, METH_NOARGS, "The record's exact bytes, without the stamp."},
    {"__reduce__", record_reduce, METH_NOARGS, NULL},
    {"record_size", record_size, METH_NOARGS, "record_size()\n--\n\nBytes of the record, without the stamp."},
    {NULL, NULL, 0, NULL},
};

#define PRETTY_TIME "A pandas.Timestamp where there is pandas, else a datetime (cut to us), UTC; None when not known."

static const PyGetSetDef common_attributes[] = {
    {"stamp", get_stamp, NULL, "When the record was published (DBN's ts_out), ns since the UNIX epoch.", NULL},
    {"ts_out", get_stamp, NULL, "The stamp under DBN's name, ns since the UNIX epoch.", NULL},
    {"pretty_ts_out", get_pretty_stamp, NULL, PRETTY_TIME, NULL},
    {"ts_index", get_index_time, NULL, "ts_recv where the record has it, else ts_event; ns since the UNIX epoch.", NULL},
    {"pretty_ts_index", get_pretty_index_time, NULL, PRETTY_TIME, NULL},
};

/* One entry per attribute. Never freed: a type keeps the pointer, and the types live as long as the process. */
static PyGetSetDef *make_attributes(const struct record_field *fields, size_t count, int with_stamp)
{
    PyGetSetDef *attributes = PyMem_Calloc(count * 2 + 6, sizeof *attributes);
    PyGetSetDef *next = attributes;
    if (!attributes) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; with_stamp && i < sizeof common_attributes / sizeof *common_attributes; i++)
        *next++ = common_attributes[i];
    for (size_t i = 0; i < count; i++) {
        void *field = (void *)(uintptr_t)&fields[i];
        *next++ = (PyGetSetDef){fields[i].name, getter_of(&fields[i]), NULL, fields[i].doc, field};
        if (fields[i].pretty)
            *next++ = (PyGetSetDef){fields[i].pretty, get_pretty, NULL,
                                    fields[i].kind == FIELD_PRICE ? "In units of 1; NaN when not known." : PRETTY_TIME, field};
    }
    return attributes;
}

static PyTypeObject *make_type(PyObject *module, const char *name, const char *doc, PyGetSetDef *attributes, PyTypeObject *parent)
{
    char full[64];
    PyType_Slot slots[] = {
        PYTHON_SLOT(Py_tp_doc, doc),
        PYTHON_SLOT(Py_tp_getset, attributes),
        PYTHON_SLOT(Py_tp_methods, record_methods),
        PYTHON_SLOT(Py_tp_getattro, record_getattro),
        PYTHON_SLOT(Py_tp_repr, record_repr),
        PYTHON_SLOT(Py_tp_richcompare, record_compare),
        PYTHON_SLOT(Py_tp_hash, record_hash),
        PYTHON_SLOT(Py_tp_dealloc, record_dealloc),
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = full,
        .basicsize = sizeof(struct record),
        .itemsize = 1,
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE |
                 (parent ? 0U : Py_TPFLAGS_BASETYPE),
        .slots = slots,
    };
    snprintf(full, sizeof full, "headrace.%s", name);
    PyObject *parents = parent ? PyTuple_Pack(1, parent) : NULL;
    if (parent && !parents)
        return NULL;
    PyObject *type = PyType_FromModuleAndSpec(module, &spec, parents);
    Py_XDECREF(parents);
    if (type && PyModule_AddType(module, (PyTypeObject *)type) < 0)
        Py_CLEAR(type);
    return (PyTypeObject *)type;
}

/* A type of records of at least so many bytes, with the attributes of `parent` if there is one. 0, or -1 with an exception set. */
static int make_kind(PyObject *module, struct kind *made, const char *name, const char *doc, PyGetSetDef *attributes,
                     size_t least_bytes, const struct kind *parent)
{
    struct attribute_table *table = PyMem_Malloc(sizeof *table);
    if (!attributes || !table) {
        PyErr_NoMemory();
        return -1;
    }
    *table = parent ? *parent->attributes : (struct attribute_table){0};
    made->attributes = table;
    made->least_bytes = least_bytes;
    made->type = attribute_table_add(table, attributes) < 0
                     ? NULL
                     : make_type(module, name, doc, attributes, parent ? parent->type : NULL);
    return made->type ? 0 : -1;
}

static PyObject *field_format(const struct record_field *field)
{
    static const char *const formats[] = {[FIELD_U8] = "u1",  [FIELD_U16] = "<u2", [FIELD_U32] = "<u4", [FIELD_U64] = "<u8",
                                          [FIELD_I8] = "i1",  [FIELD_I16] = "<i2", [FIELD_I32] = "<i4", [FIELD_I64] = "<i8",
                                          [FIELD_PRICE] = "<i8", [FIELD_TIME] = "<u8"};
    if (field->kind == FIELD_MESSAGE)
        return PyUnicode_FromFormat("(%d,)u1", (int)field->bytes);
    if (field->kind == FIELD_CHAR || field->kind == FIELD_TEXT)
        return PyUnicode_FromFormat("S%d", (int)field->bytes);
    return PyUnicode_FromString(formats[field->kind]);
}

/* What arrays and columns have of a record: every field but the levels as objects. */
static PyObject *layout_row(const struct record_layout *layout)
{
    PyObject *fields = PyList_New(0);
    for (size_t i = 0; fields && i < record_header_field_count + layout->field_count; i++) {
        const struct record_field *field =
            i < record_header_field_count ? &record_header_fields[i] : &layout->fields[i - record_header_field_count];
        if (field->kind == FIELD_LEVELS)
            continue;
        PyObject *row = Py_BuildValue("siNs", field->name, (int)field->offset, field_format(field),
                                      field->kind == FIELD_PRICE  ? "price"
                                      : field->kind == FIELD_TIME ? "time"
                                      : field->choice             ? field_choice_names[field->choice]
                                                                  : "");
        if (!row || PyList_Append(fields, row) < 0)
            Py_CLEAR(fields);
        Py_XDECREF(row);
    }
    PyObject *tuple = fields ? PyList_AsTuple(fields) : NULL;
    Py_XDECREF(fields);
    return tuple ? Py_BuildValue("niN", (Py_ssize_t)layout->bytes, (int)layout->rtype, tuple) : NULL;
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
    if (make_kind(module, &base, "Record", "A copy of one record and its stamp.\n\nMade by a feed, immutable, valid for ever.",
                  make_attributes(record_header_fields, record_header_field_count, 1), sizeof(struct hr_record_header), NULL) < 0)
        return -1;
    for (size_t i = 0; i < record_layout_count; i++) {
        const struct record_layout *layout = &record_layouts[i];
        if (i && layout->fields == record_layouts[i - 1].fields) {
            kinds[layout->rtype] = kinds[record_layouts[i - 1].rtype];
            continue;
        }
        if (make_kind(module, &kinds[layout->rtype], layout->name, layout->doc,
                      make_attributes(layout->fields, layout->field_count, 0), layout->bytes, &base) < 0)
            return -1;
    }
    kinds[HR_RTYPE_RECOVERED] = kinds[HR_RTYPE_GAP];
    kinds[HR_RTYPE_OHLCV_DEPRECATED] = kinds[HR_RTYPE_OHLCV_1S];
    return PyModule_AddFunctions(module, record_functions) < 0 ? -1 : add_layouts(module);
}
