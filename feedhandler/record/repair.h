/* SPDX-License-Identifier: Apache-2.0
 *
 * Finishes what a recorder left that was killed.
 */
#ifndef HEADRACE_RECORD_REPAIR_H
#define HEADRACE_RECORD_REPAIR_H

/* Makes FILE of FILE.part: the records that are good, and metadata of those and of the journal beside it. FILE.part is gone
 * then. Says what it did on standard output, or what is wrong on standard error. Returns the process' exit code, of
 * <sysexits.h>. One thread. */
int hr_repair(const char *part);

#endif
