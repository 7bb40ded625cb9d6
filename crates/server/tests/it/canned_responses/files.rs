//! The CSV file of canned responses: export, import, errors by line and field.

use anyhow::Result;
use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponses, ImportError, ImportedResponses,
};
use deskbell_protocol::api::platform::audit::AuditEntries;
use deskbell_protocol::{ErrorBody, ErrorCode, limits};
use deskbell_testkit::server::Database;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{own, shared};
use crate::api::{code, fetch, request_as};
use crate::{North, on_both};

on_both!(
    an_exported_file_is_imported_again_without_a_change,
    an_import_creates_and_updates_by_shortcut,
    a_file_with_errors_changes_nothing_and_names_lines_and_fields,
    a_dry_run_changes_nothing,
    teams_are_exported_and_imported_by_their_names,
    a_file_that_is_no_csv_or_too_large_is_refused,
);

impl North {
    /// Imports a file; `query` is empty or `?dry_run=true`.
    pub(super) async fn import(&self, by: &str, query: &str, file: &str) -> Result<Response> {
        let path = format!("/api/v1/canned-responses/import{query}");
        let request = self.server.request(Method::POST, &path).bearer_auth(by);
        let request = request.header("content-type", "text/csv");
        Ok(request.body(file.to_owned()).send().await?)
    }

    async fn imported(&self, by: &str, query: &str, file: &str) -> Result<ImportedResponses> {
        let done = self.import(by, query, file).await?;
        anyhow::ensure!(done.status() == 200, "{}", done.text().await?);
        Ok(done.json().await?)
    }

    async fn exported(&self, by: &str, query: &str) -> Result<String> {
        let path = format!("/export{query}");
        let file = self.canned(Method::GET, &path, by, None).await?;
        let header = |name: &str| file.headers()[name].to_str().map(str::to_owned);
        assert_eq!(header("content-type")?, "text/csv; charset=utf-8");
        assert_eq!(
            header("content-disposition")?,
            "attachment; filename=\"canned-responses.csv\""
        );
        Ok(file.text().await?)
    }
}

fn counts(report: &ImportedResponses) -> [usize; 3] {
    [report.created, report.updated, report.unchanged]
}

async fn an_exported_file_is_imported_again_without_a_change(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    for (n, content) in [
        "Plain",
        "=HYPERLINK(\"https://evil.example\")",
        "'quoted'",
        "Two\nlines, a comma; a semicolon",
        "@{{visitor.name|\"there\"}}",
    ]
    .iter()
    .enumerate()
    {
        let mut body = match n % 2 {
            0 => shared(&format!("-r{n}"), content),
            _ => own(&format!("r{n}"), content),
        };
        body["category"] = json!("+1");
        north.create_canned(ada, body).await?;
    }
    let file = north.exported(ada, "").await?;
    assert!(
        file.starts_with("shortcut,title,category,content,scope,team\r\n"),
        "{file}"
    );
    for cell in file.split([',', '\n']) {
        assert!(!cell.starts_with(['=', '+', '@', '-']), "{cell} in {file}");
    }
    let report = north.imported(ada, "", &file).await?;
    assert_eq!(counts(&report), [0, 0, 5]);
    let before: CannedResponses = north.get_canned("", ada).await?;
    for response in &before.responses {
        assert_eq!(north.delete_canned(ada, response.id).await?, 204);
    }
    let report = north.imported(ada, "", &file).await?;
    assert_eq!(counts(&report), [5, 0, 0]);
    let after: CannedResponses = north.get_canned("", ada).await?;
    for (before, after) in before.responses.iter().zip(&after.responses) {
        assert_eq!(after.content, before.content);
        assert_eq!(after.title, before.title);
        assert_eq!(
            (&after.category, after.scope),
            (&before.category, before.scope)
        );
    }
    assert_eq!(north.exported(ada, "").await?, file);
    let own_ones = north.exported(ada, "?scope=own").await?;
    assert_eq!(own_ones.matches(",own,\r\n").count(), 2, "{own_ones}");
    assert_eq!(own_ones.matches(",workspace,\r\n").count(), 0);
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let seen = north.exported(&ben, "").await?;
    assert_eq!(seen.matches(",own,\r\n").count(), 0, "Ada's own are hers");
    assert_eq!(seen.matches(",workspace,\r\n").count(), 3);
    Ok(())
}

async fn an_import_creates_and_updates_by_shortcut(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    let hi = north.create_canned(ada, shared("Hi", "Hi.")).await?;
    let file = "Shortcut;Content;Scope\nhi;Hello.;workspace\nbye;Goodbye.;\n";
    let report = north.imported(ada, "", file).await?;
    assert_eq!(counts(&report), [1, 1, 0]);
    let all: CannedResponses = north.get_canned("", ada).await?;
    let [bye, updated] = &all.responses[..] else {
        anyhow::bail!("two responses, not {all:?}");
    };
    assert_eq!(updated.id, hi.id);
    assert_eq!(
        (updated.shortcut.as_str(), updated.content.as_str()),
        ("hi", "Hello.")
    );
    assert_eq!((bye.title.as_str(), bye.scope.as_str()), ("bye", "own"));
    let path = "/api/v1/audit?action=canned_response.imported";
    let log: AuditEntries = fetch(&north.server, Method::GET, path, ada).await?;
    let details: Vec<&Value> = log.entries.iter().map(|entry| &entry.details).collect();
    assert_eq!(details, [&json!({ "created": 1, "updated": 1 })]);
    Ok(())
}

const WRONG: &str = "shortcut,title,category,content,scope\r\n\
    good,Good,,Good.,own\r\n\
    two words,,,\"Two\r\nlines.\",own\r\n\
    GOOD,Again,,Again.,own\r\n\
    shared,Shared,,Hi {{visitor.nam}},workspace\r\n\
    other,Other,,Other.,everyone\r\n";

fn wrong_places() -> [(u64, &'static str); 5] {
    [
        (3, "shortcut"),
        (5, "shortcut"),
        (6, "content"),
        (6, "scope"),
        (7, "scope"),
    ]
}

async fn a_file_with_errors_changes_nothing_and_names_lines_and_fields(
    database: Database,
) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let refused = north.import(&ben, "", WRONG).await?;
    assert_eq!(refused.status(), 422);
    let error: ErrorBody = refused.json().await?;
    assert_eq!(error.code, ErrorCode::Invalid);
    assert!(
        error
            .message
            .starts_with("Nothing was imported: there are 5 errors. Line 3, shortcut: ")
    );
    let expected = wrong_places().map(|(line, field)| format!("rows.{line}.{field}"));
    assert_eq!(error.fields.keys().cloned().collect::<Vec<_>>(), expected);
    assert!(error.fields["rows.5.shortcut"].contains("Line 2"));
    assert!(error.fields["rows.6.content"].contains("{{visitor.nam}}"));
    assert!(error.fields["rows.6.scope"].contains("Only an admin"));
    assert!(north.shortcuts("", &ben).await?.is_empty());
    Ok(())
}

async fn a_dry_run_changes_nothing(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ben = north.server.add_agent("Ben", "Ada").await?;
    let report = north.imported(&ben, "?dry_run=true", WRONG).await?;
    assert_eq!(counts(&report), [1, 0, 0]);
    assert_eq!(report.error_count, 5);
    let places = |error: &ImportError| (error.line, error.field.clone());
    let found: Vec<_> = report.errors.iter().map(places).collect();
    let expected = wrong_places().map(|(line, field)| (line, field.to_owned()));
    assert_eq!(found, expected);
    let good = "shortcut,content\na,A\nb,B\n";
    let report = north.imported(&ben, "?dry_run=true", good).await?;
    assert_eq!((counts(&report), report.error_count), ([2, 0, 0], 0));
    assert!(north.shortcuts("", &ben).await?.is_empty());
    let rows = (0..150).map(|n| format!("wrong {n},A\n"));
    let file = format!("shortcut,content\n{}", rows.collect::<String>());
    let report = north.imported(&ben, "?dry_run=true", &file).await?;
    assert_eq!(report.error_count, 150);
    assert_eq!(report.errors.len(), limits::IMPORT_ERRORS);
    Ok(())
}

async fn a_file_that_is_no_csv_or_too_large_is_refused(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let ada = &north.ada_token;
    for file in [
        "",
        "shortcut\n",
        "shortcut,content\n",
        "<html></html>",
        "shortcut,content\na,b,c\n",
    ] {
        let refused = north.import(ada, "", file).await?;
        assert_eq!(refused.status(), 422, "{file}");
        let error: ErrorBody = refused.json().await?;
        assert_eq!(error.fields.keys().collect::<Vec<_>>(), ["file"], "{file}");
    }
    let large = "x".repeat(limits::IMPORT_BYTES + 1);
    let refused = north.import(ada, "", &large).await?;
    assert_eq!(code(refused).await?, (413, ErrorCode::TooLarge));
    let row = format!("a,{}\n", "x".repeat(limits::TEXT_CHARS));
    let long = north
        .imported(ada, "", &format!("shortcut,content\n{row}"))
        .await?;
    assert_eq!(long.created, 1);
    Ok(())
}

async fn teams_are_exported_and_imported_by_their_names(database: Database) -> Result<()> {
    let north = North::new(database).await?;
    let (ada, path) = (&north.ada_token, "/api/v1/teams");
    let team = json!({ "name": "Returns & Refunds" });
    let team = request_as(&north.server, Method::POST, path, ada, Some(team)).await?;
    team.error_for_status()?;
    let file = "shortcut,content,scope,team\na,A,team,returns & REFUNDS\nb,B,,Returns & Refunds\n";
    let report = north.imported(ada, "", file).await?;
    assert_eq!(counts(&report), [2, 0, 0]);
    let exported = north.exported(ada, "?scope=team").await?;
    assert_eq!(
        exported,
        "shortcut,title,category,content,scope,team\r\n\
         a,a,,A,team,Returns & Refunds\r\nb,b,,B,team,Returns & Refunds\r\n"
    );
    let report = north.imported(ada, "", &exported).await?;
    assert_eq!(counts(&report), [0, 0, 2]);
    let wrong =
        "shortcut,content,scope,team\na,A,team,\nb,B,team,Unknown\nc,C,own,Returns & Refunds\n";
    let report = north.imported(ada, "?dry_run=true", wrong).await?;
    let places: Vec<_> = report
        .errors
        .iter()
        .map(|error| (error.line, error.field.as_str()))
        .collect();
    assert_eq!(places, [(2, "team"), (3, "team"), (4, "team")]);
    Ok(())
}
