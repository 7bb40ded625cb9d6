//! Scales a picture down before its upload: photos of a phone are larger than the server accepts.

use js_sys::Promise;
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, File, HtmlCanvasElement, ImageBitmap};

/// The side in pixels: more than twice the largest avatar.
const SIDE: u32 = 256;

/// The square in the middle of a picture. `None` if the browser cannot decode it: then the server's
/// answer says why.
pub(crate) async fn square(file: &File) -> Option<Blob> {
    let reading = window().create_image_bitmap_with_blob(file).ok()?;
    let picture: ImageBitmap = JsFuture::from(reading).await.ok()?.dyn_into().ok()?;
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(SIDE);
    canvas.set_height(SIDE);
    let pen: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let side = width.min(height);
    pen.draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        &picture,
        (width - side) / 2.0,
        (height - side) / 2.0,
        side,
        side,
        0.0,
        0.0,
        f64::from(SIDE),
        f64::from(SIDE),
    )
    .ok()?;
    let made = Promise::new(&mut |resolve, _| {
        let take = Closure::once_into_js(move |blob: wasm_bindgen::JsValue| {
            let _ = resolve.call1(&wasm_bindgen::JsValue::NULL, &blob);
        });
        let _ = canvas.to_blob_with_type(take.unchecked_ref(), "image/webp");
    });
    JsFuture::from(made).await.ok()?.dyn_into().ok()
}
