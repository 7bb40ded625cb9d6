//! The description of the HTTP API, generated from the handlers.
//!
//! `docs/openapi.json` is a copy of it, so that a change of the API is visible in review.

mod answers;
pub mod description;
pub mod refusals;

use std::sync::LazyLock;

use deskbell_protocol::limits;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// The description, as in `docs/openapi.json`.
pub fn text() -> String {
    let mut description = crate::router::openapi();
    answers::complete(&mut description);
    name_times(&mut description);
    let text = description.to_pretty_json();
    let text = text.expect("the description is plain JSON") + "\n";
    let text = text.replace("schemas/i64\"", "schemas/UnixMs\"");
    answers::without_rustdoc(&text)
}

/// The same, generated once.
pub fn cached_text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(text);
    &TEXT
}

/// Renames references to aliases in the text, because utoipa names an alias by its target.
fn name_times(description: &mut utoipa::openapi::OpenApi) {
    let components = description.components.get_or_insert_default();
    components.schemas.remove("i64");
    let time = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .description(Some("A time, in milliseconds since 1970 (UTC)."));
    components.schemas.insert("UnixMs".to_owned(), time.into());
}

/// The value and the unit of a limit by its name, as doc comments in `shared/src` refer to it.
fn limit(name: &str) -> Option<(usize, &'static str)> {
    let ms = |ms: u32| (ms as usize, " ms");
    Some(match name {
        "AVATAR_BYTES" => (limits::AVATAR_BYTES, " bytes"),
        "AVATAR_PIXELS" => (limits::AVATAR_PIXELS, " pixels"),
        "BLOCKS" => (limits::BLOCKS, ""),
        "CATEGORY_CHARS" => (limits::CATEGORY_CHARS, ""),
        "EXTERNAL_ID_BYTES" => (limits::EXTERNAL_ID_BYTES, " bytes"),
        "HELLO_TIMEOUT_MS" => ms(limits::HELLO_TIMEOUT_MS),
        "IMPORT_ERRORS" => (limits::IMPORT_ERRORS, ""),
        "INBOX_ROWS" => (limits::INBOX_ROWS, ""),
        "LIST_ROWS" => (limits::LIST_ROWS, ""),
        "POLL_WAIT_MS" => ms(limits::POLL_WAIT_MS),
        "PREVIEW_CHARS" => (limits::PREVIEW_CHARS, ""),
        "SHORTCUT_CHARS" => (limits::SHORTCUT_CHARS, ""),
        "TEXT_CHARS" => (limits::TEXT_CHARS, ""),
        "TYPING_EVERY_MS" => ms(limits::TYPING_EVERY_MS),
        "TYPING_MS" => ms(limits::TYPING_MS),
        _ => return None,
    })
}
