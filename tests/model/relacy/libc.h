/* SPDX-License-Identifier: Apache-2.0
 *
 * Comes before the ring's sources in their one translation unit: what of the system they use is the machine's. All of libc's
 * own headers come first, so that only calls are renamed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model.h"

/* A copy is many accesses, and the compiler writes them itself where it knows the size: unseen by anyone. */
#define memcpy(to, from, bytes) model_memcpy(to, from, bytes)
#define mmap(address, bytes, protection, flags, descriptor, offset) ((void)(protection), model_mmap(descriptor))
#define munmap(address, bytes) ((void)(address))
#define fstat(descriptor, status) model_fstat(descriptor, status)
#define close(descriptor) ((void)(descriptor))
#define getpid() 1
#define fopen(path, mode) NULL
#define syscall(number, word, ...) model_futex_wake(word) /* the waker's only one */
