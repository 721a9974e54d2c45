/* SPDX-License-Identifier: Apache-2.0 */
#include "attribute_table.h"

int attribute_table_add(struct attribute_table *table, const PyGetSetDef *attributes)
{
    unsigned used = 0;
    for (unsigned i = 0; i < ATTRIBUTE_SLOTS; i++)
        used += table->slots[i].name != NULL;
    for (; attributes->name; attributes++) {
        PyObject *name = PyUnicode_InternFromString(attributes->name);
        if (!name)
            return -1;
        if (attribute_find(table, name)) {
            Py_DECREF(name);
            continue;
        }
        if (++used > ATTRIBUTE_SLOTS / 2) {
            Py_DECREF(name);
            PyErr_SetString(PyExc_SystemError, "a record's type has more attributes than its table was made for");
            return -1;
        }
        unsigned at = attribute_slot(name);
        while (table->slots[at].name)
            at = (at + 1) % ATTRIBUTE_SLOTS;
        table->slots[at] = (struct attribute){name, attributes->get, attributes->closure};
    }
    return 0;
}
