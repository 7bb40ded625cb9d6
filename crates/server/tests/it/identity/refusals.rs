//! Identity tokens that are refused, and the reasons that the integrator reads.

use anyhow::Result;
use deskbell_testkit::server::Database;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{FAR, arrive, base64, jwt, secret};
use crate::{North, on_both};

on_both!(a_refused_identity_token_is_refused_with_its_real_fault);

async fn a_refused_identity_token_is_refused_with_its_real_fault(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let secret = secret(&north).await?;
    let signed = |claims: Value| jwt(&secret, Algorithm::HS256, &claims);
    let good = json!({ "sub": "7", "exp": FAR });
    let with_header = |header: Value| {
        let (header, claims) = (header.to_string(), good.to_string());
        format!(
            "{}.{}.",
            base64(header.as_bytes()),
            base64(claims.as_bytes())
        )
    };
    let seconds = "is not a number of seconds since 1970";
    for (jwt, fault) in [
        (
            with_header(json!({ "alg": "none" })),
            "the alg of the JWT is not HS256".to_owned(),
        ),
        (
            with_header(json!({ "typ": "JWT" })),
            "the alg of the JWT is not HS256".to_owned(),
        ),
        (
            jwt(&secret, Algorithm::HS512, &good)?,
            "the alg of the JWT is not HS256".to_owned(),
        ),
        (
            with_header(json!({ "alg": "HS256", "typ": 7 })),
            "the header of the JWT is malformed".to_owned(),
        ),
        (
            with_header(json!({ "alg": "HS256" })),
            "the JWT is not signed with the site's identity secret".to_owned(),
        ),
        (
            jwt("guessed", Algorithm::HS256, &good)?,
            "the JWT is not signed with the site's identity secret".to_owned(),
        ),
        (
            "nonsense".to_owned(),
            "the jwt is not a JSON Web Token".to_owned(),
        ),
        (
            signed(json!({ "sub": "7", "exp": "tomorrow" }))?,
            format!("the exp of the JWT {seconds}"),
        ),
        (
            signed(json!({ "sub": "7", "exp": null }))?,
            format!("the exp of the JWT {seconds}"),
        ),
        (
            signed(json!({ "sub": "7", "exp": -1 }))?,
            format!("the exp of the JWT {seconds}"),
        ),
        (
            signed(json!({ "sub": "7", "exp": FAR, "nbf": "now" }))?,
            format!("the nbf of the JWT {seconds}"),
        ),
        (
            signed(json!({ "sub": "7", "exp": FAR, "nbf": FAR }))?,
            "the nbf of the JWT is in the future".to_owned(),
        ),
        (
            signed(json!({ "sub": "7", "exp": 1_000 }))?,
            "the JWT has expired".to_owned(),
        ),
        (
            signed(json!({ "sub": "7" }))?,
            "the JWT has no exp".to_owned(),
        ),
        (
            signed(json!({ "exp": FAR }))?,
            "the JWT has no sub".to_owned(),
        ),
        (
            signed(json!({ "sub": 7, "exp": FAR }))?,
            "the sub of the JWT is not text".to_owned(),
        ),
        (
            signed(json!({ "sub": "7", "exp": FAR, "name": ["Vera"] }))?,
            "the name in the JWT is not text".to_owned(),
        ),
        (
            signed(json!({ "sub": "7", "exp": FAR, "email": 7 }))?,
            "the email in the JWT is not text".to_owned(),
        ),
        (
            signed(json!("7"))?,
            "the claims of the JWT are not a JSON object".to_owned(),
        ),
    ] {
        let (_, outcome) = arrive(&north, None, json!({ "jwt": jwt })).await?;
        assert_eq!(outcome, format!("refused: {fault}"), "{jwt}");
    }
    let unnamed = signed(json!({ "sub": "7", "exp": FAR, "name": null, "email": null }))?;
    let (_, outcome) = arrive(&north, None, json!({ "jwt": unnamed })).await?;
    assert_eq!(outcome, "verified");
    Ok(())
}
