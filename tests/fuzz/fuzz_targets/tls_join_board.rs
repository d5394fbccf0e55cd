//! See `nameplate_fuzz::targets::tls_join_board`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::tls_join_board::run(data));
