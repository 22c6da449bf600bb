/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Codes of diagnostics and their long texts. In: "R014"; out: what it means and what to do. Called
 * by what prints explanations and docs. Data only.
 */
#include "rules_parse.h"

static const struct rules_code codes[] = {
	{ "P001", "a default policy that its hook cannot have",
	  "firewall.policies of the configuration names an action and a scope for a hook, as drop:flow. Which of "
	  "them can be done depends on the hook; postern --list-hooks names them for each." },
	{ "P002", "a policy without any rule",
	  "The rule files hold no rule, so that nothing is matched. Default policies decide, or "
	  "everything passes where the firewall is not engaged." },
	{ "P003", "rules behind a hook where nothing is let go",
	  "No rule accepts at the hook that comes before, and its default policy drops: the events of the later "
	  "hook never come. Accept there first, or give that hook another default policy." },
	{ "R001", "a rule file cannot be read",
	  "The file named in rule-files or on the command line is missing, is no file, or may not "
	  "be read." },
	{ "R002", "a byte that does not belong in a rule file",
	  "Rule files are UTF-8 text without control characters. Inside content any byte can be "
	  "written in hexadecimal: |00 ff|." },
	{ "R003", "a rule is too long",
	  "A rule with its continuation lines has at most 32768 bytes and 512 lines. Long lists of "
	  "addresses belong in variables, long lists of values in data sets." },
	{ "R004", "an indented rule",
	  "A rule begins in the first column. Suricata skips lines that begin with a blank, so "
	  "that the rule would be missing without a word; here it is an error. To continue a rule, "
	  "end the line above with a backslash." },
	{ "R005", "a broken continuation",
	  "A backslash as the last byte of a line joins the next line to the rule. An empty line, "
	  "a comment or the end of the file cannot stand there, and nothing, not even a blank, may "
	  "follow the backslash." },
	{ "R006", "no options behind the header",
	  "Behind the seven parts of the header stand the options in parentheses, even when there "
	  "are none: ()." },
	{ "R007", "the closing parenthesis is missing",
	  "Suricata loads such a rule. Here it is an error, since what is missing may be more than "
	  "the parenthesis." },
	{ "R008", "text behind the closing parenthesis",
	  "A rule ends with its parenthesis. Comments stand on lines of their own." },
	{ "R009", "a semicolon is missing or too much",
	  "Each option ends with one semicolon: keyword; or keyword:value;." },
	{ "R010", "an unknown action",
	  "Actions are accept, drop, reject, rejectsrc, rejectdst, rejectboth, tempfail, mask, "
	  "and, in detection rules or behind another action, alert, log and pass." },
	{ "R011", "a scope that cannot be",
	  "A firewall rule says what its action covers: packet, hook, tx, flow, command or "
	  "message. Which of these can be done depends on the hook; postern --list-hooks names "
	  "them for each." },
	{ "R012", "an unknown protocol", "Protocols are ip, tcp, udp, icmp, arp, ether and smtp." },
	{ "R013", "an unknown hook, or none where one is needed",
	  "Hooks of packets are all, flow_start, pre_flow and pre_stream; those of smtp are listed "
	  "by postern --list-hooks. A rule with a scope needs a hook; a detection rule has "
	  "neither." },
	{ "R014", "an unknown keyword",
	  "Rules with unknown keywords are refused, since a rule that is left out leaves a hole. "
	  "postern --list-keywords names all." },
	{ "R015", "a header with a part missing",
	  "A header has seven parts: action, protocol and hook, source address, source port, "
	  "direction, destination address, destination port. Write any where all will do." },
	{ "R016", "a wrong address",
	  "Addresses are single, with a prefix length, a range a-b, negated by !, in [groups], or "
	  "$VARIABLES. Names of hosts are not resolved." },
	{ "R017", "a wrong port",
	  "Ports are single, a range a:b open at either end, negated by !, in [groups], or "
	  "$VARIABLES." },
	{ "R018", "an unknown variable",
	  "Variables of addresses are under vars.address-groups, those of ports under "
	  "vars.port-groups of the configuration. They may hold other variables, but not "
	  "themselves." },
	{ "R019", "a set of addresses or ports that is empty",
	  "What is negated takes away everything that is asked, so that the rule could never "
	  "match." },
	{ "R020", "a keyword without its value", "This keyword needs a value: keyword:value;." },
	{ "R021", "a keyword with a value that it does not take",
	  "This keyword stands alone: keyword;." },
	{ "R022", "a value that is not understood",
	  "The hint shows the form that the keyword takes." },
	{ "R023", "a limit is passed",
	  "A number is outside the range of its keyword, or a rule has more parts than it may." },
	{ "R024", "a keyword in the wrong place",
	  "Modifiers follow the content that they change; transforms follow a sticky buffer at "
	  "once; what looks at a buffer follows one." },
	{ "R025", "a contradiction",
	  "Two parts of the rule cannot both hold, or mean things that exclude each other, such as "
	  "depth and within on one content." },
	{ "R026", "a sid that is taken",
	  "Two rules may not have the same gid and sid, in whatever files they stand. Suricata "
	  "would drop one of them." },
	{ "R027", "a rule without a sid",
	  "The rule is numbered from 4000000001 on, in order of loading. Give it a sid of its own, "
	  "so that counters and events keep their meaning when the file changes." },
	{ "R028", "a keyword that has no value there",
	  "Each value is known from some point of the session on, and each hook is judged at some "
	  "point. The keyword asks for a value that cannot be there yet, or for a frame where none "
	  "is at hand." },
	{ "R029", "something stands twice",
	  "The keyword, modifier or word may stand only once there." },
	{ "R030", "a hook of two families",
	  "smtp:request_started and its like exist for messages and for single commands. A rule "
	  "set that looks at single commands (smtp.mode, smtp.command, smtp.command_data, "
	  "smtp.command_line) and uses no hook that only messages have (request_data, "
	  "response_data) is read as commands throughout. When it uses both, rules that look at "
	  "commands must say what they mean: smtp:command:... or smtp:message:...." },
	{ "R031", "an unknown classtype",
	  "Classes are those of classification-file, or of Suricata's classification.config without "
	  "one. An unknown one is kept and shown, with priority 3." },
	{ "R032", "a data set that cannot be loaded",
	  "The file of the set is missing, may not be read, or holds a line of another kind. Paths "
	  "are relative to the folder of the rule file." },
	{ "R033", "an empty data set",
	  "A set without values makes a rule that never, or always, matches. A set of kind state "
	  "may be empty." },
	{ "R034", "a content that cannot match",
	  "depth or within leaves less room than the content has bytes." },
	{ "R036", "a wrong flag of pcre",
	  "Flags are i s m x A E G R B O. Letters that name buffers of HTTP have no meaning here: "
	  "name a sticky buffer in front of pcre." },
	{ "R037", "an action that this version cannot enforce",
	  "reject:command, reject:message, tempfail and mask are parsed and checked, but not done "
	  "on "
	  "the wire yet. Such a rule loads in monitor mode, or with enforce:no, and events then "
	  "say "
	  "what it would have done." },
	{ "R038", "a buffer without a condition",
	  "A sticky buffer with nothing behind it asks only that the value is there." },
	{ "R039", "an unknown event",
	  "postern --list-events names what app-layer-event can ask for." },
	{ "R040", "quotation marks are missing",
	  "Texts of content, msg, reply, filename and fileext stand in quotation marks. Inside, "
	  "write \\; \\\" \\\\." },
	{ "R041", "something without effect",
	  "The keyword is taken for the sake of old rules and does nothing." },
	{ "R042", "not supported",
	  "The keyword or word is known from other programs, but has no meaning for an SMTP "
	  "firewall, or is done in another way; the hint names it." },
	{ "R043", "a direction or state that the hook cannot have",
	  "Each hook of smtp is judged in one direction of an established connection. flow may "
	  "repeat that, not contradict it." },
	{ "R044", "an unknown variable",
	  "byte_extract and byte_math set a variable. It may be used behind that, in the same sticky "
	  "buffer." },
	{ "R045", "a wrong byte_test, byte_jump, byte_extract or byte_math",
	  "The hint shows the form." },
	{ "R046", "a bit that nothing sets",
	  "The rule tests a bit that no rule of the set sets, so that it can never hold. Often the "
	  "name is misspelled, or one of the two tracks something else." },
	{ "R048", "a rule left out by requires",
	  "requires names a feature, keyword or version that is not here. The rule is skipped on "
	  "purpose." },
	{ "R049", "more diagnostics than are kept",
	  "The first thousand errors, and the first thousand of the others, are shown; all errors "
	  "are counted. Correct these and check again." },
	{ "R050", "a rule that another leaves nothing to",
	  "The first rule of a hook that matches decides. An earlier one matches whatever this one could "
	  "match, so that it is never asked. Put the narrower rule first." },
	{ "R052", "a rule that contradicts itself",
	  "Two conditions on one value cannot both hold: a content that is longer than bsize allows, two "
	  "different beginnings, two ranges without a common number." },
	{ "R053", "a port that is never SMTP",
	  "Only connections to smtp.ports are looked at as SMTP, unless smtp.detect is on. The rule "
	  "asks for another port, so that no command or reply ever reaches it." },
	{ "R054", "a file of the configuration that cannot be read",
	  "Keywords such as iprep and classtype stand on files that the configuration names. The file is "
	  "missing, may not be read, or is not named." },
	{ "R055", "a line that is not understood",
	  "Each line of such a file has one form, with commas between its columns: number,name,description "
	  "of reputation-categories-file, address,number,score of reputation-files, config classification: name,description,priority of "
	  "classification-file. Lines that begin with # do not count." },
	{ "R200", "a regular expression that does not compile",
	  "The expression is no PCRE2; the text says what is wrong with it." },
	{ "R201", "a condition that a stream cannot be asked",
	  "Bodies and attachments arrive in pieces and are not kept. Conditions that need all of "
	  "it at once, or that look back too far, cannot be judged there." },
	{ "R202", "a condition that only the end of the message decides",
	  "Negation, endswith, bsize and isdataat of a body are known when its last byte is there; "
	  "a hook in mid-body comes too early for them." },
	{ "R204", "a pattern that the matcher refuses",
	  "The pattern is legal, but too large or too costly for the matcher. Make it shorter, or "
	  "bound its repetitions." },
	{ "R205", "patterns that cannot be compiled together",
	  "The matcher refuses the patterns of one value as a whole; the text says why." },
	{ "R206", "out of memory", "The rule set needs more memory than there is." },
	{ "R207", "a condition that its hook cannot decide",
	  "absent, and all of several values, are known when no more values can come: those of the "
	  "envelope at DATA, those of the message at its end. The hook is over by then." },
};

const struct rules_code *
rules_code_at(size_t i)
{
	return i < sizeof(codes) / sizeof(codes[0]) ? &codes[i] : NULL;
}

const char *
rules_code_explain(const char *code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].text;
	return NULL;
}
