/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that a dynamically linked program costs. */
int main(void)
{
	return 0;
}
