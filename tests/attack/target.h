/* SPDX-License-Identifier: Apache-2.0
 *
 * What an attacker has: the two descriptors that every strategy is sent, and what anyone may know of the writer. And what an
 * attack is: a name, who may succeed with it at all, and a function that tries.
 */
#ifndef HEADRACE_ATTACK_TARGET_H
#define HEADRACE_ATTACK_TARGET_H

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum attacker {
    ANOTHER_USER = 0, /* user and group 65534, no other groups */
    SAME_USER = 1,    /* the writer's own user, without any privilege */
};

/* Whose success is harmless. The stream is checked after every attack, whether it was refused or not. */
enum allowed {
    NEVER = 0,
    TO_OWNER = 1, /* the kernel lets the owner of an object change its mode and times, and the writer's user stop the writer */
    TO_OWNER_OF_HUGE_PAGES = 2, /* hugetlbfs does not heed F_SEAL_EXEC (seen on Linux 6.18); what is run is not of his making */
    TO_ANYONE = 3,
};

struct target {
    enum attacker attacker;
    int huge_pages; /* the data object is in them */
    int fd;         /* what the attack goes through: the data's or the cursor's descriptor, or one opened from it */
    size_t bytes;   /* of that object */
    int data_fd;
    int cursor_fd;
    size_t data_bytes;
    pid_t writer;
    int writer_data_fd;  /* its number there */
    uint64_t writer_map; /* where it is mapped there */
};

/* 0: it succeeded. Negative errno, or a signal's number: it was refused. */
struct attack {
    const char *name;
    enum allowed allowed;
    int (*run)(const struct target *target);
};

/* This kernel or machine does not have what the attack needs. */
#define NOT_HERE INT_MIN

/* Of a system call's result. */
static inline int outcome_of(long result)
{
    return result >= 0 ? 0 : errno == ENOSYS ? NOT_HERE : -errno;
}

struct attack_list {
    const struct attack *attacks;
    size_t count;
};

/* Through a descriptor of the object; through a mapping of it, directly and by the kernel; on the cursor; on the writer. */
struct attack_list object_attacks(void);
struct attack_list mapping_attacks(void);
struct attack_list proxy_attacks(void);
struct attack_list cursor_attacks(void);
struct attack_list process_attacks(void);

/* Ways to a descriptor of the data object that may be written through. On success *fd is the caller's. */
struct way {
    const char *name;
    enum allowed allowed;
    int (*open)(const struct target *target, int *fd);
};
extern const struct way ways[];
extern const size_t way_count;

/* Runs it in a child of its own, for attacks that end in a signal: the result is the child's, or the signal's number. */
int attack_in_child(const struct target *target, int (*run)(const struct target *));

/* Maps the whole object of target->fd; NULL and *error when that fails. */
void *attack_map(const struct target *target, int protection, int flags, int *error);

#endif
