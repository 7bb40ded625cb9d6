//! A minimal WebSocket client, so that the generator is never the bottleneck.
//!
//! Frames are sent with a mask of zeros, and received through one scratch buffer that all sockets
//! of this thread share: an idle socket costs almost nothing here. It accepts what servers send to
//! it (unfragmented text, ping, close) and refuses everything else.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result, bail, ensure};
use tokio::net::{TcpSocket, TcpStream};

const SCRATCH_BYTES: usize = 256 * 1024;
/// The longest answer to an upgrade request.
const HEAD_BYTES: usize = 4 * 1024;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH_BYTES]);
}

/// A connection whose frames are read and written by one thread.
pub struct WebSocket {
    stream: TcpStream,
    /// The beginning of an incomplete frame.
    unread: RefCell<Vec<u8>>,
    /// Frames for the next write.
    unsent: RefCell<Vec<u8>>,
}

impl WebSocket {
    /// Connects from `source` and upgrades.
    pub async fn open(server: SocketAddr, source: Ipv4Addr, path: &str) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((source, 0).into())?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        // Closing resets the connection: no port is blocked for the next run.
        stream.set_zero_linger()?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let socket = Self {
            stream,
            unread: RefCell::default(),
            unsent: RefCell::new(request.into_bytes()),
        };
        socket.flush()?;
        socket.upgraded().await?;
        Ok(socket)
    }

    /// Reads the head of the answer; further bytes stay in the buffer.
    async fn upgraded(&self) -> Result<()> {
        loop {
            self.stream.readable().await?;
            let mut head = self.unread.borrow_mut();
            match self.stream.try_read_buf(&mut *head) {
                Ok(0) => bail!("the connection was closed before it was upgraded"),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            if let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let status = String::from_utf8_lossy(&head[..end.min(80)]).into_owned();
                ensure!(status.starts_with("HTTP/1.1 101"), "no upgrade: {status}");
                head.drain(..end + 4);
                head.shrink_to_fit();
                return Ok(());
            }
            ensure!(head.len() < HEAD_BYTES, "the answer's head is too long");
        }
    }

    /// Adds a text frame to the next write.
    pub fn queue(&self, text: &str) {
        self.queue_frame(TEXT, text.as_bytes());
    }

    fn queue_frame(&self, opcode: u8, payload: &[u8]) {
        let mut out = self.unsent.borrow_mut();
        out.push(0x80 | opcode);
        match payload.len() {
            short @ ..126 => out.push(0x80 | short as u8),
            long => {
                out.push(0x80 | 126);
                let long = u16::try_from(long).expect("the load's frames are short");
                out.extend(long.to_be_bytes());
            }
        }
        out.extend([0; 4]);
        out.extend(payload);
    }

    /// Writes the queued frames. The loads never fill a socket's buffer; if it is full, the server
    /// has stopped reading, and the run ends.
    pub fn flush(&self) -> Result<()> {
        let mut out = self.unsent.borrow_mut();
        if out.is_empty() {
            return Ok(());
        }
        let written = self
            .stream
            .try_write(&out)
            .context("the server does not read")?;
        ensure!(written == out.len(), "the server does not read");
        out.clear();
        Ok(())
    }

    /// Waits for data and passes on each text in it.
    pub async fn receive(&self, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        if self.parse_unread(each)? {
            return Ok(());
        }
        loop {
            self.stream.readable().await?;
            let outcome = SCRATCH.with_borrow_mut(|scratch| self.read_into(scratch, each));
            match outcome {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Frames that arrived with the answer to the upgrade.
    fn parse_unread(&self, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<bool> {
        if self.unread.borrow().is_empty() {
            return Ok(false);
        }
        let mut bytes = self.unread.take();
        let used = self.parse(&bytes, each)?;
        bytes.drain(..used);
        self.unread.replace(bytes);
        Ok(used > 0)
    }

    /// Reads once; returns `false` if there was nothing.
    fn read_into(
        &self,
        scratch: &mut [u8],
        each: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<bool> {
        let incomplete = self.unread.take();
        scratch[..incomplete.len()].copy_from_slice(&incomplete);
        let length = match self.stream.try_read(&mut scratch[incomplete.len()..]) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(read) => incomplete.len() + read,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                self.unread.replace(incomplete);
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let used = self.parse(&scratch[..length], each)?;
        if used < length {
            self.unread.replace(scratch[used..length].to_vec());
        }
        Ok(true)
    }

    /// Passes on the complete frames at the beginning of `bytes`; returns their size.
    fn parse(&self, bytes: &[u8], each: &mut dyn FnMut(&str) -> Result<()>) -> Result<usize> {
        let mut at = 0;
        while let Some((opcode, start, end)) = frame(&bytes[at..])? {
            let payload = &bytes[at + start..at + end];
            match opcode {
                TEXT => each(std::str::from_utf8(payload)?)?,
                PING => self.queue_frame(PONG, payload),
                PONG => {}
                CLOSE => {
                    let code = payload
                        .get(..2)
                        .map_or(1005, |code| u16::from_be_bytes([code[0], code[1]]));
                    bail!("the server closed the connection with code {code}");
                }
                other => bail!("a frame of an unexpected kind, {other}"),
            }
            at += end;
        }
        self.flush()?;
        Ok(at)
    }
}

/// Opcode, start and end of the payload of the first frame, if it is complete.
fn frame(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    ensure!(first & 0x80 != 0, "a fragmented frame");
    ensure!(second & 0x80 == 0, "a masked frame from a server");
    let (start, length) = match (second, rest) {
        (..126, _) => (2, usize::from(*second)),
        (126, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => (
            10,
            usize::try_from(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))?,
        ),
        _ => return Ok(None),
    };
    ensure!(length < SCRATCH_BYTES / 2, "a frame of {length} bytes");
    let end = start + length;
    Ok((bytes.len() >= end).then_some((first & 0x0f, start, end)))
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn a_frame_is_read_once_it_is_complete() {
        let bytes = [0x81, 2, b'h', b'i', 0x81];
        assert_eq!(frame(&bytes[..3]).unwrap(), None);
        assert_eq!(frame(&bytes).unwrap(), Some((1, 2, 4)));
        assert_eq!(frame(&bytes[4..]).unwrap(), None);
    }

    #[test]
    fn a_long_frame_has_a_length_of_two_bytes() {
        let mut bytes = vec![0x81, 126, 1, 0];
        assert_eq!(frame(&bytes).unwrap(), None);
        bytes.resize(4 + 256, b'x');
        assert_eq!(frame(&bytes).unwrap(), Some((1, 4, 260)));
    }

    #[test]
    fn frames_that_a_server_must_not_send_are_refused() {
        assert!(frame(&[0x81, 0x82, 0, 0]).is_err(), "masked");
        assert!(frame(&[0x01, 2, b'h', b'i']).is_err(), "fragmented");
    }
}
