# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the lab's scenarios share. A scenario sources this file and prints one result line.

settle() {
	virsh list
	udevadm settle

}
