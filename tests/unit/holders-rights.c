/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/holders.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/file.h"
#include "holding.h"
#include "tree.h"

static struct holders found;

static size_t entries(pid_t pid)
{
	size_t n = 0;

	for (size_t i = 0; i < found.count; i++)
		n += found.holder[i].pid == pid;
	return n;
}

/* How many processes /proc shows, and how many of them are kernel threads (kthreadd's children). */
static void count_processes(size_t *all, size_t *kernel)
{
	const struct dirent64 *entry;
	struct directory proc;
	char path[300], text[512];

	*all = *kernel = 0;
	must(directory_open(&proc, AT_FDCWD, "/proc") == 0);
	while ((entry = directory_next(&proc))) {
		int parent = 0;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (entry->d_name[0] > '9' || file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
			continue;
		must(strrchr(text, ')') && sscanf(strrchr(text, ')'), ") %*c %d", &parent) == 1);
		*all += 1;
		*kernel += parent == 2;
	}
	directory_close(&proc);
}

/*
 * A scan without rights: what may not be read is counted, and kernel threads are not. Processes
 * come and go while we count, so half of the kernel threads is the margin.
 */
static void scan_unprivileged(void *argument)
{
	const struct child *theirs = argument;
	size_t all, kernel;

	must(setgid(65534) == 0 && setuid(65534) == 0);
	must(holders_scan(&full, &found) == 0);
	must(entries(theirs->pid) == 0);
	must(found.unreadable > 0);
	must(found.unreadable_first.pid > 0 && found.unreadable_first.command[0]);
	count_processes(&all, &kernel);
	must(found.unreadable <= all - kernel / 2);
}

static void test_unreadable(void **state)
{
	struct child theirs;

	(void)state;
	if (geteuid() != 0) {
		print_message("skip unit holders-rights: test_unreadable: asks for root\n");
		skip();
	}
	theirs = child_start(HOLD_OPEN);
	in_own_mounts(scan_unprivileged, &theirs);
	child_end(&theirs);
}

/* In a PID namespace, where every process is known: 1 and a holder that are root's, and a zombie.
 */
static void scan_small_world(void *argument)
{
	int status;
	pid_t first, zombie, scanner;
	siginfo_t info;

	(void)argument;
	must(unshare(CLONE_NEWPID) == 0);
	first = fork();
	must(first >= 0);
	if (first > 0) {
		must(waitpid(first, &status, 0) == first && status == 0);
		return;
	}
	must(mount("proc", "/proc", "proc", 0, NULL) == 0);
	child_start(HOLD_OPEN);
	zombie = fork();
	if (zombie == 0)
		_exit(0);
	must(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT) == 0);
	must(holders_scan(&full, &found) == 0);
	must(found.count == 1 && found.unreadable == 0);
	scanner = fork();
	if (scanner == 0) {
		must(setgid(65534) == 0 && setuid(65534) == 0);
		must(holders_scan(&full, &found) == 0);
		must(found.count == 0 && found.unreadable == 2);
		must(found.unreadable_first.pid == 1);
		_exit(0);
	}
	must(waitpid(scanner, &status, 0) == scanner && status == 0);
	_exit(0);
}

static void test_zombie(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("skip unit holders-rights: test_zombie: asks for root\n");
		skip();
	}
	in_own_mounts(scan_small_world, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_zombie),
	};

	return cmocka_run_group_tests_name("holders-rights", tests, NULL, NULL);
}
