/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * compare ROUNDS <LIST: runs the contenders of LIST in turn, ROUNDS times, each round beginning
 * with another one, and prints the medians. LIST has one line each of
 *
 *   title TEXT...            head the table's part with TEXT
 *   pin                      all run on one CPU
 *   environment NAME=VALUE...   all have these variables besides
 *   input FILE               what all have on stdin, through a pipe
 *   contender TEXT...        what follows is of this one
 *   rival TEXT...            the same, but if it fails the table says so and the rest goes on
 *   run PROGRAM WORD...      is measured (words have no quotes)
 *   then PROGRAM WORD...     runs unmeasured between them and must succeed: makes ready, or proves
 *                            that what was measured did its work
 *   ratio A B MAX TEXT...    goal: the time of contender A (from 1) is at most MAX times B's
 *   above A B MAX TEXT...    goal: the CPU time of A is at most MAX ms more than B's
 *
 * A goal that is missed is printed and is no failure.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "measure/command.h"
#include "measure/table.h"

enum { CONTENDERS_MAX = 12, STEPS_MAX = 16, WORDS_MAX = 12, GOALS_MAX = 4, MEMORY_ROUNDS = 9 };

static struct contender {
	struct samples *samples;
	bool rival;
	struct step {
		bool measured;
		char *word[WORDS_MAX + 1];
	} step[STEPS_MAX];
	size_t steps;
} contender[CONTENDERS_MAX];
static size_t contenders;

static struct goal {
	bool ratio;
	struct contender *a, *b;
	double max;
	const char *text;
} goal[GOALS_MAX];
static size_t goals;

static const char *title = "";
static char *input;
static size_t input_length;
static int output;

static void add_contender(const char *name, bool rival)
{
	struct samples *samples = calloc(1, sizeof(*samples));

	if (!samples || contenders == CONTENDERS_MAX)
		errx(2, "too many contenders");
	samples->name = name;
	contender[contenders++] = (struct contender){.samples = samples, .rival = rival};
}

static void add_step(char *words, bool measured)
{
	struct contender *c = contenders ? &contender[contenders - 1] : NULL;
	struct step *step;
	size_t n = 0;

	if (!c || c->steps == STEPS_MAX)
		errx(2, "%s: not of a contender, or too many", words);
	step = &c->step[c->steps++];
	step->measured = measured;
	for (char *word = strtok(words, " "); word && n < WORDS_MAX; word = strtok(NULL, " "))
		step->word[n++] = word;
	if (n == 0 || n == WORDS_MAX)
		errx(2, "%s: no words or too many", words);
}

static struct contender *numbered(unsigned int number)
{
	if (number < 1 || number > contenders)
		errx(2, "there is no contender %u", number);
	return &contender[number - 1];
}

static void add_goal(const char *rest, bool ratio)
{
	unsigned int a, b;
	int text = 0;
	double max;

	if (goals == GOALS_MAX || sscanf(rest, "%u %u %lf %n", &a, &b, &max, &text) != 3)
		errx(2, "%s: not a goal", rest);
	goal[goals++] = (struct goal){ratio, numbered(a), numbered(b), max, rest + text};
}

static void read_input(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : file_slurp(fd, 64 << 10, &input, &input_length);

	if (rc < 0)
		errx(2, "%s: %s", path, strerror(-rc));
	close(fd);
}

/* On the last CPU that is allowed: interrupts like the first. */
static void pin(void)
{
	cpu_set_t set;
	int last = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		err(2, "sched_getaffinity");
	while (last > 0 && !CPU_ISSET(last, &set))
		last--;
	CPU_ZERO(&set);
	CPU_SET(last, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(2, "sched_setaffinity");
}

static void read_line(char *line)
{
	char *rest = line, *verb = strsep(&rest, " ");

	if (!*verb)
		return;
	if (!strcmp(verb, "pin")) {
		pin();
		return;
	}
	if (!rest)
		errx(2, "%s: what?", verb);
	if (!strcmp(verb, "title"))
		title = rest;
	else if (!strcmp(verb, "input"))
		read_input(rest);
	else if (!strcmp(verb, "environment"))
		command_environment(rest);
	else if (!strcmp(verb, "contender") || !strcmp(verb, "rival"))
		add_contender(rest, *verb == 'r');
	else if (!strcmp(verb, "run") || !strcmp(verb, "then"))
		add_step(rest, *verb == 'r');
	else if (!strcmp(verb, "ratio") || !strcmp(verb, "above"))
		add_goal(rest, *verb == 'r');
	else
		errx(2, "%s: no such line", verb);
}

/* Notes why STEP failed: its exit status and the first line of what it said. */
static void note_failure(struct contender *c, const struct step *step, int status)
{
	char said[120];
	ssize_t n = pread(output, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	said[strcspn(said, "\n")] = '\0';
	snprintf(c->samples->failure, sizeof(c->samples->failure), "%s: %s%s%s", step->word[0],
		status < 0 ? strerror(-status) : "fails", *said ? ": " : "", said);
	if (!c->rival)
		errx(1, "%s: %s (status %d)", c->samples->name, c->samples->failure, status);
}

static struct cost run_once(struct contender *c, bool forked)
{
	struct cost cost = {0};

	for (size_t i = 0; i < c->steps && !*c->samples->failure; i++) {
		const struct step *step = &c->step[i];
		int status;

		if (ftruncate(output, 0) < 0 || lseek(output, 0, SEEK_SET) < 0)
			err(1, "output");
		status = command_run(step->word, input, input_length, output, forked,
			step->measured ? &cost : NULL);
		if (status != 0)
			note_failure(c, step, status);
	}
	return cost;
}

static void run_memory(struct contender *c)
{
	double memory[MEMORY_ROUNDS];

	for (size_t i = 0; i < MEMORY_ROUNDS; i++)
		memory[i] = (double)run_once(c, true).memory;
	c->samples->memory = (long)median(memory, MEMORY_ROUNDS);
}

static void run_all(size_t rounds)
{
	for (size_t i = 0; i < contenders; i++) /* unmeasured in time: this fills the caches */
		run_memory(&contender[i]);
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < contenders; i++) {
			struct contender *c = &contender[(i + round) % contenders];
			struct cost cost = run_once(c, false);

			c->samples->time[round] = cost.time;
			c->samples->cpu[round] = cost.cpu;
			c->samples->rounds = round + 1;
		}
}

static void report(void)
{
	struct samples *all[CONTENDERS_MAX];

	for (size_t i = 0; i < contenders; i++)
		all[i] = contender[i].samples;
	table_part(title, all, contenders);
	for (size_t i = 0; i < goals; i++) {
		struct samples *a = goal[i].a->samples, *b = goal[i].b->samples;
		double value = goal[i].ratio
				       ? median(a->time, a->rounds) / median(b->time, b->rounds)
				       : median(a->cpu, a->rounds) - median(b->cpu, b->rounds);

		if (*a->failure || *b->failure)
			errx(1, "%s: cannot be told", goal[i].text);
		table_goal(goal[i].text, value, goal[i].ratio ? "" : " ms", value <= goal[i].max);
	}
}

int main(int argc, char **argv)
{
	size_t rounds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0, length;
	char *text, *line;
	int rc;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		errx(2, "usage: compare ROUNDS <LIST");
	output = memfd_create("output", MFD_CLOEXEC);
	if (output < 0)
		err(2, "memfd_create");
	rc = file_slurp(STDIN_FILENO, 64 << 10, &text, &length);
	if (rc < 0)
		errx(2, "stdin: %s", strerror(-rc));
	while ((line = strsep(&text, "\n")))
		read_line(line);
	if (contenders == 0)
		errx(2, "no contender");
	run_all(rounds);
	report();
	return 0;
}
