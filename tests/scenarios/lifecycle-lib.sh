# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What scenarios of packages have: their scripts as the packages call them, and a stand-in for
# systemd-run whose unit the stand-in systemctl knows.
kept=/var/lib/gpu-handoff
copy=$kept/leaving/gpu-handoff-give-back
leaving=gpu-handoff-leaving.service
gpus="the host has not got back the GPUs of"

lifecycle() {
	dash packaging/lifecycle "$1"
}

left() { # as in the scripts that run when the files are gone, which stop at an error
	# shellcheck disable=SC2016
	dash -ec '. ./packaging/left && left'
}

# It starts what it is asked to, waits until that is what runs, as for Type=exec, and runs ExecStopPost when it
# has ended, with systemd's variables.
with_systemd() {
	mkdir -p /run/systemd/system
	cat >/usr/bin/systemd-run <<'END'
#!/bin/bash
unit='' post=()
while :; do
	case $1 in
	--unit=*) unit=${1#*=} ;;
	-p)
		shift
		case $1 in ExecStopPost=-*) post+=("${1#*=-}") ;; esac
		;;
	--*) ;;
	*) break ;;
	esac
	shift
done
[ -x "$1" ] || exit 1
echo "$unit active" >>/run/laptop-units
(
	"$@" >>/run/said 2>&1 </dev/null &
	while [ -e /proc/$!/exe ] && ! [ /proc/$!/exe -ef "$1" ]; do :; done
	echo $! >"/run/laptop-unit/$unit"
	status=0
	wait $! || status=$?
	[ $status -lt 128 ] || status=$(kill -l $status)
	for words in "${post[@]}"; do
		SERVICE_RESULT=success EXIT_STATUS=$status $words >>/run/laptop-stop-post 2>&1
	done
	sed -i "/^$unit /d" /run/laptop-units
	touch /run/waiter-ended
) >/dev/null 2>&1 </dev/null &
while [ ! -s "/run/laptop-unit/$unit" ]; do :; done
END
	chmod 755 /usr/bin/systemd-run
}

waiter_ended() { # waits for that, at most 20 s
	local end=$((SECONDS + 20))
	until [ -e /run/waiter-ended ]; do
		[ $SECONDS -lt $end ] || { echo "not ok the waiter ends: not in 20 s" && return 1; }
	done
}

waiter() { # its process
	cat /run/laptop-unit/$leaving
}

# watches PID...: waits until the waiter waits for the ends of these and of nothing else
watches() {
	local end=$((SECONDS + 20)) pids
	pids=$(printf '%s\n' "$@" | sort)
	until [ "$(sed -n 's/^Pid:[[:blank:]]*//p' "/proc/$(waiter)/fdinfo/"* 2>/dev/null | sort)" = "$pids" ]; do
		[ $SECONDS -lt $end ] || { echo "not ok the waiter waits for $*: not in 20 s" && return 1; }
	done
}

waiter_says() { # waiter_says TEXT: waits until it has said that, at most 20 s
	local end=$((SECONDS + 20))
	until grep -q "$1" /run/said; do
		[ $SECONDS -lt $end ] || { echo "not ok the waiter says $1: not in 20 s" && return 1; }
	done
}

undo_gone() { # undo_gone UUID: waits until that guest's file is removed, at most 20 s
	local end=$((SECONDS + 20))
	while [ -e "/run/gpu-handoff/$1.undo" ]; do
		[ $SECONDS -lt $end ] || { echo "not ok the waiter gives $1 back: not in 20 s" && return 1; }
	done
}

programs_go() { # what removal does to them
	local file
	for file in /usr/sbin/gpu-handoff*; do
		umount "$file"
	done
	rm -f /usr/sbin/gpu-handoff* /etc/libvirt/hooks/qemu.d/50-gpu-handoff
}

remains() { # all that is of ours outside of /run
	find /etc /usr/sbin /usr/lib /var/lib -path '*/.host' -prune -o -name '*gpu-handoff*' -print 2>/dev/null | sort
	find $kept -mindepth 1 2>/dev/null | sort
}
