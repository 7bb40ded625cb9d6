//! People's pictures.

use anyhow::Result;
use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::account::Avatar;
use deskbell_protocol::api::auth::Me;
use deskbell_testkit::server::Database;
use reqwest::{Method, Response, StatusCode};

use crate::recovery::refusal;
use crate::{North, on_both};

on_both!(
    a_picture_is_shown_at_an_address_that_never_changes,
    what_is_no_picture_or_too_large_is_refused,
);

/// The head of a PNG of this size; nobody looks further.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend(b"\x08\x06\0\0\0\0\0\0\0");
    png
}

/// The same of a lossless WebP.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let size = (width - 1) | (height - 1) << 14;
    let mut webp = b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f".to_vec();
    webp.extend(size.to_le_bytes());
    webp.extend([0; 16]);
    webp
}

/// The same of a JPEG.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut jpeg =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08".to_vec();
    jpeg.extend(height.to_be_bytes());
    jpeg.extend(width.to_be_bytes());
    jpeg.extend(b"\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9");
    jpeg
}

async fn set(north: &North, content: Vec<u8>) -> Result<Response> {
    let request = north.server.request(Method::PUT, "/api/v1/me/avatar");
    Ok(request
        .bearer_auth(&north.ada_token)
        .body(content)
        .send()
        .await?)
}

async fn me(north: &North) -> Result<Me> {
    let request = north.server.request(Method::GET, "/api/v1/me");
    Ok(request
        .bearer_auth(&north.ada_token)
        .send()
        .await?
        .json()
        .await?)
}

async fn a_picture_is_shown_at_an_address_that_never_changes(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    assert_eq!(me(&north).await?.avatar_url, None);
    let mut addresses = Vec::new();
    for (picture, media_type) in [
        (png(64, 64), "image/png"),
        (jpeg(64, 64), "image/jpeg"),
        (webp(64, 64), "image/webp"),
    ] {
        let response = set(&north, picture.clone()).await?;
        assert_eq!(response.status(), StatusCode::OK, "{media_type}");
        let avatar: Avatar = response.json().await?;
        assert_eq!(
            me(&north).await?.avatar_url.as_ref(),
            Some(&avatar.avatar_url)
        );
        let shown = north.server.get(&avatar.avatar_url).await?;
        let header = |name: &str| {
            shown.headers()[name]
                .to_str()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(header("content-type"), media_type);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("cache-control").contains("immutable"));
        assert!(header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(shown.bytes().await?, picture);
        addresses.push(avatar.avatar_url);
    }
    let request = north.server.request(Method::DELETE, "/api/v1/me/avatar");
    let deleted = request.bearer_auth(&north.ada_token).send().await?;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(me(&north).await?.avatar_url, None);
    addresses.push("/avatars/..%2f..%2fsecret.key".to_owned());
    for address in addresses {
        let gone = north.server.get(&address).await?;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND, "{address}");
    }
    Ok(())
}

async fn what_is_no_picture_or_too_large_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let mut full = png(64, 64);
    full.resize(256 * 1024, 0);
    assert_eq!(set(&north, full.clone()).await?.status(), StatusCode::OK);
    full.push(0);
    let refused = refusal(set(&north, full).await?).await?;
    assert_eq!(
        refused,
        (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge)
    );
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for content in [
        Vec::new(),
        svg.into(),
        b"<html><script>alert(1)</script>".to_vec(),
        b"GIF89a\x01\0\x01\0\0\0\0".to_vec(),
        b"\x89PNG\r\n\x1a\n".to_vec(),
        png(64, 64)[..18].to_vec(),
        png(0, 64),
        png(2049, 64),
        png(u32::MAX, u32::MAX),
        jpeg(64, 65_535),
        webp(16_000, 1),
    ] {
        let refused = set(&north, content.clone()).await?;
        let refused = refusal(refused).await?;
        assert_eq!(refused.1, ErrorCode::Invalid, "{content:?}");
    }
    let stranger = north.server.request(Method::PUT, "/api/v1/me/avatar");
    let stranger = stranger.body(png(64, 64)).send().await?;
    assert_ne!(stranger.status(), StatusCode::OK);
    Ok(())
}
