# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# A program on a terminal of its own: its keys, and what it shows. $scratch is a directory.

# on_terminal COMMAND: starts it on 80 columns, in the foreground; `seen` has what was read so far. What a
# shell puts into the background ignores Ctrl-C, and under nohup the end of the terminal.
on_terminal() {
	printf '%s\n' "stty cols 80; trap : INT" "$1" "echo \"status \$?\"" >"$scratch/command"
	mkfifo "$scratch/keys" "$scratch/screen"
	TERM=xterm env --default-signal=HUP,INT,QUIT script -qfc "bash $scratch/command" /dev/null <"$scratch/keys" >"$scratch/screen" 2>&1 &
	exec 6>"$scratch/keys" 7<"$scratch/screen"
	rm "$scratch/keys" "$scratch/screen"
	seen=
}

press() { # press KEYS
	printf '%b' "$1" >&6
}

# until_shown TEXT: reads until the screen has had it
until_shown() {
	local key
	until [[ $seen == *"$1"* ]]; do
		IFS= read -r -N 1 -t 60 -u 7 key || {
			echo "not ok $1 is shown: only $(printf %q "$seen")"
			return
		}
		seen+=$key
	done
}

# ended: reads the rest; prints all that was shown, and the exit status. ESC [ K is <clear>, a return
# <return>, seconds are N; of lines of progress that follow each other the last is printed.
ended() {
	seen+=$(cat <&7)
	sed -E 's/\r$//; s/\x1b\[K/<clear>/g; s/\r/<return>/g; s/, [0-9]+ s<clear>/, N s<clear>/g; :again
		s/<return>[^<]*, N s<clear>(<return>[^<]*, N s<clear>)/\1/; t again' <<<"$seen"
}
