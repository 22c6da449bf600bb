#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The rulesets that are shipped, at work: a wrong sender or recipient is refused before the server has
# seen one byte of its line, a right one gets its mail through.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
live_wire postern
live_postfix

# What the server's machine received from clients, recorded beside the server itself.
record_begin() {
	rm -f "$L/wire.pcap"
	background $S "$L/tcpdump.log" tcpdump -q -i s0 -Q in -s 0 -U --immediate-mode -w "$L/wire.pcap" \
		tcp dst port 25
	recorder=${live_pids[-1]}
	for i in $(seq 50); do grep -q 'listening on' "$L/tcpdump.log" && break; sleep 0.1; done
}
record_end() {
	sleep 0.3
	kill $recorder
	wait $recorder
	"$python" "$here/wire.py" "$L/wire.pcap" 25 >"$L/said"
}

# refused TEXT SID RULE-FILE ENVELOPE-EXPRESSION WORD LAST: nothing of WORD came to the server, whose last line
# is LAST, and the event tells by which rule.
refused() {
	check "$1: the client is told so by a lost connection" grep -qE 'closed connection unexpectedly|reset by peer' \
		"$L/swaks.log"
	same "... the server's last line" "$6" "$(tail -n 1 "$L/said" | tr -d '\r' | cut -d ' ' -f 1)"
	check "... no byte of it came to the server" not grep -qi "$5" "$L/said"
	check "... nor is it in the server's log" not grep -qi "${5%%\\|*}" "$L/postfix/log"
	check "... an event names sid, file and line" eve_until 1 5 \
		"e.alert.signature_id == $2 and str(e.postern.rule).endswith('$3:$(grep -n "sid:$2;" \
			"$top/rules/$3" | cut -d : -f 1)')"
	check "... and the envelope" eve_until 1 5 "e.event_type == 'alert' and ($4)"
}

# --- senders
live_postern "$top/rules/sender-validation.rules"
record_begin
check "wrong sender: swaks fails" not live_mail mallory@evil.example.net bob@example.org
record_end
refused "wrong sender" 111 sender-validation.rules "e.smtp.mail_from == '<mallory@evil.example.net>'" \
	'mallory\|MAIL' EHLO
record_begin
check "wrong sender, pipelined: swaks fails" not live_mail mallory@evil.example.net bob@example.org \
	--pipeline
record_end
refused "wrong sender, pipelined" 111 sender-validation.rules \
	"e.smtp.mail_from == '<mallory@evil.example.net>'" 'mallory\|MAIL\|RCPT\|DATA' EHLO
check "right sender: swaks succeeds" live_mail alice@corp.example.com bob@example.org --body "let in"
check "... the mail arrives" live_arrived 1 10
live_postern_end

# --- recipients
live_postern "$top/rules/inbound-gateway.rules"
record_begin
check "wrong recipient: swaks fails" not live_mail alice@corp.example.com victim@elsewhere.example.net
record_end
refused "wrong recipient" 212 inbound-gateway.rules "'<victim@elsewhere.example.net>' in e.smtp.rcpt_to" \
	'victim\|RCPT' MAIL
record_begin
check "one of two recipients wrong: swaks fails" not live_mail alice@corp.example.com \
	bob@example.org,victim@elsewhere.example.net
record_end
refused "one of two wrong" 212 inbound-gateway.rules "e.smtp.rcpt_to == ['<bob@example.org>', \
	'<victim@elsewhere.example.net>']" 'victim\|DATA' RCPT
check "right recipient: swaks succeeds" live_mail someone@anywhere.example.net bob@example.org --body "in"
check "... the mail arrives" live_arrived 2 10
sleep 0.3
same "nothing else arrived" 2 "$(live_stored)"
live_postern_end
same "the final report counts no refused message as accepted" 1 \
	"$("$python" "$here/eve.py" "$L/log/eve.json" show 'e.stats.smtp.accepted' | tail -n 1)"
