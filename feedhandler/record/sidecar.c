/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/sidecar.h"

#include <stdio.h>

#include "host/say.h"

static json_t *own_json(const uint64_t *now, const uint64_t *before)
{
    static const char *const kinds[HR_OWN_KINDS] = {[HR_RTYPE_LOST - HR_OWN_RTYPE] = "lost",
                                                    [HR_RTYPE_GAP - HR_OWN_RTYPE] = "gap",
                                                    [HR_RTYPE_RECOVERED - HR_OWN_RTYPE] = "recovered",
                                                    [HR_RTYPE_SESSION - HR_OWN_RTYPE] = "session",
                                                    [HR_RTYPE_TRADE_BREAK - HR_OWN_RTYPE] = "trade_break",
                                                    [HR_RTYPE_NATIVE - HR_OWN_RTYPE] = "native"};
    json_t *object = json_object();
    for (int i = 0; i < HR_OWN_KINDS; i++) {
        char other[8];
        snprintf(other, sizeof other, "0x%02x", HR_OWN_RTYPE + i);
        if (now[i] != before[i])
            json_object_set_new(object, kinds[i] ? kinds[i] : other, json_integer((json_int_t)(now[i] - before[i])));
    }
    return object;
}

/* The stretches since the last sidecar; and how many records were dropped in all. */
static json_t *drops_json(struct hr_sidecar *sidecar, uint64_t *dropped)
{
    struct hr_tally *tally = sidecar->tally;
    json_t *drops = json_array();
    pthread_mutex_lock(&tally->lock);
    *dropped = tally->counts.dropped;
    for (; sidecar->drops_told < tally->drop_count; sidecar->drops_told++) {
        const struct hr_drop *drop = &tally->drops[sidecar->drops_told];
        json_array_append_new(drops, json_pack("{s:I, s:I, s:I}", "count", (json_int_t)drop->count, "first_ts",
                                               (json_int_t)drop->first_stamp, "last_ts", (json_int_t)drop->last_stamp));
    }
    pthread_mutex_unlock(&tally->lock);
    return drops;
}

json_t *hr_sidecar_make(struct hr_sidecar *sidecar, const struct hr_dbn_file *file, const struct hr_dbn_metadata *metadata,
                        uint64_t records)
{
    const struct hr_tally_counts *told = &sidecar->told;
    struct hr_tally_counts now;
    hr_tally_look(sidecar->tally, &now); /* a little ahead of the file */
    json_t *drops = drops_json(sidecar, &now.dropped);
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:o}", "file", file->path, "consumer", sidecar->consumer,
        "dataset", metadata->dataset, "records", (json_int_t)records, "record_bytes", (json_int_t)file->record_bytes, "start",
        (json_int_t)metadata->start, "end", (json_int_t)metadata->end, "dropped", (json_int_t)(now.dropped - told->dropped),
        "drops", drops, "lost_in_ring", (json_int_t)(now.lost - told->lost), "malformed",
        (json_int_t)(now.malformed - told->malformed), "own_records_left_out", own_json(now.own, told->own));
    sidecar->told = now;
    return root;
}

void hr_sidecar_write(const json_t *json, const char *path)
{
    char name[HR_DBN_FILE_PATH_BYTES + 8];
    snprintf(name, sizeof name, "%s.json", path);
    if (json_dump_file(json, name, JSON_INDENT(1) | JSON_PRESERVE_ORDER))
        hr_say("record", "%s: cannot be written", name);
}
