/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "attacker.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"

#define CONTROL_BYTES ((size_t)65536)
#define CONTROL_BYTES_HUGE ((size_t)4 << 20)

struct attacking {
    int channel;
    struct target target;
};

/* Sends the report, and waits until the test has looked around. A ring that is made new has another cursor. */
static void tell(struct attacking *attacking, const struct report *report)
{
    struct target *target = &attacking->target;
    int again = 0;
    int cursor = -1;
    if (channel_send(attacking->channel, report, sizeof *report, NULL, 0) < 0 ||
        channel_receive(attacking->channel, &again, sizeof again, &cursor, 1) <= 0)
        _exit(3);
    if (cursor < 0)
        return;
    if (target->fd == target->cursor_fd)
        target->fd = cursor;
    close(target->cursor_fd);
    target->cursor_fd = cursor;
}

static int may_succeed(const struct target *target, enum allowed allowed)
{
    return allowed == TO_ANYONE || (target->attacker == SAME_USER &&
                                    (allowed == TO_OWNER || (allowed == TO_OWNER_OF_HUGE_PAGES && target->huge_pages)));
}

static void go_through(struct attacking *attacking, struct attack_list list, const char *by)
{
    for (size_t i = 0; i < list.count; i++) {
        const struct attack *attack = &list.attacks[i];
        struct report report = {.may_succeed = may_succeed(&attacking->target, attack->allowed)};
        snprintf(report.name, sizeof report.name, "%s: %s", by, attack->name);
        tell(attacking, &report);
        report.result = attack->run(&attacking->target);
        report.finished = 1;
        tell(attacking, &report);
    }
}

static void go_through_data(struct attacking *attacking, int fd, const char *by)
{
    attacking->target.fd = fd;
    go_through(attacking, object_attacks(), by);
    go_through(attacking, mapping_attacks(), by);
    go_through(attacking, proxy_attacks(), by);
}

/* A way that leads to a descriptor is no harm in itself: everything is tried once more through it. */
static void try_ways(struct attacking *attacking)
{
    for (size_t i = 0; i < way_count; i++) {
        int fd = -1;
        struct report report = {.may_succeed = may_succeed(&attacking->target, ways[i].allowed)};
        snprintf(report.name, sizeof report.name, "%s", ways[i].name);
        tell(attacking, &report);
        report.result = ways[i].open(&attacking->target, &fd);
        report.finished = 1;
        tell(attacking, &report);
        if (fd >= 0) {
            go_through_data(attacking, fd, ways[i].name);
            close(fd);
        }
    }
}

int attacker_run(int channel, enum attacker attacker, int on_cursor)
{
    struct attacking attacking = {.channel = channel};
    struct target *target = &attacking.target;
    int descriptors[2];
    child_begin();
    if ((attacker == ANOTHER_USER ? child_become_another_user() : child_drop_privileges()) < 0)
        return 1;
    if (channel_receive(channel, target, sizeof *target, descriptors, 2) != 1 || descriptors[1] < 0)
        return 2;
    target->data_fd = descriptors[0];
    target->cursor_fd = descriptors[1];
    target->bytes = on_cursor ? 4096 : target->data_bytes;
    if (on_cursor) {
        target->fd = target->cursor_fd;
        go_through(&attacking, cursor_attacks(), "as sent");
        return 0;
    }
    go_through_data(&attacking, target->data_fd, "as sent");
    try_ways(&attacking);
    go_through(&attacking, process_attacks(), "the writer");
    return 0;
}

/* ---- the test of the test ---- */

static int control_one(const struct attack *attack, int huge_pages)
{
    size_t bytes = huge_pages ? CONTROL_BYTES_HUGE : CONTROL_BYTES;
    struct target target = {
        .attacker = SAME_USER, .huge_pages = huge_pages, .bytes = bytes, .data_bytes = bytes, .cursor_fd = -1};
    target.fd = memfd_create("control", MFD_CLOEXEC | MFD_ALLOW_SEALING | (huge_pages ? MFD_HUGETLB : 0U));
    target.data_fd = target.fd;
    int outcome = ftruncate(target.fd, (off_t)bytes) < 0 ? -errno : attack_in_child(&target, attack->run);
    close(target.fd);
    return outcome;
}

static int control_list(struct attack_list list, int huge_pages)
{
    int through = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (list.attacks[i].allowed == TO_OWNER || list.attacks[i].allowed == TO_ANYONE)
            continue;
        if (control_one(&list.attacks[i], huge_pages) == 0)
            through++;
        else
            printf("control: refused without any seal too: %s\n", list.attacks[i].name);
    }
    return through;
}

int attacker_control(int huge_pages)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        child_begin();
        /* Without privileges here too: some of this would harm the machine. */
        if ((geteuid() == 0 ? child_become_another_user() : child_drop_privileges()) < 0)
            _exit(0);
        int through = control_list(object_attacks(), huge_pages) + control_list(mapping_attacks(), huge_pages) +
                      control_list(proxy_attacks(), huge_pages);
        fflush(stdout);
        _exit(through);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}
