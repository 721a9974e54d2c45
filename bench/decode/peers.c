/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "peers.h"

#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARCHIVE "/dev/shm/headrace-bench-decode.itch"
/* A slower one is given fewer: it says itself how many it has decoded. */
#define LIMIT "timeout 300 "

static void write_archive(const struct packets *packets, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        err(73, "%s", path);
    for (uint64_t p = 0; p < packets->count; p++) {
        struct hr_session_header header;
        uint32_t length = (uint32_t)(packets->offsets[p + 1] - packets->offsets[p]);
        if (packets->protocol->parse_header(packets->bytes + packets->offsets[p], length, &header) == HR_SESSION_ACCEPTED &&
            header.kind == HR_SESSION_DATA)
            fwrite(header.blocks, 1, header.blocks_length, file); /* a block is an archive's entry */
    }
    if (fclose(file))
        err(74, "%s", path);
}

static void read_missing(struct peers *peers)
{
    char path[600];
    char line[1024];
    snprintf(path, sizeof path, "%s/missing.txt", peers->folder);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file) && peers->missing_count < PEERS_MAX) {
        line[strcspn(line, "\n")] = '\0';
        char *why = strchr(line, '\t');
        if (why)
            *why++ = '\0';
        peers->missing[peers->missing_count++] = (struct hr_missing){strdup(line), strdup(why ? why : "")};
    }
    if (file)
        fclose(file);
}

void peers_open(struct peers *peers, const char *folder, const struct packets *packets)
{
    memset(peers, 0, sizeof *peers);
    if (!folder)
        return;
    snprintf(peers->folder, sizeof peers->folder, "%s", folder);
    read_missing(peers);
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory)) != NULL && peers->count < PEERS_MAX;) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_type == DT_REG && access(path, X_OK) == 0)
            peers->names[peers->count++] = strdup(entry->d_name);
    }
    if (directory)
        closedir(directory);
    if (!peers->count)
        return;
    snprintf(peers->archive, sizeof peers->archive, "%s", ARCHIVE);
    write_archive(packets, peers->archive);
}

void peers_close(struct peers *peers)
{
    if (*peers->archive)
        unlink(peers->archive);
}

double peers_run(struct peers *peers, uint32_t peer)
{
    char command[1200];
    char line[512];
    unsigned long long messages = 0;
    unsigned long long ns = 0;
    snprintf(command, sizeof command, LIMIT "'%s/%s' '%s' 1", peers->folder, peers->names[peer], peers->archive);
    FILE *output = popen(command, "r");
    while (output && fgets(line, sizeof line, output)) {
        line[strcspn(line, "\n")] = '\0';
        if (*line == '#' && !peers->notes[peer])
            peers->notes[peer] = strdup(line + (strncmp(line, "# note ", 7) == 0 ? 7 : 1));
        else
            sscanf(line, "%llu %llu", &messages, &ns);
    }
    int status = output ? pclose(output) : -1;
    return status == 0 && messages ? (double)ns / (double)messages : 0;
}
