/* SPDX-License-Identifier: MIT */
/* Fuzz targets: one file harness/fuzz/fuzz_<target>.c each, with one function
 * that takes any bytes. libFuzzer calls it (make fuzz), and so does replay.c
 * with the files of fixtures/fuzz/<target> (make check). */
#ifndef HN_FUZZ_H
#define HN_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The target: must not crash, leak, hang or change anything outside its scratch
 * directory, whatever the bytes are. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Called once before; a target that needs no scratch directory has an empty one. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Something that holds for every input: a target that finds it broken stops there. */
#define FZ_HOLDS(condition) \
	((condition) ? (void)0 : fz_broken(#condition, __FILE__, __LINE__))
void fz_broken(const char *condition, const char *file, int line) __attribute__((noreturn));

/* The path of a file with that content, good until the next call. */
const char *fz_file(const void *bytes, size_t size);

/* Takes the input apart, from the front. Past its end all is 0. */
struct fz_input {
	const uint8_t *data; /* borrowed */
	size_t size;
};

uint8_t fz_byte(struct fz_input *in);
uint16_t fz_u16(struct fz_input *in);

/* The text up to the next NUL (or the end), which is taken out; the caller frees it. */
char *fz_text(struct fz_input *in);

/* A descriptor of the scratch directory below, or an unusual one; by a byte. */
int fz_descriptor(uint8_t choice);

/* Goes into a scratch directory of files, symlinks and suites, removed at exit. */
void fz_enter_scratch(void);

#endif
