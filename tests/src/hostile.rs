//! Hostile ones: crowds of connections, sessions that are no boards', ports that are flooded; and what the host spends on them.

pub mod crowd;
pub mod flood;
pub mod host;
