/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervisor.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "faults.h"
#include "model.h"

enum { IMAGE_MAX = 64 << 10, TEXT_MAX = 4096 };

/* Calls that a fault holds up. */
static struct waiting {
	struct seccomp_notif *notice;
	struct fault *fault;
	struct waiting *next;
} * waiting;

int supervisor_install(void)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
	static const int calls[] = {
		SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module)};
	int rc = context ? seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0) : -ENOMEM;

	for (size_t i = 0; !rc && i < sizeof(calls) / sizeof(*calls); i++)
		rc = seccomp_rule_add(context, SCMP_ACT_NOTIFY, calls[i], 0);
	/* its root may lock memory for guests, which root of a user namespace may not */
	if (!rc)
		rc = seccomp_rule_add(context, SCMP_ACT_ERRNO(0), SCMP_SYS(prlimit64), 2,
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, RLIMIT_MEMLOCK),
			SCMP_A2(SCMP_CMP_NE, 0, 0));
	if (!rc)
		rc = seccomp_load(context);
	if (rc)
		errx(125, "cannot watch module calls (seccomp user notification): %s",
			strerror(-rc));
	return seccomp_notify_fd(context);
}

/* Reads memory of the caller; what ends early is enough. The caller frees it. */
static char *memory_of(int proc, pid_t pid, unsigned long long address, size_t size)
{
	char *text = zalloc(size + 1), *path = text_of("%d/mem", pid);
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);

	/* page by page: the end of the mapping may be near */
	for (size_t done = 0; fd >= 0 && done < size;) {
		size_t part = 4096 - (address + done) % 4096;

		if (part > size - done)
			part = size - done;
		if (pread(fd, text + done, part, (off_t)(address + done)) != (ssize_t)part)
			break;
		done += part;
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return text;
}

static char *file_of(int proc, pid_t pid, int number)
{
	char *text = zalloc(IMAGE_MAX + 1), *path = text_of("%d/fd/%d", pid, number);
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (pread(fd, text, IMAGE_MAX, 0) < 0)
			*text = '\0';
		close(fd);
	}
	free(path);
	return text;
}

/* The module's name, from its .modinfo section. */
static int load(const char *image, const char *parameters)
{
	const char *name = memmem(image, IMAGE_MAX, "\0name=", 6);

	return name ? module_load(name + 6, parameters) : -ENOEXEC;
}

static int call(const struct seccomp_notif *notice, int proc)
{
	const unsigned long long *a = (const unsigned long long *)notice->data.args;
	pid_t pid = (pid_t)notice->pid;
	char *image = NULL, *text;
	int rc;

	if (notice->data.nr == SCMP_SYS(delete_module)) {
		text = memory_of(proc, pid, a[0], TEXT_MAX);
		rc = module_unload(text);
	} else if (notice->data.nr == SCMP_SYS(finit_module)) {
		image = file_of(proc, pid, (int)a[0]);
		text = memory_of(proc, pid, a[1], TEXT_MAX);
		rc = load(image, text);
	} else {
		image = memory_of(proc, pid, a[0], IMAGE_MAX);
		text = memory_of(proc, pid, a[2], TEXT_MAX);
		rc = load(image, text);
	}
	free(image);
	free(text);
	return rc;
}

static void answer(int listener, const struct seccomp_notif *notice, int rc)
{
	struct seccomp_notif_resp response = {.id = notice->id, .error = rc};

	seccomp_notify_respond(listener, &response);
}

void supervisor_serve(int listener, int proc)
{
	struct seccomp_notif *notice;
	struct waiting *w;
	int rc;

	if (seccomp_notify_alloc(&notice, NULL))
		errx(125, "seccomp_notify_alloc");
	if (seccomp_notify_receive(listener, notice)) {
		seccomp_notify_free(notice, NULL);
		return;
	}
	rc = call(notice, proc);
	if (rc == -EINPROGRESS) {
		w = zalloc(sizeof(*w));
		*w = (struct waiting){notice, faults_waiting, waiting};
		waiting = w;
		return;
	}
	answer(listener, notice, rc);
	seccomp_notify_free(notice, NULL);
}

void supervisor_retry(int listener, int proc)
{
	for (struct waiting **link = &waiting, *w; (w = *link);) {
		if (w->fault->active) {
			link = &w->next;
			continue;
		}
		if (!seccomp_notify_id_valid(listener, w->notice->id))
			answer(listener, w->notice, call(w->notice, proc));
		*link = w->next;
		seccomp_notify_free(w->notice, NULL);
		free(w);
	}
}
