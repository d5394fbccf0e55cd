//! See `nameplate_fuzz::targets::service_answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::service_answers::run(data));
