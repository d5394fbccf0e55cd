//! The page's own files, part of the program: nothing is fetched from anywhere.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

/// One of them.
pub(super) struct Asset {
    pub path: &'static str,
    kind: &'static str,
    content: &'static str,
}

macro_rules! script {
    ($name:literal) => {
        Asset {
            path: concat!("/", $name),
            kind: "text/javascript; charset=utf-8",
            content: include_str!(concat!("assets/", $name)),
        }
    };
}

/// All of them.
pub(super) static ALL: [Asset; 12] = [
    Asset {
        path: "/",
        kind: "text/html; charset=utf-8",
        content: include_str!("assets/page.html"),
    },
    Asset {
        path: "/page.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("assets/page.css"),
    },
    Asset {
        path: "/icon.svg",
        kind: "image/svg+xml",
        content: include_str!("assets/icon.svg"),
    },
    script!("main.js"),
    script!("feed.js"),
    script!("frame.js"),
    script!("head.js"),
    script!("tiles.js"),
    script!("filter.js"),
    script!("notices.js"),
    script!("board.js"),
    script!("words.js"),
];

impl IntoResponse for &'static Asset {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, self.kind)], self.content).into_response()
    }
}
