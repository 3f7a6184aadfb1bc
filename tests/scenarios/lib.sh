# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# What scenarios have: a guest's XML, libvirt's calls, and comparisons of whole texts.
set -u
export LC_ALL=C
scratch=$(mktemp -d)
laptop=/sys/kernel/laptop # the simulated laptop's faults and surprises, tests/laptop/model/control.c
win10=6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b
win11=00000000-0000-4000-8000-000000000011
vgpu=af5972fb-5530-41a7-0000-fd836204445b
recipe=tests/scenarios/recipe.xml # the guest Win10: dGPU 0000:01:00.0 and vGPU $vgpu

# same NAME WANTED GOT: ok if the texts are equal
same() {
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not ok $1: not the expected text"
		diff -u --label expected --label actual <(echo "$2") <(echo "$3") | sed 's/^/  /'
	fi
}

# guest NAME UUID DEVICE...: a domain's XML as libvirt writes it; DEVICE is a PCI address or an
# mdev's UUID
guest() {
	local name=$1 uuid=$2 device d b s f
	shift 2
	echo "<domain type='kvm'><name>$name</name><uuid>$uuid</uuid><devices>"
	for device in "$@"; do
		if [[ $device == *.* ]]; then
			IFS=':.' read -r d b s f <<<"$device"
			echo "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
			echo "<address domain='0x$d' bus='0x$b' slot='0x$s' function='0x$f'/>"
		else
			echo "<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci'><source>"
			echo "<address uuid='$device'/>"
		fi
		echo "</source></hostdev>"
	done
	echo "</devices></domain>"
}

# hook NAME OPERATION SUB-OPERATION: as libvirt calls it, the XML on stdin
hook() {
	/etc/libvirt/hooks/qemu.d/50-gpu-handoff "$1" "$2" "$3" -
}

prepare() { # prepare NAME <XML
	hook "$1" prepare begin
}

release() { # release NAME <XML
	hook "$1" release end
}

# answer COMMAND...: its exit status and all that it printed
answer() {
	local status=0 output
	output=$("$@" 2>&1) || status=$?
	echo "status $status${output:+
$output}"
}

# conf TEXT...: /etc/gpu-handoff.conf of these lines
conf() {
	printf '%s\n' "$@" >/etc/gpu-handoff.conf
	chmod 644 /etc/gpu-handoff.conf
}

# The undo files, with the process of the daemon, which is never the same, as DAEMON, and without
# the lines of # that stand where lines are settled before newer ones.
undo_files() {
	local file
	for file in /run/gpu-handoff/*.undo; do
		[ -e "$file" ] || continue
		echo "${file##*/}:"
		sed -E 's/^owner [1-9][0-9]* [0-9]+ *$/owner DAEMON/; s/ +$//; /^#*$/d' "$file"
	done
}

# undo_text NAME UUID STEPS: what undo_files prints of a guest that runs
undo_text() {
	echo "$2.undo:
gpu-handoff 1
guest $2 $1
owner DAEMON
acquired
$3"
}

snapshot() {
	build/laptop/snapshot
}

units() { # what the stand-in systemctl says of its units
	cat /run/laptop-units
}

# machine: everything that a hand-off may change
machine() {
	snapshot
	units
	undo_files
}

# as_before NAME BEFORE: the machine is as in the text BEFORE
as_before() {
	same "$1" "$2" "$(machine)"
}

# comes_and_goes NAME UUID XML STEPS: the guest runs with STEPS as its undo file, and all comes back;
# to what is in `before` if the scenario has that
comes_and_goes() {
	local before=${before:-$(machine)}
	same "prepare is silent" "status 0" "$(answer prepare "$1" <"$3")"
	same "the undo file" "$(undo_text "$1" "$2" "$4")" "$(undo_files)"
	same "release is silent" "status 0" "$(answer release "$1" <"$3")"
	as_before "the machine is as before" "$before"
}

# refused NAME XML CHECK MESSAGE: the guest does not start, for that reason, and nothing changes
refused() {
	local before=${before:-$(machine)}
	same "$3" "status 1
gpu-handoff-take: $4" "$(answer prepare "$1" <"$2")"
	as_before "$3, and nothing is changed" "$before"
	same "$3, and release has nothing to do" "status 0" "$(answer release "$1" <"$2")"
	as_before "$3, and release changes nothing" "$before"
}

driver_of() {
	local link
	if link=$(readlink "/sys/bus/pci/devices/$1/driver"); then
		echo "$1 ${link##*/}"
	else
		echo "$1 -"
	fi
}

hold() { # hold NAME PATH...: tests/laptop/hold.c
	build/laptop/hold "$@"
}

until_gone() { # until_gone PID: waits until the process is no more
	tail --pid="$1" -s 0.01 -f /dev/null
}

tell() { # tell COMMAND: to the simulated laptop
	printf '%s\n' "$1" >$laptop
}
