//! `/api/v1/audit`: the audit log.

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use deskbell_base::actor::Actor;
use deskbell_domain::platform::audit;
use deskbell_protocol::WorkspaceId;
use deskbell_protocol::api::platform::audit::{
    AuditCheck, AuditEntries, AuditEntry, AuditTarget, ExportFormat, ListAudit,
};
use futures_util::StreamExt;
use serde::Deserialize;

use crate::app::App;
use crate::auth::member::Member;
use crate::auth::permission::ReadAudit;
use crate::error::ApiResult;
use crate::extract::Query;
use crate::openapi::refusals::Refusals;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Format {
    /// `csv` by default, or `json`.
    #[serde(default)]
    pub(super) format: ExportFormat,
}

/// Lists the entries of the audit log, the newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", params(ListAudit),
    responses((status = 200, body = AuditEntries), Refusals),
    security(("session" = []), ("bearer" = ["audit:read"]))
)]
pub async fn list(
    State(app): State<App>,
    admin: Member<ReadAudit>,
    Query(query): Query<ListAudit>,
) -> ApiResult<Json<AuditEntries>> {
    Ok(Json(
        audit::list(&app.core.db, admin.scope.workspace_id, query).await?,
    ))
}

/// Exports the audit log as a file. The export is recorded in the log.
#[utoipa::path(
    get, path = "/api/v1/audit/export", tag = "audit", params(ListAudit, Format),
    responses((status = 200, description = "The log", content((String = "text/csv"), (Vec<AuditEntry> = "application/json"))), Refusals),
    security(("session" = []), ("bearer" = ["audit:read"]))
)]
pub async fn export(
    State(app): State<App>,
    admin: Member<ReadAudit>,
    Query(query): Query<ListAudit>,
    Query(Format { format }): Query<Format>,
) -> ApiResult<Response> {
    let what = audit::workspace_target(&admin.scope, &admin.me.workspace.name);
    let log = admin.scope.workspace_id;
    take_out(&app, log, &admin.actor, what, query, format).await
}

/// A log as a file; the export is recorded in it first.
pub(super) async fn take_out(
    app: &App,
    log: WorkspaceId,
    actor: &Actor,
    what: AuditTarget,
    query: ListAudit,
    format: ExportFormat,
) -> ApiResult<Response> {
    let pages = audit::export(&app.core.db, log, actor, what, query, format).await?;
    let pages = pages.map(|page| {
        page.map_err(|error| {
            error.log();
            std::io::Error::other(error.body.message)
        })
    });
    let (kind, name) = match format {
        ExportFormat::Csv => (
            "text/csv; charset=utf-8",
            "attachment; filename=\"audit.csv\"",
        ),
        ExportFormat::Json => ("application/json", "attachment; filename=\"audit.json\""),
    };
    let headers = [(CONTENT_TYPE, kind), (CONTENT_DISPOSITION, name)];
    Ok((headers, HttpBody::from_stream(pages)).into_response())
}

/// Verifies that no entry of the log was changed or removed.
#[utoipa::path(
    get, path = "/api/v1/audit/check", tag = "audit",
    responses((status = 200, body = AuditCheck), Refusals),
    security(("session" = []), ("bearer" = ["audit:read"]))
)]
pub async fn check(
    State(app): State<App>,
    admin: Member<ReadAudit>,
) -> ApiResult<Json<AuditCheck>> {
    Ok(Json(
        audit::check(&app.core.db, admin.scope.workspace_id).await?,
    ))
}
