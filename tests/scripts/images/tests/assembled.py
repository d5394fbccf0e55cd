"""Tiny images for the tests, assembled by rustc and linked by the linker that comes with it: no board and no `core`."""

import functools
import os
import pathlib
import subprocess
import tempfile

from images.elf import Image

ARM = ("thumbv6m-none-eabi", "thumbv7em-none-eabihf", "thumbv8m.main-none-eabi")
RISCV = ("riscv32imac-unknown-none-elf",)

PANIC = "_RNvNtCsffnSTMNaZiz_4core9panicking9panic_fmt"
OTHER = "_RNvCsffnSTMNaZiz_5board5other"
MIDDLE = "_RNvCsffnSTMNaZiz_5board6middle"

SOURCE = """
#![feature(no_core, rustc_attrs)]
#![allow(internal_features)]
#![no_core]
#![no_main]
#[rustc_builtin_macro]
macro_rules! global_asm {{ () => {{}} }}
global_asm!(r#"{}"#, options(raw));
"""

LAYOUT = """
ENTRY(Reset)
SECTIONS {
    .vector_table 0x0 : { *(.vector_table) }
    .text 0x100 : { *(.text.Reset) *(.text*) }
    .rodata : ALIGN(4) { *(.rodata*) }
    .data 0x20000000 : { *(.data*) }
    .bss (NOLOAD) : { *(.bss*) }
    .uninit (NOLOAD) : { *(.uninit*) }
    .stack (NOLOAD) : { *(.stack*) }
    /DISCARD/ : { *(.ARM.*) *(.eh_frame*) }
}
"""


def function(name, body):
    """The assembly of one function."""
    return f"""
        .section .text.{name},"ax",%progbits
        .p2align 2
        .global {name}
        .type {name},%function
        {name}: {body}
        .size {name}, . - {name}
    """


def program(target, middle, more=""):
    """A program whose reset calls `middle`, and that has a panic and another function."""
    stop = "1: b 1b" if target in ARM else "1: j 1b"
    call = f"bl {MIDDLE}" if target in ARM else f"call {MIDDLE}"
    table = '.section .vector_table,"a",%progbits\n.word 0x20001000\n.word Reset\n'
    parts = [
        ".syntax unified\n.thumb\n" if target in ARM else "",
        table,
        function("Reset", f"{call}\n{stop}"),
        function(MIDDLE, middle),
        function(PANIC, stop),
        function(OTHER, f"nop\n{stop}"),
        more,
    ]
    return "".join(parts)


@functools.cache
def linker():
    """The linker of the active toolchain."""
    libraries = run(["rustc", "--print", "target-libdir"]).strip()
    return pathlib.Path(libraries).parent / "bin" / "rust-lld"


def run(command, **environment):
    """What a command printed."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment or None)
    if ran.returncode:
        raise RuntimeError(f"{command}: {ran.stderr}")
    return ran.stdout


def link(folder, target, assembly, kind="tiny"):
    """Makes an image; its path."""
    folder = pathlib.Path(folder)
    (folder / "source.rs").write_text(SOURCE.format(assembly))
    (folder / "layout.x").write_text(LAYOUT)
    compile_ = ["rustc", "--edition", "2024", "--crate-type", "lib", "--emit", "obj", "--target", target]
    run([*compile_, "-o", folder / "source.o", folder / "source.rs"], **{**os.environ, "RUSTC_BOOTSTRAP": "1"})
    run([linker(), "-flavor", "gnu", "-T", folder / "layout.x", "-o", folder / kind, folder / "source.o"])
    return folder / kind


def image(target, assembly):
    """An image from its assembly."""
    with tempfile.TemporaryDirectory() as folder:
        return Image(link(folder, target, assembly))
