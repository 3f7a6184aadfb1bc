/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process whose maps nobody can read to the end: here the call that asks for them never returns.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "holding.h"
#include "tree.h"

static struct holders found;

/* The thread that decides about calls answers all but the first (or none at all). */
struct judge {
	int listener;
	bool answer_none;
	atomic_int asked;
};

static void *judge_main(void *argument)
{
	struct judge *judge = argument;

	for (;;) {
		struct seccomp_notif call = {0};
		struct seccomp_notif_resp verdict = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

		if (ioctl(judge->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			must(errno == EINTR || errno == ENOENT);
			continue;
		}
		verdict.id = call.id;
		if (atomic_fetch_add(&judge->asked, 1) > 0 && !judge->answer_none)
			must(ioctl(judge->listener, SECCOMP_IOCTL_NOTIF_SEND, &verdict) == 0 ||
				errno == ENOENT);
	}
	return NULL;
}

/* ioctl 17 of 'f' is the question about mappings. */
static void catch_calls(struct judge *judge)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xffff),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'f' << 8 | 17, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = sizeof(code) / sizeof(*code), .filter = code};
	pthread_t thread;

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	judge->listener = (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
	must(judge->listener >= 0);
	must(pthread_create(&thread, NULL, judge_main, judge) == 0);
}

static void one_stuck(void *argument)
{
	struct judge judge = {.answer_none = false};
	const struct child *child = argument;
	bool seen = false;

	catch_calls(&judge);
	must(holders_scan(&full, &found) == 0);
	must(judge.asked > 1);
	must(found.unreadable > 0 && found.unreadable_first.pid > 0);
	for (size_t i = 0; i < found.count; i++)
		seen = seen || found.holder[i].pid == child->pid;
	must(seen);
}

static void all_stuck(void *argument)
{
	struct judge judge = {.answer_none = true};

	(void)argument;
	catch_calls(&judge);
	must(holders_scan(&full, &found) == -ETIMEDOUT);
	must(judge.asked >= 2);
}

static void test_one(void **state)
{
	struct child child = child_start(HOLD_OPEN);

	(void)state;
	in_own_mounts(one_stuck, &child);
	child_end(&child);
}

static void test_all(void **state)
{
	(void)state;
	in_own_mounts(all_stuck, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests_name("holders-stuck", tests, NULL, NULL);
}
