#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# STARTTLS: the mail goes through as it is, an event tells of it, and nothing that is inside is known.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
live_wire postern
live_postern "$here/accept.rules"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=mx.example.org \
	-keyout "$L/key.pem" -out "$L/cert.pem" 2>"$L/openssl.log" || { cat "$L/openssl.log"; exit 1; }
live_postfix "smtpd_tls_cert_file = $L/cert.pem" "smtpd_tls_key_file = $L/key.pem" \
	'smtpd_tls_security_level = may'
"$python" "$here/message.py" make attachments >"$L/attachments"
check "swaks -tls sends a large mail" live_mail alice@corp.example.com bob@example.org -tls \
	--data "@$L/attachments"
check "... in TLS" grep -q 'TLS started' "$L/swaks.log"
check "... it arrives" live_arrived 1 20
check "... byte by byte" "$python" "$here/message.py" same "$L/attachments" -- "$L"/mail/all/new/*
check "... the server took it in TLS" grep -q 'with ESMTPS' "$L"/mail/all/new/*
check "a tls event" eve_until 1 5 "e.event_type == 'tls'"
live_postern_end
same "one session went into TLS" 1 \
	"$("$python" "$here/eve.py" "$L/log/eve.json" show 'e.stats.smtp.tls' | tail -n 1)"
check "no event knows the envelope" not grep -q 'alice@corp' "$L/log/eve.json"

# A ruleset of our own holds in clear text, before TLS.
live_postern "$top/rules/sender-validation.rules"
check "STARTTLS under a ruleset" live_mail alice@corp.example.com bob@example.org -tls --body "in TLS"
check "... the mail arrives" live_arrived 2 10
live_postern_end
