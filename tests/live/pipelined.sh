#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Clients that do not wait: Postfix's own, swaks with all in one breath, chunks (BDAT) in one piece; through a
# ruleset that judges each transaction.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
live_wire postern
live_postern "$top/rules/sender-validation.rules"
live_postfix
live_relay
for kind in dots eight-bit attachments bulk; do
	"$python" "$here/message.py" make $kind >"$L/$kind"
done

# --- Postfix: MAIL, RCPT, RCPT and DATA in one segment
relay() { # FROM FILE TO...
	local from=$1 file=$2
	shift 2
	inside $C sendmail -i -C "$L/postfix-relay/etc" -f "$from" "$@" <"$file"
}
check "Postfix as client: queued" relay alice@corp.example.com "$L/dots" bob@example.org
check "... the mail arrives" live_arrived 1 15
check "... byte by byte" "$python" "$here/message.py" same "$L/dots" -- "$L"/mail/all/new/*
check "... a large one, too" relay alice@corp.example.com "$L/attachments" bob@example.org
check "... it arrives" live_arrived 2 15
check "... byte by byte" "$python" "$here/message.py" same "$L/attachments" -- "$L"/mail/all/new/*
relay mallory@evil.example.net "$L/dots" bob@example.org
check "... a wrong sender's is refused in the pipeline" eve_until 1 10 \
	"e.event_type == 'alert' and e.smtp.mail_from == '<mallory@evil.example.net>'"

# --- swaks --pipeline
check "swaks --pipeline" live_mail alice@corp.example.com bob@example.org --pipeline \
	--data "@$L/eight-bit"
check "... the mail arrives" live_arrived 3 15
check "... byte by byte" "$python" "$here/message.py" same "$L/eight-bit" -- "$L"/mail/all/new/*

# --- BDAT
talk() { inside $C timeout 60 "$python" "$here/talk.py" 10.77.0.2 25 "$@"; }
check "BDAT, pipelined" talk bdat "$L/bulk" alice@corp.example.com bob@example.org
check "... the mail arrives" live_arrived 4 15
check "... byte by byte" "$python" "$here/message.py" same "$L/bulk" -- "$L"/mail/all/new/*
check "BDAT from a wrong sender fails" not talk bdat "$L/bulk" mallory@evil.example.net bob@example.org
check "... an event each" eve_until 2 5 "e.event_type == 'alert' and e.alert.signature_id == 111"
sleep 0.3
same "no other mail arrived" 4 "$(live_stored)"
live_postern_end
same "smtp events of the four" 4 "$(eve "e.event_type == 'smtp' and e.smtp.rcpt_to == ['<bob@example.org>']")"
