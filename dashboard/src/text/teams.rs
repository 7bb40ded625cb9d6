//! Text of the teams in the settings.

use crate::text::people::{count_of, names};

pub(crate) const TEAMS: &str = "Teams";
pub(crate) const YOUR_TEAMS: &str = "Your teams";
pub(crate) const TEAMS_LEAD: &str =
    "A team is a group of members who answer the same chats. A member can be in several teams.";
pub(crate) const NO_TEAMS: &str = "No teams yet";
pub(crate) const NO_TEAMS_LEAD: &str = "Create one, such as Sales or Returns.";
pub(crate) const NO_TEAMS_AGENT: &str = "Admins create teams.";
pub(crate) const ADD_TEAM_OPEN: &str = "Create team…";
pub(crate) const ADD_TEAM: &str = "Create team";
pub(crate) const EDIT_TEAM: &str = "Edit team";
pub(crate) const DELETE_TEAM: &str = "Delete team";
pub(crate) const DELETE_TEAM_TITLE: &str = "Delete this team?";
pub(crate) const COLOR: &str = "Color";
pub(crate) const NO_COLOR: &str = "None";
pub(crate) const OWN_COLOR: &str = "Current color";
pub(crate) const TEAM_MEMBERS: &str = "Members";
pub(crate) const TEAM_SITES: &str = "Sites";
pub(crate) const TEAM_SITES_HINT: &str = "Without a choice, the team answers chats of all sites.";
pub(crate) const LANGUAGES: &str = "Languages";
pub(crate) const LANGUAGES_HINT: &str =
    "Language tags, e.g. en, de, pt-BR. Leave empty for all languages.";
pub(crate) const NO_MEMBERS: &str = "No members";
pub(crate) const ALL_SITES: &str = "All sites";
pub(crate) const ALL_LANGUAGES: &str = "all languages";

/// The colors to choose from, by name.
pub(crate) const COLORS: [(&str, &str); 8] = [
    ("Red", "#c8372d"),
    ("Orange", "#c2640c"),
    ("Gold", "#a67c00"),
    ("Green", "#2e8540"),
    ("Teal", "#0d7f8c"),
    ("Blue", "#2f6fde"),
    ("Violet", "#7a4fd6"),
    ("Pink", "#c0398a"),
];

/// `3 members: Ada, Ben and 1 other`.
pub(crate) fn members_of(first_names: &[&str]) -> String {
    match first_names.len() {
        0 => NO_MEMBERS.to_owned(),
        count => format!(
            "{}: {}",
            count_of(count, "member", "members"),
            names(first_names)
        ),
    }
}

/// `Shop, Blog; English, German`.
pub(crate) fn scope_of(sites: &[String], languages: &[String]) -> String {
    let listed = |all: &[String], none: &str| match all {
        [] => none.to_owned(),
        all => all.join(", "),
    };
    let languages = listed(languages, ALL_LANGUAGES);
    format!("{}; {languages}", listed(sites, ALL_SITES))
}

pub(crate) fn delete_team_lead(team: &str, members: usize) -> String {
    let stay = match members {
        0 => "Nobody is in it.".to_owned(),
        1 => "Its member stays in this workspace.".to_owned(),
        n => format!("Its {n} members stay in this workspace."),
    };
    format!("{team} is removed from its chats, and no chat can be given to it any more. {stay}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_is_described_by_its_members_sites_and_languages() {
        assert_eq!(members_of(&[]), "No members");
        assert_eq!(members_of(&["Ada"]), "1 member: Ada");
        assert_eq!(
            members_of(&["Ada", "Ben", "Nora"]),
            "3 members: Ada, Ben and 1 other"
        );
        assert_eq!(scope_of(&[], &[]), "All sites; all languages");
        let sites = ["Shop".to_owned(), "Blog".to_owned()];
        assert_eq!(
            scope_of(&sites, &["German".to_owned()]),
            "Shop, Blog; German"
        );
    }

    #[test]
    fn the_deletion_of_a_team_says_what_stays() {
        for (members, stays) in [(0, "Nobody"), (1, "Its member stays"), (3, "Its 3 members")] {
            assert!(delete_team_lead("Returns", members).contains(stays));
        }
    }
}
