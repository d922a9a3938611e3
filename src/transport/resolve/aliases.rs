//! Following CNAME records by hand, where the resolver says only that there is nothing.

use std::collections::HashSet;
use std::sync::Arc;

use hickory_resolver::proto::rr::Name;

use super::{Alias, System, question};

/// Where a chain of aliases leads.
#[derive(Debug)]
pub(super) struct Chain {
    /// The records followed, in order.
    pub(super) aliases: Vec<Alias>,
    /// Whether it leads back to a name it came through.
    pub(super) is_loop: bool,
}

/// Records followed before a chain counts as a loop: no real one is nearly as long.
const LONGEST: usize = 24;

/// Follows the aliases of `name`. A resolver that meets a loop answers "no data" or "server failure".
pub(super) async fn follow(system: Arc<System>, name: Name) -> Chain {
    let mut seen = HashSet::from([name.to_lowercase()]);
    let mut aliases = Vec::new();
    let mut next = name;
    while aliases.len() < LONGEST {
        let Some(alias) = question::alias(&system, next).await else {
            return Chain { aliases, is_loop: false };
        };
        let Ok(target) = Name::from_ascii(&alias.target) else {
            return Chain { aliases, is_loop: false };
        };
        aliases.push(alias);
        if !seen.insert(target.to_lowercase()) {
            break;
        }
        next = target;
    }
    Chain { aliases, is_loop: true }
}
