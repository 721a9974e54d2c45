/* SPDX-License-Identifier: Apache-2.0 */
#include "arrow_column.h"

#include <stdlib.h>
#include <string.h>

#define BUFFERS_MAX 3

static const char *const formats[] = {
    [FIELD_U8] = "C",  [FIELD_U16] = "S", [FIELD_U32] = "I", [FIELD_U64] = "L",   [FIELD_I8] = "c",   [FIELD_I16] = "s",
    [FIELD_I32] = "i", [FIELD_I64] = "l", [FIELD_PRICE] = "l", [FIELD_TIME] = "L", [FIELD_CHAR] = "u", [FIELD_TEXT] = "u",
    [FIELD_MESSAGE] = "z",
};

const char *column_format(const struct column *column)
{
    switch (column->kind) {
    case COLUMN_FLOAT:
        return "g";
    case COLUMN_DECIMAL:
        return "d:19,9";
    case COLUMN_TIME:
        return "tsn:UTC";
    case COLUMN_SYMBOL:
        return "u";
    default:
        return formats[column->field.kind];
    }
}

void arrow_release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i] && array->children[i]->release)
            array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    free(array->children);
    for (int64_t i = 0; i < array->n_buffers; i++)
        free((void *)(uintptr_t)array->buffers[i]);
    free(array->buffers);
    array->release = NULL;
}

static int prepare(struct ArrowArray *array, size_t rows, int64_t buffers)
{
    *array = (struct ArrowArray){.length = (int64_t)rows, .n_buffers = buffers, .release = arrow_release_array};
    array->buffers = calloc(BUFFERS_MAX, sizeof *array->buffers);
    if (!array->buffers)
        array->n_buffers = 0;
    return array->buffers ? 0 : -1;
}

static void *add_buffer(struct ArrowArray *array, int at, size_t bytes)
{
    void *made = calloc(1, bytes ? bytes : 1);
    array->buffers[at] = made;
    return made;
}

static const uint8_t *place(const struct column *column, const struct column_rows *rows, size_t row)
{
    return rows->first + row * rows->row_bytes + HR_SLOT_STAMP_BYTES + (int16_t)column->field.offset;
}

/* The bitmap is made with all valid when the first null comes. */
static int set_null(struct ArrowArray *array, size_t row)
{
    uint8_t *valid = (uint8_t *)(uintptr_t)array->buffers[0];
    if (!valid) {
        size_t bytes = ((size_t)array->length + 7) / 8;
        valid = add_buffer(array, 0, bytes);
        if (!valid)
            return -1;
        memset(valid, 0xFF, bytes);
    }
    valid[row / 8] = (uint8_t)(valid[row / 8] & ~(1U << (row % 8)));
    array->null_count++;
    return 0;
}

static int copy_numbers(struct ArrowArray *array, const struct column *column, const struct column_rows *rows)
{
    size_t width = column->field.bytes;
    uint8_t *values = add_buffer(array, 1, rows->count * width);
    if (!values)
        return -1;
    for (size_t row = 0; row < rows->count; row++)
        memcpy(values + row * width, place(column, rows, row), width);
    return 0;
}

static int copy_prices(struct ArrowArray *array, const struct column *column, const struct column_rows *rows)
{
    size_t width = column->kind == COLUMN_DECIMAL ? 16 : 8;
    uint8_t *values = add_buffer(array, 1, rows->count * width);
    if (!values)
        return -1;
    for (size_t row = 0; row < rows->count; row++) {
        int64_t price = 0;
        memcpy(&price, place(column, rows, row), sizeof price);
        if (price == HR_UNDEF_PRICE && set_null(array, row) < 0)
            return -1;
        if (price == HR_UNDEF_PRICE)
            continue;
        if (column->kind == COLUMN_FLOAT) {
            double value = (double)price / (double)HR_PRICE_SCALE;
            memcpy(values + row * width, &value, sizeof value);
        } else { /* 128 bits, two's complement: the sign goes on */
            memcpy(values + row * width, &price, sizeof price);
            memset(values + row * width + sizeof price, price < 0 ? 0xFF : 0, sizeof price);
        }
    }
    return 0;
}

static int copy_times(struct ArrowArray *array, const struct column *column, const struct column_rows *rows)
{
    if (copy_numbers(array, column, rows) < 0)
        return -1;
    const uint8_t *values = array->buffers[1];
    for (size_t row = 0; row < rows->count; row++) {
        uint64_t time = 0;
        memcpy(&time, values + row * sizeof time, sizeof time);
        if (time > INT64_MAX && set_null(array, row) < 0) /* UNDEF_TIMESTAMP, and what no signed time can be */
            return -1;
    }
    return 0;
}

/* Text grows as it comes. */
struct text {
    uint8_t *bytes;
    size_t used;
    size_t room;
};

static int append(struct text *text, const uint8_t *bytes, size_t count)
{
    if (text->used + count > text->room) {
        size_t room = (text->room + count) * 2;
        uint8_t *grown = room > INT32_MAX ? NULL : realloc(text->bytes, room);
        if (!grown)
            return -1;
        text->bytes = grown;
        text->room = room;
    }
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
    return 0;
}

/* A byte beyond ASCII is Latin-1, as record objects have it. */
static int append_latin(struct text *text, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t two[] = {(uint8_t)(0xC0 | bytes[i] >> 6), (uint8_t)(0x80 | (bytes[i] & 0x3F))};
        if ((bytes[i] < 0x80 ? append(text, &bytes[i], 1) : append(text, two, 2)) < 0)
            return -1;
    }
    return 0;
}

static const struct column_symbol *find_key(const struct column_rows *rows, uint64_t key)
{
    size_t low = 0;
    size_t high = rows->symbol_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->symbols[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < rows->symbol_count && rows->symbols[low].key == key ? &rows->symbols[low] : NULL;
}

/* A file's symbols are of no publisher. */
static const struct column_symbol *find_symbol(const struct column_rows *rows, const uint8_t *record)
{
    const struct hr_record_header *header = (const struct hr_record_header *)(const void *)record;
    const struct column_symbol *found = find_key(rows, (uint64_t)header->publisher_id << 32 | header->instrument_id);
    return found ? found : find_key(rows, header->instrument_id);
}

static int append_value(struct text *text, const struct column *column, const struct column_rows *rows, size_t row, int *null)
{
    if (column->kind == COLUMN_SYMBOL) {
        const struct column_symbol *symbol = find_symbol(rows, rows->first + row * rows->row_bytes + HR_SLOT_STAMP_BYTES);
        *null = !symbol;
        return symbol ? append(text, (const uint8_t *)symbol->text, (size_t)symbol->bytes) : 0;
    }
    const uint8_t *at = place(column, rows, row);
    if (column->field.kind == FIELD_MESSAGE)
        return append(text, at, at[-1] < column->field.bytes ? at[-1] : column->field.bytes);
    return append_latin(text, at, record_text_bytes(at, column->field.bytes));
}

static int copy_texts(struct ArrowArray *array, const struct column *column, const struct column_rows *rows)
{
    struct text text = {0};
    int32_t *offsets = add_buffer(array, 1, (rows->count + 1) * sizeof *offsets);
    int failed = !offsets;
    for (size_t row = 0; !failed && row < rows->count; row++) {
        int null = 0;
        failed = append_value(&text, column, rows, row, &null) < 0 || (null && set_null(array, row) < 0);
        offsets[row + 1] = (int32_t)text.used;
    }
    array->buffers[2] = text.bytes ? text.bytes : calloc(1, 1);
    return failed || !array->buffers[2] ? -1 : 0;
}

int column_copy(struct ArrowArray *array, const struct column *column, const struct column_rows *rows)
{
    int is_text = strchr("uz", column_format(column)[0]) != NULL;
    int failed = prepare(array, rows->count, is_text ? 3 : 2);
    if (!failed)
        failed = is_text                                                          ? copy_texts(array, column, rows)
                 : column->kind == COLUMN_FLOAT || column->kind == COLUMN_DECIMAL ? copy_prices(array, column, rows)
                 : column->kind == COLUMN_TIME                                    ? copy_times(array, column, rows)
                                                                                  : copy_numbers(array, column, rows);
    if (failed)
        arrow_release_array(array);
    return failed;
}
