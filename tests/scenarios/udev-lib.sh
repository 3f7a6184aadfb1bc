# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154,SC2086
# What the scenarios of udev share: events of PCI functions as udev runs its program for them.
igpu=0000:00:02.0
gpu=0000:01:00.0
audio=0000:01:00.1
second=${vgpu/af/bf}
override=GPU_HANDOFF_OVERRIDE=vfio-pci

# claim ADDRESS [NAME=VALUE]...: as udev runs it for `add`
claim() {
	local address=$1
	shift
	env -i ACTION=add SUBSYSTEM=pci PCI_SLOT_NAME="$address" \
		DEVPATH="/devices/pci0000:00/$address" "$@" /usr/lib/udev/gpu-handoff-claim
}

# claims: what comes of `add` of every function, but for those of which nothing is said or printed
claims() {
	local path
	for path in /sys/bus/pci/devices/*; do
		claim "${path##*/}" 2>&1 | sed "s/^/${path##*/} /"
	done
}

unbind() { # unbind ADDRESS...: as if the functions had no driver yet
	local address
	for address; do
		tell "unbind $address"
	done
}

bound() { # bound ADDRESS DRIVER: what is said and printed of one that has a driver already
	echo "$1 gpu-handoff-claim: $1 is reserved but on driver $2 already: it is left there until a guest \
needs it; see gpu-handoff boot status
$1 GPU_HANDOFF_BOUND=$2"
}

console() { # console ADDRESS: of the host's display
	echo "$1 gpu-handoff-claim: $1 shows the host's console: it stays with the host; set \
console=release in [handoff] of gpu-handoff.conf(5) if it may go
$1 GPU_HANDOFF_LEFT=console"
}

# until_true COMMAND...: repeats it until it succeeds, at most 10 s
until_true() {
	local end=$((SECONDS + 10))
	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not ok until_true: $*: not in 10 s" && return 1; }
	done
}

waits() { # waits N: the model has held up a write for the Nth time
	[ "$(grep -c -- "-> waits" $laptop)" -ge "$1" ]
}
