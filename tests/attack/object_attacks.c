/* SPDX-License-Identifier: Apache-2.0
 *
 * Attacks on the data object through a descriptor: to write into it, to change its size, its seals, or what the kernel knows of
 * it.
 */
#define _GNU_SOURCE
#include "target.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

/* Into the slots: a change there is seen in the stream. */
#define AT 4160
static char junk[4096];

/* ---- writing ---- */

static int by_write(const struct target *t)
{
    return outcome_of(lseek(t->fd, AT, SEEK_SET) < 0 ? -1 : write(t->fd, junk, sizeof junk));
}

static int by_pwrite(const struct target *t)
{
    return outcome_of(pwrite(t->fd, junk, sizeof junk, AT));
}

static int by_pwritev(const struct target *t)
{
    const struct iovec part = {junk, sizeof junk};
    return outcome_of(pwritev(t->fd, &part, 1, AT));
}

static int by_pwritev2_appending(const struct target *t)
{
    const struct iovec part = {junk, sizeof junk};
    return outcome_of(pwritev2(t->fd, &part, 1, 0, RWF_APPEND));
}

static int by_aio(const struct target *t)
{
    aio_context_t context = 0;
    struct io_event event = {0};
    struct iocb block = {.aio_fildes = (uint32_t)t->fd,
                         .aio_lio_opcode = IOCB_CMD_PWRITE,
                         .aio_buf = (uint64_t)(uintptr_t)junk,
                         .aio_nbytes = sizeof junk,
                         .aio_offset = AT};
    struct iocb *blocks = &block;
    if (syscall(SYS_io_setup, 1, &context) < 0)
        return NOT_HERE;
    long result = syscall(SYS_io_submit, context, 1, &blocks);
    int outcome = outcome_of(result);
    if (result == 1 && syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1)
        outcome = event.res < 0 ? (int)event.res : 0;
    syscall(SYS_io_destroy, context);
    return outcome;
}

static int by_splice(const struct target *t)
{
    int ends[2];
    loff_t at = AT;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return NOT_HERE;
    int outcome =
        write(ends[1], junk, sizeof junk) < 0 ? NOT_HERE : outcome_of(splice(ends[0], NULL, t->fd, &at, sizeof junk, 0));
    close(ends[0]);
    close(ends[1]);
    return outcome;
}

static int source_of_junk(void)
{
    int source = memfd_create("junk", MFD_CLOEXEC);
    return source < 0 || pwrite(source, junk, sizeof junk, 0) < 0 ? -1 : source;
}

static int by_sendfile(const struct target *t)
{
    off_t from = 0;
    int source = source_of_junk();
    int outcome = outcome_of(lseek(t->fd, AT, SEEK_SET) < 0 ? -1 : sendfile(t->fd, source, &from, sizeof junk));
    close(source);
    return outcome;
}

static int by_copy_file_range(const struct target *t)
{
    loff_t from = 0;
    loff_t at = AT;
    int source = source_of_junk();
    int outcome = outcome_of(copy_file_range(source, &from, t->fd, &at, sizeof junk, 0));
    close(source);
    return outcome;
}

static int by_clone(const struct target *t)
{
    int source = source_of_junk();
    int outcome = outcome_of(ioctl(t->fd, FICLONE, source));
    close(source);
    return outcome;
}

/* ---- size and holes ---- */

static int shrink(const struct target *t)
{
    return outcome_of(ftruncate(t->fd, (off_t)t->bytes / 2));
}

static int shrink_to_nothing(const struct target *t)
{
    return outcome_of(ftruncate(t->fd, 0));
}

static int grow(const struct target *t)
{
    return outcome_of(ftruncate(t->fd, (off_t)t->bytes * 2));
}

static int shrink_by_name(const struct target *t)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", t->fd);
    return outcome_of(truncate(path, 0));
}

static int open_truncating(const struct target *t)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", t->fd);
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    int outcome = outcome_of(fd);
    if (fd >= 0)
        close(fd);
    return outcome;
}

static int allocate(const struct target *t, int mode, off_t at)
{
    return outcome_of(fallocate(t->fd, mode, at, (off_t)t->bytes));
}

static int allocate_beyond(const struct target *t)
{
    return allocate(t, 0, (off_t)t->bytes);
}

static int punch_hole(const struct target *t)
{
    return allocate(t, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0);
}

static int zero_range(const struct target *t)
{
    return allocate(t, FALLOC_FL_ZERO_RANGE, 0);
}

static int collapse_range(const struct target *t)
{
    return allocate(t, FALLOC_FL_COLLAPSE_RANGE, 0);
}

static int insert_range(const struct target *t)
{
    return allocate(t, FALLOC_FL_INSERT_RANGE, 0);
}

/* ---- seals, mode, attributes ---- */

static int add_seal_write(const struct target *t)
{
    return outcome_of(fcntl(t->fd, F_ADD_SEALS, F_SEAL_WRITE));
}

static int add_seal_exec(const struct target *t)
{
    return outcome_of(fcntl(t->fd, F_ADD_SEALS, F_SEAL_EXEC));
}

static int add_no_seal(const struct target *t)
{
    return outcome_of(fcntl(t->fd, F_ADD_SEALS, 0));
}

static int change_mode(const struct target *t, mode_t mode)
{
    int outcome = outcome_of(fchmod(t->fd, mode));
    if (outcome == 0)
        (void)!fchmod(t->fd, 0400); /* as it was */
    return outcome;
}

static int mode_for_all(const struct target *t)
{
    return change_mode(t, 0666);
}

static int mode_executable(const struct target *t)
{
    return change_mode(t, 0500);
}

static int change_owner(const struct target *t)
{
    return outcome_of(fchown(t->fd, 12345, 12345));
}

static int make_immutable(const struct target *t)
{
    int flags = FS_IMMUTABLE_FL;
    return outcome_of(ioctl(t->fd, FS_IOC_SETFLAGS, &flags));
}

static int set_attribute(const struct target *t)
{
    int outcome = outcome_of(fsetxattr(t->fd, "user.junk", junk, 100, 0));
    if (outcome == 0)
        fremovexattr(t->fd, "user.junk");
    return outcome;
}

static int set_times(const struct target *t)
{
    static const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
    return outcome_of(futimens(t->fd, long_ago));
}

static int execute(const struct target *t)
{
    char *const nothing[] = {NULL};
    (void)!fchmod(t->fd, 0500);
    syscall(SYS_execveat, t->fd, "", nothing, nothing, AT_EMPTY_PATH);
    int error = errno;
    (void)!fchmod(t->fd, 0400);
    return error == ENOEXEC ? 0 : -error; /* not a program, but it would have been run */
}

static int give_a_name(const struct target *t)
{
    char from[64], to[64];
    snprintf(from, sizeof from, "/proc/self/fd/%d", t->fd);
    snprintf(to, sizeof to, "/dev/shm/headrace-attack-%d", (int)getpid());
    int outcome = outcome_of(linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW));
    if (outcome == 0)
        unlink(to);
    return outcome;
}

/* ---- what is shared with the writer: the open file itself. The writer uses nothing of it but its mapping. ---- */

static int move_offset(const struct target *t)
{
    return outcome_of(lseek(t->fd, 12345, SEEK_SET));
}

static int change_flags(const struct target *t)
{
    int flags = fcntl(t->fd, F_GETFL);
    int outcome = outcome_of(fcntl(t->fd, F_SETFL, flags ^ (O_APPEND | O_NONBLOCK)));
    fcntl(t->fd, F_SETFL, flags);
    return outcome;
}

static int lock_whole(const struct target *t)
{
    return outcome_of(flock(t->fd, LOCK_EX | LOCK_NB));
}

static int lock_range(const struct target *t)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return outcome_of(fcntl(t->fd, F_OFD_SETLK, &all));
}

static int take_lease(const struct target *t)
{
    int outcome = outcome_of(fcntl(t->fd, F_SETLEASE, F_WRLCK));
    fcntl(t->fd, F_SETLEASE, F_UNLCK);
    return outcome;
}

static int advise_dontneed(const struct target *t)
{
    int error = posix_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
    return -error;
}

struct attack_list object_attacks(void)
{
    static const struct attack attacks[] = {
        {"write", NEVER, by_write},
        {"pwrite", NEVER, by_pwrite},
        {"pwritev", NEVER, by_pwritev},
        {"pwritev2 RWF_APPEND", NEVER, by_pwritev2_appending},
        {"io_submit of a pwrite", NEVER, by_aio},
        {"splice from a pipe", NEVER, by_splice},
        {"sendfile", NEVER, by_sendfile},
        {"copy_file_range", NEVER, by_copy_file_range},
        {"FICLONE", NEVER, by_clone},
        {"ftruncate to half", NEVER, shrink},
        {"ftruncate to 0", NEVER, shrink_to_nothing},
        {"ftruncate to twice", NEVER, grow},
        {"truncate of /proc/self/fd", NEVER, shrink_by_name},
        {"open O_TRUNC", NEVER, open_truncating},
        {"fallocate beyond the end", NEVER, allocate_beyond},
        {"fallocate PUNCH_HOLE", NEVER, punch_hole},
        {"fallocate ZERO_RANGE", NEVER, zero_range},
        {"fallocate COLLAPSE_RANGE", NEVER, collapse_range},
        {"fallocate INSERT_RANGE", NEVER, insert_range},
        {"F_ADD_SEALS WRITE", NEVER, add_seal_write},
        {"F_ADD_SEALS EXEC", NEVER, add_seal_exec},
        {"F_ADD_SEALS of nothing", NEVER, add_no_seal},
        {"fchmod 0500", TO_OWNER_OF_HUGE_PAGES, mode_executable},
        {"fchown", NEVER, change_owner},
        {"FS_IMMUTABLE_FL", NEVER, make_immutable},
        {"fchmod 0500, execveat", TO_OWNER_OF_HUGE_PAGES, execute},
        {"linkat into /dev/shm", NEVER, give_a_name},
        {"fchmod 0666", TO_OWNER, mode_for_all},
        {"fsetxattr", TO_OWNER, set_attribute},
        {"futimens", TO_OWNER, set_times},
        {"F_SETLEASE", TO_OWNER, take_lease},
        {"lseek", TO_ANYONE, move_offset},
        {"F_SETFL O_APPEND O_NONBLOCK", TO_ANYONE, change_flags},
        {"flock LOCK_EX", TO_ANYONE, lock_whole},
        {"F_OFD_SETLK", TO_ANYONE, lock_range},
        {"posix_fadvise DONTNEED", TO_ANYONE, advise_dontneed},
    };
    memset(junk, 0xEE, sizeof junk);
    return (struct attack_list){attacks, COUNT_OF(attacks)};
}
