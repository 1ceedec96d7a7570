/*
 * replay.c - run a fuzz target over saved inputs, with any compiler.
 *
 * usage: fuzz_X FOLDER|FILE...     Every file is fed once, in the order of the names; then every file is fed cut
 * short at a few places, since a parser's worst input is often a good one that ends too early.  Exit status 0 if the
 * target came back each time; a target that finds a fault aborts.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 16 };

static uint64_t n_files, n_inputs;

static void feed(const uint8_t *p, size_t n)
{
    /* A block of exactly n bytes, so that a sanitizer sees the first byte read past it. */
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    n_inputs++;
}

static int feed_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *p = NULL;
    long n = -1;
    if (f && fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0 && (p = malloc((size_t)n + 1)) &&
        fread(p, 1, (size_t)n, f) != (size_t)n)
        n = -1;
    if (f)
        fclose(f);
    if (!p || n < 0) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(p);
        return 1;
    }
    feed(p, (size_t)n);
    for (size_t i = 1; i < CUTS; i++)
        feed(p, (size_t)n * i / CUTS);
    free(p);
    n_files++;
    return 0;
}

static int feed_folder(const char *path)
{
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort), rc = 0;
    if (n < 0) {
        fprintf(stderr, "%s: no such folder of inputs\n", path);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        char file[4096];
        struct stat st;
        snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
            rc |= feed_file(file);
        free(names[i]);
    }
    free(names);
    return rc;
}

int main(int argc, char **argv)
{
    int rc = argc < 2;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        rc |= stat(argv[i], &st) == 0 && S_ISREG(st.st_mode) ? feed_file(argv[i]) : feed_folder(argv[i]);
    }
    if (n_files == 0) {
        fprintf(stderr, "%s: no input was replayed\n", argv[0]);
        return 1;
    }
    const char *slash = strrchr(argv[0], '/');
    printf("%s: %llu inputs from %llu files\n", slash ? slash + 1 : argv[0], (unsigned long long)n_inputs, (unsigned long long)n_files);
    return rc;
}
