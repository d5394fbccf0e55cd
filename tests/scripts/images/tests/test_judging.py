"""What is allowed and what fits the budget passes, and nothing else does; the program's exit code says so."""

import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

from images import panics, sizes
from images.elf import Image
from images.panics import Finding
from images.sources import Frame
from images.tests.assembled import ARM, OTHER, PANIC, RISCV, function, link, program

PROGRAM = pathlib.Path(__file__).parents[2] / "check_image.py"
PANICS = f"push {{r4, lr}}\nbl {PANIC}"
VARIABLES = """
    .section .data.v,"aw",%progbits
    .space 12
    .section .bss.v,"aw",%nobits
    .space 100
    .section .uninit.v,"aw",%nobits
    .space 1000
    .section .stack.v,"aw",%nobits
    .space 4000
"""


def finding(*frames):
    """A finding in the source; the innermost function first."""
    return Finding("core::panicking::panic", frames, ("Reset", "main"))


CORE = Frame("index", "core", "src/slice/index.rs", 9, False)
THEIRS = Frame("emit", "stack", "src/wire/tcp.rs", 7, False)
OURS = Frame("serve", "nameplate-mcu", "src/board.rs", 3, True)


def entries(text):
    """What such a list holds."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(textwrap.dedent(text))
        file.flush()
        return panics.read_entries(file.name)


def allowed(*parts, kinds=("tiny",)):
    """Entries for these parts."""
    return entries(f'[[allowed]]\nkinds = {list(kinds)}\nin = {list(parts)}\nreason = "a test"\n')


class Allowed(unittest.TestCase):
    """The list of panics that somebody answers for."""

    def judge(self, findings, entries):
        """(how many findings nobody answers for, the parts that nobody needs)."""
        unanswered, idle = panics.judge({"tiny": findings}, entries)
        return len(unanswered["tiny"]), [entry.part for entry in idle]

    def test_an_empty_list_allows_nothing(self):
        self.assertEqual(self.judge([finding(CORE, THEIRS, OURS)], entries("")), (1, []))

    def test_a_dependency_is_known_by_the_beginning_of_its_name(self):
        for part in ("stack/", "stack/src/wire/", "stack/src/wire/tcp.rs: emit"):
            with self.subTest(part=part):
                self.assertEqual(self.judge([finding(CORE, THEIRS, OURS)], allowed(part)), (0, []))

    def test_code_of_ours_is_let_off_by_the_function_only(self):
        for part in ("nameplate-mcu/", "nameplate-mcu/src/board.rs", "nameplate-mcu/src/board.rs: ser"):
            with self.subTest(part=part):
                self.assertEqual(self.judge([finding(CORE, OURS)], allowed(part))[0], 1)
        self.assertEqual(self.judge([finding(CORE, OURS)], allowed("nameplate-mcu/src/board.rs: serve")), (0, []))

    def test_whoever_calls_a_dependency_does_not_answer_for_it(self):
        part = "nameplate-mcu/src/board.rs: serve"
        self.assertEqual(self.judge([finding(CORE, THEIRS, OURS)], allowed(part)), (1, [part]))

    def test_an_entry_of_another_kind_does_not_count(self):
        self.assertEqual(self.judge([finding(THEIRS)], allowed("stack/", kinds=("big",))), (1, []))

    def test_an_entry_without_need_is_a_fault(self):
        self.assertEqual(self.judge([finding(THEIRS)], allowed("stack/", "heap/")), (0, ["heap/"]))

    def test_an_entry_is_needed_where_one_of_its_kinds_needs_it(self):
        both = allowed("stack/", kinds=("tiny", "big"))
        self.assertEqual(panics.judge({"tiny": [finding(THEIRS)], "big": []}, both)[1], [])
        self.assertEqual(panics.judge({"tiny": [], "big": []}, both)[1], both)
        self.assertEqual(panics.judge({"tiny": []}, both)[1], [])

    def test_an_entry_without_a_reason_is_refused(self):
        for text in (
            '[[allowed]]\nkinds = ["tiny"]\nin = ["stack/"]',
            '[[allowed]]\nkinds = ["tiny"]\nin = ["stack/"]\nreason = " "',
            '[[allowed]]\nkinds = ["tiny"]\nin = []\nreason = "none"',
            '[[allowed]]\nkinds = ["tiny"]\nin = [""]\nreason = "all of it"',
            '[[allow]]\nkinds = ["tiny"]\nin = ["stack/"]\nreason = "none"',
        ):
            with self.subTest(text=text), self.assertRaises(ValueError):
                entries(text)


class Measured(unittest.TestCase):
    """Bytes of an image, and its budget."""

    def measured(self, target=ARM[0]):
        """A small image's sizes."""
        with tempfile.TemporaryDirectory() as folder:
            return sizes.measure(Image(link(folder, target, program(target, "nop", VARIABLES))))

    def test_every_loaded_byte_and_every_variable_counts(self):
        for target in (*ARM, *RISCV):
            with self.subTest(target=target):
                found = self.measured(target)
                self.assertEqual(found.ram, 12 + 100 + 1000)
                self.assertEqual(sum(found.crates.values()), found.flash)
                self.assertTrue(8 + 12 < found.flash < 100, found.flash)

    def test_one_byte_over_is_over(self):
        found = self.measured()
        exact = {"flash": found.flash, "ram": found.ram, "ours": found.ours}
        self.assertEqual(sizes.over(found, exact), [])
        for field in ("flash", "ram"):
            faults = sizes.over(found, {**exact, field: exact[field] - 1})
            self.assertEqual(len(faults), 1, faults)
            self.assertIn("1 over", faults[0])

    def test_budgets_that_say_too_little_or_too_much_are_refused(self):
        for text in (
            "[a]\nflash = 1\nram = 2",
            "[a]\nflash = 1\nram = 2\nours = 3\nfloppy = 4",
            '[a]\nflash = "1"\nram = 2\nours = 3',
        ):
            with self.subTest(text=text), tempfile.NamedTemporaryFile("w") as file:
                file.write(text)
                file.flush()
                self.assertRaises(ValueError, sizes.read_budgets, file.name)


class Program(unittest.TestCase):
    """The program itself: its exit codes, and what it prints."""

    def check(self, folder, *arguments):
        """(exit code, what was printed)."""
        ran = subprocess.run(
            [sys.executable, PROGRAM, *arguments], capture_output=True, text=True, cwd=folder, check=False
        )
        return ran.returncode, ran.stdout + ran.stderr

    def test_panics(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "none.toml").write_text("")
            good = link(folder, ARM[0], program(ARM[0], PANICS.replace(PANIC, OTHER)), "good")
            bad = link(folder, ARM[0], program(ARM[0], PANICS), "bad")
            code, text = self.check(folder, "panics", "--allowed", "none.toml", good)
            self.assertEqual(code, 0, text)
            code, text = self.check(folder, "panics", "--allowed", "none.toml", good, bad)
            self.assertEqual(code, 1, text)
            self.assertIn("core::panicking::panic_fmt\n    called by Reset -> board::middle", text)

    def test_what_must_be_found(self):
        with tempfile.TemporaryDirectory() as folder:
            good = link(folder, ARM[0], program(ARM[0], PANICS.replace(PANIC, OTHER)), "good")
            bad = link(folder, ARM[0], program(ARM[0], PANICS), "bad")
            wanted = ("panics", "--must-find", "(no source)/?: board::middle")
            self.assertEqual(self.check(folder, *wanted, bad)[0], 0)
            code, text = self.check(folder, *wanted, good)
            self.assertEqual(code, 1, text)
            self.assertIn("the check is blind", text)

    def test_budgets(self):
        with tempfile.TemporaryDirectory() as folder:
            made = link(folder, ARM[0], program(ARM[0], "nop", VARIABLES))
            budgets = pathlib.Path(folder) / "budgets.toml"
            for flash, expected in ((1000, 0), (10, 1)):
                budgets.write_text(f"[tiny]\nflash = {flash}\nram = 2000\nours = 0\nstack = 1\n")
                code, text = self.check(folder, "sizes", "--budgets", budgets, "--crates", made)
                self.assertEqual(code, expected, text)
            budgets.write_text("")
            self.assertEqual(self.check(folder, "sizes", "--budgets", budgets, made)[0], 1)

    def test_what_cannot_be_checked_is_no_pass(self):
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "none.toml").write_text("")
            strange = link(folder, ARM[0], program(ARM[0], "nop\n.inst.w 0xffffffff", function("more", "nop")))
            self.assertEqual(self.check(folder, "panics", "--allowed", "none.toml", strange)[0], 2)
            self.assertEqual(self.check(folder, "panics", "--allowed", "none.toml", "absent")[0], 2)
            self.assertEqual(self.check(folder, "panics", "--allowed", "absent.toml", strange)[0], 2)


if __name__ == "__main__":
    unittest.main()
