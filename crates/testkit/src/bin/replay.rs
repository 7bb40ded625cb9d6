//! `cargo xtask replay FILE`: sends recorded conversations through visitors' and agents' sockets,
//! then compares the database with the file.
//!
//! A line of the file is `{"id", "turns": [{"from": "visitor" | "agent" | "system", "text"}]}`. A
//! system turn describes an action of the agent, so the agent sends it. Only a visitor can start a
//! conversation; if the agent has the first turn, the visitor sends [`OPENING`] first, and the
//! comparison expects it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use deskbell_protocol::{Body, Command, ConversationId, Sender, WorkspaceId};
use deskbell_store::Store;
use deskbell_store::conversations::messages;
use deskbell_testkit::people::{Person, visitor};
use deskbell_testkit::server::{Database, TestServer};
use flate2::read::GzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

const OPENING: &str = "Hello?";

/// Replays recorded conversations through real sockets and compares the database with the file.
#[derive(Parser)]
#[command(name = "replay", bin_name = "cargo xtask replay")]
struct Options {
    /// File of conversations, one JSON object per line; may be gzipped
    file: PathBuf,
    /// Database to use
    #[arg(long, value_enum, default_value = "both")]
    database: DatabaseChoice,
    /// Number of conversations that run at once
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=500))]
    at_once: u16,
    /// Limit of conversations, from the start of the file
    #[arg(long)]
    limit: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DatabaseChoice {
    Sqlite,
    Postgres,
    Both,
}

#[derive(Deserialize)]
struct Script {
    id: String,
    turns: Vec<Turn>,
}

#[derive(Deserialize)]
struct Turn {
    from: Author,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Author {
    Visitor,
    #[serde(alias = "system")]
    Agent,
}

/// A replayed conversation and its id.
struct Replayed {
    script: usize,
    conversation_id: ConversationId,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let mut scripts = read(&options.file)?;
    scripts.truncate(options.limit.unwrap_or(usize::MAX));
    let scripts = Arc::new(scripts);
    for (which, database) in [
        (DatabaseChoice::Sqlite, Database::Sqlite),
        (DatabaseChoice::Postgres, Database::Postgres),
    ] {
        if options.database == which || options.database == DatabaseChoice::Both {
            replay(database, &scripts, options.at_once.into()).await?;
        }
    }
    Ok(())
}

async fn replay(database: Database, scripts: &Arc<Vec<Script>>, at_once: usize) -> Result<()> {
    let server = Arc::new(TestServer::empty(database).await?);
    let (done, token) = server.set_up("Ada", "North").await?;
    let turns: usize = scripts.iter().map(|script| expected(script).count()).sum();
    let bar = progress(turns, &format!("{database:?}"));
    let started_at = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    for _ in 0..at_once {
        let (server, scripts, next, bar) = (
            Arc::clone(&server),
            Arc::clone(scripts),
            Arc::clone(&next),
            bar.clone(),
        );
        let (token, site_key) = (token.clone(), done.site.key.clone());
        workers.push(tokio::spawn(async move {
            let mut agent = Person::connect(&server, &token).await?;
            let mut replayed = Vec::new();
            loop {
                let script = next.fetch_add(1, Ordering::Relaxed);
                let Some(lines) = scripts.get(script) else {
                    break;
                };
                let mut visitor = visitor(&server, &site_key).await?;
                let conversation_id = replay_script(lines, &mut visitor, &mut agent, &bar)
                    .await
                    .with_context(|| format!("conversation {}", lines.id))?;
                replayed.push(Replayed {
                    script,
                    conversation_id,
                });
            }
            anyhow::Ok(replayed)
        }));
    }
    let mut replayed = Vec::new();
    for worker in workers {
        replayed.extend(worker.await??);
    }
    bar.finish_and_clear();
    let seconds = started_at.elapsed().as_secs_f64();
    let store = server.store().await?;
    compare(&store, done.me.workspace.id, scripts, &replayed).await?;
    println!(
        "{database:?}: {} conversations, {turns} messages in {seconds:.1} s; the database equals the file, in order, once",
        replayed.len(),
    );
    Ok(())
}

/// The expected texts with their authors, in order.
fn expected(script: &Script) -> impl Iterator<Item = (Author, &str)> {
    let agent_starts = script
        .turns
        .first()
        .is_none_or(|turn| turn.from == Author::Agent);
    let opening = agent_starts.then_some((Author::Visitor, OPENING));
    opening.into_iter().chain(
        script
            .turns
            .iter()
            .map(|turn| (turn.from, turn.text.as_str())),
    )
}

async fn replay_script(
    script: &Script,
    visitor: &mut Person,
    agent: &mut Person,
    bar: &ProgressBar,
) -> Result<ConversationId> {
    let mut turns = expected(script);
    let (_, opening) = turns.next().context("a conversation has a beginning")?;
    let conversation_id = visitor.start(opening).await?.id;
    agent.change(Command::Claim { conversation_id }).await?;
    bar.inc(1);
    for (author, text) in turns {
        match author {
            Author::Visitor => visitor.send_message(conversation_id, text).await?,
            Author::Agent => agent.send_message(conversation_id, text).await?,
        };
        bar.inc(1);
    }
    agent.change(Command::Resolve { conversation_id }).await?;
    Ok(conversation_id)
}

async fn compare(
    store: &Store,
    workspace: WorkspaceId,
    scripts: &[Script],
    replayed: &[Replayed],
) -> Result<()> {
    let count = store.count("SELECT COUNT(*) FROM conversations").await?;
    ensure!(
        usize::try_from(count)? == scripts.len(),
        "{count} conversations in the database, {} in the file",
        scripts.len()
    );
    let mut reader = store.read().await?;
    for Replayed {
        script,
        conversation_id,
    } in replayed
    {
        let script = &scripts[*script];
        let (saved, more) =
            messages::page_after(&mut reader, workspace, *conversation_id, 0, 10_000).await?;
        ensure!(!more, "{}: more messages than in the file", script.id);
        ensure!(
            saved
                .iter()
                .map(|message| message.seq)
                .eq(1..=i64::try_from(saved.len())?),
            "{}: a gap",
            script.id
        );
        let texts = saved
            .iter()
            .filter_map(|message| match (&message.body, &message.sender) {
                (Body::Text { text }, Sender::Visitor { .. }) => {
                    Some((Author::Visitor, text.as_str()))
                }
                (Body::Text { text }, Sender::Agent { .. }) => Some((Author::Agent, text.as_str())),
                _ => None,
            });
        ensure!(
            texts.eq(expected(script)),
            "{}: the database differs from the file",
            script.id
        );
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Script>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let reader: Box<dyn Read> = match path.extension() {
        Some(extension) if extension == "gz" => Box::new(GzDecoder::new(file)),
        _ => Box::new(file),
    };
    let lines = BufReader::new(reader).lines().enumerate();
    lines
        .map(|(number, line)| {
            serde_json::from_str(&line?)
                .with_context(|| format!("line {} is not a conversation", number + 1))
        })
        .collect()
}

fn progress(turns: usize, name: &str) -> ProgressBar {
    let bar = ProgressBar::new(turns as u64).with_prefix(name.to_owned());
    let style = "{prefix:>8} {wide_bar} {human_pos}/{human_len} messages, {per_sec}, {eta} to go";
    bar.with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}
