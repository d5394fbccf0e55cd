//! See `nameplate_fuzz::targets::csr_checks`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::csr_checks::run(data));
