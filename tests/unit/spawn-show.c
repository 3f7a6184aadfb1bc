/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program that a person watches prints on the person's terminal. */
#include "terminal.h"

#include <poll.h>
#include <termios.h>

#include "base/program.h"
#include "base/spawn.h"

enum { SECONDS = 60 };

/* Leaves out the lines of progress, which come if the machine is slow. */
static void without_progress(char *text)
{
	char *to = text;

	while (*text) {
		size_t line = *text == '\r' ? 1 + strcspn(text + 1, "\r\n\033") : 0;

		if (line > 0 && strncmp(text + line, "\033[K", 3) == 0)
			text += line + 3;
		else
			*to++ = *text++;
	}
	*to = '\0';
}

/* The rest of what came to the terminal, behind LENGTH bytes of TEXT; then TEXT must be WANTED. */
static void printed_behind(
	const struct terminal *t, char *text, size_t length, size_t size, const char *wanted)
{
	ssize_t n;

	while ((n = read(t->ours, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	without_progress(text);
	assert_string_equal(text, wanted);
}

static void printed(const struct terminal *t, const char *wanted)
{
	char text[4096];

	printed_behind(t, text, 0, sizeof(text), wanted);
}

/* Runs the shell's COMMANDS with stdout on the terminal as well. */
static int run(const char *commands, unsigned int seconds)
{
	const char *argv[] = {"/bin/sh", "-c", commands, NULL};
	int before = dup(STDOUT_FILENO), result;

	must(before >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0);
	result = spawn_show(argv, NULL, -1, true, deadline_in(seconds));
	must(dup2(before, STDOUT_FILENO) >= 0);
	close(before);
	return result;
}

/* On a terminal that does not make returns of ends of lines: then every byte is as it was. */
static void test_bytes(void **state)
{
	const struct terminal *t = *state;
	struct termios raw;

	must(tcgetattr(STDERR_FILENO, &raw) == 0);
	cfmakeraw(&raw);
	must(tcsetattr(STDERR_FILENO, TCSANOW, &raw) == 0);
	assert_int_equal(
		run("printf 'out\\001\\t\\r\\377\\n'; printf 'err\\033[K\\n' >&2", SECONDS), 0);
	printed(t, "out\001\t\r\377\nerr\033[K\n");
}

static void test_end_of_the_line(void **state)
{
	const struct terminal *t = *state;

	assert_int_equal(run("printf 'no end'", SECONDS), 0);
	printed(t, "no end\r\n");
	assert_int_equal(run("exit 3", SECONDS), 3);
	printed(t, "");
}

static void test_columns(void **state)
{
	const struct terminal *t = *state;

	assert_int_equal(run("stty size <&1; stty size <&2", SECONDS), 0);
	printed(t, "25 80\r\n25 80\r\n");
}

/* More than a terminal holds. */
static void test_much(void **state)
{
	static char text[1 << 20], wanted[1 << 20], *at = wanted;
	const struct terminal *t = *state;
	struct pollfd terminal = {.fd = t->ours, .events = POLLIN};
	size_t length = 0;
	int status;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0)
		_exit(run("i=0; while [ $i -lt 5000 ]; do echo 01234567890123456789; i=$((i + 1)); "
			  "done; exit 7",
			SECONDS));
	while (waitpid(pid, &status, WNOHANG) == 0) {
		ssize_t n = poll(&terminal, 1, 100) > 0
				    ? read(t->ours, text + length, sizeof(text) - 1 - length)
				    : 0;

		length += n > 0 ? (size_t)n : 0;
	}
	for (int i = 0; i < 5000; i++)
		at = stpcpy(at, "01234567890123456789\r\n");
	printed_behind(t, text, length, sizeof(text), wanted);
	assert_int_equal(WEXITSTATUS(status), 7);
}

/* What it leaves running still has its terminal, and is not waited for. */
static void test_left_behind(void **state)
{
	const struct terminal *t = *state;
	char command[64];
	int ends[2];

	must(pipe(ends) == 0);
	snprintf(command, sizeof(command), "exec 3</proc/%d/fd/%d; cat <&3 & echo done",
		(int)getpid(), ends[0]);
	assert_int_equal(run(command, SECONDS), 0);
	printed(t, "done\r\n");
	close(ends[0]);
	close(ends[1]);
}

static void test_closes_its_terminal(void **state)
{
	const struct terminal *t = *state;

	assert_int_equal(run("echo closes; exec >&- 2>&-; exit 4", SECONDS), 4);
	printed(t, "closes\r\n");
}

static void test_deadline(void **state)
{
	const struct terminal *t = *state;

	assert_int_equal(run("trap 'echo cleans up; exit' TERM; echo begins; "
			     "while :; do sleep 60 & wait; done",
				 3),
		-ETIMEDOUT);
	printed(t, "begins\r\ncleans up\r\n");
}

/* What comes of a signal that the program lets us have while it is at work. */
static int signalled(void (*handler)(int))
{
	struct sigaction during = {.sa_handler = handler}, ignored = {.sa_handler = SIG_IGN},
			 before;
	char command[64];
	int result;

	program_interruptible(false);
	must(sigaction(SIGHUP, &during, &before) == 0);
	snprintf(command, sizeof(command), "kill -HUP %d; sleep 1", (int)getpid());
	result = run(command, SECONDS);
	must(sigaction(SIGHUP, &ignored, NULL) == 0);
	program_interruptible(true);
	must(sigaction(SIGHUP, &before, NULL) == 0);
	return result;
}

/* nohup ignores it, though it is held back. */
static void test_signals(void **state)
{
	(void)state;
	assert_int_equal(signalled(SIG_DFL), -ECANCELED);
	assert_int_equal(signalled(SIG_IGN), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bytes, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(
			test_end_of_the_line, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_columns, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_much, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_left_behind, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(
			test_closes_its_terminal, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_deadline, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_signals, terminal_open, terminal_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
