/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nouns/holders.h"

#include "holding.h"

static struct holders found;

/* Whose letting go is waited for, and what it is told when it is first seen. */
struct watch {
	struct child *child;
	bool close, kill, told;
};

static bool is_child(const struct holder *holder, void *argument)
{
	struct watch *watch = argument;

	if (holder->pid != watch->child->pid)
		return false;
	if (!watch->told && watch->close)
		assert_int_equal(write(watch->child->command, "c", 1), 1);
	if (!watch->told && watch->kill)
		assert_int_equal(kill(watch->child->pid, SIGKILL), 0);
	watch->told = true;
	return true;
}

static bool nobody(const struct holder *holder, void *argument)
{
	(void)holder;
	(void)argument;
	return false;
}

static bool in_found(pid_t pid)
{
	for (size_t i = 0; i < found.count; i++)
		if (found.holder[i].pid == pid)
			return true;
	return false;
}

static void until_free(enum hold how, bool by_close)
{
	struct child child = child_start(how);
	struct watch watch = {.child = &child, .close = by_close, .kill = !by_close};

	assert_int_equal(holders_wait(&full, is_child, &watch, deadline_in(60), &found), 0);
	assert_true(watch.told);
	assert_false(in_found(child.pid));
	child_end(&child);
}

static void test_close(void **state)
{
	(void)state;
	until_free(HOLD_OPEN, true);
}

static void test_silent_close(void **state)
{
	(void)state;
	until_free(HOLD_O_PATH, true);
}

static void test_death(void **state)
{
	(void)state;
	until_free(HOLD_OPEN, false);
	until_free(HOLD_O_PATH, false);
}

static void test_deadline(void **state)
{
	struct child child = child_start(HOLD_OPEN);
	struct watch watch = {.child = &child};

	(void)state;
	assert_int_equal(holders_wait(&full, is_child, &watch, deadline_in(0), &found), -ETIMEDOUT);
	assert_true(in_found(child.pid));
	memset(&found, 0, sizeof(found));
	assert_int_equal(holders_wait(&full, is_child, &watch, deadline_in(1), &found), -ETIMEDOUT);
	assert_true(in_found(child.pid));
	child_end(&child);
}

static void test_unwanted(void **state)
{
	struct child child = child_start(HOLD_OPEN);

	(void)state;
	assert_int_equal(holders_wait(&full, nobody, NULL, deadline_in(60), &found), 0);
	assert_true(in_found(child.pid));
	child_end(&child);
}

/* Those that found no room may be wanted. */
static void test_omitted(void **state)
{
	struct child child[HOLDERS_MAX + 1];

	(void)state;
	for (size_t i = 0; i <= HOLDERS_MAX; i++)
		child[i] = child_start(HOLD_OPEN);
	assert_int_equal(holders_wait(&full, nobody, NULL, deadline_in(0), &found), -ETIMEDOUT);
	for (size_t i = 0; i <= HOLDERS_MAX; i++)
		child_end(&child[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_silent_close),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_unwanted),
		cmocka_unit_test(test_omitted),
	};

	return cmocka_run_group_tests_name("holders-wait", tests, NULL, NULL);
}
