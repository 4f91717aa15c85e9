//! Request bodies: JSON, at most 1 MiB, within a time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;

use crate::ApiError;

/// Bytes of a body: enough for any prompt that fits a context, too few to hurt.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// A client that takes longer to send a megabyte is holding a connection for its own sake.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a body that is labelled as JSON.
///
/// The label is insisted on because a page of another origin may post `text/plain` without asking, but not
/// `application/json`.
pub(crate) async fn read_json(request: Request, limit: Duration) -> Result<Vec<u8>, ApiError> {
    let content_type = header_text(request.headers(), header::CONTENT_TYPE);
    let essence = content_type.split(';').next().unwrap_or("").trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(ApiError::ContentType(content_type));
    }
    let announced = header_text(request.headers(), header::CONTENT_LENGTH).parse::<u64>();
    if announced.is_ok_and(|length| length > BODY_LIMIT as u64) {
        return Err(ApiError::BodyTooLarge { limit: BODY_LIMIT });
    }
    let collected = tokio::time::timeout(limit, collect(request.into_body())).await;
    collected.unwrap_or(Err(ApiError::BodyTimeout { limit }))
}

async fn collect(body: Body) -> Result<Vec<u8>, ApiError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| ApiError::Body(error.to_string()))?;
        if bytes.len() + part.len() > BODY_LIMIT {
            return Err(ApiError::BodyTooLarge { limit: BODY_LIMIT });
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).map_or_else(String::new, |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
