/* SPDX-License-Identifier: Apache-2.0
 *
 * NAME.part.names: the symbols that a recording has heard of while NAME grows, a line each, from which a file is repaired when
 * the recorder was killed. NAME is a file's path, of less than HR_DBN_FILE_PATH_BYTES. A recording does without where there
 * can be no journal: every function takes NULL for it.
 */
#ifndef HEADRACE_RECORD_JOURNAL_H
#define HEADRACE_RECORD_JOURNAL_H

#include <stdint.h>
#include <stdio.h>

#include "record/catalog.h"

/* It begins with all that is known by then. NULL where it cannot be made. */
FILE *hr_journal_open(const char *path, const struct hr_catalog *catalog);
void hr_journal_add(FILE *journal, uint32_t date, uint32_t instrument_id, const char *symbol);
void hr_journal_flush(FILE *journal);
void hr_journal_close(FILE *journal);

/* Of a file that is whole now. */
void hr_journal_remove(const char *path);

/* All of it that there is. */
void hr_journal_read(const char *path, struct hr_catalog *catalog);

#endif
