#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# An end under traffic: SIGTERM and SIGINT both end with exit code 0 and a report that adds up, and a mail that
# was under way is either accepted or not, never half.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
live_wire postern
background $S "$L/sink.log" smtp-sink -u nobody 10.77.0.2:25 200

for signal in TERM INT; do
	live_postern "$here/accept.rules"
	live_wait $C 10.77.0.2 25
	talkers=()
	for i in 1 2 3 4; do
		ip netns exec $C "$python" "$here/talk.py" 10.77.0.2 25 stream 8 alice@corp.example.com \
			bob@example.org >"$L/accepted$i" 2>>"$L/talk.log" &
		talkers+=($!)
	done
	sleep 2
	check "SIG$signal: traffic was under way" [ "$(inside $C ss -Htn state established \
		dport = 25 | wc -l)" -ge 3 ]
	began=$(date +%s%N)
	live_postern_end $signal
	took=$((($(date +%s%N) - began) / 1000000))
	check "... within 5 s ($took ms)" [ $took -lt 5000 ]
	check "... the log ends with a report" grep -q 'packets, .* accepted, .* blocked' "$L/postern.log"
	check "... a stats event is the last" bash -c \
		"tail -n 1 '$L/log/eve.json' | grep -q '\"event_type\":\"stats\"'"
	kill "${talkers[@]}" 2>/dev/null
	wait "${talkers[@]}" 2>/dev/null
	mails=$("$python" "$here/eve.py" "$L/log/eve.json" show 'e.stats.smtp.accepted' | tail -n 1)
	check "... mails had passed ($mails)" [ "${mails:-0}" -gt 50 ]
	same "... one event each" "$mails" "$(eve "e.event_type == 'smtp' and e.postern.body_size > 0 \
		and e.postern.reply_code == 250")"
	check "... open sessions are said to have ended by it" [ "$(eve \
		"e.event_type == 'flow' and e.flow.reason == 'shutdown'")" -ge 3 ]
done

# A new start takes the wire up again; the old sessions are over.
live_postern "$here/accept.rules"
check "after a new start mail passes" live_mail alice@corp.example.com bob@example.org
live_postern_end
