/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan [PROCESSES [ROUNDS]]: how long it takes to find who holds a device node, against fuser and
 * lsof on the same node, with PROCESSES idle children of which one has the node open. A round runs
 * each once; all must name the holder. Ratios are of the medians, of
 * the time on the clock and of the CPU time (the scan uses several CPUs).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nouns/holders.h"

enum { ROUNDS_MAX = 101 };

static const char node_path[] = "/dev/full";

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "scan: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* What the processes have besides 0 to 2, their program and libc; the first two mappings are
 * shared. */
struct shape {
	const char *name;
	int descriptors, mappings;
};

static void furnish(const struct shape *shape, int file)
{
	for (int i = 0; i < shape->descriptors; i++) {
		int fd = i % 4 == 0   ? dup(file)
			 : i % 4 == 1 ? eventfd(0, EFD_CLOEXEC)
			 : i % 4 == 2 ? socket(AF_UNIX, SOCK_STREAM, 0)
				      : open("/dev/null", O_RDWR);

		if (fd < 0)
			die("descriptors");
	}
	for (int i = 0; i < shape->mappings; i++) {
		int flags = i < 2 ? MAP_SHARED : MAP_PRIVATE;

		/* every other page, or the kernel would make one mapping of two neighbours */
		if (mmap(NULL, 4096, PROT_READ, flags, file, (off_t)i * 8192) == MAP_FAILED)
			die("mmap");
	}
}

static pid_t start(const struct shape *shape, int file, bool holds, const int ready[2])
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ready[0]);
	furnish(shape, file);
	if (holds && open(node_path, O_RDONLY) < 0)
		die(node_path);
	if (write(ready[1], "", 1) != 1)
		die("pipe");
	close(ready[1]);
	close(file);
	for (;;)
		pause();
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* CPU time of this process and of the children that it has waited for. */
static double cpu_ms(void)
{
	const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	double ms = 0;

	for (int i = 0; i < 2; i++) {
		struct rusage usage;

		getrusage(whose[i], &usage);
		ms += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
		      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
	}
	return ms;
}

static bool ours(pid_t holder)
{
	static struct holders found;
	struct nodes nodes = {.count = 1};
	struct stat st;

	if (stat(node_path, &st) < 0)
		die(node_path);
	nodes.node[0].rdev = st.st_rdev;
	if (holders_scan(&nodes, &found) < 0)
		return false;
	for (size_t i = 0; i < found.count; i++)
		if (found.holder[i].pid == holder)
			return true;
	return false;
}

/* Runs the program and looks for the holder's PID among the words of its output. */
static bool theirs(const char *const argv[], pid_t holder)
{
	char text[65536], want[16];
	bool found = false;
	size_t at = 0;
	int ends[2];
	pid_t pid;
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0 || dup2(ends[1], 1) < 0 || dup2(null, 2) < 0)
			_exit(127);
		execvp(argv[0], (char *const *)(unsigned long)argv);
		_exit(127);
	}
	close(ends[1]);
	while (at + 1 < sizeof(text) && (n = read(ends[0], text + at, sizeof(text) - at - 1)) > 0)
		at += (size_t)n;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	text[at] = '\0';
	snprintf(want, sizeof(want), "%d", (int)holder);
	for (char *word = strtok(text, " \n\t"); word; word = strtok(NULL, " \n\t"))
		found = found || strcmp(word, want) == 0;
	return found;
}

struct contender {
	const char *name;
	const char *argv[8]; /* none: our own scan */
	double ms[ROUNDS_MAX], cpu[ROUNDS_MAX];
	bool missing;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *ms, int rounds)
{
	qsort(ms, (size_t)rounds, sizeof(*ms), compare);
	return rounds % 2 ? ms[rounds / 2] : (ms[rounds / 2 - 1] + ms[rounds / 2]) / 2;
}

static void run_once(struct contender *c, int round, pid_t holder)
{
	double before = now_ms(), cpu = cpu_ms();
	bool found = c->argv[0] ? theirs(c->argv, holder) : ours(holder);

	c->ms[round] = now_ms() - before;
	c->cpu[round] = cpu_ms() - cpu;
	if (!found && c->argv[0]) {
		c->missing = true;
	} else if (!found) {
		fprintf(stderr, "scan: holders_scan does not find the holder\n");
		exit(1);
	}
}

static void report(struct contender *all, size_t count, int rounds)
{
	const double own = median(all[0].ms, rounds), own_cpu = median(all[0].cpu, rounds);

	printf("%-22s %9.2f ms  %9.2f ms of CPU\n", all[0].name, own, own_cpu);
	for (size_t i = 1; i < count; i++) {
		double ms = median(all[i].ms, rounds), cpu = median(all[i].cpu, rounds);

		if (all[i].missing)
			printf("%-22s not measured: not installed, or does not find the holder\n",
				all[i].name);
		else
			printf("%-22s %9.2f ms  %9.2f ms of CPU  %.1f and %.1f times ours\n",
				all[i].name, ms, cpu, ms / own, cpu / own_cpu);
	}
	if (!all[1].missing)
		printf("goal, at least 3 times faster than fuser: %s\n",
			median(all[1].ms, rounds) / own >= 3 ? "met" : "MISSED");
}

static void raise_limit(int processes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NPROC, &limit) < 0)
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NPROC, &limit) < 0)
		die("setrlimit");
	if (limit.rlim_cur < (rlim_t)processes)
		fprintf(stderr, "scan: at most %llu processes are allowed\n",
			(unsigned long long)limit.rlim_cur);
}

static void measure(const struct shape *shape, int processes, int rounds)
{
	struct contender all[] = {
		{.name = "gpu-handoff's scan"},
		{.name = "fuser", .argv = {"fuser", node_path}},
		{.name = "lsof -t", .argv = {"lsof", "-t", node_path}},
		{.name = "lsof -w -n -P -t", .argv = {"lsof", "-w", "-n", "-P", "-t", node_path}},
	};
	const size_t count = sizeof(all) / sizeof(*all);
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), ready[2];
	pid_t *pids = calloc((size_t)processes, sizeof(*pids)), holder;
	char byte;

	if (file < 0 || ftruncate(file, (off_t)shape->mappings * 8192) < 0)
		die("/tmp");
	if (!pids || pipe2(ready, O_CLOEXEC) < 0)
		die("start");
	for (int i = 0; i < processes; i++)
		pids[i] = start(shape, file, i == processes / 2, ready);
	for (int i = 0; i < processes; i++)
		if (read(ready[0], &byte, 1) != 1)
			die("children");
	holder = pids[processes / 2];
	printf("%d %s (%d descriptors, %d mappings), one holds %s, %d rounds\n", processes,
		shape->name, shape->descriptors + 3, shape->mappings, node_path, rounds);
	for (size_t i = 0; i < count; i++) /* once unmeasured: caches, libraries */
		run_once(&all[i], 0, holder);
	for (int round = 0; round < rounds; round++)
		for (size_t i = 0; i < count; i++)
			run_once(&all[(i + (size_t)round) % count], round, holder);
	for (int i = 0; i < processes; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < processes; i++)
		waitpid(pids[i], NULL, 0);
	free(pids);
	close(file);
	close(ready[0]);
	close(ready[1]);
	report(all, count, rounds);
}

int main(int argc, char **argv)
{
	static const struct shape shapes[] = {
		{"daemons", 8, 12},
		{"desktop programs", 24, 200},
	};
	int processes = argc > 1 ? atoi(argv[1]) : 2000, rounds = argc > 2 ? atoi(argv[2]) : 7;
	int null = open("/dev/null", O_RDWR);

	if (processes < 1 || processes > 30000 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: scan [PROCESSES [ROUNDS]]\n");
		return 2;
	}
	if (null < 0 || dup2(null, 0) < 0)
		die("/dev/null");
	raise_limit(processes);
	setvbuf(stdout, NULL, _IOLBF, 0); /* or the children have what is not yet written, too */
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		measure(&shapes[i], processes, rounds);
	return 0;
}
