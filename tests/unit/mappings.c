/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mapped devices. A block device is what can be mapped without special hardware: /dev/loop0. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "holding.h"
#include "tree.h"

static struct holders found;

static const struct nodes loop = {.count = 1, .node = {{.rdev = 0x700 /* 7:0 */, .block = true}}};

static void need_loop(void)
{
	int fd = open("/dev/loop0", O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		print_message("skip unit mappings: /dev/loop0: %s\n", strerror(errno));
		skip();
	}
	close(fd);
}

/* An older kernel: the ioctl of /proc/PID/maps, number 17 of 'f', is unknown to it. */
static void forget_query(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffff),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'f' << 8 | 17, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = sizeof(code) / sizeof(*code), .filter = code};

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

struct view {
	pid_t holder;
	bool old_kernel, nobody;
};

static void look(void *argument)
{
	const struct view *view = argument;
	const struct holder *holder = NULL;

	if (view->old_kernel)
		forget_query();
	if (view->nobody)
		must(setgid(65534) == 0 && setuid(65534) == 0);
	must(holders_scan(&loop, &found) == 0);
	for (size_t i = 0; i < found.count; i++) {
		must(!holder || found.holder[i].pid != view->holder);
		if (found.holder[i].pid == view->holder)
			holder = &found.holder[i];
	}
	must(holder);
	must(strcmp(holder->path, "/dev/loop0") == 0);
}

static void see(enum hold how, bool old_kernel, bool nobody)
{
	struct child child;

	need_loop();
	child = child_start(how);
	in_own_mounts(look, &(struct view){child.pid, old_kernel, nobody});
	child_end(&child);
}

static void test_root(void **state)
{
	(void)state;
	see(HOLD_MAPPING, false, false);
}

static void test_root_old_kernel(void **state)
{
	(void)state;
	see(HOLD_MAPPING, true, false);
}

static void test_nobody(void **state)
{
	(void)state;
	see(HOLD_MAPPING_NOBODY, false, true);
}

static void test_nobody_old_kernel(void **state)
{
	(void)state;
	see(HOLD_MAPPING_NOBODY, true, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_root_old_kernel),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_nobody_old_kernel),
	};

	return cmocka_run_group_tests_name("mappings", tests, NULL, NULL);
}
