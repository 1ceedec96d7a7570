/*
 * members.c - the bare loops that reading an archive is measured against; nothing is parsed, kept or decided.
 *
 * usage: members zlib|libdeflate|sha1|sha1x2 FILE.warc.gz
 *   zlib        inflate() member by member, 64 KiB at a time, CRC checked
 *   libdeflate  libdeflate_gzip_decompress_ex() member by member, CRC checked
 *   sha1        libdeflate, and libcrypto's SHA-1 of every record's block (behind the first empty line), once
 *   sha1x2      the same, and once more of the payload (behind the second): the work that two digest fields ask for
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static unsigned char *file, *room;
static size_t file_n, room_n = 64u << 20;
static unsigned long long bytes, members;

static void by_zlib(void)
{
    z_stream z = { .next_in = file, .avail_in = (unsigned)file_n };
    inflateInit2(&z, 31);
    while (z.avail_in) {
        int r;
        do {
            z.next_out = room;
            z.avail_out = 64u << 10;
            r = inflate(&z, Z_NO_FLUSH);
            bytes += (64u << 10) - z.avail_out;
        } while (r == Z_OK);
        if (r != Z_STREAM_END)
            exit(1);
        members++;
        inflateReset(&z);
    }
    inflateEnd(&z);
}

static const unsigned char *behind_empty_line(const unsigned char *p, const unsigned char *end)
{
    const unsigned char *q = memmem(p, (size_t)(end - p), "\r\n\r\n", 4);
    return q ? q + 4 : end;
}

static void hash(const EVP_MD *md, EVP_MD_CTX *c, const unsigned char *p, size_t n)
{
    unsigned char d[EVP_MAX_MD_SIZE];
    if (!EVP_DigestInit_ex(c, md, NULL) || !EVP_DigestUpdate(c, p, n) || !EVP_DigestFinal_ex(c, d, NULL))
        exit(1);
}

static void by_libdeflate(int hashes)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_MD *md = EVP_MD_fetch(NULL, "SHA1", NULL);
    for (size_t at = 0; at < file_n; members++) {
        size_t in, out;
        if (libdeflate_gzip_decompress_ex(d, file + at, file_n - at, room, room_n, &in, &out) != LIBDEFLATE_SUCCESS)
            exit(1);
        at += in;
        bytes += out;
        const unsigned char *block = room, *end = room + out;
        for (int i = 0; i < hashes; i++) {
            block = behind_empty_line(block, end);
            hash(md, c, block, (size_t)(end - block));
        }
    }
    EVP_MD_free(md);
    EVP_MD_CTX_free(c);
    libdeflate_free_decompressor(d);
}

int main(int argc, char **argv)
{
    struct stat st;
    int fd = argc == 3 ? open(argv[2], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &st))
        return 2;
    file_n = (size_t)st.st_size;
    file = mmap(NULL, file_n, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    room = malloc(room_n);
    if (strcmp(argv[1], "zlib") == 0)
        by_zlib();
    else
        by_libdeflate(strcmp(argv[1], "sha1") == 0 ? 1 : strcmp(argv[1], "sha1x2") == 0 ? 2 : 0);
    printf("%llu members, %llu bytes\n", members, bytes);
    return 0;
}
