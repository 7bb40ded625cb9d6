//! Invitations: creating, resending and revoking them.

use anyhow::{Context, Result};
use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_testkit::server::{Database, email};
use reqwest::{Response, StatusCode};
use serde_json::json;

use crate::api::{code, execute};
use crate::team::{accept, id_of, invite, invited, nora, remove, resend, revoke, token_of};
use crate::{North, on_both};

on_both!(
    a_revoked_replaced_or_unknown_invitation_is_refused,
    an_invited_address_is_not_invited_again_while_its_invitation_is_open,
    an_expired_invitation_is_not_resent_beside_an_open_one,
    a_member_is_not_invited_again,
    one_of_several_concurrent_invitations_of_an_address_succeeds,
);

async fn a_revoked_replaced_or_unknown_invitation_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (invitation, first) = invited(&north, json!({ "role": "agent" })).await?;
    let resent = resend(&north, &north.ada_token, invitation.id).await?;
    let second = token_of(&resent.json().await?)?;
    assert_eq!(
        accept(&north, nora(&first)).await?.status(),
        410,
        "replaced"
    );
    let revoked = revoke(&north, &north.ada_token, invitation.id).await?;
    assert_eq!(revoked.status(), 204);
    assert_eq!(
        code(accept(&north, nora(&second)).await?).await?,
        (410, ErrorCode::LinkExpired)
    );
    let resent = resend(&north, &north.ada_token, invitation.id).await?;
    assert_eq!(resent.status(), 410);
    for unknown in ["", "no-token", "' OR 1=1 --"] {
        assert_eq!(accept(&north, nora(unknown)).await?.status(), 410);
        let view = north
            .server
            .post("/api/v1/auth/invitation", json!({ "token": unknown }))
            .await?;
        assert_eq!(view.status(), 410);
    }
    let (_, late) = invited(&north, json!({ "role": "agent" })).await?;
    crate::api::execute(
        &north.server,
        "UPDATE invitations SET expires_at = 1 WHERE revoked_at IS NULL",
    )
    .await?;
    assert_eq!(
        code(accept(&north, nora(&late)).await?).await?,
        (410, ErrorCode::LinkExpired)
    );
    Ok(())
}

/// Moves the end of every open invitation into the past.
async fn expire_invitations(north: &North) -> Result<()> {
    let sql = "UPDATE invitations SET expires_at = 1 WHERE revoked_at IS NULL";
    execute(&north.server, sql).await
}

/// Asserts that an invitation was refused because of its address, with a message like this.
async fn assert_conflict(response: Response, message: &str) -> Result<()> {
    assert_eq!(response.status(), 409);
    let error: ErrorBody = response.json().await?;
    assert_eq!(error.code, ErrorCode::Conflict);
    let why = error.fields.get("email").context("the field is named")?;
    assert!(why.contains(message), "{why}");
    Ok(())
}

async fn an_invited_address_is_not_invited_again_while_its_invitation_is_open(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let to_nora = || json!({ "role": "agent", "email": " Nora@North.example" });
    let (first, _) = invited(&north, to_nora()).await?;
    let again = invite(&north, &north.ada_token, to_nora()).await?;
    assert_conflict(again, "already invited").await?;
    invited(&north, json!({ "role": "agent", "email": email("Nils") })).await?;
    invited(&north, json!({ "role": "agent" })).await?;

    let resent = resend(&north, &north.ada_token, first.id).await?;
    assert_eq!(resent.status(), 200, "it is the same invitation");
    revoke(&north, &north.ada_token, first.id).await?;
    invited(&north, to_nora()).await?;
    expire_invitations(&north).await?;
    invited(&north, to_nora()).await?;

    let stella = north.server.register("Stella", "South").await?;
    let in_south = invite(&north, &stella, to_nora()).await?;
    assert_eq!(in_south.status(), 201, "another workspace invites her, too");
    Ok(())
}

async fn an_expired_invitation_is_not_resent_beside_an_open_one(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let to_nora = || json!({ "role": "agent", "email": email("Nora") });
    let (expired, _) = invited(&north, to_nora()).await?;
    expire_invitations(&north).await?;
    let (_, token) = invited(&north, to_nora()).await?;
    let resent = resend(&north, &north.ada_token, expired.id).await?;
    assert_conflict(resent, "already invited").await?;
    assert_eq!(accept(&north, nora(&token)).await?.status(), 200);
    let resent = resend(&north, &north.ada_token, expired.id).await?;
    assert_conflict(resent, "already a member").await
}

async fn a_member_is_not_invited_again(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    north.server.add_agent("Ben", "Ada").await?;
    for member in ["Ada", "Ben"] {
        let body = json!({ "role": "admin", "email": email(member).to_uppercase() });
        let refused = invite(&north, &north.ada_token, body).await?;
        assert_conflict(refused, "already a member").await?;
    }
    let ben = id_of(&north, "Ben").await?;
    assert_eq!(
        remove(&north, &north.ada_token, ben, "").await?.status(),
        204
    );
    invited(&north, json!({ "role": "agent", "email": email("Ben") })).await?;
    Ok(())
}

async fn one_of_several_concurrent_invitations_of_an_address_succeeds(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    for number in 0..5 {
        let body = json!({ "role": "agent", "email": email(&format!("Nora {number}")) });
        let invite = || invite(&north, &north.ada_token, body.clone());
        let (one, two, three) = tokio::join!(invite(), invite(), invite());
        let mut done = [one?.status(), two?.status(), three?.status()];
        done.sort_unstable();
        assert_eq!(
            done,
            [
                StatusCode::CREATED,
                StatusCode::CONFLICT,
                StatusCode::CONFLICT
            ]
        );
    }
    Ok(())
}
