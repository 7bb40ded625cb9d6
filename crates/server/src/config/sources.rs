//! The sources of settings: a TOML file, the environment and the flags, merged in this order.
//!
//! Each error names the setting and its source, says what is wrong, and shows an example.

use std::path::Path;

use figment::error::Kind as ErrorKind;
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider, Source};

use super::{ConfigError, Settings};

const PREFIX: &str = "DESKBELL_";
const ENVIRONMENT: &str = "environment";

/// What a setting consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Text that may contain a password; errors do not show it.
    Secret,
    Number,
    Switch,
    /// Text, or a table in the file.
    Limits,
}

/// The name, the kind and an example of each setting, as in the TOML file.
const SETTINGS: [(&str, Kind, &str); 19] = [
    ("listen", Kind::Text, "127.0.0.1:8080"),
    ("data", Kind::Text, "/var/lib/deskbell"),
    (
        "database_url",
        Kind::Secret,
        "postgres://user:password@host/name",
    ),
    ("nats_url", Kind::Secret, "nats://user:password@host:4222"),
    ("secret", Kind::Secret, "(openssl rand -hex 32)"),
    ("public_url", Kind::Text, "https://chat.example.com"),
    ("registration", Kind::Text, "invited"),
    ("forget_unconfirmed_after_days", Kind::Number, "7"),
    (
        "smtp_url",
        Kind::Secret,
        "smtp://user:password@mail.example.com:587",
    ),
    ("mail_from", Kind::Text, "Deskbell <support@example.com>"),
    ("bcrypt_cost", Kind::Number, "12"),
    ("demo", Kind::Switch, "true"),
    ("demo_conversations", Kind::Switch, "true"),
    ("trusted_proxies", Kind::Text, "10.0.0.0/8"),
    ("proxy_header", Kind::Text, "X-Forwarded-For"),
    ("blocked_networks", Kind::Text, "203.0.113.0/24"),
    ("limits", Kind::Limits, "messages_by_visitor=60/m"),
    ("log", Kind::Text, "info"),
    // Where the file itself is; it cannot be set in the file.
    ("config", Kind::Text, "deskbell.toml"),
];

/// Merges the settings of the file (if any), the environment and the flags.
pub(super) fn read(file: Option<&Path>, flags: &Settings) -> Result<Settings, ConfigError> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            let file = file.display();
            let line = format!("config: the file {file} does not exist");
            return Err(ConfigError(vec![line]));
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    let figment = figment
        .merge(Environment)
        .merge(Serialized::defaults(flags));
    let all: Dict = figment.extract().map_err(|errors| {
        let lines = errors.into_iter().map(|error| explain_syntax(file, &error));
        ConfigError(lines.collect())
    })?;
    // One by one, because deserialization ends at the first error.
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(name, value)| {
            let place = Place::of(figment.get_metadata(value.tag()));
            let alone = Value::from(Dict::from([(name.clone(), value.clone())]));
            let error = alone.deserialize::<Settings>().err()?;
            Some(explain(name, value, &place, &error))
        })
        .collect();
    if !wrong.is_empty() {
        return Err(ConfigError(wrong));
    }
    let settings = Value::from(all).deserialize();
    settings.map_err(|error| ConfigError(vec![format!("settings: {error}")]))
}

/// The `DESKBELL_` variables. A setting that is text stays text: figment alone would read a secret of
/// digits as a number.
struct Environment;

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named(ENVIRONMENT)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let variables = Env::prefixed(PREFIX).ignore(&["config"]);
        let values = variables.iter().map(|(name, raw)| {
            let name = name.to_string();
            let Ok(parsed) = raw.parse::<Value>();
            let is_text = matches!(kind(&name), Some(Kind::Text | Kind::Secret));
            let value = match parsed {
                Value::String(..) => parsed,
                _ if is_text => Value::from(raw.trim()),
                _ => parsed,
            };
            (name, value)
        });
        let values: Dict = values.collect();
        Ok(Map::from([(Profile::Default, values)]))
    }
}

fn kind(name: &str) -> Option<Kind> {
    let mut settings = SETTINGS.iter();
    settings
        .find(|(known, ..)| *known == name)
        .map(|(_, kind, _)| *kind)
}

/// Where a value was set.
enum Place {
    File(String),
    Environment,
    Flags,
}

impl Place {
    fn of(metadata: Option<&Metadata>) -> Self {
        let file = metadata.and_then(|it| match &it.source {
            Some(Source::File(path)) => Some(path.display().to_string()),
            _ => None,
        });
        match file {
            Some(file) => Self::File(file),
            None if metadata.is_some_and(|it| it.name == ENVIRONMENT) => Self::Environment,
            None => Self::Flags,
        }
    }

    /// The name of a setting as it is written here.
    fn name(&self, setting: &str) -> String {
        match self {
            Self::File(_) => setting.to_owned(),
            Self::Environment => format!("{PREFIX}{}", setting.to_ascii_uppercase()),
            Self::Flags => format!("--{}", setting.replace('_', "-")),
        }
    }

    /// The name of a setting and the file in which it is, for the beginning of an error.
    fn locate(&self, setting: &str) -> String {
        match self {
            Self::File(file) => format!("{setting} in {file}"),
            _ => self.name(setting),
        }
    }

    /// The setting with a value, as it is written here.
    fn example(&self, setting: &str, kind: Kind, value: &str) -> String {
        let name = self.name(setting);
        match (self, kind) {
            (Self::File(_), Kind::Number | Kind::Switch) => format!("{name} = {value}"),
            (Self::File(_), Kind::Limits) => {
                let (limit, value) = value.split_once('=').unwrap_or((value, "off"));
                format!("{name} = {{ {limit} = \"{value}\" }}")
            }
            (Self::File(_), _) => format!("{name} = \"{value}\""),
            (Self::Environment, _) => format!("{name}={value}"),
            (Self::Flags, _) => format!("{name} {value}"),
        }
    }
}

/// One line about a setting that is unknown, or whose value has the wrong type.
fn explain(name: &str, value: &Value, place: &Place, error: &Error) -> String {
    let known = SETTINGS.iter().find(|(known, ..)| *known == name);
    let begin = place.locate(name);
    match known {
        None | Some(("config", ..)) => format!("{begin}: {}", explain_unknown(name, place)),
        Some((_, kind, example)) => {
            let wanted = match kind {
                Kind::Text | Kind::Secret => "text",
                Kind::Number => "a whole number in the permitted range",
                Kind::Switch => "true or false",
                Kind::Limits => "a list of limits, each with its value as text",
            };
            let is_secret = *kind == Kind::Secret;
            let value = show(value).filter(|_| !is_secret);
            let value = value.unwrap_or_else(|| "the value".to_owned());
            let example = place.example(name, *kind, example);
            let is_expected = matches!(
                error.kind,
                ErrorKind::InvalidType(..) | ErrorKind::InvalidValue(..) | ErrorKind::Message(_)
            );
            let cause = if is_expected {
                String::new()
            } else {
                format!(" ({})", error.kind)
            };
            format!("{begin}: {value} is not {wanted}{cause}; write it like {example}")
        }
    }
}

fn explain_unknown(name: &str, place: &Place) -> String {
    if name == "config" {
        return "the file cannot name another file; use --config".to_owned();
    }
    let nearest = SETTINGS
        .iter()
        .map(|(known, ..)| (strsim::damerau_levenshtein(known, name), *known))
        .min();
    match nearest {
        Some((distance, known)) if distance <= 3 && distance < known.len() => {
            format!(
                "there is no such setting; did you mean {}?",
                place.name(known)
            )
        }
        _ => "there is no such setting; `deskbell serve --help` lists all of them".to_owned(),
    }
}

/// The value as text; `None` for lists and tables.
fn show(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(format!("\"{text}\"")),
        Value::Bool(_, is_on) => Some(is_on.to_string()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_u128().map(|number| number.to_string()))
            .or_else(|| number.to_f64().map(|number| number.to_string())),
        _ => None,
    }
}

/// The lines about a file that is not TOML; the parser shows the place in it.
fn explain_syntax(file: Option<&Path>, error: &Error) -> String {
    let file = file.map(|file| file.display().to_string());
    let file = file.unwrap_or_else(|| "settings".to_owned());
    let cause = error.kind.to_string();
    let cause = cause.trim_end();
    format!("{file}: {cause}\nA line of this file looks like listen = \"127.0.0.1:8080\"")
}

#[cfg(test)]
mod tests {
    use clap::Args as _;

    use super::*;

    #[test]
    fn every_flag_has_an_example() {
        let command = Settings::augment_args(clap::Command::new("deskbell"));
        let flags: Vec<_> = command
            .get_arguments()
            .map(|it| it.get_id().as_str())
            .collect();
        let settings = SETTINGS.map(|(name, ..)| name);
        assert_eq!(settings[..flags.len()], flags);
        assert_eq!(settings[flags.len()..], ["config"]);
    }

    #[test]
    fn the_example_of_the_secret_would_be_refused() {
        let mut settings = SETTINGS.iter();
        let secret = settings.find(|(name, ..)| *name == "secret");
        let example = secret.map(|(.., example)| example.chars().count());
        assert!(example.is_some_and(|count| count < super::super::SECRET_CHARS));
    }
}
