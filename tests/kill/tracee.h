/* SPDX-License-Identifier: Apache-2.0
 *
 * A child that is stepped one machine instruction at a time and killed by SIGKILL at each of them.
 *
 * To start anew for every k and step k instructions would be quadratic. Here a process that stands at an instruction is made to
 * fork (the system call is put under it from outside), and then is killed where it stands; the copy has its registers and
 * private memory, and the shared memory is the same, so the copy goes on to the next instruction and is killed there in its
 * turn. Each process that dies has itself run the instruction that it dies behind. One run of n instructions is n deaths.
 *
 * Nothing survives the test: each is traced with PTRACE_O_EXITKILL, the copies inherit it, and all are the test's own children.
 */
#ifndef HEADRACE_KILL_TRACEE_H
#define HEADRACE_KILL_TRACEE_H

#include <stdint.h>
#include <sys/types.h>

struct tracee {
    pid_t pid;
    uint64_t address; /* of the instruction that comes next */
};

/* The child comes to a halt here: the first instruction to step is the next one. */
static inline void tracee_mark(void)
{
#if defined(__x86_64__)
    __asm__ volatile("int3" ::: "memory");
#endif
}

/* NULL, or why there can be no stepping here. */
const char *tracee_impossible(void);

/* A child that runs body(argument) at full speed up to its tracee_mark. */
void tracee_start(struct tracee *tracee, void (*body)(void *argument), void *argument);

/* Runs one instruction. */
void tracee_step(struct tracee *tracee);

/* SIGKILL, and waits for the death. */
void tracee_kill(struct tracee *tracee);

/* The same, but a copy is made first, and is what *tracee is from now on. */
void tracee_kill_and_replace(struct tracee *tracee);

/* Deaths by SIGKILL so far, counted where waitpid told of them. */
uint64_t tracee_deaths(void);

#endif
