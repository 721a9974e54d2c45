/* SPDX-License-Identifier: Apache-2.0
 *
 * A fuzz target without a fuzzer: every file of the folders named, once, in the order of their names. What does not hold stops
 * the program right after the name of the file.
 *
 * usage: fuzz-TARGET FOLDER...
 */
#define _GNU_SOURCE
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)1 << 20)

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns 0, or 1 when the file could not be read. */
static int run_file(const char *folder, const char *name, uint8_t *bytes)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    size_t length = fread(bytes, 1, INPUT_BYTES_MAX, file);
    int failed = ferror(file);
    fclose(file);
    if (failed) {
        perror(path);
        return 1;
    }
    printf("%s: %zu bytes\n", path, length);
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, length);
    return 0;
}

static int run_folder(const char *folder, uint8_t *bytes)
{
    struct dirent **entries;
    int failed = 0;
    int count = scandir(folder, &entries, is_file, alphasort);
    if (count < 0) {
        perror(folder);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        failed |= run_file(folder, entries[i]->d_name, bytes);
        free(entries[i]);
    }
    free(entries);
    if (count == 0)
        fprintf(stderr, "%s: no files\n", folder); /* a corpus that is gone is not one that passes */
    return failed || count == 0;
}

int main(int argc, char **argv)
{
    uint8_t *bytes = malloc(INPUT_BYTES_MAX);
    int failed = argc < 2 || !bytes;
    for (int i = 1; i < argc && bytes; i++)
        failed |= run_folder(argv[i], bytes);
    free(bytes);
    return failed;
}
