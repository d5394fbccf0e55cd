//! See `nameplate_fuzz::targets::board_host_messages`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::board_host_messages::run(data));
