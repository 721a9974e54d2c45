/* SPDX-License-Identifier: Apache-2.0
 *
 * One slot of a type. Python keeps functions and data in one kind of pointer, which ISO C converts by way of an integer only.
 */
#ifndef HEADRACE_PYTHON_SLOT_H
#define HEADRACE_PYTHON_SLOT_H

#include <stdint.h>

#define PYTHON_SLOT(id, value) {id, (void *)(uintptr_t)(value)}

#endif
