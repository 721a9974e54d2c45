/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/tally.h"

#include <string.h>

void hr_tally_create(struct hr_tally *tally)
{
    memset(tally, 0, sizeof *tally);
    pthread_mutex_init(&tally->lock, NULL);
}

void hr_tally_own(struct hr_tally *tally, const struct hr_record_header *record)
{
    __atomic_add_fetch(&tally->counts.own[record->rtype - HR_OWN_RTYPE], 1, __ATOMIC_RELAXED);
    if (record->rtype == HR_RTYPE_LOST)
        __atomic_add_fetch(&tally->counts.lost, ((const struct hr_lost *)(const void *)record)->count, __ATOMIC_RELAXED);
}

void hr_tally_malformed(struct hr_tally *tally)
{
    __atomic_add_fetch(&tally->counts.malformed, 1, __ATOMIC_RELAXED);
}

void hr_tally_drop(struct hr_tally *tally, const struct hr_drop *drop)
{
    pthread_mutex_lock(&tally->lock);
    if (tally->drop_count < HR_TALLY_DROPS_MAX)
        tally->drops[tally->drop_count++] = *drop;
    else {
        tally->drops[HR_TALLY_DROPS_MAX - 1].count += drop->count;
        tally->drops[HR_TALLY_DROPS_MAX - 1].last_stamp = drop->last_stamp;
    }
    tally->counts.dropped += drop->count;
    pthread_mutex_unlock(&tally->lock);
}

void hr_tally_look(const struct hr_tally *tally, struct hr_tally_counts *counts)
{
    *counts = (struct hr_tally_counts){.lost = __atomic_load_n(&tally->counts.lost, __ATOMIC_RELAXED),
                                       .malformed = __atomic_load_n(&tally->counts.malformed, __ATOMIC_RELAXED)};
    for (int i = 0; i < HR_OWN_KINDS; i++)
        counts->own[i] = __atomic_load_n(&tally->counts.own[i], __ATOMIC_RELAXED);
}
