#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Real mail (tools/fetch-corpus) to a Postfix through the program: all 6,046 messages arrive, byte by byte.
set -u
. "$(dirname "$0")/lib.sh"
live_begin
folder=$("$top/tools/fetch-corpus" 2>"$L/fetch.log")
case $? in
0) ;;
3) skip "$(cat "$L/fetch.log")" ;;
*) cat "$L/fetch.log"; fail "the corpus is what was published"; exit 1 ;;
esac
live_wire postern
live_postern "$here/accept.rules"
# What Postfix would take out of a header on its way stays in.
live_postfix 'message_drop_headers =' 'hopcount_limit = 1000' 'in_flow_delay = 0'
began=$(date +%s)
if inside $C "$python" "$here/corpus.py" send "$folder" >"$L/sent" 2>"$L/refused"; then
	ok "$(cat "$L/sent") in $(($(date +%s) - began)) s"
else
	fail "$(cat "$L/sent" "$L/refused")"
fi
messages=$(sed 's/ .*//' "$L/sent")
check "all are stored" live_arrived "$messages" 60
if "$python" "$here/corpus.py" same "$folder" "$L/mail/all/new" >"$L/same" 2>&1; then
	ok "$(cat "$L/same")"
else
	fail "$(cat "$L/same")"
fi
live_postern_end
same "one smtp event each" "$messages" "$(eve "e.event_type == 'smtp'")"
