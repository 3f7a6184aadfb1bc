# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What scenarios of gpu-handoff doctor have: a host on which gpu-handoff is installed as it should
# be, and ways to break one thing of it.
base=
kernel=$(uname -r)
sys=/sys/bus/pci/devices
hooks=/etc/libvirt/hooks/qemu.d

# All that the sandbox lacks of an installation.
installed() {
	mount -t tmpfs tmpfs /usr/share/qemu
	mkdir -p /usr/share/qemu/gpu-handoff /usr/share/qemu/firmware /etc/udev/rules.d
	cp build/tables/*.aml /usr/share/qemu/gpu-handoff
	echo '{"targets": [{"architecture": "'"$(uname -m)"'"}]}' >/usr/share/qemu/firmware/60-edk2.json
	cp udev/60-gpu-handoff.rules /etc/udev/rules.d
	echo "gpu-handoff-stale.timer active" >>/run/laptop-units
	file /sys/devices/virtual/misc/kvm/dev 10:232
	conf "[handoff]"
}

file() { # file PATH TEXT: there is a file PATH in /sys that reads TEXT
	local path
	path=$(readlink -m "$1")
	echo "$2" >"$scratch/text"
	tell "file ${path#/sys/} $scratch/text"
}

# doctor [ARGUMENT]...: its status and all lines, without what differs from one host to another
doctor() {
	answer gpu-handoff doctor "$@" | sed -E "s/${kernel//./\\.}/KERNEL/g; s/\(pid [0-9]+/(pid PID/g
		s,$scratch,SCRATCH,g"
}

# whole NAME [ARGUMENT]...: it says what is in tests/data/doctor/NAME
whole() {
	local name=$1
	shift
	same "doctor on $name" "$(<"tests/data/doctor/$name")" "$(doctor "$@")"
}

# breaks NAME COMMAND [MEND] <DIFF: COMMAND changes what the doctor says by DIFF, and MEND takes that
# back. The doctor looks at $about, if that is set.
breaks() {
	[ -n "$base" ] || base=$(look)
	eval "$2"
	same "$1" "$(cat)" "$(changes "$base" "$(look)")"
	[ -n "${3:-}" ] || base=
	eval "${3:-}"
}

# The last that was broken is mended, too: it would show in the next otherwise.
mended() {
	[ -z "$base" ] || same "all of it is mended" "$base" "$(look)"
}

look() {
	doctor ${about:+"${about[@]}"}
}

changes() { # changes A B: the lines that differ
	diff <(echo "$1") <(echo "$2") | sed -nE 's/^([<>]) +/\1 /p'
}

cmdline() { # cmdline TEXT: of the kernel, until `umount /proc/cmdline`
	echo "$1" >"$scratch/cmdline"
	mount --bind "$scratch/cmdline" /proc/cmdline
}

# aperture MIB: of the Intel GPU, as the third line of its resources says
aperture() {
	local start=0x00000000a0000000
	tell "set 0000:00:02.0/resource 0x00000000de000000 0x00000000deffffff 0x0000000000140204\n\
0x0000000000000000 0x0000000000000000 0x0000000000000000\n\
$start $(printf '0x%016x' $((start + ($1 << 20) - 1))) 0x000000000014220c\n"
}

# daemon NAME: a process of root called so, in $pid
daemon() {
	cp /bin/sleep "$scratch/$1"
	"$scratch/$1" 600 &
	pid=$!
	until [ "$(cat "/proc/$pid/comm")" = "$1" ]; do :; done
}

# reloaded RESULT [SECONDS]: what systemd 252 says of the daemon $pid, active for ten seconds, that was
# reloaded now, or that many seconds after it was started
reloaded() {
	local now=$EPOCHREALTIME start changed
	start=$((${now%.*} - 10))
	changed=${2:+$((start + $2))}
	mkdir -p /run/laptop-show
	cat >/run/laptop-show/virtqemud.service <<-END
		MainPID=$pid
		ReloadResult=$1
		StateChangeTimestamp=$(date -ud "@${changed:-${now%.*}}" "+%a %F %T.${now#*.} UTC")
		ActiveEnterTimestamp=$(date -ud "@$start" "+%a %F %T.${now#*.} UTC")
	END
	echo "virtqemud.service active" >>/run/laptop-units
}

not_reloaded() { # what systemd said so far
	kill "$pid"
	wait "$pid"
	rm -r /run/laptop-show
	sed -i /virtqemud/d /run/laptop-units
}

later() { # what happens now is later than what was, whatever the clocks' steps
	local now=${EPOCHREALTIME/./}
	while [ $((${EPOCHREALTIME/./} - now)) -lt 100000 ]; do :; done
}

# A daemon that accepts connections and never says a word.
hanging() {
	mkdir /run/libvirt
	systemd-socket-activate -l /run/libvirt/libvirt-sock-ro /bin/sleep 600 2>/dev/null &
	pid=$!
	until [ -e /run/libvirt/libvirt-sock-ro ]; do :; done
}

# A second kernel, without the modules that are needed.
another() {
	cp -r "/lib/modules/$kernel" /lib/modules/6.99-other
	rm /lib/modules/6.99-other/kernel/{vfio_pci,kvmgt}.ko
	depmod 6.99-other
}
