/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of one type, found by the address of their interned name. Python finds an attribute by the type's method cache,
 * then its descriptor, then that descriptor's check of the object: two thirds of what reading a number from a record costs
 * (docs/adr/0018-lent-arrays.md). A name that is not here, or not interned, is left to Python.
 */
#ifndef HEADRACE_PYTHON_ATTRIBUTE_TABLE_H
#define HEADRACE_PYTHON_ATTRIBUTE_TABLE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>

#define ATTRIBUTE_SLOTS 256 /* a power of two, at least twice what any type has */

struct attribute_table {
    struct attribute {
        const PyObject *name; /* NULL ends a search */
        getter get;
        void *closure;
    } slots[ATTRIBUTE_SLOTS];
};

static inline unsigned attribute_slot(const PyObject *name)
{
    uintptr_t address = (uintptr_t)name;
    return (unsigned)(address >> 4 ^ address >> 11) % ATTRIBUTE_SLOTS;
}

/* A name is an immortal or a referenced string, so an address stands for one name only. Never fails with an exception: NULL. */
static inline const struct attribute *attribute_find(const struct attribute_table *table, const PyObject *name)
{
    unsigned at = attribute_slot(name);
    while (table->slots[at].name != name && table->slots[at].name)
        at = (at + 1) % ATTRIBUTE_SLOTS;
    return table->slots[at].name ? &table->slots[at] : NULL;
}

/* Adds what `attributes` lists (its last has no name) to a table that was made zero; one that is there already stays. 0, or -1
 * with an exception set. The names are kept for ever, as the types are. */
int attribute_table_add(struct attribute_table *table, const PyGetSetDef *attributes);

#endif
