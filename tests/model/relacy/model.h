/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scenario and the machine that runs it know of each other. A scenario is C with threads; the machine (main.cpp) runs
 * them as Relacy's, one step at a time. The ring's own code knows nothing of either: it is compiled with -fsanitize=thread, and
 * the functions that the compiler then calls at each access to memory are the machine's (instrument.hpp).
 */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MODEL_THREADS_MAX 3

struct model_scenario {
    const char *name;
    const char *about;
    int threads;            /* 2 or 3 */
    uint32_t slots;
    uint32_t lag;           /* HR_CURSOR_LAG */
    void (*before)(void);   /* alone; what is written here all threads see */
    void (*thread[MODEL_THREADS_MAX])(void);
    void (*after)(void);    /* alone; all threads have ended */
};

/* Of scenarios.c; the last has no name. */
extern const struct model_scenario model_scenarios[];
/* Why the mutation could not be made in the source as it is now, or NULL. */
extern const char *const model_misfit;
/* Of the scenario that runs. */
extern uint32_t model_slots;
extern uint32_t model_lag;

/* Fails the run, with the history of how it came to this. */
void model_fail(const char *text, const char *function, const char *file, unsigned line);
#define CHECK(holds) ((holds) ? (void)0 : model_fail("CHECK(" #holds ")", __func__, __FILE__, __LINE__))

/* Nothing to do here until another thread has done something. */
void model_yield(void);

/* Another order of the world, to be tried too: 0 to limit - 1. */
unsigned model_choose(unsigned limit);

/* A message over the attach socket, number 0 to 3: what was done before it is sent is seen by who has received it. */
void model_send(unsigned message);
void model_receive(unsigned message);
int model_has_come(unsigned message);

/* The futex: what the kernel does, with no more memory order than it has to have. */
void model_futex_wait(const uint32_t *word, uint32_t expected);
int model_futex_wake(const uint32_t *word);

/* Memory that the handler's worker and its waker share; zeros before a run. */
struct hr_wakes *model_wakes(void);

/* What the ring's code gets in place of libc and of ring/src/memory.c. */
struct stat;
void *model_memcpy(void *to, const void *from, size_t bytes);
void *model_mmap(int descriptor);
int model_fstat(int descriptor, struct stat *status);

#ifdef __cplusplus
}
#endif

#endif
