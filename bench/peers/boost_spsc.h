/* SPDX-License-Identifier: Apache-2.0
 *
 * What boost_spsc.c needs of the queue, which is C++. Link-time optimisation makes one program of both: nothing here is a
 * call there.
 */
#ifndef HEADRACE_BENCH_BOOST_SPSC_H
#define HEADRACE_BENCH_BOOST_SPSC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

size_t boost_spsc_size(size_t bytes);
void boost_spsc_make(void *memory, size_t bytes);
/* How many of the records went in or came out. */
size_t boost_spsc_push(void *queue, const void *records, size_t many, size_t bytes);
size_t boost_spsc_pop(void *queue, void *record, size_t bytes);
size_t boost_spsc_take(void *queue, size_t bytes, uint64_t *expected);
/* boost_spsc.c has it: looks at one record. */
void boost_spsc_taken(const void *record, size_t bytes, uint64_t *expected);

#ifdef __cplusplus
}
#endif

#endif
