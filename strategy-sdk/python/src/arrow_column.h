/* SPDX-License-Identifier: Apache-2.0
 *
 * The structs of the Arrow C data interface, as it says that everybody declares them, and one column of records in them.
 */
#ifndef HEADRACE_PYTHON_ARROW_COLUMN_H
#define HEADRACE_PYTHON_ARROW_COLUMN_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#include "headrace/ring_abi.h"
#include "record_layout.h"

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_NULLABLE 2
struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/* What becomes of a field. */
enum column_kind {
    COLUMN_AS_IS,   /* numbers as they are, letters and texts as text, messages as binary */
    COLUMN_FLOAT,   /* int64 in units of 1e-9 as a double; null where it is UNDEF_PRICE */
    COLUMN_DECIMAL, /* the same as decimal(19, 9) */
    COLUMN_TIME,    /* uint64 as a time in ns, UTC; null where it is UNDEF_TIMESTAMP */
    COLUMN_SYMBOL,  /* of publisher_id and instrument_id; null where it is not known */
};

/* A symbol, sorted by key: publisher_id << 32 | instrument_id. */
struct column_symbol {
    uint64_t key;
    const char *text; /* UTF-8 */
    Py_ssize_t bytes;
};

struct column {
    const char *name;
    enum column_kind kind;
    struct record_field field;
};

struct column_rows {
    const uint8_t *first; /* a slot: stamp and record */
    size_t row_bytes;
    size_t count;
    const struct column_symbol *symbols;
    size_t symbol_count;
};

/* The format string of a column's values. */
const char *column_format(const struct column *column);

/* Fills *array with a copy of a column. 0, or -1 out of memory with *array released. Without the interpreter's lock. */
int column_copy(struct ArrowArray *array, const struct column *column, const struct column_rows *rows);

/* Releases the children of a struct and itself; for columns too. */
void arrow_release_array(struct ArrowArray *array);

#endif
