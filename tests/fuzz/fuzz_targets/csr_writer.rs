//! See `nameplate_fuzz::targets::csr_writer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::csr_writer::run(data));
