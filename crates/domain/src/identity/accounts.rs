//! Accounts: the first-run set-up, registration and sign-in.

use deskbell_base::actor::Actor;
use deskbell_base::client_address::ClientAddress;
use deskbell_base::client_info::ClientInfo;
use deskbell_base::email_addresses;
use deskbell_base::email_text::Email;
use deskbell_base::error::{AppError, AppResult, FieldErrors};
use deskbell_base::secrets::password;
use deskbell_base::secrets::token::DeviceClaims;
use deskbell_base::{origins, text};
use deskbell_protocol::api::identity::auth::{Me, Membership, Register, SignIn};
use deskbell_protocol::api::identity::setup::{Setup, SetupDone, SetupState};
use deskbell_protocol::{ErrorCode, Role, UserId};
use deskbell_store::identity::users::{NewUser, User};
use deskbell_store::identity::{
    credentials, email_tokens as stored_tokens, sessions as stored_sessions, users,
};
use deskbell_store::workspace::{limits, workspaces};
use deskbell_store::{Error, Tx, sites as store_sites};
use serde_json::json;

use crate::core::{Core, Registration};
use crate::identity::email_tokens::NOTE_MS;
use crate::identity::sessions::TokenPair;
use crate::identity::{address_lookup, current_user, emails, second_factor, sessions};
use crate::mail;
use crate::platform::audit::{self, Action, target};
use crate::sites;

/// Whether the set-up is done.
pub async fn is_set_up(core: &Core) -> AppResult<bool> {
    let mut reader = core.db.read().await?;
    Ok(users::any_user(&mut reader).await?)
}

/// Returns whether the set-up is due, and the registration mode.
pub async fn setup_state(core: &Core) -> AppResult<SetupState> {
    Ok(SetupState {
        needed: !is_set_up(core).await?,
        registration_open: core.policy.registration == Registration::Open,
        sends_mail: core.policy.sends_mail,
    })
}

/// Gets a user by id.
pub async fn get(core: &Core, user: UserId) -> AppResult<User> {
    let mut reader = core.db.read().await?;
    Ok(users::get_user(&mut reader, user).await?)
}

/// Runs the first-run set-up: creates the owner, the workspace and its first site. It works once.
pub async fn set_up(
    core: &Core,
    body: Setup,
    from: &ClientInfo,
) -> AppResult<(SetupDone, TokenPair)> {
    let mut wrong = FieldErrors::default();
    let site_name = wrong.take(text::thing_name("site", &body.site));
    let origins = wrong.take(origins::allowed_origins(&body.allowed_origins));
    let register = Register {
        name: body.name,
        email: body.email,
        password: body.password,
        workspace: body.workspace,
    };
    let register = check(register, &mut wrong);
    wrong.finish()?;
    let hash = password::hash(register.password.clone(), core.policy.bcrypt_cost).await?;
    let mut tx = core.begin().await?;
    users::take_first_run(&mut tx)
        .await
        .map_err(|error| match error {
            Error::Conflict(_) => AppError::new(
                ErrorCode::Conflict,
                "Deskbell is already set up. Sign in instead.",
            ),
            error => error.into(),
        })?;
    let (mut owner, workspace) = create(&mut tx, register, hash).await?;
    users::set_operator(&mut tx, owner.id, true).await?;
    credentials::verify_email(&mut tx, owner.id, &owner.email).await?;
    owner.is_operator = true;
    let me = current_user::of_member(&owner, workspace);
    let key = sites::new_key();
    let workspace = me.workspace.id;
    let site = store_sites::create_site(&mut tx, workspace, &site_name, &key, &origins).await?;
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
    let pair = sessions::open(core, &mut tx, &me, from).await?;
    tx.commit().await?;
    let site = sites::view(core, site);
    Ok((SetupDone { me, site }, pair))
}

/// Registers a user with a workspace; the account works once the address is verified. The answer is
/// the same whether or not the address has an account; its owner gets a mail.
pub async fn register(
    core: &Core,
    body: Register,
    from: ClientAddress,
    origin: ClientInfo,
) -> AppResult<()> {
    if core.policy.registration != Registration::Open {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "This server does not accept registrations. Ask its owner.",
        ));
    }
    let mut wrong = FieldErrors::default();
    let register = check(body, &mut wrong);
    wrong.finish()?;
    core.limits.mail(from, &register.email)?;
    let mut reader = core.db.read().await?;
    if !users::any_user(&mut reader).await? {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "Deskbell isn't set up yet. Ask its owner to finish the set-up.",
        ));
    }
    drop(reader);
    let hash = password::hash(register.password.clone(), core.policy.bcrypt_cost).await?;
    let mut tx = core.begin().await?;
    let (email, workspace) = (register.email.clone(), register.workspace.clone());
    match users::find_user_by_email(&mut tx, &email).await? {
        None => match create(&mut tx, register, hash).await {
            Ok((user, membership)) => {
                emails::enqueue_verification(core, &mut tx, &user, &workspace).await?;
                let actor = Actor::by_link(user.id, &user.name, origin);
                record_registered(&mut tx, &actor, &membership).await?;
            }
            // Another request has created the account just before, or its user is suspended.
            Err(error) if error.body.code == ErrorCode::Conflict => return Ok(()),
            Err(error) => return Err(error),
        },
        Some(mut user) => {
            let (id, name) = (user.id, register.name);
            if user.email_verified_at.is_none() {
                // Registering again renames the workspace, and workspaces are locked before users.
                limits::lock_workspaces_of(&mut tx, id).await?;
            }
            if credentials::register_again(&mut tx, id, &name, &hash, &workspace).await? {
                user.name = name;
                stored_tokens::delete_tokens(&mut tx, id).await?;
                emails::enqueue_verification(core, &mut tx, &user, &workspace).await?;
            } else {
                let content = Email::AddressTaken {
                    name: user.name,
                    link: core.urls.page("sign-in"),
                };
                mail::send(core, &mut tx, &email, &content, NOTE_MS).await?;
            }
        }
    }
    Ok(tx.commit().await?)
}

/// Records a registration in the platform's log and in the workspace's.
async fn record_registered(tx: &mut Tx, actor: &Actor, membership: &Membership) -> AppResult<()> {
    let what = target("workspace", membership.id, &membership.name);
    for log in [audit::PLATFORM, membership.id] {
        let action = Action::Registered;
        audit::record(tx, log, actor, action, what.clone(), json!({})).await?;
    }
    Ok(())
}

/// Sends another verification link to a registered user who knows the password.
pub async fn resend_verification(
    core: &Core,
    body: SignIn,
    from: ClientAddress,
    origin: &ClientInfo,
) -> AppResult<()> {
    let user = authenticate(core, &body.email, body.password, (from, origin), None).await?;
    if user.email_verified_at.is_some() {
        let message = "Your e-mail is already confirmed. Sign in.";
        return Err(AppError::new(ErrorCode::Conflict, message));
    }
    core.limits.mail(from, &user.email)?;
    let mut tx = core.begin().await?;
    let membership = workspaces::list_memberships(&mut tx, user.id)
        .await?
        .into_iter()
        .next();
    let workspace = membership.map_or_else(String::new, |membership| membership.workspace_name);
    emails::enqueue_verification(core, &mut tx, &user, &workspace).await?;
    Ok(tx.commit().await?)
}

/// A signed-in user, with the tokens of the session.
pub struct SignedIn {
    pub me: Me,
    pub pair: TokenPair,
}

/// Signs in a user with an address, a password, and a code if there is a second factor. Checking
/// the code and opening the session is one transaction. `device`: the browser's device token, from
/// an earlier sign-in.
pub async fn sign_in(
    core: &Core,
    body: SignIn,
    from: (ClientAddress, &ClientInfo),
    device: Option<DeviceClaims>,
) -> AppResult<SignedIn> {
    let user = authenticate(core, &body.email, body.password, from, device).await?;
    require_verified(core, &user)?;
    let mut tx = core.begin().await?;
    second_factor::check_code(core, &mut tx, &user, body.code.as_deref())
        .await
        .inspect_err(|error| match error.body.code {
            ErrorCode::BadCredentials => {
                core.failed_sign_ins
                    .record(&user, Action::SignInFailed, from.1)
            }
            ErrorCode::RateLimited => {
                core.failed_sign_ins
                    .record(&user, Action::SignInThrottled, from.1)
            }
            _ => {}
        })?;
    let memberships = workspaces::list_memberships(&mut tx, user.id).await?;
    let Some(current) = choose_workspace(&mut tx, user.id, &memberships).await? else {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "You are no longer a member of any workspace. Ask for a new invitation, then join with \
             this e-mail and password.",
        ));
    };
    let mut me = current_user::of_member(&user, current_user::membership(current));
    let pair = sessions::open(core, &mut tx, &me, from.1).await?;
    tx.commit().await?;
    me.workspaces = memberships
        .into_iter()
        .map(current_user::membership)
        .collect();
    Ok(SignedIn { me, pair })
}

/// Finds the workspace in which a user starts by default.
pub async fn find_workspace(
    tx: &mut Tx,
    user: UserId,
) -> AppResult<Option<workspaces::Membership>> {
    let memberships = workspaces::list_memberships(tx, user).await?;
    choose_workspace(tx, user, &memberships).await
}

/// Chooses the user's last workspace, or the oldest; a suspended one only if all are suspended.
async fn choose_workspace(
    tx: &mut Tx,
    user: UserId,
    memberships: &[workspaces::Membership],
) -> AppResult<Option<workspaces::Membership>> {
    let last = stored_sessions::find_last_workspace(tx, user).await?;
    let order = |membership: &&workspaces::Membership| {
        (membership.suspended, Some(membership.workspace_id) != last)
    };
    Ok(memberships.iter().min_by_key(order).cloned())
}

/// Authenticates a user by address and password.
pub async fn authenticate(
    core: &Core,
    email: &str,
    password: String,
    (from, origin): (ClientAddress, &ClientInfo),
    device: Option<DeviceClaims>,
) -> AppResult<User> {
    let mut reader = core.db.read().await?;
    let user = address_lookup::find_user(&mut reader, email).await?;
    let email = email_addresses::normalize(email);
    drop(reader);
    let own = device.filter(|device| user.as_ref().is_some_and(|user| user.id == device.sub));
    core.limits.credential_attempt(from)?;
    let note = |action| {
        if let Some(user) = &user {
            core.failed_sign_ins.record(user, action, origin);
        }
    };
    match own {
        Some(own) => core.limits.try_password_again(own.device),
        None => core.limits.try_password(&email),
    }
    .inspect_err(|_| note(Action::SignInThrottled))?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    if !password::verify(password, hash, core.policy.bcrypt_cost).await? {
        note(Action::SignInFailed);
        return Err(bad_credentials());
    }
    user.ok_or_else(bad_credentials)
}

/// The refusal of wrong credentials; the same whether or not there is an account.
pub fn bad_credentials() -> AppError {
    AppError::new(ErrorCode::BadCredentials, "Wrong e-mail or password.")
}

/// Refuses a user whose address is not verified.
pub fn require_verified(core: &Core, user: &User) -> AppResult<()> {
    if user.email_verified_at.is_some() {
        return Ok(());
    }
    let message = match core.policy.sends_mail {
        true => "Confirm your e-mail first. We sent you a link.",
        false => {
            "Confirm your e-mail first. This server can't send e-mail: ask its operator for the link."
        }
    };
    Err(AppError::new(ErrorCode::EmailNotVerified, message))
}

fn check(body: Register, wrong: &mut FieldErrors) -> Register {
    wrong.take(password::check(&body.password));
    Register {
        name: wrong.take(text::person_name("name", &body.name)),
        email: wrong.take(email_addresses::parse(&body.email)),
        password: body.password,
        workspace: wrong.take(text::thing_name("workspace", &body.workspace)),
    }
}

async fn create(
    tx: &mut Tx,
    register: Register,
    password_hash: String,
) -> AppResult<(User, Membership)> {
    let new = NewUser {
        email: register.email,
        name: register.name,
        password_hash,
    };
    let user = users::create_user(tx, new).await?;
    let workspace = workspaces::create_workspace(tx, &register.workspace).await?;
    workspaces::create_membership(tx, workspace, user.id, Role::Owner).await?;
    let created = workspaces::find_membership(tx, user.id, workspace).await?;
    let created = created.ok_or(Error::NotFound)?;
    Ok((user, current_user::membership(created)))
}
