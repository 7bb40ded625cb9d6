//! Pictures of users.

use anyhow::Result;
use deskbell_protocol::api::identity::account::Avatar;
use deskbell_protocol::api::identity::auth::Me;
use deskbell_protocol::api::workspace::LimitName;
use deskbell_protocol::{ErrorBody, ErrorCode};
use deskbell_testkit::server::Database;
use reqwest::{Method, Response, StatusCode};

use crate::recovery::refusal;
use crate::sites::{limit, set_limit};
use crate::team::members;
use crate::{North, on_both};

on_both!(
    a_picture_has_an_immutable_url,
    a_file_that_is_no_picture_or_too_large_is_refused,
    the_location_in_a_pictures_metadata_is_removed,
    pictures_above_the_storage_limit_of_a_workspace_are_refused,
    of_two_concurrent_pictures_only_one_gets_the_rest_of_the_storage,
);

/// A PNG of this size without content.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend(b"\x08\x06\0\0\0\0\0\0\0");
    png.extend(PNG_END);
    png
}

const PNG_END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";

/// A PNG that is stored with exactly this many bytes, at least 57.
fn png_of(bytes: u32) -> Vec<u8> {
    let mut png = png(64, 64);
    png.truncate(png.len() - PNG_END.len());
    let data = bytes - 57;
    png.extend(data.to_be_bytes());
    png.extend(b"IDAT");
    png.extend(std::iter::repeat_n(0, data as usize + 4));
    png.extend(PNG_END);
    png
}

/// The same of a lossless WebP.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let size = (width - 1) | (height - 1) << 14;
    let mut webp = b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f".to_vec();
    webp.extend(size.to_le_bytes());
    webp.extend([0; 13]);
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
    set_as(north, &north.ada_token, content).await
}

async fn set_as(north: &North, token: &str, content: Vec<u8>) -> Result<Response> {
    let request = north.server.request(Method::PUT, "/api/v1/me/avatar");
    Ok(request.bearer_auth(token).body(content).send().await?)
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

async fn a_picture_has_an_immutable_url(database: Database) -> Result<()> {
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
        let members = members(&north).await?;
        assert_eq!(members[0].avatar_url.as_ref(), Some(&avatar.avatar_url));
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

async fn a_file_that_is_no_picture_or_too_large_is_refused(database: Database) -> Result<()> {
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

/// Metadata of cameras and programs.
const PLACE: &[u8] = b"51.4778 N 0.0015 W, Canon 5D, Ada";

/// EXIF in either byte order, with an orientation and a location.
fn exif(big_endian: bool) -> Vec<u8> {
    let short = |n: u16| match big_endian {
        true => n.to_be_bytes(),
        false => n.to_le_bytes(),
    };
    let long = |n: u32| match big_endian {
        true => n.to_be_bytes(),
        false => n.to_le_bytes(),
    };
    let mut exif = match big_endian {
        true => b"MM\0*".to_vec(),
        false => b"II*\0".to_vec(),
    };
    exif.extend(long(8));
    exif.extend(short(2));
    // Rotated by a quarter.
    for bytes in [short(0x0112), short(3)] {
        exif.extend(bytes);
    }
    exif.extend(long(1));
    exif.extend([short(6), short(0)].concat());
    // The start of the GPS data.
    for bytes in [short(0x8825), short(4)] {
        exif.extend(bytes);
    }
    exif.extend([long(1), long(38), long(0)].concat());
    exif.extend(PLACE);
    exif
}

/// The expected EXIF.
const WAY_UP: &[u8] = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

fn jpeg_piece(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).expect("it is small");
    [&[0xff, marker], &length.to_be_bytes()[..], data].concat()
}

fn png_piece(name: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("it is small");
    [&length.to_be_bytes()[..], name, data, b"\0\0\0\0"].concat()
}

fn webp_piece(name: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("it is small");
    let pad: &[u8] = if data.len() % 2 == 1 { b"\0" } else { b"" };
    [name, &length.to_le_bytes()[..], data, pad].concat()
}

fn webp_of(pieces: &[Vec<u8>]) -> Vec<u8> {
    let body = pieces.concat();
    let length = u32::try_from(body.len() + 4).expect("it is small");
    [b"RIFF", &length.to_le_bytes()[..], b"WEBP", &body].concat()
}

async fn the_location_in_a_pictures_metadata_is_removed(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (start, frame) = (&jpeg(64, 64)[..20], &jpeg(64, 64)[20..39]);
    let colours = jpeg_piece(0xe2, b"ICC_PROFILE\0\x01\x01colours");
    // Data that looks like an end of the image but is inside a chunk or a scan.
    let table = jpeg_piece(0xdb, b"\0\xff\xd9 a table");
    let scan = [
        jpeg_piece(0xda, b"\x01\x01\0\0\x3f\0"),
        b"\x01\xff\0\xff\xd0\x02".to_vec(),
    ]
    .concat();
    let jpeg_around = |exif: Vec<u8>, more: &[u8]| {
        let comment = match more {
            [] => Vec::new(),
            more => [
                jpeg_piece(0xfe, more),
                jpeg_piece(0xed, more),
                jpeg_piece(0xe1, more),
            ]
            .concat(),
        };
        let exif = jpeg_piece(0xe1, &[b"Exif\0\0".to_vec(), exif].concat());
        let head = [start, &exif, &comment, &colours, &table, frame].concat();
        // A second scan, with a comment before it and bytes after the end of the image.
        [&head[..], &scan, &comment, &scan, &[0xff, 0xd9], more].concat()
    };

    let head = &png(64, 64)[..33];
    let (colour, data) = (
        png_piece(b"gAMA", b"\0\0\xb1\x8f"),
        png_piece(b"IDAT", b"rows"),
    );
    let metadata = [
        png_piece(b"tEXt", PLACE),
        png_piece(b"iTXt", PLACE),
        png_piece(b"eXIf", &exif(true)),
        png_piece(b"tIME", PLACE),
    ];
    let original_png = [head, &metadata.concat(), &colour, &data, PNG_END, PLACE].concat();
    let bare_png = [head, &colour, &data, PNG_END].concat();

    let picture = webp(64, 64)[12..].to_vec();
    let extended = |flags: u8| webp_piece(b"VP8X", &[flags, 0, 0, 0, 63, 0, 0, 63, 0, 0]);
    let original_webp = |exif: Vec<u8>| {
        webp_of(&[
            extended(0x1c),
            picture.clone(),
            webp_piece(b"EXIF", &exif),
            webp_piece(b"XMP ", PLACE),
        ])
    };
    let bare_webp = webp_of(&[extended(0x18), picture.clone(), webp_piece(b"EXIF", WAY_UP)]);

    for (name, original, bare) in [
        (
            "JPEG",
            jpeg_around(exif(true), PLACE),
            jpeg_around(WAY_UP.to_vec(), b""),
        ),
        (
            "JPEG",
            jpeg_around(exif(false), PLACE),
            jpeg_around(WAY_UP.to_vec(), b""),
        ),
        ("PNG", original_png, bare_png),
        ("WebP", original_webp(exif(true)), bare_webp.clone()),
        ("WebP", original_webp(exif(false)), bare_webp),
        (
            "WebP without a way up",
            original_webp(PLACE.to_vec()),
            webp_of(&[extended(0x10), picture.clone()]),
        ),
    ] {
        let avatar = set(&north, original).await?;
        assert_eq!(avatar.status(), StatusCode::OK, "{name}");
        let avatar: Avatar = avatar.json().await?;
        let shown = north.server.get(&avatar.avatar_url).await?.bytes().await?;
        assert!(
            !shown.windows(PLACE.len()).any(|part| part == PLACE),
            "{name}"
        );
        assert_eq!(shown.to_vec(), bare, "{name}");
        // A picture without metadata is not changed, and a truncated one is refused, wherever it
        // ends.
        let again: Avatar = set(&north, bare.clone()).await?.json().await?;
        let shown = north.server.get(&again.avatar_url).await?.bytes().await?;
        assert_eq!(shown.to_vec(), bare, "{name}");
        for end in 0..bare.len() {
            let broken = set(&north, bare[..end].to_vec()).await?;
            assert_eq!(
                broken.status(),
                StatusCode::UNPROCESSABLE_ENTITY,
                "{name} {end}"
            );
        }
    }
    Ok(())
}

async fn pictures_above_the_storage_limit_of_a_workspace_are_refused(
    database: Database,
) -> Result<()> {
    let north = North::with_limits(database, "storage_bytes_by_workspace=500").await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let used = async || anyhow::Ok(limit(&north, LimitName::StorageBytes).await?.used);
    assert_eq!(used().await?, 0);
    assert_eq!(set(&north, png_of(300)).await?.status(), StatusCode::OK);
    assert_eq!(used().await?, 300);

    let refused = set_as(&north, &ben, png_of(201)).await?;
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::LimitReached);
    assert_eq!(
        error.message,
        "The workspace \"North\" has reached its limit of 500 bytes for pictures. \
         Choose a smaller picture."
    );
    assert_eq!(used().await?, 300, "it was not stored");
    assert_eq!(
        set_as(&north, &ben, png_of(200)).await?.status(),
        StatusCode::OK
    );
    assert_eq!(used().await?, 500);

    // The size of the old picture does not count. A smaller one is accepted above the limit, too.
    assert_eq!(
        set(&north, png_of(301)).await?.status(),
        StatusCode::FORBIDDEN
    );
    set_limit(&north, LimitName::StorageBytes, Some(100)).await?;
    assert_eq!(set(&north, png_of(299)).await?.status(), StatusCode::OK);
    assert_eq!(used().await?, 499);
    let request = north.server.request(Method::DELETE, "/api/v1/me/avatar");
    request.bearer_auth(&ben).send().await?.error_for_status()?;
    assert_eq!(used().await?, 299);
    Ok(())
}

async fn of_two_concurrent_pictures_only_one_gets_the_rest_of_the_storage(
    database: Database,
) -> Result<()> {
    let north = North::with_limits(database, "storage_bytes_by_workspace=500").await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let (one, other) = tokio::join!(set(&north, png_of(300)), set_as(&north, &ben, png_of(300)),);
    let done = [one?.status(), other?.status()];
    let count = |status| done.iter().filter(|it| **it == status).count();
    assert_eq!(count(StatusCode::OK), 1, "{done:?}");
    assert_eq!(count(StatusCode::FORBIDDEN), 1, "{done:?}");
    assert_eq!(limit(&north, LimitName::StorageBytes).await?.used, 300);
    Ok(())
}
