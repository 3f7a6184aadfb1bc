# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# What a removal's waiter does when a minute is over. Beside the scenarios, for it takes that long.
. tests/scenarios/lifecycle-lib.sh

#: r720 --load vfio_pci --load kvmgt : a_minute_later
a_minute_later() {
	local before started=$SECONDS
	with_systemd
	before=$(machine)
	guest card $win10 0000:01:00.0 >$scratch/card.xml
	guest share $win11 $vgpu >$scratch/share.xml
	prepare card <$scratch/card.xml # by this shell, which lives, and nobody opens it
	(prepare share <$scratch/share.xml) # by a daemon that ends
	tell "fail */$vgpu/remove EIO 1"
	lifecycle leaving 2>$scratch/out
	programs_go
	waiter_says "steps remain"
	same "one guest may be starting, another's vGPU cannot be removed" \
		"$win11.undo released
$win10.undo acquired
mdev $vgpu 0000:00:02.0/i915-GVTg_V5_4 absent" "$(grep -HE '^(acquired|released)' /run/gpu-handoff/* |
			sed -E 's,.*/(.*):([a-z]*) *,\1 \2,'; grep mdev /run/gpu-handoff/$win11.undo)"
	timeout 100 tail --pid="$(waiter)" -f /dev/null
	waiter_ended
	as_before "a minute later both are given back" "$before"
	same "by then, not before" yes "$([ $((SECONDS - started)) -ge 55 ] && echo yes)"
	same "what was said" "gpu-handoff-give-back: guest share: vGPU $vgpu could not be removed: Input/output error
gpu-handoff-give-back: 1 steps remain in /run/gpu-handoff; they are tried again every minute" "$(cat /run/said)"
	same "nothing remains" "" "$(remains; ls -d /run/gpu-handoff 2>/dev/null)"
}
