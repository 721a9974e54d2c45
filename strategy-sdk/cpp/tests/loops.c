/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of loops.cpp in C. test_instructions.py compares what a compiler makes of the two.
 */
#include <headrace/headrace.h>

uint64_t poll_loop(struct hr_feed *feed);
uint64_t batch_loop(struct hr_feed *feed);

uint64_t poll_loop(struct hr_feed *feed)
{
    uint64_t sum = 0;
    const struct hr_record_header *record;
    while ((record = hr_feed_poll(feed)) != NULL)
        if (record->rtype == HR_RTYPE_MBO)
            sum += ((const struct hr_mbo *)record)->size;
    return sum;
}

uint64_t batch_loop(struct hr_feed *feed)
{
    uint64_t sum = 0;
    struct hr_batch batch = hr_feed_poll_batch(feed, 512);
    const uint8_t *end = batch.count ? batch.first + batch.count * batch.stride : batch.first;
    for (const uint8_t *at = batch.first; at != end; at += batch.stride) {
        const struct hr_record_header *record = (const struct hr_record_header *)(const void *)at;
        if (record->rtype == HR_RTYPE_MBO)
            sum += ((const struct hr_mbo *)record)->size;
    }
    return sum;
}
