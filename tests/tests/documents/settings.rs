//! Configurations in documents: what has no file of its own is still a configuration that the tool reads.

use nameplate::config::Config;

use crate::blocks;
use crate::found::Document;

/// What is wrong.
pub fn faults(documents: &[Document]) -> Vec<String> {
    let mut faults = Vec::new();
    for document in documents {
        for block in blocks::blocks(&document.text).unwrap_or_default() {
            let is_other = block
                .file
                .as_ref()
                .is_some_and(|file| file.ends_with("Cargo.toml"));
            if block.language != "toml" || is_other {
                continue;
            }
            if let Err(error) = toml::from_str::<Config>(&block.lines.join("\n")) {
                faults.push(format!("{}:{}: {error}", document.path, block.line));
            }
        }
    }
    faults
}

#[test]
fn a_setting_that_does_not_exist_is_found() {
    let document = |text: &str| {
        [Document {
            path: "a.md".to_owned(),
            text: text.to_owned(),
        }]
    };
    assert_eq!(
        faults(&document("```toml\n[batch]\nnmae = \"x\"\n```\n")).len(),
        1
    );
    assert_eq!(
        faults(&document("```toml\n[batch]\nname = \"x\"\n```\n")).len(),
        0
    );
}
