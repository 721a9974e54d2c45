/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "record/journal.h"

#include <unistd.h>

#include "record/dbn_file.h"

#define PATH_BYTES (HR_DBN_FILE_PATH_BYTES + 16)

static const char *journal_path(const char *path, char room[PATH_BYTES])
{
    snprintf(room, PATH_BYTES, "%s.part.names", path);
    return room;
}

FILE *hr_journal_open(const char *path, const struct hr_catalog *catalog)
{
    char room[PATH_BYTES];
    FILE *journal = fopen(journal_path(path, room), "we");
    if (!journal)
        return NULL;
    setvbuf(journal, NULL, _IOFBF, 1 << 16);
    for (uint32_t i = 0; i < catalog->name_count; i++)
        hr_journal_add(journal, catalog->names[i].start_date, catalog->names[i].instrument_id, catalog->names[i].symbol);
    return journal;
}

void hr_journal_add(FILE *journal, uint32_t date, uint32_t instrument_id, const char *symbol)
{
    if (journal)
        fprintf(journal, "%u %u %s\n", date, instrument_id, symbol);
}

void hr_journal_flush(FILE *journal)
{
    if (journal)
        fflush(journal);
}

void hr_journal_close(FILE *journal)
{
    if (journal)
        fclose(journal);
}

void hr_journal_remove(const char *path)
{
    char room[PATH_BYTES];
    unlink(journal_path(path, room));
}

void hr_journal_read(const char *path, struct hr_catalog *catalog)
{
    char room[PATH_BYTES];
    char symbol[HR_DBN_SYMBOL_BYTES];
    unsigned date;
    unsigned id;
    FILE *journal = fopen(journal_path(path, room), "re");
    while (journal && fscanf(journal, "%u %u %70[^\n]", &date, &id, symbol) == 3)
        (void)hr_catalog_name(catalog, id, symbol, date);
    hr_journal_close(journal);
}
