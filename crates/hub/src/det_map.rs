//! Hash maps with a deterministic order, so that a simulation run can be repeated exactly.
//!
//! The standard hasher is seeded at random against chosen keys. Keys here are ids that the server
//! made or has looked up, so nobody can choose them to collide.

use std::collections::{self, hash_map::DefaultHasher};
use std::hash::BuildHasherDefault;

type Hasher = BuildHasherDefault<DefaultHasher>;

pub(crate) type HashMap<K, V> = collections::HashMap<K, V, Hasher>;
pub(crate) type HashSet<K> = collections::HashSet<K, Hasher>;
