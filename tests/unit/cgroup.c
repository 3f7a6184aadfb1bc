/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/cgroup.h"

static void test_member(void **state)
{
	static const char *const member[] = {
		"0::/system.slice/nvidia-persistenced.service\n",
		"0::/system.slice/nvidia-persistenced.service",
		"0::/system.slice/nvidia-persistenced.service/payload\n",
		"0::/nvidia-persistenced.service\n",
		"0::/system.slice/system-gpu.slice/nvidia-persistenced.service\n",
		"0::/system.slice/_nvidia-persistenced.service\n",
		"12:cpu,cpuacct:/\n1:name=systemd:/nvidia-persistenced.service\n0::/\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(member) / sizeof(*member); i++)
		if (!cgroup_in_unit(member[i], "nvidia-persistenced.service"))
			fail_msg("not a member: %s", member[i]);
	assert_true(cgroup_in_unit("0::/a.slice/a-b.slice/x.service\n", "a-b.slice"));
}

static void test_stranger(void **state)
{
	static const char *const stranger[] = {
		"",
		"0::/\n",
		"0::/system.slice/nvidia-persistenced.service2\n",
		"0::/system.slice/my-nvidia-persistenced.service\n",
		"0::/system.slice/nvidia-persistenced.servic\n",
		"0::/system.slice/__nvidia-persistenced.service\n",
		/* a user's own unit of that name, a container's, another hierarchy's */
		"0::/user.slice/user-1000.slice/user@1000.service/nvidia-persistenced.service\n",
		"0::/system.slice/docker-1.scope/system.slice/nvidia-persistenced.service\n",
		"4:memory:/system.slice/nvidia-persistenced.service\n",
		"10::/system.slice/nvidia-persistenced.service\n",
		"no colon nvidia-persistenced.service\n",
		"0:/nvidia-persistenced.service\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(stranger) / sizeof(*stranger); i++)
		if (cgroup_in_unit(stranger[i], "nvidia-persistenced.service"))
			fail_msg("a member: %s", stranger[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_stranger),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
