//! The sound of an alert: two short tones, synthesized, so that there is no file to load.

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AudioContext, AudioContextState, OscillatorType};

const TONES_HZ: [f32; 2] = [880.0, 1318.5];
const TONE_S: f64 = 0.5;
const GAP_S: f64 = 0.12;
const LOUDNESS: f32 = 0.18;

/// An audio output that browsers allow only after the first click or key in the page.
pub(crate) struct Sound(AudioContext);

impl Sound {
    /// Creates the output, in a handler of a click or key. `None` where there is no audio.
    pub(crate) fn unlock() -> Option<Self> {
        // Old or hardened browsers have none, and constructing it would throw.
        let constructor = js_sys::Reflect::get(&window(), &"AudioContext".into()).ok()?;
        constructor.dyn_ref::<js_sys::Function>()?;
        let context = AudioContext::new().ok()?;
        let _ = context.resume().ok()?;
        Some(Self(context))
    }

    /// Whether the browser allows sound now.
    pub(crate) fn is_ready(&self) -> bool {
        self.0.state() == AudioContextState::Running
    }

    /// Plays the alert. A failure is ignored, because the alert is also shown.
    pub(crate) fn play(&self) {
        for (at, hz) in TONES_HZ.into_iter().enumerate() {
            let _ = self.tone(hz, at as f64 * GAP_S);
        }
    }

    fn tone(&self, hz: f32, after_s: f64) -> Result<(), JsValue> {
        let start = self.0.current_time() + after_s;
        let (tone, volume) = (self.0.create_oscillator()?, self.0.create_gain()?);
        tone.set_type(OscillatorType::Sine);
        tone.frequency().set_value(hz);
        volume.gain().set_value_at_time(LOUDNESS, start)?;
        volume
            .gain()
            .exponential_ramp_to_value_at_time(0.001, start + TONE_S)?;
        tone.connect_with_audio_node(&volume)?;
        volume.connect_with_audio_node(&self.0.destination())?;
        tone.start_with_when(start)?;
        tone.stop_with_when(start + TONE_S)
    }
}
