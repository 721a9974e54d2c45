/* SPDX-License-Identifier: Apache-2.0 */
#include "field_choice.h"

#include <string.h>

#define SMALL 256

const char *const field_choice_names[CHOICE_COUNT] = {
    [CHOICE_NONE] = "",
    [CHOICE_RTYPE] = "RType",
    [CHOICE_ACTION] = "Action",
    [CHOICE_SIDE] = "Side",
    [CHOICE_TRI_STATE] = "TriState",
    [CHOICE_STATUS_ACTION] = "StatusAction",
    [CHOICE_STATUS_REASON] = "StatusReason",
    [CHOICE_TRADING_EVENT] = "TradingEvent",
    [CHOICE_STAT_TYPE] = "StatType",
    [CHOICE_STAT_UPDATE_ACTION] = "StatUpdateAction",
    [CHOICE_SECURITY_UPDATE_ACTION] = "SecurityUpdateAction",
    [CHOICE_INSTRUMENT_CLASS] = "InstrumentClass",
    [CHOICE_MATCH_ALGORITHM] = "MatchAlgorithm",
    [CHOICE_USER_DEFINED_INSTRUMENT] = "UserDefinedInstrument",
};

static PyObject *small[CHOICE_COUNT][SMALL]; /* owned for ever, like the classes */
static PyObject *all[CHOICE_COUNT];          /* a dict, for those beyond */
static PyObject *to_time;

PyObject *field_choice_get(enum field_choice choice, uint32_t value)
{
    if (value < SMALL)
        return Py_XNewRef(small[choice][value]);
    PyObject *key = all[choice] ? PyLong_FromUnsignedLong(value) : NULL;
    PyObject *member = key ? PyDict_GetItemWithError(all[choice], key) : NULL;
    Py_XINCREF(member);
    Py_XDECREF(key);
    PyErr_Clear();
    return member;
}

PyObject *field_time(uint64_t ns)
{
    if (ns > INT64_MAX)
        Py_RETURN_NONE;
    return to_time ? PyObject_CallFunction(to_time, "K", (unsigned long long)ns) : PyLong_FromUnsignedLongLong(ns);
}

PyObject *field_price(int64_t price)
{
    return PyFloat_FromDouble(price == HR_UNDEF_PRICE ? Py_NAN : (double)price / (double)HR_PRICE_SCALE);
}

/* set_choices(name of the class, {number or letter's code: member}) */
static PyObject *set_choices(PyObject *module, PyObject *args)
{
    const char *name = NULL;
    PyObject *members = NULL;
    PyObject *key = NULL;
    PyObject *member = NULL;
    Py_ssize_t at = 0;
    size_t choice = 1;
    (void)module;
    if (!PyArg_ParseTuple(args, "sO!:set_choices", &name, &PyDict_Type, &members))
        return NULL;
    while (choice < CHOICE_COUNT && strcmp(field_choice_names[choice], name) != 0)
        choice++;
    if (choice == CHOICE_COUNT)
        return PyErr_Format(PyExc_ValueError, "no field is of the enumeration %s", name);
    while (PyDict_Next(members, &at, &key, &member)) {
        unsigned long value = PyLong_AsUnsignedLong(key);
        if (PyErr_Occurred())
            return NULL;
        if (value < SMALL)
            Py_XSETREF(small[choice][value], Py_NewRef(member));
    }
    Py_XSETREF(all[choice], Py_NewRef(members));
    Py_RETURN_NONE;
}

static PyObject *set_time(PyObject *module, PyObject *function)
{
    (void)module;
    Py_XSETREF(to_time, Py_NewRef(function));
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"_set_choices", set_choices, METH_VARARGS, "The members that fields of one enumeration have: (its name, {value: member})."},
    {"_set_time", set_time, METH_O, "The function that makes dates of ns since the UNIX epoch."},
    {NULL, NULL, 0, NULL},
};

int field_choice_add(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
