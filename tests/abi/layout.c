/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints what the compiler makes of the ABI's headers, one line each: `struct NAME BYTES`, `field STRUCT NAME OFFSET BYTES`,
 * `entries STRUCT NAME OFFSET BYTES-OF-ONE`, `constant NAME VALUE`. check_document.py compares the document with it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "fields.h"
#include "headrace/attach_abi.h"
#include "headrace/record.h"
#include "headrace/ring_abi.h"

#define STRUCT(type) printf("struct " #type " %zu\n", sizeof(struct type));
#define FIELD(type, field)                                                                                                     \
    printf("field " #type " " #field " %zu %zu\n", offsetof(struct type, field), sizeof(((struct type *)0)->field));
#define ENTRIES(type, field, entry)                                                                                            \
    printf("entries " #type " " #field " %zu %zu\n", offsetof(struct type, field), sizeof(struct entry));
#define CONSTANT(name) printf("constant " #name " %" PRIu64 "\n", (uint64_t)name);

int main(void)
{
    RING_STRUCTS(STRUCT, FIELD, ENTRIES)
    ATTACH_STRUCTS(STRUCT, FIELD, ENTRIES)
    RECORD_STRUCTS(STRUCT, FIELD, ENTRIES)
    CONSTANTS(CONSTANT)
    return 0;
}
