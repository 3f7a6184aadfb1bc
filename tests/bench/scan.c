/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scan [PROCESSES [ROUNDS]]: how long it takes to find who holds a device node, against fuser and
 * lsof on the same node, with PROCESSES idle children of which one has the node open. A round runs
 * each once; all must name the holder. The scan uses several CPUs, so look at the CPU time, too.
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
#include <unistd.h>

#include "measure/command.h"
#include "measure/table.h"
#include "nouns/holders.h"

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

static bool ours(pid_t holder, struct cost *cost)
{
	static struct holders found;
	struct nodes nodes = {.count = 1};
	struct rusage self, children;
	double before, cpu;
	struct stat st;
	int rc;

	if (stat(node_path, &st) < 0)
		die(node_path);
	nodes.node[0].rdev = st.st_rdev;
	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	cpu = cpu_of(&self) + cpu_of(&children);
	before = now_ms();
	rc = holders_scan(&nodes, &found);
	cost->time = now_ms() - before;
	getrusage(RUSAGE_SELF, &self);
	getrusage(RUSAGE_CHILDREN, &children);
	cost->cpu = cpu_of(&self) + cpu_of(&children) - cpu;
	for (size_t i = 0; rc == 0 && i < found.count; i++)
		if (found.holder[i].pid == holder)
			return true;
	return false;
}

/* Runs the program and looks for the holder's PID among the words of its output. */
static bool theirs(char *const argv[], pid_t holder, struct cost *cost)
{
	static int output = -1;
	char text[65536], want[16];
	bool found = false;
	ssize_t n;

	if (output < 0 && (output = memfd_create("output", MFD_CLOEXEC)) < 0)
		die("memfd_create");
	if (ftruncate(output, 0) < 0 || lseek(output, 0, SEEK_SET) < 0)
		die("output");
	command_run(argv, NULL, 0, output, false, cost);
	n = pread(output, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	snprintf(want, sizeof(want), "%d", (int)holder);
	for (char *word = strtok(text, " \n\t"); word; word = strtok(NULL, " \n\t"))
		found = found || strcmp(word, want) == 0;
	return found;
}

struct contender {
	char **argv; /* NULL: our own scan */
	struct samples samples;
};

static void run_once(struct contender *c, size_t round, pid_t holder)
{
	struct cost cost = {0};
	bool found = c->argv ? theirs(c->argv, holder, &cost) : ours(holder, &cost);

	c->samples.time[round] = cost.time;
	c->samples.cpu[round] = cost.cpu;
	c->samples.rounds = round + 1;
	if (!found && !c->argv) {
		fprintf(stderr, "scan: holders_scan does not find the holder\n");
		exit(1);
	}
	if (!found)
		strcpy(c->samples.failure, "not installed, or does not find the holder");
}

static void report(const char *title, struct contender *all, size_t count)
{
	const struct samples *fuser = &all[1].samples;
	struct samples *rows[8];
	double times;

	for (size_t i = 0; i < count; i++)
		rows[i] = &all[i].samples;
	table_part(title, rows, count);
	if (*fuser->failure)
		return;
	times = median(rows[1]->time, fuser->rounds) / median(rows[0]->time, fuser->rounds);
	table_goal("the scan at least 3 times faster than fuser", times, "", times >= 3);
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
	static char fuser[] = "fuser", lsof[] = "lsof", node[] = "/dev/full";
	static char terse[] = "-t", w[] = "-w", n[] = "-n", p[] = "-P";
	static char *fuser_words[] = {fuser, node, NULL};
	static char *lsof_plain[] = {lsof, terse, node, NULL};
	static char *lsof_fast[] = {lsof, w, n, p, terse, node, NULL};
	static struct contender all[] = {
		{.samples.name = "gpu-handoff's scan"},
		{.samples.name = "fuser", .argv = fuser_words},
		{.samples.name = "lsof -t", .argv = lsof_plain},
		{.samples.name = "lsof -w -n -P -t", .argv = lsof_fast},
	};
	const size_t count = sizeof(all) / sizeof(*all);
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), ready[2];
	pid_t *pids = calloc((size_t)processes, sizeof(*pids)), holder;
	char byte, title[160];

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
	for (size_t i = 0; i < count; i++) /* once unmeasured: caches, libraries */
		run_once(&all[i], 0, holder);
	for (int round = 0; round < rounds; round++)
		for (size_t i = 0; i < count; i++)
			run_once(&all[(i + (size_t)round) % count], (size_t)round, holder);
	for (int i = 0; i < processes; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < processes; i++)
		waitpid(pids[i], NULL, 0);
	free(pids);
	close(file);
	close(ready[0]);
	close(ready[1]);
	snprintf(title, sizeof(title),
		"who holds %s among %d %s (%d descriptors, %d mappings each)", node_path, processes,
		shape->name, shape->descriptors + 3, shape->mappings);
	report(title, all, count);
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
