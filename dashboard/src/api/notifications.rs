//! Notifications of the member.

use deskbell_protocol::api::conversations::notifications::{Notifications, ReadNotifications};
use deskbell_protocol::{ConversationId, NotificationId};
use gloo_net::http::Method;

use crate::api::request::{NOTHING, ask};
use crate::api::{ApiError, SignedIn};

const PATH: &str = "/api/v1/notifications";

impl SignedIn {
    /// The newest ones, or those before `before`.
    pub(crate) async fn list_notifications(
        self,
        before: Option<NotificationId>,
    ) -> Result<Notifications, ApiError> {
        let query = before.map_or_else(String::new, |id| format!("?before={id}"));
        ask(Method::GET, &format!("{PATH}{query}"), NOTHING).await
    }

    /// Marks those about a conversation as read, or all; at most up to `up_to`.
    pub(crate) async fn read_notifications(
        self,
        conversation_id: Option<ConversationId>,
        up_to: Option<NotificationId>,
    ) -> Result<(), ApiError> {
        let body = ReadNotifications {
            conversation_id,
            up_to,
        };
        ask(Method::POST, &format!("{PATH}/read"), Some(&body)).await
    }
}
