/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * search [ROUNDS]: how long it takes to find the option ROMs in 64 MiB, against memmem(3) for all
 * places of the signature 55 AA in the same bytes. A round runs each once, in turn; both must find
 * what is there, which is a ROM at the end of each image.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "formats/rom.h"
#include "measure/command.h"
#include "measure/table.h"

enum { SIZE = 64 << 20, ROM_SIZE = 512, DATA = 0x40 };

/* One image, last, no more than what makes it one. */
static void put_rom(uint8_t *at)
{
	memset(at, 0, ROM_SIZE);
	memcpy(at, "\x55\xaa\x01", 3);
	at[0x18] = DATA;
	memcpy(at + DATA, "PCIR\xde\x10\x8d\x1c", 8);
	at[DATA + 0x0a] = 0x18;
	at[DATA + 0x10] = 1;
	at[DATA + 0x15] = 0x80;
}

/* A flash memory's free space. */
static bool make_free(uint8_t *image)
{
	memset(image, 0xff, SIZE);
	return true;
}

/* What is compressed looks like this. */
static bool make_compressed(uint8_t *image)
{
	uint64_t state = 88172645463325252;

	for (size_t i = 0; i < SIZE; i += sizeof(state)) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		memcpy(image + i, &state, sizeof(state));
	}
	return true;
}

/* What is not: this program and the libraries that it has, over and over. 55 begins functions. */
static bool make_code(uint8_t *image)
{
	FILE *file = fopen("/proc/self/exe", "re");
	size_t have = file ? fread(image, 1, SIZE, file) : 0;

	if (file)
		fclose(file);
	if (have == 0)
		return false;
	for (size_t i = have; i < SIZE; i++)
		image[i] = image[i - have];
	return true;
}

static bool find_roms(const uint8_t *image)
{
	struct rom_cursor cursor = {.data = image, .size = SIZE};
	static struct rom_chain chain;
	size_t last = 0, found = 0;

	for (; rom_next(&cursor, SIZE, &chain); found++)
		last = chain.offset;
	return found > 0 && last == SIZE - ROM_SIZE;
}

static bool find_signatures(const uint8_t *image)
{
	const uint8_t *at = image, *last = NULL;

	while ((at = memmem(at, (size_t)(image + SIZE - at), "\x55\xaa", 2)))
		last = at++;
	return last == image + SIZE - ROM_SIZE;
}

struct contender {
	struct samples samples;
	bool (*find)(const uint8_t *image);
};

static void run_once(struct contender *c, const uint8_t *image, size_t round)
{
	struct timespec begin, end;
	double start = now_ms();

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	if (!c->find(image))
		snprintf(c->samples.failure, sizeof(c->samples.failure), "the ROM was not found");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	c->samples.time[round] = now_ms() - start;
	c->samples.cpu[round] = (double)(end.tv_sec - begin.tv_sec) * 1e3 +
				(double)(end.tv_nsec - begin.tv_nsec) / 1e6;
	c->samples.rounds = round + 1;
}

static double speed(const struct samples *s)
{
	static double copy[ROUNDS_MAX];

	memcpy(copy, s->time, s->rounds * sizeof(*copy));
	return SIZE / median(copy, s->rounds) / 1e6;
}

static bool measure(const char *name, const uint8_t *image, size_t rounds)
{
	static struct contender all[2];
	struct samples *const table[] = {&all[0].samples, &all[1].samples};
	static double ratio[ROUNDS_MAX];
	char title[160];
	double times;

	memset(all, 0, sizeof(all));
	all[0] = (struct contender){.samples.name = "memmem for 55 AA", .find = find_signatures};
	all[1] = (struct contender){.samples.name = "gpu-handoff's search", .find = find_roms};
	run_once(&all[0], image, 0); /* once unmeasured */
	run_once(&all[1], image, 0);
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < 2; i++)
			run_once(&all[(i + round) % 2], image, round);
	for (size_t round = 0; round < rounds; round++)
		ratio[round] = all[1].samples.time[round] / all[0].samples.time[round];
	times = median(ratio, rounds);
	snprintf(title, sizeof(title), "option ROMs in 64 MiB of %s", name);
	for (size_t i = 0; i < 2; i++)
		if (*all[i].samples.failure)
			fprintf(stderr, "search: %s: %s\n", title, all[i].samples.failure);
	table_part(title, table, 2);
	printf("  memmem %.2f GB/s, gpu-handoff's search %.2f GB/s\n", speed(&all[0].samples),
		speed(&all[1].samples));
	table_goal("the search takes no longer than memmem", times, " times", times <= 1);
	return !*all[0].samples.failure && !*all[1].samples.failure;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*make)(uint8_t *image);
	} images[] = {{"free space", make_free}, {"compressed data", make_compressed},
		{"code", make_code}};
	int rounds = argc > 1 ? atoi(argv[1]) : 9;
	uint8_t *image;
	bool good = true;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: search [ROUNDS]\n");
		return 2;
	}
	image = malloc(SIZE);
	if (!image) {
		perror("search");
		return 1;
	}
	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		if (!images[i].make(image)) {
			fprintf(stderr, "search: there is no image of %s\n", images[i].name);
			good = false;
			break;
		}
		put_rom(image + SIZE - ROM_SIZE);
		good = measure(images[i].name, image, (size_t)rounds) && good;
	}
	free(image);
	return !good;
}
