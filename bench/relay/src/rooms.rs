//! The members of each room, and its number of messages.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc::Sender;

use crate::frames::ServerFrame;

/// The members of the inbox, who get every message.
pub const INBOX: u64 = 0;

#[derive(Default)]
pub struct Rooms(Mutex<State>);

#[derive(Default)]
struct State {
    members: u64,
    rooms: HashMap<u64, Room>,
    last_room: u64,
}

#[derive(Default)]
struct Room {
    seq: u64,
    members: HashMap<u64, Sender<Utf8Bytes>>,
}

/// A socket's membership; dropping it leaves all rooms.
pub struct Member<'a> {
    rooms: &'a Rooms,
    id: u64,
    sender: Sender<Utf8Bytes>,
    joined: Vec<u64>,
}

impl Rooms {
    pub fn enter(&self, sender: Sender<Utf8Bytes>) -> Member<'_> {
        let mut state = self.lock();
        state.members += 1;
        Member {
            rooms: self,
            id: state.members,
            sender,
            joined: Vec::new(),
        }
    }

    /// Creates a room and returns its number.
    pub fn open(&self) -> u64 {
        let mut state = self.lock();
        state.last_room += 1;
        state.last_room
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member<'_> {
    pub fn join(&mut self, room: u64) {
        let mut state = self.rooms.lock();
        let members = &mut state.rooms.entry(room).or_default().members;
        members.insert(self.id, self.sender.clone());
        self.joined.push(room);
    }

    /// Forwards a message to the others in the room and in the inbox; returns its number.
    pub fn send(&self, number: u64, text: impl AsRef<str>) -> u64 {
        let mut state = self.rooms.lock();
        let room = state.rooms.entry(number).or_default();
        room.seq += 1;
        let seq = room.seq;
        let frame = ServerFrame::Message {
            room: number,
            seq,
            text: text.as_ref(),
        }
        .encode();
        let rooms = [number, INBOX];
        let present = rooms.iter().filter_map(|room| state.rooms.get(room));
        for (_, other) in present
            .flat_map(|room| &room.members)
            .filter(|(id, _)| **id != self.id)
        {
            // A client that is too slow loses messages: this is an upper bound, not a product.
            let _ = other.try_send(frame.clone());
        }
        seq
    }
}

impl Drop for Member<'_> {
    fn drop(&mut self) {
        let mut state = self.rooms.lock();
        for number in &self.joined {
            if let Some(room) = state.rooms.get_mut(number) {
                room.members.remove(&self.id);
            }
        }
    }
}
