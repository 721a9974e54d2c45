/* SPDX-License-Identifier: Apache-2.0
 *
 * Huge pages for the time of a test; afterwards, and when the test is told to end, the machine has as many as it had.
 */
#ifndef HEADRACE_ATTACK_HUGE_PAGES_H
#define HEADRACE_ATTACK_HUGE_PAGES_H

/* `pages` more of 2 MiB. Returns 0, or -1 and in *why what is missing; huge_pages_restore is to be called in either case. */
int huge_pages_reserve(int pages, const char **why) __attribute__((warn_unused_result));
void huge_pages_restore(void);

#endif
