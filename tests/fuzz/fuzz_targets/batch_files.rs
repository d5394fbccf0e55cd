//! See `nameplate_fuzz::targets::batch_files`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::batch_files::run(data));
