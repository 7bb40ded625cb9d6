//! Limit settings: the names of the limits, their defaults, and the parser of `"600/m"` and `off`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroU32;
use std::str::FromStr;

use deskbell_protocol::api::workspace::LimitName;
use governor::Quota;
use serde::{Deserialize, Serialize};

/// The rate limits. The order is that of [`RATES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    RequestsByAddress,
    ConnectionsByAddress,
    VisitorsByAddress,
    VisitorsByWorkspace,
    SignInsByAddress,
    SignInsByAccount,
    CodesByAccount,
    MailsByRecipient,
    MailsByWorkspace,
    ConversationsByVisitor,
    ConversationsByAddress,
    ConversationsByWorkspace,
    MessagesByVisitor,
    MessagesByAgent,
    MessagesByAddress,
    MessagesByWorkspace,
    FramesByConnection,
    ReadsByVisitor,
    ReadsByAgent,
    ReadsByAddress,
}

/// The concurrency limits. The order is that of [`CAPS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cap {
    OpenByAddress,
    OpenByWorkspace,
    PollsByAddress,
    PollsByWorkspace,
    MemoryByAddress,
}

/// The name and the default of each rate limit: the burst, which is refilled evenly over the given
/// second, minute or hour.
const RATES: [(Limit, &str, &str); 20] = [
    (Limit::RequestsByAddress, "requests_by_address", "12000/m"),
    (
        Limit::ConnectionsByAddress,
        "connections_by_address",
        "600/m",
    ),
    (Limit::VisitorsByAddress, "visitors_by_address", "300/m"),
    (
        Limit::VisitorsByWorkspace,
        "visitors_by_workspace",
        "3000/m",
    ),
    (Limit::SignInsByAddress, "sign_ins_by_address", "60/m"),
    (Limit::SignInsByAccount, "sign_ins_by_account", "60/h"),
    (Limit::CodesByAccount, "codes_by_account", "20/h"),
    (Limit::MailsByRecipient, "mails_by_recipient", "6/h"),
    (Limit::MailsByWorkspace, "mails_by_workspace", "120/h"),
    (
        Limit::ConversationsByVisitor,
        "conversations_by_visitor",
        "10/m",
    ),
    (
        Limit::ConversationsByAddress,
        "conversations_by_address",
        "120/m",
    ),
    (
        Limit::ConversationsByWorkspace,
        "conversations_by_workspace",
        "1200/m",
    ),
    (Limit::MessagesByVisitor, "messages_by_visitor", "120/m"),
    (Limit::MessagesByAgent, "messages_by_agent", "1200/m"),
    (Limit::MessagesByAddress, "messages_by_address", "1200/m"),
    (
        Limit::MessagesByWorkspace,
        "messages_by_workspace",
        "60000/m",
    ),
    (Limit::FramesByConnection, "frames_by_connection", "1200/m"),
    (Limit::ReadsByVisitor, "reads_by_visitor", "2400/m"),
    (Limit::ReadsByAgent, "reads_by_agent", "6000/m"),
    (Limit::ReadsByAddress, "reads_by_address", "24000/m"),
];

/// The name and the default of each concurrency limit.
const CAPS: [(Cap, &str, u32); 5] = [
    (Cap::OpenByAddress, "open_by_address", 2_000),
    (Cap::OpenByWorkspace, "open_by_workspace", 20_000),
    (Cap::PollsByAddress, "polls_by_address", 500),
    (Cap::PollsByWorkspace, "polls_by_workspace", 2_500),
    (Cap::MemoryByAddress, "memory_by_address", 40),
];

/// The name and the default of each quota of a workspace. Connections are a concurrency limit.
const QUOTAS: [(LimitName, &str, &str); 4] = [
    (LimitName::Members, "members_by_workspace", OFF),
    (LimitName::Sites, "sites_by_workspace", OFF),
    (LimitName::Conversations, "conversations_by_month", OFF),
    (LimitName::StorageBytes, "storage_bytes_by_workspace", OFF),
];

const OFF: &str = "off";

impl Limit {
    pub const ALL: [Self; RATES.len()] = {
        let mut all = [Self::RequestsByAddress; RATES.len()];
        let mut index = 0;
        while index < RATES.len() {
            assert!(RATES[index].0 as usize == index, "in the order of the enum");
            all[index] = RATES[index].0;
            index += 1;
        }
        all
    };
}

/// The settings as they are written: names and values, or one word for all.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LimitSettings {
    /// `off`, or `messages_by_visitor=30/m, open_by_address=off`.
    Text(String),
    /// A table of the settings file.
    Table(BTreeMap<String, String>),
}

impl FromStr for LimitSettings {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::Text(text.to_owned()))
    }
}

/// The parsed limits; `None` is unlimited.
#[derive(Clone, Debug)]
pub struct Rules {
    rates: [Option<Quota>; RATES.len()],
    caps: [Option<u32>; CAPS.len()],
    quotas: [Option<i64>; QUOTAS.len()],
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            rates: RATES
                .map(|(_, _, rate)| parse_rate(rate).expect("the usual rates are well written")),
            caps: CAPS.map(|(_, _, cap)| Some(cap)),
            quotas: QUOTAS.map(|(_, _, most)| parse_quota(most).flatten()),
        }
    }
}

impl Rules {
    pub fn rate(&self, limit: Limit) -> Option<Quota> {
        self.rates[limit as usize]
    }

    pub fn cap(&self, cap: Cap) -> Option<u32> {
        self.caps[cap as usize]
    }

    /// The quota of a workspace; `None` is unlimited.
    pub fn most(&self, name: LimitName) -> Option<i64> {
        let index = QUOTAS.iter().position(|(quota, ..)| *quota == name);
        match index {
            Some(index) => self.quotas[index],
            None => self.cap(Cap::OpenByWorkspace).map(i64::from),
        }
    }

    /// The defaults, overridden by the settings; or a line for each error in them.
    pub fn check(settings: Option<&LimitSettings>) -> Result<Self, Vec<String>> {
        let mut rules = Self::default();
        let mut wrong = Vec::new();
        match settings {
            None => {}
            Some(LimitSettings::Text(text)) if text.trim() == OFF => {
                rules.rates = [None; RATES.len()];
                rules.caps = [None; CAPS.len()];
                rules.quotas = [None; QUOTAS.len()];
            }
            Some(LimitSettings::Text(text)) => {
                for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    wrong.extend(rules.set(name.trim(), value.trim()).err());
                }
            }
            Some(LimitSettings::Table(table)) => {
                for (name, value) in table {
                    wrong.extend(rules.set(name, value.trim()).err());
                }
            }
        }
        if wrong.is_empty() {
            Ok(rules)
        } else {
            Err(wrong)
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if let Some((limit, ..)) = RATES.iter().find(|(_, known, _)| *known == name) {
            self.rates[*limit as usize] = parse_rate(value).ok_or_else(|| {
                format!("limits: \"{value}\" is no rate for {name}; write it like 60/m (s, m or h) or off")
            })?;
            return Ok(());
        }
        if let Some((cap, ..)) = CAPS.iter().find(|(_, known, _)| *known == name) {
            self.caps[*cap as usize] = parse_cap(value).ok_or_else(|| {
                format!("limits: \"{value}\" is no number for {name}; write it like 100, or off")
            })?;
            return Ok(());
        }
        if let Some(index) = QUOTAS.iter().position(|(_, known, _)| *known == name) {
            self.quotas[index] = parse_quota(value).ok_or_else(|| {
                format!("limits: \"{value}\" is no number for {name}; write it like 100, or off")
            })?;
            return Ok(());
        }
        let rates = RATES.iter().map(|(_, name, _)| *name);
        let caps = CAPS.iter().map(|(_, name, _)| *name);
        let quotas = QUOTAS.iter().map(|(_, name, _)| *name);
        let names: Vec<_> = rates.chain(caps).chain(quotas).collect();
        Err(format!(
            "limits: there is no \"{name}\"; there are {}",
            names.join(", ")
        ))
    }
}

/// Parses a rate; `Some(None)` is `off`.
fn parse_rate(text: &str) -> Option<Option<Quota>> {
    if text == OFF {
        return Some(None);
    }
    let (count, unit) = text.split_once('/')?;
    let count: NonZeroU32 = count.parse().ok()?;
    Some(Some(match unit {
        "s" => Quota::per_second(count),
        "m" => Quota::per_minute(count),
        "h" => Quota::per_hour(count),
        _ => return None,
    }))
}

fn parse_cap(text: &str) -> Option<Option<u32>> {
    if text == OFF {
        return Some(None);
    }
    let count: NonZeroU32 = text.parse().ok()?;
    Some(Some(count.get()))
}

fn parse_quota(text: &str) -> Option<Option<i64>> {
    if text == OFF {
        return Some(None);
    }
    let count: i64 = text.parse().ok()?;
    (count >= 0).then_some(Some(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Result<Rules, Vec<String>> {
        Rules::check(Some(&LimitSettings::Text(text.to_owned())))
    }

    #[test]
    fn limits_that_are_not_set_have_their_default() {
        let rules = text("messages_by_visitor=3/h, open_by_address=off").expect("good");
        let three = NonZeroU32::new(3).map(Quota::per_hour);
        assert_eq!(rules.rate(Limit::MessagesByVisitor), three);
        assert_eq!(rules.cap(Cap::OpenByAddress), None);
        let usual = Rules::default();
        assert_eq!(
            rules.rate(Limit::MessagesByAgent),
            usual.rate(Limit::MessagesByAgent)
        );
        assert_eq!(rules.cap(Cap::OpenByWorkspace), Some(20_000));
    }

    #[test]
    fn one_setting_turns_all_limits_off() {
        let off = text("off").expect("good");
        assert!(off.rates.iter().all(Option::is_none) && off.caps.iter().all(Option::is_none));
        let usual = text("").expect("good");
        assert!(usual.rates.iter().all(Option::is_some) && usual.caps.iter().all(Option::is_some));
    }

    #[test]
    fn every_wrong_setting_is_reported() {
        let wrong = text("messages_by_visitor=many, dances=1/m, open_by_address=0.5").err();
        assert_eq!(wrong.map_or(0, |lines| lines.len()), 3);
        for rate in ["", "0/m", "5", "5/d", "-1/m", "5/"] {
            assert!(parse_rate(rate).is_none(), "{rate}");
        }
    }

    #[test]
    fn the_documentation_lists_each_limit_with_its_default() {
        let page = include_str!("../../../../docs/self-hosting.md");
        for (_, name, rate) in RATES {
            assert!(page.contains(&format!("| `{name}` | `{rate}` |")), "{name}");
        }
        for (_, name, most) in QUOTAS {
            assert!(page.contains(&format!("| `{name}` | `{most}` |")), "{name}");
        }
        for (_, name, cap) in CAPS {
            assert!(page.contains(&format!("| `{name}` | `{cap}` |")), "{name}");
        }
    }
}
