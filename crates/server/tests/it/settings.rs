//! The settings: errors that name the setting, its source and an example.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::Result;
use deskbell::config::{Config, Settings};
use tempfile::TempDir;

use crate::process::{LOCAL, Process, fail, run_to_end};

/// Runs a subcommand of `deskbell` to its end.
fn run(arguments: &[&str], data: &Path, variables: &[(&str, &str)]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.args(arguments).arg("--data").arg(data);
    command.envs(variables.iter().copied());
    run_to_end(command)
}

/// Runs a server whose settings are refused. If they are accepted, it starts on a free port, and the test fails.
fn serve(arguments: &[&str], data: &Path, variables: &[(&str, &str)]) -> Result<Output> {
    let arguments = [&["serve", "--listen", LOCAL][..], arguments].concat();
    run(&arguments, data, variables)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The errors of these settings.
fn errors(settings: &Settings) -> String {
    let refused = Config::load(None, settings).err();
    refused.map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn the_operator_command_creates_no_database() -> Result<()> {
    let parent = TempDir::new()?;
    let data = parent.path().join("wrong");
    let output = run(&["operator", "ada@north.example"], &data, &[])?;
    assert_eq!(output.status.code(), Some(1));
    let expected = format!(
        "There is no Deskbell database in {}. Start the server there first, or set --data.",
        data.display()
    );
    assert_eq!(stderr(&output).trim(), expected);
    assert!(!data.exists());
    Ok(())
}

#[test]
fn an_unreachable_postgres_is_named_without_the_password() -> Result<()> {
    let data = TempDir::new()?;
    // Port 1 is reserved, and nothing listens there.
    let url = "postgres://ada:rings-2-bells@127.0.0.1:1/chat";
    let stderr = stderr(&fail(data.path(), &["--database-url", url])?);
    let expected = "Deskbell stopped: cannot reach the Postgres database \"chat\" at 127.0.0.1:1: ";
    let line = stderr.lines().find(|line| line.starts_with(expected));
    let line = line.unwrap_or_else(|| panic!("{stderr}"));
    assert_eq!(line.matches("timed out").count(), 1, "one cause: {line}");
    assert!(!stderr.contains("rings-2-bells"), "{stderr}");
    Ok(())
}

#[test]
fn a_mail_server_without_a_sender_is_explained() {
    let settings = Settings {
        smtp_url: Some("smtp://mail.north.example".to_owned()),
        ..Settings::default()
    };
    assert_eq!(
        errors(&settings),
        "mail-from: it is missing, but smtp-url is set; write it like Deskbell <support@example.com>"
    );
    let settings = Settings {
        mail_from: Some("support@north.example".to_owned()),
        ..Settings::default()
    };
    let line = errors(&settings);
    assert!(line.starts_with("smtp-url: it is missing"), "{line}");
}

#[test]
fn a_wrong_mail_setting_is_named_together_with_the_missing_one() {
    for (smtp_url, mail_from, expected) in [
        (
            Some("mail.north.example"),
            None,
            ["smtp-url: write it like", "mail-from: it is missing"],
        ),
        (
            None,
            Some("support"),
            [
                "smtp-url: it is missing",
                "mail-from: \"support\" is not an address",
            ],
        ),
        (
            Some("http://mail.north.example"),
            Some("support"),
            [
                "smtp-url: write it like",
                "mail-from: \"support\" is not an address",
            ],
        ),
    ] {
        let settings = Settings {
            smtp_url: smtp_url.map(str::to_owned),
            mail_from: mail_from.map(str::to_owned),
            ..Settings::default()
        };
        let errors = errors(&settings);
        let lines: Vec<_> = errors.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{errors}");
        for (line, begin) in lines.iter().zip(expected) {
            assert!(line.starts_with(begin), "{errors}");
        }
    }
}

#[test]
fn a_wrong_address_to_listen_on_is_explained_in_one_line() {
    for (listen, cause) in [
        (
            "127.0.0.1:99999",
            "the port \"99999\" is not a number from 0 to 65535",
        ),
        ("127.0.0.1:http", "the port \"http\" is not a number"),
        ("localhost:8080", "\"localhost\" is not an IP address"),
        ("127.0.0.1", "\"127.0.0.1\" has no port"),
        ("8080", "\"8080\" is not an address and a port"),
    ] {
        let settings = Settings {
            listen: Some(listen.to_owned()),
            ..Settings::default()
        };
        let line = errors(&settings);
        assert!(line.starts_with(&format!("listen: {cause}")), "{line}");
        assert!(line.contains("write it like 127.0.0.1:8080"), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
}

#[test]
fn wrong_settings_of_the_file_and_the_environment_are_all_named() -> Result<()> {
    let data = TempDir::new()?;
    let file = data.path().join("deskbell.toml");
    std::fs::write(
        &file,
        "publik_url = \"https://a.example\"\nbcrypt_cost = \"high\"\n",
    )?;
    let file = file.display().to_string();
    let variables = [
        ("DESKBELL_LISTN", "127.0.0.1:1"),
        ("DESKBELL_DEMO", "maybe"),
    ];
    let output = serve(&["--config", &file], data.path(), &variables)?;
    assert_eq!(output.status.code(), Some(2));
    let stderr = stderr(&output);
    for line in [
        format!("publik_url in {file}: there is no such setting; did you mean public_url?"),
        format!(
            "bcrypt_cost in {file}: \"high\" is not a whole number in the permitted range; write it like bcrypt_cost = 12"
        ),
        "DESKBELL_LISTN: there is no such setting; did you mean DESKBELL_LISTEN?".to_owned(),
        "DESKBELL_DEMO: \"maybe\" is not true or false; write it like DESKBELL_DEMO=true"
            .to_owned(),
    ] {
        assert!(stderr.lines().any(|it| it == line), "{line}\n{stderr}");
    }
    Ok(())
}

#[test]
fn a_file_that_is_not_toml_is_named_with_the_line() -> Result<()> {
    let data = TempDir::new()?;
    let file = data.path().join("deskbell.toml");
    std::fs::write(&file, "log = \"info\"\nlisten 8080\n")?;
    let file = file.display().to_string();
    let stderr = stderr(&serve(&["--config", &file], data.path(), &[])?);
    assert!(
        stderr.contains(&file) && stderr.contains("line 2"),
        "{stderr}"
    );
    assert!(stderr.contains("looks like listen = "), "{stderr}");
    Ok(())
}

#[test]
fn a_secret_of_digits_in_the_environment_is_text() -> Result<()> {
    let data = TempDir::new()?;
    let short = [("DESKBELL_SECRET", "0012345678901234")];
    let stderr = stderr(&serve(&[], data.path(), &short)?);
    assert!(
        stderr.contains("secret: it has fewer than 32 characters"),
        "{stderr}"
    );
    assert!(!stderr.contains("12345678901234"), "{stderr}");
    Ok(())
}

#[test]
fn a_file_in_place_of_the_data_folder_is_named() -> Result<()> {
    let parent = TempDir::new()?;
    let file = parent.path().join("data");
    std::fs::write(&file, "")?;
    for folder in [file.clone(), file.join("below")] {
        let stderr = stderr(&fail(&folder, &[])?);
        let expected = format!("{} is a file, but a folder is needed", file.display());
        assert!(stderr.contains(&expected), "{stderr}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_start_on_all_networks_in_a_new_folder_names_an_address_to_open() -> Result<()> {
    let parent = TempDir::new()?;
    let data = parent.path().join("new");
    let mut server = Process::start_on("0.0.0.0:0", &data)?;
    let line = server.line_with("to set up Deskbell")?;
    let (_, port) = server.address.rsplit_once(':').unwrap_or_default();
    let address = format!("open http://localhost:{port}/setup to set up");
    assert!(line.contains(&address), "{line}");
    let warned = server.log.iter().any(|line| line.contains("others"));
    assert!(
        !warned,
        "a folder that the server has created: {:#?}",
        server.log
    );
    Ok(())
}
