"""Every way in which code can come to a panic is seen, for every family of cores; nothing is seen where none is."""

import itertools
import tempfile
import unittest

from images import panics
from images.elf import Image
from images.tests.assembled import ARM, OTHER, PANIC, RISCV, function, link, program

OUTLINED = "OUTLINED_FUNCTION_7"
CORE = "_RNvNtCsffnSTMNaZiz_4core5slice5index"
NAME = "core::panicking::panic_fmt"

# What `middle` does, and what else there is.
THUMB = {
    "call": f"push {{r4, lr}}\nbl {PANIC}",
    "tail call": f"b {PANIC}",
    "conditional tail call": f"cmp r0, #0\nbeq 2f\nbx lr\n2: b {PANIC}",
    "pointer among the literals": f"ldr r0, 2f\nbx r0\n.p2align 2\n2: .word {PANIC}",
}
THUMB_2 = {
    "wide tail call": f"b.w {PANIC}",
    "wide conditional tail call": f"cmp r0, #0\nbeq.w {PANIC}\nbx lr",
    "pointer in two halves": f"movw r3, :lower16:{PANIC}\nmov r1, r0\nmovt r3, :upper16:{PANIC}\nbx r3",
}
RISC = {
    "call": f"call {PANIC}",
    "far call": f".option norelax\ncall {PANIC}\nret",
    "far tail call": f".option norelax\ntail {PANIC}",
    "jump": f"j {PANIC}",
    "compressed jump": f".option norelax\nc.j {PANIC}",
    "conditional jump": f"bnez a0, {PANIC}\nret",
    "absolute jump": f"lui t0, %hi({PANIC})\njalr x0, t0, %lo({PANIC})",
    "absolute call": f"lui t0, %hi({PANIC})\njalr ra, t0, %lo({PANIC})\nret",
    "absolute pointer": f"lui a5, %hi({PANIC})\nmv a1, a0\naddi a5, a5, %lo({PANIC})\njr a5",
    "absolute pointer in another register": f"lui a5, %hi({PANIC})\naddi a2, a5, %lo({PANIC})\njr a2",
    "relative pointer": f".option norelax\nla a0, {PANIC}\njr a0",
}
EITHER = {target: {**THUMB, **({} if "v6m" in target else THUMB_2)} for target in ARM} | {RISCV[0]: RISC}


def find(target, assembly):
    """What is found in such an image."""
    with tempfile.TemporaryDirectory() as folder:
        return panics.find(Image(link(folder, target, assembly)))


class Reached(unittest.TestCase):
    """One way at a time."""

    def test_each_way_alone_is_found(self):
        for target, ways in EITHER.items():
            for way, middle in ways.items():
                with self.subTest(target=target, way=way):
                    found, unknown = find(target, program(target, middle))
                    self.assertEqual(unknown, [])
                    self.assertEqual(
                        [(finding.panic, finding.way) for finding in found], [(NAME, ("Reset", "board::middle"))]
                    )

    def test_the_same_code_that_comes_elsewhere_is_no_finding(self):
        for target, ways in EITHER.items():
            for way, middle in ways.items():
                with self.subTest(target=target, way=way):
                    found, unknown = find(target, program(target, middle.replace(PANIC, OTHER)))
                    self.assertEqual((found, unknown), ([], []))

    def test_a_pointer_in_a_table_is_found(self):
        table = f'.section .rodata.table,"a",%progbits\n.p2align 2\n.word 7\n.word {PANIC}\n'
        for target in EITHER:
            with self.subTest(target=target):
                found, _ = find(target, program(target, "nop", table))
                self.assertEqual([(finding.panic, finding.way) for finding in found], [(NAME, (NAME,))])

    def test_a_caller_that_only_a_table_knows_is_found(self):
        call = f"push {{r4, lr}}\nbl {PANIC}"
        for target in EITHER:
            body = call if target in ARM else f"call {PANIC}"
            more = function("handler", body) + '.section .data.table,"aw",%progbits\n.p2align 2\n.word handler\n'
            with self.subTest(target=target):
                found, _ = find(target, program(target, "nop", more))
                self.assertEqual([finding.way for finding in found], [("handler",)])

    def test_code_that_stands_for_its_callers_is_nobody(self):
        for target, between in itertools.product(EITHER, (OUTLINED, CORE)):
            call = "bl" if target in ARM else "call"
            more = function(between, f"{call} {PANIC}")
            with self.subTest(target=target, between=between):
                found, _ = find(target, program(target, f"{call} {between}", more))
                self.assertEqual([finding.way for finding in found], [("Reset", "board::middle")])
                self.assertIn(found[0].panic, (OUTLINED, "core::slice::index"))

    def test_a_panic_under_another_name_is_found(self):
        for target in EITHER:
            alias = f".global aaa\n.type aaa,%function\n.thumb_set aaa, {PANIC}\n"
            more = alias if target in ARM else alias.replace(".thumb_set", ".set")
            with self.subTest(target=target):
                found, _ = find(target, program(target, "bl aaa" if target in ARM else "call aaa", more))
                self.assertEqual([finding.way for finding in found], [("Reset", "board::middle")])

    def test_what_the_disassembler_does_not_know_is_told(self):
        for target in EITHER:
            strange = ".inst.w 0xffffffff" if target in ARM else ".insn 4, 0x0000707f"
            with self.subTest(target=target):
                _, unknown = find(target, program(target, f"nop\nnop\n{strange}\nnop"))
                self.assertEqual(len(unknown), 1)

    def test_nothing_is_hidden_behind_what_is_not_known(self):
        for target in EITHER:
            call = f".inst.w 0xffffffff\nbl {PANIC}" if target in ARM else f".insn 4, 0x0000707f\ncall {PANIC}"
            with self.subTest(target=target):
                found, _ = find(target, program(target, call))
                self.assertEqual([finding.way for finding in found], [("Reset", "board::middle")])


if __name__ == "__main__":
    unittest.main()
