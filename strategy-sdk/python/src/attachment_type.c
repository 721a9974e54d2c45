/* SPDX-License-Identifier: Apache-2.0 */
#include "attachment_type.h"

#include <structmember.h>
#include <sys/socket.h>

#include "python_slot.h"

struct attachment {
    PyObject_HEAD
    struct hr_feed *feed; /* owned */
};

struct slots {
    PyObject_HEAD
    PyObject *attachment; /* owned: keeps `first` mapped */
    const uint8_t *first;
    Py_ssize_t slot_bytes;
    Py_ssize_t slot_count;
};

static PyTypeObject *attachment_type;
static PyTypeObject *slots_type;

PyObject *attachment_new(struct hr_feed *feed)
{
    struct attachment *made = PyObject_New(struct attachment, attachment_type);
    if (made)
        made->feed = feed;
    else
        hr_feed_close(feed);
    return (PyObject *)made;
}

void attachment_hang_up(PyObject *attachment)
{
    /* hr_feed_close would unmap; the handler needs no more than the hang-up to free the ring at its end. */
    (void)shutdown(((struct attachment *)attachment)->feed->socket, SHUT_RDWR);
}

static void attachment_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    hr_feed_close(((struct attachment *)self)->feed);
    PyObject_Free(self);
    Py_DECREF(type);
}

PyObject *slots_new(PyObject *attachment, uint32_t ring)
{
    const struct hr_consumer *consumer = &((struct attachment *)attachment)->feed->rings[ring];
    struct slots *made = PyObject_New(struct slots, slots_type);
    if (!made)
        return NULL;
    made->attachment = Py_NewRef(attachment);
    made->first = consumer->slots;
    made->slot_bytes = (Py_ssize_t)consumer->slot_bytes;
    made->slot_count = (Py_ssize_t)consumer->mask + 1;
    return (PyObject *)made;
}

static void slots_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_DECREF(((struct slots *)self)->attachment);
    PyObject_Free(self);
    Py_DECREF(type);
}

static int slots_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    struct slots *self = (struct slots *)object;
    return PyBuffer_FillInfo(view, object, (void *)(uintptr_t)self->first, self->slot_bytes * self->slot_count, 1, flags);
}

static PyMemberDef slots_members[] = {
    {"slot_bytes", T_PYSSIZET, offsetof(struct slots, slot_bytes), READONLY, "Bytes from one slot to the next."},
    {"slot_count", T_PYSSIZET, offsetof(struct slots, slot_count), READONLY, "Slots in the ring, a power of two."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot attachment_slots[] = {
    PYTHON_SLOT(Py_tp_dealloc, attachment_dealloc),
    {0, NULL},
};

static PyType_Spec attachment_spec = {
    .name = "headrace._headrace.Attachment",
    .basicsize = sizeof(struct attachment),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = attachment_slots,
};

static PyType_Slot slots_slots[] = {
    PYTHON_SLOT(Py_tp_doc, "The slots of one ring: a read-only buffer that stays mapped for as long as anything holds it."),
    PYTHON_SLOT(Py_tp_dealloc, slots_dealloc),
    PYTHON_SLOT(Py_tp_members, slots_members),
    PYTHON_SLOT(Py_bf_getbuffer, slots_get_buffer),
    {0, NULL},
};

static PyType_Spec slots_spec = {
    .name = "headrace._headrace.Slots",
    .basicsize = sizeof(struct slots),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = slots_slots,
};

int attachment_types_add(PyObject *module)
{
    attachment_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &attachment_spec, NULL);
    slots_type = attachment_type ? (PyTypeObject *)PyType_FromModuleAndSpec(module, &slots_spec, NULL) : NULL;
    return slots_type ? PyModule_AddType(module, slots_type) : -1;
}
