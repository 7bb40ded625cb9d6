//! The database fixture of a plan: the workspaces north and south, copied for each plan.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result};
use deskbell_protocol::{AgentView, Role, SessionId, SiteId, UserId, VisitorId, WorkspaceId};
use deskbell_store::identity::sessions::{NewSession, create_session};
use deskbell_store::identity::users::{NewUser, create_user};
use deskbell_store::simulation::HooksGuard;
use deskbell_store::workspace::workspaces;
use deskbell_store::{Store, Tx, WorkspaceScope, sites, visitors};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::sim_hooks::SimHooks;

/// The largest number of agents and of visitors in a plan.
const MAX_PEOPLE: usize = 4;
const FILE: &str = "deskbell.db";

/// A person who can sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Identity {
    Visitor {
        id: VisitorId,
        site: SiteId,
        workspace: WorkspaceId,
    },
    Agent {
        id: UserId,
        session: SessionId,
        workspace: WorkspaceId,
    },
}

impl Identity {
    pub(crate) fn workspace(&self) -> WorkspaceId {
        match self {
            Self::Visitor { workspace, .. } | Self::Agent { workspace, .. } => *workspace,
        }
    }
}

/// A workspace with its people.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) scope: WorkspaceScope,
    pub(crate) visitors: Vec<Identity>,
    pub(crate) agents: Vec<Identity>,
}

/// The workspaces North and South.
#[derive(Clone, Debug)]
pub(crate) struct Workspaces {
    pub(crate) north: Workspace,
    pub(crate) south: Workspace,
}

/// A copy of the database, which is deleted when this is dropped.
pub(crate) struct Fixture {
    folder: TempDir,
    pub(crate) workspaces: Workspaces,
}

impl Fixture {
    /// Creates a copy; the first call of a process creates the original.
    pub(crate) fn new() -> Result<Self> {
        static ORIGINAL: OnceLock<Result<(TempDir, Workspaces), String>> = OnceLock::new();
        let created = ORIGINAL.get_or_init(|| create().map_err(|error| format!("{error:#}")));
        let (original, workspaces) = created
            .as_ref()
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let folder = TempDir::new_in(memory_folder())?;
        std::fs::copy(original.path().join(FILE), folder.path().join(FILE))
            .context("the database cannot be copied")?;
        Ok(Self {
            folder,
            workspaces: workspaces.clone(),
        })
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }
}

/// An in-memory folder, where there is one: nothing here need survive a reboot.
fn memory_folder() -> PathBuf {
    let shared = Path::new("/dev/shm");
    if shared.is_dir() {
        shared.to_owned()
    } else {
        std::env::temp_dir()
    }
}

fn create() -> Result<(TempDir, Workspaces)> {
    let folder = TempDir::new_in(memory_folder())?;
    let path = folder.path().join(FILE);
    // In a thread of its own, because this thread may be in a simulation or a runtime.
    let log = path.with_extension("db-wal");
    let created = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        runtime.block_on(async {
            let _hooks = HooksGuard::install(Box::new(SimHooks::without_delays()));
            let store = Store::open_sqlite(&path).await?;
            store.migrate().await?;
            let mut tx = store.begin(1).await?;
            let north = create_workspace(&mut tx, "North", &["Ada", "Ben"]).await?;
            let south = create_workspace(&mut tx, "South", &["Stella"]).await?;
            tx.commit().await?;
            store.close().await;
            // Connections end in threads of their own, and the last one moves the write-ahead log
            // into the file. If two end at the same moment, neither does; one more connection does
            // it then.
            while log.exists() {
                Store::open_sqlite(&path).await?.close().await;
            }
            Ok(Workspaces { north, south })
        })
    });
    let workspaces: Result<Workspaces> = created
        .join()
        .unwrap_or_else(|_| anyhow::bail!("the thread panicked"));
    Ok((folder, workspaces?))
}

async fn create_workspace(tx: &mut Tx, name: &str, agents: &[&str]) -> Result<Workspace> {
    let workspace_id = workspaces::create_workspace(tx, name).await?;
    let site = sites::create_site(tx, workspace_id, name, name, &[]).await?;
    let mut members = Vec::new();
    for name in agents {
        let user = create_user(
            tx,
            NewUser {
                email: format!("{name}@north.example"),
                name: (*name).to_owned(),
                password_hash: String::new(),
            },
        )
        .await?;
        workspaces::create_membership(tx, workspace_id, user.id, Role::Owner).await?;
        let session = create_session(
            tx,
            NewSession {
                user_id: user.id,
                workspace_id,
                entered: false,
                address: String::new(),
                user_agent: String::new(),
                expires_at: i64::MAX,
            },
        )
        .await?;
        let view = AgentView {
            id: user.id,
            name: user.name,
        };
        members.push((view, session));
    }
    let mut people = Vec::new();
    for _ in 0..MAX_PEOPLE {
        let visitor = visitors::create_visitor(tx, &site).await?;
        people.push(Identity::Visitor {
            id: visitor.visitor_id,
            site: site.id,
            workspace: workspace_id,
        });
    }
    let user = members
        .first()
        .map(|(view, _)| view.clone())
        .context("the workspace has an owner")?;
    Ok(Workspace {
        scope: WorkspaceScope {
            workspace_id,
            user,
            role: Role::Owner,
        },
        visitors: people,
        agents: members
            .iter()
            .cycle()
            .take(MAX_PEOPLE)
            .map(|(member, session)| Identity::Agent {
                id: member.id,
                session: *session,
                workspace: workspace_id,
            })
            .collect(),
    })
}
