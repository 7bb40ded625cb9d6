//! The demo workspace: created on request in an empty database, for trying things out.

mod conversations;

use deskbell_base::error::AppResult;
use deskbell_base::origins;
use deskbell_base::secrets::password;
use deskbell_protocol::{AgentView, Role};
use deskbell_store::identity::users::NewUser;
use deskbell_store::identity::{credentials, users};
use deskbell_store::workspace::workspaces;
use deskbell_store::{WorkspaceScope, sites};

use crate::core::Core;

/// The key of the demo site, which `/demo` shows.
pub const SITE_KEY: &str = "demo";
/// The password of every demo account. It is public: the demo is for trying things out.
pub const PASSWORD: &str = "Ada-rings-2-bells";
/// The address with which the demo's owner signs in.
pub const EMAIL: &str = "ada@demo.deskbell.example";
const PEOPLE: [(&str, &str, Role); 2] = [
    (EMAIL, "Ada Bellamy", Role::Owner),
    ("ben@demo.deskbell.example", "Ben Carillon", Role::Agent),
];

/// A third agent, who exists only with the demo conversations.
const COLLEAGUE: (&str, &str, Role) = ("mia@demo.deskbell.example", "Mia Hansen", Role::Agent);

/// Whether the database has the demo's site.
pub async fn exists(core: &Core) -> AppResult<bool> {
    let mut reader = core.db.read().await?;
    let site = sites::find_site_by_key(&mut reader, SITE_KEY).await?;
    Ok(site.is_some())
}

/// Creates the demo workspace with its agents, its site and, if wanted, conversations, in an empty
/// database.
pub async fn create(core: &Core, port: u16, with_conversations: bool) -> AppResult<()> {
    let hash = password::hash(PASSWORD.to_owned(), core.policy.bcrypt_cost).await?;
    let mut tx = core.begin().await?;
    if users::any_user(&mut tx).await? {
        return Ok(());
    }
    let workspace_id = workspaces::create_workspace(&mut tx, "Demo").await?;
    if with_conversations {
        // The demo's agents are not online, so no conversation returns to the queue.
        let mut workspace = workspaces::get_workspace(&mut tx, workspace_id).await?;
        workspace.return_after_minutes = 0;
        workspaces::set_workspace(&mut tx, &workspace).await?;
    }
    let colleague = with_conversations.then_some(COLLEAGUE);
    let mut agents = Vec::new();
    for (email, name, role) in PEOPLE.into_iter().chain(colleague) {
        let new = NewUser {
            email: email.to_owned(),
            name: name.to_owned(),
            password_hash: hash.clone(),
        };
        let user = users::create_user(&mut tx, new).await?;
        credentials::verify_email(&mut tx, user.id, email).await?;
        workspaces::create_membership(&mut tx, workspace_id, user.id, role).await?;
        users::set_operator(&mut tx, user.id, role == Role::Owner).await?;
        agents.push(WorkspaceScope {
            workspace_id,
            user: AgentView {
                id: user.id,
                name: name.to_owned(),
            },
            role,
        });
    }
    let mut origins = origins::allowed_origins(&[
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
        "http://localhost:*".to_owned(),
    ])?;
    // Our own origin may be an http address in a local network.
    let own = core.urls.origin();
    if !origins.contains(&own) {
        origins.push(own);
    }
    let name = "Bell & Daughters";
    let site = sites::create_site(&mut tx, workspace_id, name, SITE_KEY, &origins).await?;
    tx.commit().await?;
    if with_conversations {
        conversations::create(core, &site, &agents).await?;
    }
    Ok(())
}
