//! Maps that hash the same way each time, so that one run of a simulation goes like another.
//!
//! Their keys are ids that the server made or has looked up, so nobody can choose them to collide.

use std::collections::{self, hash_map::DefaultHasher};
use std::hash::BuildHasherDefault;

type Hasher = BuildHasherDefault<DefaultHasher>;

pub(crate) type HashMap<K, V> = collections::HashMap<K, V, Hasher>;
pub(crate) type HashSet<K> = collections::HashSet<K, Hasher>;
