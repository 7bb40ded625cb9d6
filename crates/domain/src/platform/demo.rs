//! The demo workspace: made once, on request, in an empty database.

use deskbell_protocol::Role;
use deskbell_store::users::NewUser;
use deskbell_store::{credentials, sites, users, workspaces};

use crate::core::Core;
use crate::error::AppResult;
use crate::identity::password;

/// The key of the demo site; `/demo` stands on it.
pub const SITE_KEY: &str = "demo";
const PASSWORD: &str = "Ada-rings-2-bells";
const PEOPLE: [(&str, &str, Role); 2] = [
    ("ada@demo.deskbell.example", "Ada Bellamy", Role::Owner),
    ("ben@demo.deskbell.example", "Ben Carillon", Role::Agent),
];

/// Makes the demo workspace with its agents and its site, unless somebody is here already.
pub async fn create(core: &Core, port: u16) -> AppResult<()> {
    let hash = password::hash(PASSWORD.to_owned(), core.policy.bcrypt_cost).await?;
    let mut tx = core.begin().await?;
    if users::any_user(&mut tx).await? {
        return Ok(());
    }
    let workspace = workspaces::create_workspace(&mut tx, "Demo").await?;
    for (email, name, role) in PEOPLE {
        let new = NewUser {
            email: email.to_owned(),
            name: name.to_owned(),
            password_hash: hash.clone(),
        };
        let user = users::create_user(&mut tx, new).await?;
        credentials::verify_email(&mut tx, user.id, email).await?;
        workspaces::create_membership(&mut tx, workspace, user.id, role).await?;
        users::set_operator(&mut tx, user.id, role == Role::Owner).await?;
    }
    let origins = [
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
        core.urls.origin(),
        "http://localhost:*".to_owned(),
    ];
    sites::create_site(&mut tx, workspace, "Bell & Daughters", SITE_KEY, &origins).await?;
    Ok(tx.commit().await?)
}
