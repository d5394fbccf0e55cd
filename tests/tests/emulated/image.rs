//! What a test has to know of an image: where a function begins, where the stack is.

use std::path::Path;
use std::process::Command;

/// Symbols of an image with their addresses, as `nm` shows them.
pub struct Image(Vec<(u64, String)>);

impl Image {
    pub fn read(path: &Path) -> Self {
        let output = Command::new("nm").arg("--demangle").arg(path).output();
        let output = output.expect("nm (binutils) runs");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let symbol = |line: &str| {
            let (address, rest) = line.split_once(' ')?;
            let (_, name) = rest.split_once(' ')?;
            Some((u64::from_str_radix(address, 16).ok()?, name.to_owned()))
        };
        Self(text.lines().filter_map(symbol).collect())
    }

    /// The address of the one symbol with this name.
    pub fn address(&self, name: &str) -> u64 {
        let mut found = self.0.iter().filter(|(_, symbol)| symbol == name);
        found.next().unwrap_or_else(|| panic!("no symbol {name}")).0
    }

    /// Where each function begins whose name ends with this, without its generic arguments.
    pub fn functions(&self, end: &str) -> Vec<u64> {
        let named = |symbol: &str| symbol.ends_with(end);
        let found = self.0.iter().filter(|(_, symbol)| named(symbol));
        // In Thumb code the lowest bit is no part of the address.
        let mut found: Vec<_> = found.map(|(address, _)| address & !1).collect();
        found.sort_unstable();
        found.dedup();
        assert!(!found.is_empty(), "no function {end}");
        found
    }
}
