//! The database of a server: opens and migrates it, with errors that name it.

use anyhow::Context;
use deskbell_store::{self as store, Store};
use url::Url;

use crate::config::Config;
use crate::data_folder;

/// Opens and migrates the database. The data folder must have been prepared.
pub async fn open(config: &Config) -> anyhow::Result<Store> {
    let store = match &config.database_url {
        Some(url) => Store::open_postgres(url)
            .await
            .map_err(|error| explain(url, error))?,
        None => {
            let path = data_folder::database(&config.data);
            Store::open_sqlite(&path)
                .await
                .with_context(|| format!("cannot open {}", path.display()))?
        }
    };
    store
        .migrate()
        .await
        .context("cannot migrate the database")?;
    Ok(store)
}

/// Like [`open`], but creates no SQLite database: a command with the wrong folder must fail.
pub async fn open_existing(config: &Config) -> anyhow::Result<Store> {
    if config.database_url.is_none() {
        anyhow::ensure!(
            data_folder::database(&config.data).is_file(),
            "There is no Deskbell database in {}. Start the server there first, or set --data.",
            config.data.display()
        );
        data_folder::prepare(&config.data)?;
    }
    open(config).await
}

/// One sentence with the address of the database and the cause. It contains no password.
fn explain(url: &str, error: store::Error) -> anyhow::Error {
    let is_unavailable = error.is_unavailable();
    let cause = anyhow::Error::from(error).root_cause().to_string();
    match describe(url) {
        // The cause may be only that a pool timed out, because refused connections are retried.
        Some(database) if is_unavailable => anyhow::anyhow!(
            "cannot reach {database}: check that it runs and accepts connections from this machine ({cause})"
        ),
        Some(database) => anyhow::anyhow!("cannot open {database}: {cause}"),
        None => anyhow::anyhow!(
            "cannot open the Postgres database: {cause}; write database-url like postgres://user:password@host/name"
        ),
    }
}

/// The name, the host and the port of a Postgres database.
fn describe(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let parameter = |names: &[&str]| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(name, _)| names.contains(&&**name))
            .map(|(_, value)| value.into_owned())
    };
    let host = parameter(&["host", "hostaddr"]);
    let host = host.or_else(|| {
        url.host_str()
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
    });
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    let port = parameter(&["port"]).unwrap_or_else(|| url.port().unwrap_or(5432).to_string());
    let name = parameter(&["dbname"]).unwrap_or_else(|| url.path().trim_matches('/').to_owned());
    // Without a name, Postgres takes that of the user.
    let name = if name.is_empty() {
        url.username().to_owned()
    } else {
        name
    };
    Some(format!("the Postgres database \"{name}\" at {host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_described_without_the_password() {
        let described = |url| describe(url).unwrap_or_default();
        for (url, text) in [
            (
                "postgres://ada:rings@db.example:6432/chat",
                "\"chat\" at db.example:6432",
            ),
            (
                "postgres://ada:rings@db.example/chat?sslmode=require",
                "\"chat\" at db.example:5432",
            ),
            (
                "postgres://ada:rings@localhost/chat?host=/run/postgresql",
                "\"chat\" at /run/postgresql:5432",
            ),
            ("postgres://ada:rings@[::1]", "\"ada\" at [::1]:5432"),
        ] {
            let line = described(url);
            assert_eq!(line, format!("the Postgres database {text}"));
            assert!(!line.contains("rings"), "{line}");
        }
    }
}
