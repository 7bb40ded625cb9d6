//! Canned responses of the workspace and of the member.

use deskbell_protocol::api::conversations::canned_responses::{
    CannedResponse, CannedResponses, CreateCannedResponse, FilledResponse, ImportedResponses,
    ListCannedResponses, SetCannedResponse, UseCannedResponse,
};
use deskbell_protocol::{CannedResponseId, ConversationId};
use gloo_net::http::Method;
use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;

use crate::api::request::{NOTHING, ask, send_bytes};
use crate::api::{Anonymous, ApiError, SignedIn};

const PATH: &str = "/api/v1/canned-responses";
/// The address of the file, which the browser downloads.
pub(crate) const EXPORT_PATH: &str = "/api/v1/canned-responses/export";

impl SignedIn {
    pub(crate) async fn list_canned_responses(
        self,
        query: ListCannedResponses,
    ) -> Result<CannedResponses, ApiError> {
        let fields = [
            ("q", query.q),
            ("category", query.category),
            ("scope", query.scope),
            ("cursor", query.cursor),
            ("limit", query.limit.map(|limit| limit.to_string())),
        ];
        let parameters = UrlSearchParams::new().map_err(|_| ApiError::Unreachable)?;
        for (name, value) in fields {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                parameters.append(name, &value);
            }
        }
        let query = parameters.to_string().as_string().unwrap_or_default();
        ask(Method::GET, &format!("{PATH}?{query}"), NOTHING).await
    }

    /// The responses that match what an agent types.
    pub(crate) async fn offer_canned_responses(
        self,
        filter: &str,
    ) -> Result<CannedResponses, ApiError> {
        self.list_canned_responses(ListCannedResponses {
            q: Some(filter.to_owned()),
            ..ListCannedResponses::default()
        })
        .await
    }

    pub(crate) async fn create_canned_response(
        self,
        form: CreateCannedResponse,
    ) -> Result<CannedResponse, ApiError> {
        ask(Method::POST, PATH, Some(&form)).await
    }

    pub(crate) async fn set_canned_response(
        self,
        id: CannedResponseId,
        form: SetCannedResponse,
    ) -> Result<CannedResponse, ApiError> {
        ask(Method::PATCH, &format!("{PATH}/{id}"), Some(&form)).await
    }

    pub(crate) async fn delete_canned_response(self, id: CannedResponseId) -> Result<(), ApiError> {
        ask(Method::DELETE, &format!("{PATH}/{id}"), NOTHING).await
    }

    /// Counts the use of a response in a conversation.
    pub(crate) async fn use_canned_response(
        self,
        id: CannedResponseId,
        conversation_id: ConversationId,
    ) -> Result<FilledResponse, ApiError> {
        let body = UseCannedResponse { conversation_id };
        ask(Method::POST, &format!("{PATH}/{id}/use"), Some(&body)).await
    }

    /// Imports a file, or only checks it.
    pub(crate) async fn import_canned_responses(
        self,
        file: JsValue,
        dry_run: bool,
    ) -> Result<ImportedResponses, ApiError> {
        let path = format!("{PATH}/import?dry_run={dry_run}");
        send_bytes(Method::POST, &path, &file).await
    }

    /// Renews the cookies if they have expired: a download that the browser makes cannot do it.
    pub(crate) async fn prepare_download(self) -> Result<Self, ApiError> {
        Anonymous.resume().await
    }
}
