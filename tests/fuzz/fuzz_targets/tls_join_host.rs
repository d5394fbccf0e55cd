//! See `nameplate_fuzz::targets::tls_join_host`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nameplate_fuzz::targets::tls_join_host::run(data));
