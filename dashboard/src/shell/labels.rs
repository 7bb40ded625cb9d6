//! Labels of people: names of unnamed visitors, and the roles that a member may assign.

use deskbell_protocol::{Role, VisitorView};
use uuid::Uuid;

use crate::format::{digest, hue_index};
use crate::text::people::{ANIMALS, HUES};

/// The name that the protocol gives to visitors who have not said theirs.
const UNNAMED: &str = "Visitor";

/// The name of a visitor, or a made-up label derived from the id: it is the same for every agent,
/// tells strangers apart, and its first word is the colour of the avatar.
pub(crate) fn visitor_label(id: Uuid, name: &str) -> String {
    if is_named(name) {
        return name.to_owned();
    }
    let animal = digest(id) as usize / HUES.len() % ANIMALS.len();
    format!("{} {}", HUES[hue_index(id)], ANIMALS[animal])
}

/// Whether a visitor has a name of their own.
pub(crate) fn is_named(name: &str) -> bool {
    !name.is_empty() && name != UNNAMED
}

/// Whether a visitor's name is unverified.
pub(crate) fn is_unverified_name(visitor: &VisitorView) -> bool {
    !visitor.verified && is_named(&visitor.name)
}

/// The first name, for tight places.
pub(crate) fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

/// Whether a member with this role manages the workspace.
pub(crate) fn manages(role: Role) -> bool {
    matches!(role, Role::Owner | Role::Admin)
}

/// The roles that a member may assign and remove.
pub(crate) fn roles_to_give(role: Role) -> &'static [Role] {
    match role {
        Role::Owner => &[Role::Owner, Role::Admin, Role::Agent],
        Role::Admin => &[Role::Admin, Role::Agent],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn strangers_get_labels_that_stay_and_differ() {
        let ids: Vec<Uuid> = (0..5u128).map(|n| Uuid::from_u128(n * 7919 + 3)).collect();
        let labels: BTreeSet<_> = ids.iter().map(|id| visitor_label(*id, "Visitor")).collect();
        assert_eq!(labels.len(), ids.len());
        assert_eq!(visitor_label(ids[0], "Visitor"), visitor_label(ids[0], ""));
        assert_eq!(visitor_label(ids[0], "Vera"), "Vera");
    }

    #[test]
    fn the_first_word_of_a_label_is_the_colour_of_the_avatar() {
        let id = Uuid::from_u128(42);
        let label = visitor_label(id, "Visitor");
        assert!(label.starts_with(HUES[hue_index(id)]), "{label}");
    }
}
