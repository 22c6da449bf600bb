#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Ten thousand messages by twenty sessions at a time: none is lost, none comes twice, each has its event.
set -u
. "$(dirname "$0")/lib.sh"
messages=${MESSAGES:-10000}
live_begin
live_wire postern
live_postern "$here/accept.rules"

# The sink keeps each message as a file; each has a recipient of its own.
mkdir "$L/sink"
chown nobody "$L/sink"
background $S "$L/sink.log" smtp-sink -u nobody -d "$L/sink/" 10.77.0.2:25 200
live_wait $S 10.77.0.2 25
began=$(date +%s)
check "smtp-source sends $messages messages" inside $C timeout 120 smtp-source -c -N -s 20 \
	-m "$messages" -l 1024 -f alice@corp.example.com -t bob@example.org 10.77.0.2:25
echo "$messages messages in $(($(date +%s) - began)) s"
cat "$L"/sink/* | sed -n 's/^X-Rcpt-Args: *//p' | sort >"$L/recipients"
same "every message arrived" "$messages" "$(wc -l <"$L/recipients")"
same "none of them twice" "$messages" "$(uniq "$L/recipients" | wc -l)"
eve_until "$messages" 5 "e.event_type == 'smtp'"
live_postern_end
same "one smtp event each" "$messages" "$(eve "e.event_type == 'smtp'")"
"$python" "$here/eve.py" "$L/log/eve.json" show "e.event_type == 'smtp' and e.smtp.rcpt_to[0]" | sort |
	sed 's/[<>]//g' >"$L/told"
sed 's/[<>]//g' "$L/recipients" >"$L/took"
check "the events name the same recipients" cmp "$L/told" "$L/took"
same "the report counts them" "$messages" \
	"$("$python" "$here/eve.py" "$L/log/eve.json" show 'e.stats.smtp.accepted' | tail -n 1)"
same "no frame was dropped" 0 \
	"$("$python" "$here/eve.py" "$L/log/eve.json" show \
		"e.event_type == 'stats' and str(e.stats.firewall.blocked)" | tail -n 1)"
