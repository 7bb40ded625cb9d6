//! Business hours of sites and teams.

use deskbell_protocol::api::workspace::business_hours::{
    BusinessHours, BusinessHoursList, ImportedHolidays, SetBusinessHours, SetHolidays, TimeZones,
};
use gloo_net::http::Method;
use wasm_bindgen::JsValue;

use crate::api::request::{NOTHING, ask, send_bytes};
use crate::api::{ApiError, SignedIn};

const HOURS: &str = "/api/v1/business-hours";

impl SignedIn {
    pub(crate) async fn list_business_hours(self) -> Result<Vec<BusinessHours>, ApiError> {
        let found: BusinessHoursList = ask(Method::GET, HOURS, NOTHING).await?;
        Ok(found.business_hours)
    }

    pub(crate) async fn list_time_zones(self) -> Result<TimeZones, ApiError> {
        ask(Method::GET, &format!("{HOURS}/time-zones"), NOTHING).await
    }

    /// `owner`: the path of the site or team, as in `sites/…`.
    pub(crate) async fn set_business_hours(
        self,
        owner: String,
        form: SetBusinessHours,
    ) -> Result<BusinessHours, ApiError> {
        ask(Method::PUT, &format!("{HOURS}/{owner}"), Some(&form)).await
    }

    pub(crate) async fn delete_business_hours(self, owner: String) -> Result<(), ApiError> {
        ask(Method::DELETE, &format!("{HOURS}/{owner}"), NOTHING).await
    }

    pub(crate) async fn set_holidays(
        self,
        owner: String,
        form: SetHolidays,
    ) -> Result<BusinessHours, ApiError> {
        let path = format!("{HOURS}/{owner}/holidays");
        ask(Method::PUT, &path, Some(&form)).await
    }

    /// Sends an iCalendar file.
    pub(crate) async fn import_holidays(
        self,
        owner: String,
        file: JsValue,
    ) -> Result<ImportedHolidays, ApiError> {
        let path = format!("{HOURS}/{owner}/holidays/import");
        send_bytes(Method::POST, &path, &file).await
    }
}
