#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tools/snort-smtp.py: what Snort's options become, what it says of those it does not know, and that what it
writes passes `postern -T`.

    test_snort_smtp.py POSTERN
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "snort-smtp.py"
POSTERN = sys.argv.pop(1)

EVERY_OPTION = r"""
# Snort 2, each option once
preprocessor SMTP: \
    ports { 25 587 691 } inspection_type stateless normalize all \
    normalize_cmds { EXPN VRFY } ignore_data ignore_tls_data \
    max_command_line_len 512 max_header_line_len 1024 max_response_line_len 513 \
    max_auth_command_line_len 900 \
    alt_max_command_line_len 260 { MAIL } alt_max_command_line_len 500 { HELP helo } \
    no_alerts invalid_cmds { TURN } valid_cmds { XFOO XBAR } data_cmds { DATA XDATA } \
    binary_data_cmds { BDAT } auth_cmds { AUTH XAUTH } alert_unknown_cmds \
    xlink2state { enable drop } print_cmds \
    b64_decode_depth 101 qp_decode_depth 0 bitenc_decode_depth 77 uu_decode_depth -1 \
    max_mime_mem 4000 log_mailfrom log_rcptto log_filename log_email_hdrs \
    email_hdrs_log_depth 2920 memcap 6000
"""
EVERY_KEY = {
    "smtp.ports": "[25, 587, 691]", "inspection-type": "stateless", "normalize": "all",
    "normalize-cmds": '["EXPN", "VRFY"]', "ignore-data": "yes", "ignore-tls-data": "yes",
    "max-command-line-len": "512", "max-header-line-len": "1KiB", "max-response-line-len": "513",
    "max-auth-command-line-len": "900", "no-alerts": "yes", "invalid-cmds": '["TURN"]',
    "alt-max-command-line-len": '["MAIL:260", "HELP:500", "HELO:500"]', "valid-cmds": '["XFOO", "XBAR"]',
    "smtp.data-cmds": '["DATA", "XDATA"]', "smtp.binary-data-cmds": '["BDAT"]',
    "smtp.auth-cmds": '["AUTH", "XAUTH"]', "alert-unknown-cmds": "yes", "xlink2state": "drop",
    "print-cmds": "yes", "mime.b64-decode-depth": "104", "mime.qp-decode-depth": "unlimited",
    "mime.bitenc-decode-depth": "77", "mime.uu-decode-depth": "off", "log-mailfrom": "yes",
    "log-rcptto": "yes", "log-filename": "yes", "log-email-hdrs": "yes", "email-hdrs-log-depth": "2920",
    "memcap": "6000", "enabled": "yes",
}
LUA = """
-- Snort 3; smtp = { never = 1 } is a comment here
verbs = [[ MAIL RCPT
           EXPN ]]
default_smtp =
{
    normalize = 'cmds', normalize_cmds = verbs,
    alt_max_command_line_len = { { command = 'MAIL', length = 260 }, { command = "RCPT", length = 300 } },
}
%s
suppress = { { gid = 124, sid = 3 }, { gid = 1, sid = 2 } }
"""


def convert(*texts):
    """(exit code, YAML, faults without the folder) for files of these texts."""
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{folder}/{i}.conf" for i in range(len(texts))]
        for name, text in zip(names, texts):
            pathlib.Path(name).write_text(text)
        done = subprocess.run([sys.executable, TOOL, *names], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr.replace(folder + "/", "").splitlines()


def effective(yaml):
    """Keys and values as postern has them once it has read this; it must pass -T."""
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/postern.yaml"
        pathlib.Path(path).write_text(yaml)
        check = subprocess.run([POSTERN, "-T", "-c", path], capture_output=True, text=True, check=False)
        assert check.returncode == 0, check.stdout + check.stderr + yaml
        text = subprocess.run([POSTERN, "-c", path, "--print-config"], capture_output=True, text=True,
                              check=True).stdout
    keys, section = {}, []
    for line in text.splitlines():
        found = re.match(r"( *)([\w-]+):(.*)", line)
        if found:
            section = section[:len(found[1]) // 2] + [found[2]]
            keys[".".join(section)] = found[3].strip()
    return keys


class Convert(unittest.TestCase):
    def has(self, yaml, wanted):
        keys = effective(yaml)
        for key, value in wanted.items():
            key = key if "." in key else "smtp.normalizer." + key
            have = keys[key]
            if value.endswith("KiB") and not have.endswith("KiB"):
                value = str(int(value[:-3]) * 1024)
            self.assertEqual(have, value, key)

    def test_every_option(self):
        code, yaml, faults = convert(EVERY_OPTION)
        self.assertEqual((code, faults), (0, []))
        self.has(yaml, EVERY_KEY)
        self.assertIn("max_mime_mem 4000", yaml)

    def test_defaults_of_snort_2(self):
        code, yaml, _ = convert("preprocessor smtp: ports { 25 }\n")
        self.assertEqual(code, 0)
        self.has(yaml, {"mime.b64-decode-depth": "1460", "log-mailfrom": "no", "xlink2state": "enable",
                        "max-command-line-len": "0", "alert-unknown-cmds": "no"})

    def test_old_decoding(self):
        code, yaml, _ = convert("preprocessor SMTP: enable_mime_decoding max_mime_depth 101\n")
        self.assertEqual(code, 0)
        self.has(yaml, {"mime.b64-decode-depth": "104"})

    def test_disabled(self):
        code, yaml, _ = convert("preprocessor SMTP: \\\n max_mime_depth 100 memcap 6000 \\\n disabled\n")
        self.assertEqual(code, 0)
        self.has(yaml, {"enabled": "no", "memcap": "6000"})

    def test_switches(self):
        code, yaml, faults = convert(
            "preprocessor smtp: xlink2state { disable }\nsuppress gen_id 124, sig_id 7\n"
            "suppress gen_id 124, sig_id 5, track by_src, ip 192.0.2.1\n",
            "alert ( msg: \"x\"; sid: 1; gid: 124; rev: 1; )\n"
            "# alert ( msg: \"y\"; sid: 18; gid: 124; rev: 1; )\n")
        self.assertEqual(code, 1)
        self.assertEqual(faults, ["0.conf:3: suppress by address has no place: write a pass rule"])
        self.has(yaml, {"xlink2state": "disable", "disable-sids": "[7, 18]"})

    def test_faults_have_lines(self):
        code, yaml, faults = convert(
            "\npreprocessor smtp: ports { 25 99999 } \\\n frobnicate { a b } \\\n memcap 7 \\\n"
            " normalize some turbo \\\n xlink2state { often } \\\n valid_cmds { A,B }\n")
        self.assertEqual(code, 1)
        self.assertEqual(faults, [
            "0.conf:2: ports: '99999' is no number from 0 to 65535",
            "0.conf:3: unknown option 'frobnicate'",
            "0.conf:4: memcap: '7' is no number from 3276 to 104857600",
            "0.conf:5: normalize: 'some' is none of all, none, cmds",
            "0.conf:5: unknown option 'turbo'",
            "0.conf:6: xlink2state: 'often' is none of enable, disable, drop",
            "0.conf:7: valid_cmds: 'A,B' is no verb"])
        self.has(yaml, {"smtp.ports": "[25]"})

    def test_snort_3(self):
        code, yaml, faults = convert(LUA % "smtp = default_smtp")
        self.assertEqual((code, faults), (0, []))
        self.has(yaml, {"normalize-cmds": '["MAIL", "RCPT", "EXPN"]', "max-header-line-len": "1000",
                        "alt-max-command-line-len": '["MAIL:260", "RCPT:300"]', "alert-unknown-cmds": "yes",
                        "disable-sids": "[3]", "mime.b64-decode-depth": "unlimited"})

    def test_snort_3_depths_are_the_other_way_round(self):
        code, yaml, _ = convert(LUA % "smtp = { b64_decode_depth = -1, qp_decode_depth = 0, xlink2state = 'drop' }")
        self.assertEqual(code, 0)
        self.has(yaml, {"mime.b64-decode-depth": "unlimited", "mime.qp-decode-depth": "off",
                        "normalize": "none", "alt-max-command-line-len": "[]", "xlink2state": "drop"})

    def test_snort_3_faults(self):
        code, _, faults = convert("smtp =\n{\n  decompress_zip = true,\n  turbo = 1, memcap = 3,\n"
                                  "  ignore_data = 7, valid_cmds = missing\n}\n")
        self.assertEqual(code, 1)
        self.assertEqual(faults[0], "0.conf:5: missing is not in these files: name the one that it is in before "
                         "this one")
        self.assertEqual(faults[1:5], [
            "0.conf:3: decompress_zip: archives are not looked into", "0.conf:4: unknown option 'turbo'",
            "0.conf:4: memcap: '3' is no number from 3276 to 104857600",
            "0.conf:5: ignore_data: '7' is neither true nor false"])

    def test_two_files(self):
        code, yaml, _ = convert(LUA % "", "smtp = default_smtp\n")
        self.assertEqual(code, 0)
        self.has(yaml, {"normalize": "cmds"})

    def test_nothing_there(self):
        self.assertEqual(convert("var A 1\n")[0], 2)
        self.assertEqual(subprocess.run([sys.executable, TOOL, "/no/such/file"], capture_output=True,
                                        check=False).returncode, 2)


if __name__ == "__main__":
    unittest.main()
