//! See `nameplate_fuzz::targets::damaged_frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::damaged_frames::run(data));
