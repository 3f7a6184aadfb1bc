/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

/* What a program took, with all its descendants that were waited for. */
struct cost {
	double time, cpu; /* milliseconds */
	long memory; /* the largest of them, kB */
};

/*
 * Runs ARGV with the environment that libvirt gives a hook and INPUT on a pipe as stdin (at most
 * 64 kB; NULL: /dev/null), and adds what it took to COST (NULL: not measured). What it says goes to
 * descriptor OUTPUT. Returns its exit status, 128 + N after signal N, or -errno.
 *
 * FORKED costs more time, but counts no memory of this process: a child that was made with vfork(2)
 * counts the pages of its parent until it executes (getrusage(2): ru_maxrss).
 */
int command_run(char *const argv[], const char *input, size_t length, int output, bool forked,
	struct cost *cost);

/* All that is run from now on has these variables, WORDS with a blank between, besides. */
void command_environment(char *words);

double now_ms(void);
double cpu_of(const struct rusage *usage);
