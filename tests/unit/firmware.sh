# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of firmware share. $work is a directory, $test what the test is called.
# shellcheck source=tests/scenarios/firmware-lib.sh
. tests/scenarios/firmware-lib.sh
rom=tests/fuzz/corpus/rom/nvidia # of 10de:1c8d, 17aa:39d1
found="10de:1c8d subsystem 17aa:39d1 4 images 2048 bytes"

same() { # same NAME WANTED GOT
	if [ "$2" = "$3" ]; then
		echo "ok $test: $1"
	else
		echo "not ok $test: $1: not the expected text"
		diff -u --label expected --label actual <(echo "$2") <(echo "$3") | sed 's/^/  /'
	fi
}

answer() { # answer ARGUMENT...: exit status and all that is printed, without the folder's name
	local status=0 output
	output=$(build/gpu-handoff-vbios "$@" 2>&1) || status=$?
	echo "status $status${output:+
$output}" | sed "s,$work/,,g"
}

# What is wanted of a file with one ROM: it is found at that place, and comes out as it was.
one() { # one NAME FILE PLACE [OFFSET]
	local at=${4:-0x0}
	rm -f "$work/out.rom"
	same "$1" "status 0
$at $found in $3
out.rom: 2048 bytes from $at in $3" "$(answer extract --id 10de:1c8d --output "$work/out.rom" "$2")"
	same "$1: it is the ROM" "" "$(cmp "$work/out.rom" $rom 2>&1)"
}

first() { # first FILE...: that is there
	local name
	for name in "$@"; do
		[ ! -f "$name" ] || { echo "$name" && return; }
	done
}
