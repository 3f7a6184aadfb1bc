/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/holders.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "holding.h"

static struct holders found;

static void scan(void)
{
	memset(&found, 0xff, sizeof(found)); /* nothing may be left of it */
	assert_int_equal(holders_scan(&full, &found), 0);
}

/* What the last scan says of PID: how many entries, and the first of them. */
static size_t entries(pid_t pid, const struct holder **first)
{
	size_t n = 0;

	for (size_t i = 0; i < found.count; i++) {
		if (found.holder[i].pid != pid)
			continue;
		if (n++ == 0 && first)
			*first = &found.holder[i];
	}
	return n;
}

static void held_by(enum hold how)
{
	const struct holder *holder = NULL;
	struct child child = child_start(how);

	scan();
	assert_int_equal(entries(child.pid, &holder), 1);
	assert_string_equal(holder->path, "/dev/full");
	assert_string_equal(holder->command, "a\\x0ab c");
	assert_true(holder->node.rdev == makedev(1, 7) && !holder->node.block);
	child_end(&child);
	scan();
	assert_int_equal(entries(child.pid, NULL), 0);
}

static void test_descriptor(void **state)
{
	(void)state;
	held_by(HOLD_OPEN);
}

static void test_o_path(void **state)
{
	(void)state;
	held_by(HOLD_O_PATH);
}

static void test_twice(void **state)
{
	(void)state;
	held_by(HOLD_TWICE);
}

/* By its number: the name may be another and gone, and a name alone is nothing. */
static void test_other_name(void **state)
{
	const struct holder *holder = NULL;
	struct child child;

	(void)state;
	if (geteuid() != 0) {
		print_message("skip unit holders: test_other_name: mknod asks for root\n");
		skip();
	}
	child = child_start(HOLD_OTHER_NAME);
	scan();
	assert_int_equal(entries(child.pid, &holder), 1);
	assert_non_null(strstr(holder->path, "/dev/full (deleted)"));
	child_end(&child);
}

static void test_lookalike(void **state)
{
	struct child child = child_start(HOLD_LOOKALIKE);

	(void)state;
	scan();
	assert_int_equal(entries(child.pid, NULL), 0);
	child_end(&child);
}

static void test_first_thread_ended(void **state)
{
	(void)state;
	held_by(HOLD_THREAD);
}

static void test_not_ourselves(void **state)
{
	int fd = open("/dev/full", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	scan();
	assert_int_equal(entries(getpid(), NULL), 0);
	close(fd);
}

static void test_other_devices(void **state)
{
	struct child child = child_start(HOLD_OPEN);
	struct nodes nodes = {.count = 2,
		.node = {{.rdev = makedev(1, 7), .block = true}, {.rdev = makedev(2, 7)}}};

	(void)state;
	assert_int_equal(holders_scan(&nodes, &found), 0);
	assert_int_equal(entries(child.pid, NULL), 0);
	/* every minor; and one entry a node */
	nodes.node[0] = (struct node){.rdev = makedev(1, 0), .any_minor = true};
	nodes.node[1] = (struct node){.rdev = makedev(1, 7), .notify = true};
	assert_int_equal(holders_scan(&nodes, &found), 0);
	/* many processes have /dev/null open, and the list may be full before our child */
	if (found.omitted == 0)
		assert_int_equal(entries(child.pid, NULL), 2);
	else
		assert_int_equal(found.count, HOLDERS_MAX);
	nodes.count = 0;
	assert_int_equal(holders_scan(&nodes, &found), 0);
	assert_int_equal(found.count, 0);
	child_end(&child);
}

static void test_many(void **state)
{
	enum { MANY = HOLDERS_MAX + 6 };
	struct child child[MANY];
	size_t before;

	(void)state;
	scan();
	before = found.count;
	assert_int_equal(found.omitted, 0);
	for (int i = 0; i < MANY; i++)
		child[i] = child_start(HOLD_OPEN);
	scan();
	assert_int_equal(found.count, HOLDERS_MAX);
	assert_int_equal(found.omitted, before + MANY - HOLDERS_MAX);
	for (size_t i = 1; i < found.count; i++)
		assert_true(found.holder[i - 1].pid < found.holder[i].pid);
	for (int i = 0; i < MANY; i++)
		child_end(&child[i]);
}

/* Children that come and go while the scans run neither fail them nor hide the one that stays. */
static void test_churn(void **state)
{
	struct child stays = child_start(HOLD_OPEN);
	pid_t breeder = fork();

	(void)state;
	assert_true(breeder >= 0);
	if (breeder == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			pid_t pid = fork();

			if (pid == 0)
				_exit(0);
			waitpid(pid, NULL, 0);
		}
	}
	for (int i = 0; i < 40; i++) {
		scan();
		assert_int_equal(entries(stays.pid, NULL), 1);
	}
	kill(breeder, SIGKILL);
	waitpid(breeder, NULL, 0);
	child_end(&stays);
}

static void test_unit(void **state)
{
	const struct holder gone = {.pid = 0x7fffffff}, self = {.pid = getpid()};

	(void)state;
	assert_false(holder_in_unit(&gone, "nvidia-persistenced.service"));
	assert_false(holder_in_unit(&self, "nvidia-persistenced.service"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_o_path),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_other_name),
		cmocka_unit_test(test_lookalike),
		cmocka_unit_test(test_first_thread_ended),
		cmocka_unit_test(test_not_ourselves),
		cmocka_unit_test(test_other_devices),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_unit),
	};

	return cmocka_run_group_tests_name("holders", tests, NULL, NULL);
}
