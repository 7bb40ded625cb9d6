//! People and their workspaces: the first run, registration, sign-in.

use deskbell_protocol::api::auth::{Me, Membership, Register, SignIn};
use deskbell_protocol::api::setup::{Setup, SetupDone, Site};
use deskbell_protocol::{ErrorCode, Role, WorkspaceId};
use deskbell_store::users::{NewUser, User};
use deskbell_store::{Error, Tx, sites, users, workspaces};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::auth::origin::Origin;
use crate::auth::password;
use crate::auth::token;
use crate::domain::audit::{self, Action, target};
use crate::domain::text;
use crate::error::{AppError, AppResult, FieldErrors};
use crate::limits::address::Address;

/// A new person and the workspace they own.
pub struct Account {
    pub me: Me,
}

/// The first run: the owner, the workspace, its first site. Once in an installation's life.
pub async fn set_up(app: &App, body: Setup, from: &Origin) -> AppResult<SetupDone> {
    let mut wrong = FieldErrors::default();
    let site_name = wrong.take(text::thing_name("site", &body.site));
    let origins = wrong.take(text::allowed_origins(&body.allowed_origins));
    let register = Register {
        name: body.name,
        email: body.email,
        password: body.password,
        workspace: body.workspace,
    };
    let register = check(register, &mut wrong);
    wrong.finish()?;
    let hash = password::hash(register.password.clone(), app.config.bcrypt_cost).await?;
    let mut tx = app.begin().await?;
    users::take_first_run(&mut tx)
        .await
        .map_err(|error| match error {
            Error::Conflict(_) => AppError::new(
                ErrorCode::Conflict,
                "Deskbell has been set up already. Sign in instead.",
            ),
            error => error.into(),
        })?;
    let mut me = create(&mut tx, register, hash).await?;
    users::set_operator(&mut tx, me.user_id, true).await?;
    me.is_operator = true;
    let site = create_site(app, &mut tx, me.workspace.id, &site_name, &origins).await?;
    let actor = Actor::by_link(me.user_id, &me.name, from.clone());
    let what = target("workspace", me.workspace.id, &me.workspace.name);
    audit::record(
        &mut tx,
        audit::PLATFORM,
        &actor,
        Action::SetUp,
        what,
        json!({}),
    )
    .await?;
    app.commit(tx).await?;
    Ok(SetupDone { me, site })
}

/// A person with a workspace of their own.
pub async fn register(app: &App, body: Register) -> AppResult<Account> {
    let mut wrong = FieldErrors::default();
    let register = check(body, &mut wrong);
    wrong.finish()?;
    let hash = password::hash(register.password.clone(), app.config.bcrypt_cost).await?;
    let mut tx = app.begin().await?;
    let me = create(&mut tx, register, hash).await?;
    app.commit(tx).await?;
    Ok(Account { me })
}

/// Who owns this address and this password.
pub async fn sign_in(app: &App, body: SignIn, from: Address) -> AppResult<Me> {
    let refused = || {
        AppError::new(
            ErrorCode::BadCredentials,
            "The e-mail address and the password do not go together.",
        )
    };
    let email = body.email.trim().to_lowercase();
    app.limits.sign_in(from, &email)?;
    let mut reader = app.store.read().await?;
    let user = users::find_user_by_email(&mut reader, &email).await?;
    drop(reader);
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    if !password::verify(body.password, hash, app.config.bcrypt_cost).await? {
        return Err(refused());
    }
    let user = user.ok_or_else(refused)?;
    let mut reader = app.store.read().await?;
    let memberships = workspaces::list_memberships(&mut reader, user.id).await?;
    let membership = memberships.into_iter().next().ok_or_else(|| {
        AppError::new(
            ErrorCode::Forbidden,
            "You are not a member of a workspace any more.",
        )
    })?;
    let workspace = Membership {
        id: membership.workspace_id,
        name: membership.workspace_name,
        role: membership.role,
    };
    Ok(Me {
        user_id: user.id,
        name: user.name,
        email: user.email,
        workspace,
        is_operator: user.is_operator,
        entered: false,
    })
}

/// A site of a workspace, with a fresh key.
pub async fn create_site(
    app: &App,
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
    origins: &[String],
) -> AppResult<Site> {
    let key = token::random()[..20].to_owned();
    let site = sites::create_site(tx, workspace, name, &key, origins).await?;
    Ok(Site {
        id: site.id,
        name: site.name,
        snippet: snippet(&app.config.origin(), &key),
        key,
        allowed_origins: origins.to_vec(),
    })
}

/// What a site's owner pastes.
pub fn snippet(origin: &str, key: &str) -> String {
    format!("<script src=\"{origin}/deskbell.js\" data-site=\"{key}\" async></script>")
}

fn check(body: Register, wrong: &mut FieldErrors) -> Register {
    wrong.take(password::check(&body.password));
    Register {
        name: wrong.take(text::person_name("name", &body.name)),
        email: wrong.take(text::email(&body.email)),
        password: body.password,
        workspace: wrong.take(text::thing_name("workspace", &body.workspace)),
    }
}

async fn create(tx: &mut Tx, register: Register, password_hash: String) -> AppResult<Me> {
    let new = NewUser {
        email: register.email,
        name: register.name,
        password_hash,
    };
    let user: User = users::create_user(tx, new).await?;
    let workspace = workspaces::create_workspace(tx, &register.workspace).await?;
    workspaces::create_membership(tx, workspace, user.id, Role::Owner).await?;
    let workspace = Membership {
        id: workspace,
        name: register.workspace,
        role: Role::Owner,
    };
    Ok(Me {
        user_id: user.id,
        name: user.name,
        email: user.email,
        workspace,
        is_operator: user.is_operator,
        entered: false,
    })
}
