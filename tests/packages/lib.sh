#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of packages share; to be sourced in the top directory. They are lines "ok NAME" and
# "not ok NAME: why".

export roots=$PWD/${BUILD:-build}/packages/roots packages=$PWD/${BUILD:-build}/packages

pass() {
	echo "ok packages: $*"
}

# fail NAME WHY: what else there is to say follows it on stdin.
fail() {
	echo "not ok packages: $1: $2"
	head -n 40 | sed 's/^/  /'
}

# try NAME COMMAND...: its status counts, what it says is shown if it fails.
try() {
	local name=$1 output status=0
	shift
	output=$("$@" 2>&1 </dev/null) || status=$?
	if [ $status -eq 0 ]; then
		pass "$name"
	else
		fail "$name" "exit status $status" <<<"$output"
	fi
	return $status
}

# same NAME WANTED GOT: two files, whole.
same() {
	local difference
	if difference=$(diff -u "$2" "$3"); then
		pass "$1"
	else
		fail "$1" "differs from $2" <<<"$difference"
		return 1
	fi
}

# inside ROOT COMMAND...: below ROOT, with file systems of the kernel that end with the command. No daemon
# runs there, and nothing asks anybody anything.
inside() {
	# shellcheck disable=SC2016 # the inner shell expands
	unshare --mount --pid --fork --kill-child sh -c '
		mount --make-rprivate / &&
		mount -t proc proc "$1/proc" &&
		mount -t sysfs -o ro sysfs "$1/sys" &&
		mount --rbind /dev "$1/dev" &&
		mount -t tmpfs tmpfs "$1/run" &&
		root=$1 && shift && exec chroot "$root" "$@"' inside "$1" \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "${@:2}"
}

# What packages leave alone, or what tells of them and not of what they leave:
#   proc sys dev run tmp   the kernel's, and what does not outlive a boot
#   var/cache/apt var/lib/apt   apt's lists and the indices that it makes of them
#   var/log/apt var/log/dpkg.log   what was done
#   var/lib/dpkg/*-old   what dpkg's own lists were before
#   var/cache/ldconfig   when ldconfig saw which library
#   var/lib/rpm var/lib/pacman   the lists of the other two, which are not Debian's
unlisted=(./proc ./sys ./dev ./run ./tmp ./var/cache/apt ./var/lib/apt ./var/log/apt
	./var/cache/ldconfig ./var/log/dpkg.log './var/lib/dpkg/*-old' ./var/lib/rpm ./var/lib/pacman)

# listing ROOT: each file's path, type, mode, owner, and for a link where it leads, for a file its size and sum.
listing() {
	local path skip=()
	for path in "${unlisted[@]}"; do
		skip+=(-path "$path" -prune -o)
	done
	(
		cd "$1" || exit
		find . "${skip[@]}" -type f -printf '%p\0' | LC_ALL=C sort -z | xargs -0 sha256sum |
			sed -E 's/^\\?([0-9a-f]+)  (.*)/\2\t\1/' | LC_ALL=C sort >"$1.sums"
		find . "${skip[@]}" -printf '%p\t%y %m %U:%G %l\n' | sed 's/ $//' | LC_ALL=C sort |
			LC_ALL=C join -t "$(printf '\t')" -a 1 - "$1.sums"
		rm "$1.sums"
	)
}

# Sets in the configuration FILE what was its default, as a person would.
edit() {
	sed -i 's/^# *busy-timeout *=.*/busy-timeout = 20/' "$1"
	grep -q '^busy-timeout = 20$' "$1"
}
