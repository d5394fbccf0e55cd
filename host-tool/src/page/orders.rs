//! What an operator asks for on the page: that a board shows itself, is tried again, or is left alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use nameplate_wire::Mac;
use serde::Deserialize;
use serde_json::json;

use super::routes::{Room, words};
use crate::bench::Order;
use crate::panel::Row;

/// An order, as a page sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// The row's.
    id: u64,
    order: What,
    /// Which board the operator saw there: whatever stands there now, the order is for no other.
    mac: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Identify,
    Retry,
    Skip,
}

/// `POST /orders`. Taken means that it is going to be carried out by whoever speaks to the board next; JSON alone is taken, which no
/// other site can send.
pub(super) async fn order(
    State(room): State<Arc<Room>>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Response {
    let asked = match asked {
        Ok(Json(asked)) => asked,
        Err(rejection) => return words(rejection.status(), "That is no order."),
    };
    let Some(row) = room.panel.row(asked.id) else {
        return words(StatusCode::NOT_FOUND, "That place is gone.");
    };
    if !is_still(&row, asked.mac.as_deref()) {
        return words(StatusCode::CONFLICT, "Another board is there now.");
    }
    let Some(target) = row.target() else {
        return words(
            StatusCode::CONFLICT,
            "Nobody knows yet which board that is.",
        );
    };
    let order = match asked.order {
        What::Identify => Order::Identify,
        What::Retry => Order::Retry,
        What::Skip => Order::Skip,
    };
    room.panel.orders().give(target, order);
    (StatusCode::ACCEPTED, Json(json!({ "taken": true }))).into_response()
}

fn is_still(row: &Row, mac: Option<&str>) -> bool {
    match mac {
        None => row.mac.is_none(),
        Some(mac) => Mac::parse(mac).is_ok_and(|mac| row.mac == Some(mac)),
    }
}
