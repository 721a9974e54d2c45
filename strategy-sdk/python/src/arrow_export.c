/* SPDX-License-Identifier: Apache-2.0 */
#include "arrow_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arrow_column.h"

#define COLUMNS_MAX 128

/* What Python asks for, checked. The rows' buffer and the texts of the symbols are held until it is let go of. */
struct request {
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    struct column_rows rows;
    struct column_symbol *symbols;
    PyObject *symbol_dict;
    Py_buffer buffer;
};

static void let_go(struct request *request)
{
    PyMem_Free(request->symbols);
    Py_XDECREF(request->symbol_dict);
    if (request->buffer.obj)
        PyBuffer_Release(&request->buffer);
}

static int compare_symbols(const void *left, const void *right)
{
    uint64_t a = ((const struct column_symbol *)left)->key;
    uint64_t b = ((const struct column_symbol *)right)->key;
    return a < b ? -1 : a > b;
}

/* {publisher_id << 32 | instrument_id: symbol} */
static int take_symbols(struct request *request, PyObject *symbols)
{
    Py_ssize_t at = 0;
    PyObject *key = NULL;
    PyObject *value = NULL;
    request->symbol_dict = Py_NewRef(symbols);
    request->symbols = PyMem_Calloc((size_t)PyDict_Size(symbols) + 1, sizeof *request->symbols);
    if (!request->symbols) {
        PyErr_NoMemory();
        return -1;
    }
    while (PyDict_Next(symbols, &at, &key, &value)) {
        struct column_symbol *symbol = &request->symbols[request->rows.symbol_count++];
        symbol->key = PyLong_AsUnsignedLongLong(key);
        symbol->text = PyErr_Occurred() ? NULL : PyUnicode_AsUTF8AndSize(value, &symbol->bytes);
        if (!symbol->text)
            return -1;
    }
    qsort(request->symbols, request->rows.symbol_count, sizeof *request->symbols, compare_symbols);
    request->rows.symbols = request->symbols;
    return 0;
}

static const struct record_layout *find_layout(const char *schema)
{
    for (size_t i = 0; i < record_layout_count; i++)
        if (strcmp(record_layouts[i].schema, schema) == 0)
            return &record_layouts[i];
    PyErr_Format(PyExc_ValueError, "schema: no records are called \"%s\"", schema);
    return NULL;
}

static const struct record_field *find_field(const struct record_layout *layout, const char *name)
{
    static const struct record_field stamp = {.name = "stamp", .offset = (uint16_t)-HR_SLOT_STAMP_BYTES, .bytes = 8, .kind = FIELD_TIME};
    if (strcmp(name, "ts_out") == 0)
        return &stamp;
    for (size_t i = 0; i < record_header_field_count; i++)
        if (strcmp(record_header_fields[i].name, name) == 0)
            return &record_header_fields[i];
    for (size_t i = 0; i < layout->field_count; i++)
        if (layout->fields[i].kind != FIELD_LEVELS && strcmp(layout->fields[i].name, name) == 0)
            return &layout->fields[i];
    PyErr_Format(PyExc_ValueError, "%s records have no field %s", layout->schema, name);
    return NULL;
}

/* ((name, kind), ...), kind one of enum column_kind. */
static int take_columns(struct request *request, const struct record_layout *layout, PyObject *columns)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(columns); i++) {
        struct column *column = &request->columns[request->column_count];
        int kind = 0;
        if (request->column_count == COLUMNS_MAX) {
            PyErr_SetString(PyExc_ValueError, "too many columns");
            return -1;
        }
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(columns, i), "si", &column->name, &kind))
            return -1;
        column->kind = (enum column_kind)kind;
        if (column->kind != COLUMN_SYMBOL) {
            const struct record_field *field = find_field(layout, column->name);
            if (!field)
                return -1;
            column->field = *field;
            int is_price = field->kind == FIELD_PRICE;
            if (((kind == COLUMN_FLOAT || kind == COLUMN_DECIMAL) && !is_price) || (kind == COLUMN_TIME && field->kind != FIELD_TIME)) {
                PyErr_Format(PyExc_ValueError, "%s is no price or time", column->name);
                return -1;
            }
        }
        request->column_count++;
    }
    return 0;
}

/* (rows, bytes of a row, schema, columns, symbols) */
static int take(struct request *request, PyObject *args)
{
    const char *schema = NULL;
    Py_ssize_t row_bytes = 0;
    PyObject *columns = NULL;
    PyObject *symbols = NULL;
    memset(request, 0, sizeof *request);
    if (!PyArg_ParseTuple(args, "y*nsO!O!", &request->buffer, &row_bytes, &schema, &PyTuple_Type, &columns, &PyDict_Type, &symbols))
        return -1;
    const struct record_layout *layout = find_layout(schema);
    if (!layout || take_columns(request, layout, columns) < 0 || take_symbols(request, symbols) < 0)
        return -1;
    if (row_bytes < (Py_ssize_t)(HR_SLOT_STAMP_BYTES + layout->bytes) || row_bytes % 8 || request->buffer.len % row_bytes) {
        PyErr_Format(PyExc_ValueError, "rows of %zd bytes are too short for %s records, or are not all there", row_bytes, schema);
        return -1;
    }
    request->rows.first = request->buffer.buf;
    request->rows.row_bytes = (size_t)row_bytes;
    request->rows.count = (size_t)(request->buffer.len / row_bytes);
    return 0;
}

static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i] && schema->children[i]->release)
            schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    free((void *)(uintptr_t)schema->name);
    schema->release = NULL;
}

static int make_schema(struct ArrowSchema *schema, const struct request *request)
{
    *schema = (struct ArrowSchema){.format = "+s", .name = strdup(""), .release = release_schema};
    schema->children = calloc(request->column_count + 1, sizeof *schema->children);
    int failed = !schema->children || !schema->name;
    for (size_t i = 0; !failed && i < request->column_count; i++) {
        struct ArrowSchema *child = calloc(1, sizeof *child);
        failed = !child;
        if (failed)
            break;
        schema->children[schema->n_children++] = child;
        *child = (struct ArrowSchema){.format = column_format(&request->columns[i]), .name = strdup(request->columns[i].name),
                                      .flags = request->columns[i].kind == COLUMN_AS_IS ? 0 : ARROW_FLAG_NULLABLE,
                                      .release = release_schema};
        failed = !child->name;
    }
    if (failed)
        release_schema(schema);
    return failed ? -1 : 0;
}

static int make_array(struct ArrowArray *array, const struct request *request)
{
    *array = (struct ArrowArray){.length = (int64_t)request->rows.count, .n_buffers = 1, .release = arrow_release_array};
    array->buffers = calloc(1, sizeof *array->buffers);
    array->children = calloc(request->column_count + 1, sizeof *array->children);
    int failed = !array->buffers || !array->children;
    if (!array->buffers)
        array->n_buffers = 0;
    for (size_t i = 0; !failed && i < request->column_count; i++) {
        struct ArrowArray *child = calloc(1, sizeof *child);
        failed = !child;
        if (failed)
            break;
        array->children[array->n_children++] = child;
        failed = column_copy(child, &request->columns[i], &request->rows) < 0;
    }
    if (failed)
        arrow_release_array(array);
    return failed ? -1 : 0;
}

/* What a capsule holds is freed with it; whoever takes it over empties it first. */
#define DEFINE_CAPSULE(type, kind)                                                     \
    static void destroy_##kind(PyObject *capsule)                                      \
    {                                                                                  \
        struct type *held = PyCapsule_GetPointer(capsule, "arrow_" #kind);             \
        if (held && held->release)                                                     \
            held->release(held);                                                       \
        free(held);                                                                    \
    }                                                                                  \
    static PyObject *new_##kind(struct type *held)                                     \
    {                                                                                  \
        PyObject *capsule = PyCapsule_New(held, "arrow_" #kind, destroy_##kind);       \
        if (capsule)                                                                   \
            return capsule;                                                            \
        held->release(held);                                                           \
        free(held);                                                                    \
        return NULL;                                                                   \
    }

DEFINE_CAPSULE(ArrowSchema, schema)
DEFINE_CAPSULE(ArrowArray, array)
DEFINE_CAPSULE(ArrowArrayStream, array_stream)

static PyObject *schema_capsule(const struct request *request)
{
    struct ArrowSchema *schema = malloc(sizeof *schema);
    if (schema && make_schema(schema, request) == 0)
        return new_schema(schema);
    free(schema);
    return PyErr_NoMemory();
}

static PyObject *array_capsule(const struct request *request)
{
    struct ArrowArray *array = malloc(sizeof *array);
    int failed = !array;
    Py_BEGIN_ALLOW_THREADS
    if (!failed)
        failed = make_array(array, request) < 0;
    Py_END_ALLOW_THREADS
    if (!failed)
        return new_array(array);
    free(array);
    return PyErr_NoMemory();
}

/* One batch, made at once, so that the stream needs nothing of Python. */
struct stream {
    struct ArrowSchema schema;
    struct ArrowArray array; /* release is NULL once it has been handed out */
};

static void copy_schema_child(struct ArrowSchema *to, const struct ArrowSchema *from)
{
    *to = *from;
    to->name = strdup(from->name);
    to->children = NULL;
    to->n_children = 0;
}

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const struct ArrowSchema *from = &((const struct stream *)stream->private_data)->schema;
    copy_schema_child(out, from);
    out->children = calloc((size_t)from->n_children + 1, sizeof *out->children);
    int failed = !out->children || !out->name;
    for (int64_t i = 0; !failed && i < from->n_children; i++) {
        struct ArrowSchema *child = malloc(sizeof *child);
        failed = !child;
        if (failed)
            break;
        out->children[out->n_children++] = child;
        copy_schema_child(child, from->children[i]);
        failed = !child->name;
    }
    if (failed)
        release_schema(out);
    return failed ? ENOMEM : 0;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct stream *held = stream->private_data;
    *out = held->array; /* release NULL is the end of the stream */
    held->array = (struct ArrowArray){0};
    return 0;
}

static const char *stream_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return NULL;
}

static void stream_release(struct ArrowArrayStream *stream)
{
    struct stream *held = stream->private_data;
    if (held->array.release)
        held->array.release(&held->array);
    held->schema.release(&held->schema);
    free(held);
    stream->release = NULL;
}

static PyObject *stream_capsule(const struct request *request)
{
    struct ArrowArrayStream *stream = malloc(sizeof *stream);
    struct stream *held = stream ? calloc(1, sizeof *held) : NULL;
    int failed = !held || make_schema(&held->schema, request) < 0;
    if (!failed && make_array(&held->array, request) < 0) {
        failed = 1;
        release_schema(&held->schema);
    }
    if (failed) {
        free(held);
        free(stream);
        return PyErr_NoMemory();
    }
    *stream = (struct ArrowArrayStream){stream_schema, stream_next, stream_error, stream_release, held};
    return new_array_stream(stream);
}

#define DEFINE_FUNCTION(kind)                                                 \
    static PyObject *arrow_##kind(PyObject *module, PyObject *args)           \
    {                                                                         \
        struct request request;                                               \
        PyObject *made = take(&request, args) < 0 ? NULL : kind##_capsule(&request); \
        (void)module;                                                         \
        let_go(&request);                                                     \
        return made;                                                          \
    }

DEFINE_FUNCTION(schema)
DEFINE_FUNCTION(array)
DEFINE_FUNCTION(stream)

static PyMethodDef functions[] = {
    {"_arrow_schema", arrow_schema, METH_VARARGS, "A capsule with the columns' Arrow schema: (rows, row_bytes, schema, columns, symbols)."},
    {"_arrow_array", arrow_array, METH_VARARGS, "A capsule with the columns' values; arguments as of _arrow_schema."},
    {"_arrow_stream", arrow_stream, METH_VARARGS, "A capsule with a stream of one array; arguments as of _arrow_schema."},
    {NULL, NULL, 0, NULL},
};

int arrow_export_add(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
