#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tools/check-tree.py finds each fault that it is there for, at its line, and nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check-tree.py"
C = "/* SPDX-License-Identifier: BSD-3-Clause */\n"
PY = "# SPDX-License-Identifier: BSD-3-Clause\n"


def run(files):
    """Lines printed for a tree of these files, as (name:line, text)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        done = subprocess.run([sys.executable, str(CHECK), folder], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert done.returncode == (1 if lines else 0), done
    return lines


class CheckTree(unittest.TestCase):
    def places(self, files):
        return [line.split(": ")[0] for line in run(files)]

    def test_clean(self):
        self.assertEqual(run({
            "lib/net/net.c": C + '#include <sys/types.h>\n#include "net.h"\nint x;\n',
            "lib/match/match_build.c": C + "#include <hs/hs.h>\n",
            "lib/policy/policy.c": C + '#include "rules_build.h"\n',
            "lib/dp/dp.c": C + "#include <rte_eal.h>\n",
            "tools/run.sh": "#!/bin/sh\n" + PY,
            "README.md": "no licence line needed, /" "workshop/ and net/" "work/ are no paths of ours\n",
            "tests/data.bin": b"\0/" b"root/",
        }), [])

    def test_licence(self):
        for name in ("a.c", "a.h", "a.py", "a.sh", "x/meson.build"):
            self.assertEqual(self.places({name: "x = 1;\n"}), [name + ":1"])
            self.assertEqual(self.places({name: "\n\n" + C}), [name + ":1"])
        self.assertEqual(self.places({"tools/run": "#!/bin/sh\n"}), ["tools/run:1"])
        self.assertEqual(self.places({"a.c": ""}), ["a.c:1"])

    def test_includes(self):
        for header in ('"../net/net.h"', '"net/net.h"'):
            self.assertEqual(self.places({"lib/tcp/tcp.c": C + f"#include {header}\n"}),
                             ["lib/tcp/tcp.c:2"])
        self.assertEqual(self.places({"tests/a.c": C + '# include "../b.h"\n'}), ["tests/a.c:2"])
        for library in ("inspect", "engine", "dp"):
            name = f"lib/{library}/x.c"
            self.assertEqual(self.places({name: C + '#include "rules_build.h"\n'}), [name + ":2"])
        for name in ("lib/engine/x.c", "app/posternctl/x.c", "tests/x.c"):
            self.assertEqual(self.places({name: C + "#include <rte_mbuf.h>\n"}), [name + ":2"])
            self.assertEqual(self.places({name: C + "#include <hs/hs.h>\n"}), [name + ":2"])

    def test_lines(self):
        long = C + "int x;\n" * 600
        self.assertEqual(self.places({"lib/net/a.c": long}), ["lib/net/a.c:601"])
        self.assertEqual(self.places({"app/postern/a.c": long}), ["app/postern/a.c:601"])
        self.assertEqual(run({"lib/net/a.c": C + "int x;\n" * 599, "tests/a.c": long}), [])

    def test_banned(self):
        for call in ("strcpy", "strcat", "sprintf", "atoi", "gets", "strtok"):
            text = C + f"/* {call}(\n{call}( */ \"{call}(\";\nx = {call} (y);\n"
            self.assertEqual(self.places({"lib/net/a.c": text}), ["lib/net/a.c:4"])
            self.assertEqual(run({"tests/a.c": text}), [])
            self.assertEqual(run({"lib/net/a.c": C + f"my_{call}(); {call}_r(); v{call}();\n"}), [])
            self.assertEqual(run({"lib/net/a.c": C + f"s.{call}(); s->{call}();\n"}), [])

    def test_machine_paths(self):
        for path in ("/wo" + "rk/main", "/ro" + "ot/x", "/tmp/bu" + "ild-a"):
            self.assertEqual(self.places({"a.md": f"x\nsee {path}/b\n"}), ["a.md:2"])

    def test_white_space(self):
        self.assertEqual(self.places({"tests/a.c": C + "int x; \nint y;\t\nint z;\n"}),
                         ["tests/a.c:2", "tests/a.c:3"])
        self.assertEqual(run({"a.md": "two blanks are a break in Markdown  \n"}), [])


if __name__ == "__main__":
    unittest.main()
