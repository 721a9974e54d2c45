/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>

static struct hr_cursor scratch;

int audit_fault(struct audit_verdict *verdict, const char *format, ...)
{
    if (!verdict->wrong) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(verdict->why, sizeof verdict->why, format, arguments);
        va_end(arguments);
    }
    verdict->wrong = 1;
    return 0;
}

/* LOST says how many, and when the first and the last of them would have been published; all of that is known. */
static int check_lost(const struct stage *stage, struct audit_view *view, const struct hr_record_header *record,
                      struct audit_verdict *verdict)
{
    struct hr_lost found;
    memcpy(&found, record, sizeof found);
    uint64_t begun = stage->page->started - view->position;
    if (found.count == 0 || found.count > begun)
        return audit_fault(verdict, "LOST tells of %ju records at %ju, of %ju begun", (uintmax_t)found.count,
                           (uintmax_t)view->position, (uintmax_t)begun);
    uint64_t last = record_now(view->position + found.count - 1);
    const struct hr_lost expected = {.header = {.length = sizeof expected / 4, .rtype = HR_RTYPE_LOST, .ts_event = last},
                                     .count = found.count,
                                     .first_ts = record_now(view->position),
                                     .last_ts = last};
    if (memcmp(&found, &expected, sizeof found) != 0)
        return audit_fault(verdict, "torn LOST record at %ju", (uintmax_t)view->position);
    view->position += found.count;
    return 1;
}

static int check_record(const struct stage *stage, struct audit_view *view, const struct hr_record_header *record,
                        uint64_t stamp, struct audit_verdict *verdict)
{
    uint64_t id = view->position;
    uint64_t now = record_now(id);
    uint64_t last = view->consumer.last_stamp;
    if (id >= stage->page->started)
        return audit_fault(verdict, "record %ju is seen, and is not begun", (uintmax_t)id);
    if (memcmp(record, record_of(&stage->records, id), record_bytes(&stage->records, id)) != 0) {
        uint64_t other = record->instrument_id;
        int whole =
            other < RECORD_IDS && !memcmp(record, record_of(&stage->records, other), record_bytes(&stage->records, other));
        if (whole)
            return audit_fault(verdict, "record %ju in place of record %ju", (uintmax_t)other, (uintmax_t)id);
        return audit_fault(verdict, "torn record in place of record %ju", (uintmax_t)id);
    }
    if (stamp != (now > last ? now : last + 1))
        return audit_fault(verdict, "stamp %ju of record %ju, after %ju", (uintmax_t)stamp, (uintmax_t)id, (uintmax_t)last);
    view->position++;
    return 1;
}

int audit_read(const struct stage *stage, struct audit_view *view, uint64_t limit, struct audit_verdict *verdict)
{
    for (uint64_t i = 0; i < limit; i++) {
        uint64_t stamp = 0;
        const struct hr_record_header *record = hr_consumer_peek(&view->consumer, &stamp);
        if (!record)
            return 1;
        int right = record->rtype == HR_RTYPE_LOST ? check_lost(stage, view, record, verdict)
                                                   : check_record(stage, view, record, stamp, verdict);
        if (!right)
            return 0;
        hr_consumer_advance(&view->consumer, record, stamp);
    }
    return 1;
}

/* The second look, by batches: it ends where the first did, and if it did not, would go round for ever. */
static int check_batches(struct hr_consumer again, const struct hr_consumer *first, struct audit_verdict *verdict)
{
    const uint8_t *slots = NULL;
    for (uint64_t count = 1, all = 0; count != 0 && all <= STAGE_SLOTS; all += count) {
        count = hr_consumer_batch(&again, &slots, STAGE_SLOTS + 1);
        hr_consumer_release(&again, count);
    }
    if (again.read != first->read || again.last_stamp != first->last_stamp || again.records != first->records ||
        again.lost != first->lost)
        return audit_fault(verdict, "by batches %ju slots are read, one by one %ju", (uintmax_t)again.read,
                           (uintmax_t)first->read);
    return 1;
}

int audit_all(const struct stage *stage, const struct audit_view *reader, struct audit_end *end, struct audit_verdict *verdict)
{
    struct audit_view view = *reader;
    view.consumer.cursor = &scratch;
    struct hr_consumer again = view.consumer;
    if (!audit_read(stage, &view, STAGE_SLOTS + 1, verdict))
        return 0;
    *end = (struct audit_end){.position = view.position,
                              .last_stamp = view.consumer.last_stamp,
                              .records = view.consumer.records,
                              .slots = view.consumer.read,
                              .state = __atomic_load_n(&reader->consumer.header->state, __ATOMIC_ACQUIRE)};
    if (view.consumer.read - reader->consumer.read > STAGE_SLOTS)
        return audit_fault(verdict, "more records are unread than there are slots");
    return check_batches(again, &view.consumer, verdict);
}

/* In the middle of a record: before it, before it with the losses ahead of it told, or behind it. Otherwise there is one
 * answer. */
static int check_position(const struct stage_page *page, const struct audit_end *end, struct audit_verdict *verdict)
{
    uint64_t position = end->position;
    if (position == page->settled || (page->busy && (position == page->started - 1 || position == page->started)))
        return 1;
    return audit_fault(verdict, "the reader gets to %ju; begun %ju, in the ring or told as lost %ju", (uintmax_t)position,
                       (uintmax_t)page->started, (uintmax_t)page->settled);
}

/* The counts in the header are stored once a burst; with the state that ends the ring they must be there and final. */
static int check_header(const struct audit_view *reader, const struct stage_page *page, const struct audit_end *last,
                        const struct audit_end *end, struct audit_verdict *verdict)
{
    uint64_t published = reader->consumer.header->published;
    uint64_t lost = reader->consumer.header->lost;
    if (published > page->started || lost > published)
        return audit_fault(verdict, "the header counts %ju published and %ju lost, of %ju begun", (uintmax_t)published,
                           (uintmax_t)lost, (uintmax_t)page->started);
    if (end->state == HR_RING_RUNNING)
        return last->state == HR_RING_RUNNING || last->state == 0 || audit_fault(verdict, "an ended ring runs again");
    if (last->state == end->state)
        return end->position == last->position || audit_fault(verdict, "a record comes after the ring's end");
    if (end->state == HR_RING_DETACHED && lost == 0)
        return audit_fault(verdict, "the ring ends as full, and nothing is lost");
    /* A cursor that no reader writes is found on the way to counting the loss. */
    uint64_t uncounted = end->state == HR_RING_EVICTED ? 1 : 0;
    if (end->records + lost != published && end->records + lost + uncounted != published)
        return audit_fault(verdict, "the ring ends at %ju records and %ju lost, of %ju published", (uintmax_t)end->records,
                           (uintmax_t)lost, (uintmax_t)published);
    return 1;
}

int audit_writer(const struct stage *stage, const struct audit_view *reader, const struct audit_end *last,
                 struct audit_end *end, struct audit_verdict *verdict)
{
    if (!audit_all(stage, reader, end, verdict))
        return 0;
    if (end->position < last->position || end->slots < last->slots || end->last_stamp < last->last_stamp)
        return audit_fault(verdict, "what was seen is gone: %ju, now %ju", (uintmax_t)last->position, (uintmax_t)end->position);
    return check_position(stage->page, end, verdict) && check_header(reader, stage->page, last, end, verdict);
}
