//! Text about people: roles, availability, and labels for visitors who have not given a name.

use deskbell_protocol::{Availability, Role};

/// `1 message`, `3 messages`.
pub(crate) fn count_of(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        _ => "Agent",
    }
}

/// The role with its article, as in `join Demo as an agent`.
pub(crate) fn role_with_article(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Admin => "an admin",
        _ => "an agent",
    }
}

pub(crate) const ONLINE: &str = "Online";
pub(crate) const AWAY: &str = "Away";
/// While there is no connection.
pub(crate) const UNKNOWN: &str = "Unknown";

pub(crate) fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::Online => ONLINE,
        Availability::Away => AWAY,
        Availability::Offline => "Offline",
        Availability::Unknown => UNKNOWN,
    }
}

/// Names of the fifteen hues that an avatar can have, in the order of `format::hue`.
pub(crate) const HUES: [&str; 15] = [
    "Rose", "Coral", "Copper", "Amber", "Golden", "Olive", "Green", "Jade", "Teal", "Azure",
    "Blue", "Cobalt", "Violet", "Purple", "Pink",
];

/// The second word of a made-up label.
pub(crate) const ANIMALS: [&str; 24] = [
    "Badger", "Bear", "Beaver", "Crane", "Deer", "Falcon", "Finch", "Fox", "Gull", "Hare", "Heron",
    "Lark", "Lynx", "Marten", "Newt", "Otter", "Owl", "Puffin", "Raven", "Robin", "Seal", "Stork",
    "Swift", "Wren",
];

pub(crate) const MADE_UP_LABEL: &str = "This visitor hasn't given a name. The label is made up.";
pub(crate) const VERIFIED: &str = "Verified by your website";

/// `Ada`, `Ada and Ben`, `Ada, Ben and 2 others`.
pub(crate) fn names(first_names: &[&str]) -> String {
    match first_names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, other, _] => format!("{one}, {other} and 1 other"),
        [one, other, rest @ ..] => format!("{one}, {other} and {} others", rest.len()),
    }
}

fn be(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

pub(crate) fn viewing(first_names: &[&str]) -> String {
    let count = first_names.len();
    format!("{} {} viewing", names(first_names), be(count))
}

pub(crate) fn replying(first_names: &[&str]) -> String {
    let count = first_names.len();
    format!("{} {} replying", names(first_names), be(count))
}
