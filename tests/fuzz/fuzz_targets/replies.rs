//! See `nameplate_fuzz::targets::replies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::replies::run(data));
