//! See `nameplate_fuzz::targets::frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::frames::run(data));
