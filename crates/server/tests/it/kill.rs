//! The server is killed repeatedly while people chat. `cargo xtask kill` does it for longer.

use std::time::Duration;

use anyhow::Result;
use deskbell_testkit::kill::{DatabaseKind, Plan, run};
use deskbell_testkit::postgres::new_database;
use deskbell_testkit::server::Database;

use crate::on_both;

on_both!(nothing_is_lost_doubled_or_moved_when_the_server_is_killed);

async fn nothing_is_lost_doubled_or_moved_when_the_server_is_killed(
    database: Database,
) -> Result<()> {
    let plan = Plan {
        binary: env!("CARGO_BIN_EXE_deskbell").into(),
        other_binary: None,
        database: match database {
            Database::Sqlite => DatabaseKind::Sqlite,
            Database::Postgres => {
                DatabaseKind::Postgres(tokio::task::spawn_blocking(new_database).await?)
            }
        },
        nodes: 1,
        times: 5,
        longest_freeze: Duration::ZERO,
        pause_every: 2,
        visitors: 6,
        agents: 2,
        seed: 5,
    };
    let report = run(&plan, |_| {}).await?;
    assert!(report.violations.is_empty(), "{report:#?}");
    assert_eq!(report.progress.kills, plan.times);
    assert!(report.progress.acknowledged > 0, "{report:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_moved_when_nodes_and_nats_fail() -> Result<()> {
    let plan = Plan {
        binary: env!("CARGO_BIN_EXE_deskbell").into(),
        other_binary: None,
        database: DatabaseKind::Postgres(tokio::task::spawn_blocking(new_database).await?),
        nodes: 3,
        times: 6,
        longest_freeze: Duration::from_secs(1),
        pause_every: 3,
        visitors: 6,
        agents: 3,
        seed: 7,
    };
    let report = run(&plan, |_| {}).await?;
    assert!(report.violations.is_empty(), "{report:#?}");
    assert!(report.progress.nats_kills > 0, "{report:#?}");
    assert!(report.progress.freezes > 0, "{report:#?}");
    assert!(report.progress.acknowledged > 0, "{report:#?}");
    Ok(())
}
