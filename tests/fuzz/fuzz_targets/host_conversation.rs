//! See `nameplate_fuzz::targets::host_conversation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::host_conversation::run(data));
