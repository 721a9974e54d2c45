// SPDX-License-Identifier: Apache-2.0
//! Attaching: docs/ABI.md section 1. One request, one reply with descriptors, over a SOCK_SEQPACKET Unix socket.

use crate::error::Error;
use crate::feed::Feed;
use crate::ring::{ABI_MAJOR, ABI_MINOR};
use crate::wait::Waiting;
use rustix::io::Errno;
use rustix::net::sockopt::{set_socket_timeout, Timeout};
use rustix::net::{
    connect, recvmsg, send, socket_with, AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};
use std::ffi::OsString;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAGIC: u32 = 0x4152_5248; // "HRRA" in memory
const VERSION: u16 = 1;
const REQUEST_BYTES: usize = 64;
const REPLY_BYTES: usize = 128;
const KIND_CONSUMER: u32 = 1;
const NAME_BYTES: usize = 32;
const WORKERS_MAX: u32 = 64;
const DESCRIPTORS_MAX: usize = WORKERS_MAX as usize * 3 + 2;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Attaches to the handler at `$HEADRACE_SOCKET`, else `/run/headrace/headrace.sock`, as the consumer `name` of its configuration,
/// spinning. [`AttachOptions`] has what else there is.
///
/// # Errors
/// As [`AttachOptions::attach`].
pub fn attach(name: &str) -> Result<Feed, Error> {
    AttachOptions::new().attach(name)
}

/// How to attach.
///
/// ```no_run
/// use headrace::{AttachOptions, Waiting};
/// # fn main() -> Result<(), headrace::Error> {
/// let feed = AttachOptions::new().instance("frankfurt").waiting(Waiting::Yield).attach("my-strategy")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct AttachOptions {
    socket: Option<PathBuf>,
    instance: Option<OsString>,
    waiting: Waiting,
}

impl AttachOptions {
    /// The handler at `$HEADRACE_SOCKET`, else the instance `headrace`; [`Waiting::Spin`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The handler's socket, by its path.
    pub fn socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// The handler's socket, by its instance: `/run/headrace/<instance>.sock`. [`AttachOptions::socket`] goes before it.
    pub fn instance(mut self, instance: impl Into<OsString>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// What to do when there is nothing to read.
    pub fn waiting(mut self, waiting: Waiting) -> Self {
        self.waiting = waiting;
        self
    }

    fn path(&self) -> PathBuf {
        if let Some(path) = &self.socket {
            return path.clone();
        }
        if let (None, Some(path)) = (&self.instance, std::env::var_os("HEADRACE_SOCKET")) {
            return path.into();
        }
        let mut file = self.instance.clone().unwrap_or_else(|| "headrace".into());
        file.push(".sock");
        Path::new("/run/headrace").join(file)
    }

    /// Attaches as the consumer `name` of the handler's configuration. Blocks for at most five seconds to connect and five for the
    /// answer.
    ///
    /// # Errors
    /// [`Error::Refused`] with the handler's reason, [`Error::NoHandler`], or what was wrong with what came.
    pub fn attach(&self, name: &str) -> Result<Feed, Error> {
        let path = self.path();
        if name.is_empty() || name.len() >= NAME_BYTES || name.contains('\0') {
            return Err(Error::Name(name.into()));
        }
        let socket = connect_to(&path)?;
        send_request(&socket, &path, name, self.waiting.code())?;
        let (rings, descriptors) = receive_reply(&socket, &path, self.waiting)?;
        Feed::from_handler(socket, rings, descriptors, self.waiting)
    }
}

fn connect_to(path: &Path) -> Result<OwnedFd, Error> {
    let failed = |error: Errno| match error {
        Errno::NOENT | Errno::CONNREFUSED => Error::NoHandler(path.into()),
        Errno::AGAIN => Error::NoAnswer(path.into()),
        other => Error::system(path.display().to_string(), other),
    };
    let address = SocketAddrUnix::new(path).map_err(|_| Error::Path(path.into()))?;
    let socket = socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).map_err(failed)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(ANSWER_WITHIN)).map_err(failed)?;
    set_socket_timeout(&socket, Timeout::Send, Some(ANSWER_WITHIN)).map_err(failed)?; // bounds connect too
    loop {
        match connect(&socket, &address) {
            Ok(()) => return Ok(socket),
            Err(Errno::INTR) => {}
            Err(error) => return Err(failed(error)),
        }
    }
}

fn send_request(socket: &OwnedFd, path: &Path, name: &str, waiting: u32) -> Result<(), Error> {
    let mut request = [0; REQUEST_BYTES];
    let mut put = |offset: usize, bytes: &[u8]| request[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(0, &MAGIC.to_le_bytes());
    put(4, &VERSION.to_le_bytes());
    put(6, &(REQUEST_BYTES as u16).to_le_bytes());
    put(8, &KIND_CONSUMER.to_le_bytes());
    put(12, &ABI_MAJOR.to_le_bytes());
    put(14, &ABI_MINOR.to_le_bytes());
    put(16, name.as_bytes());
    put(48, &waiting.to_le_bytes());
    loop {
        match send(socket, &request, SendFlags::NOSIGNAL) {
            Ok(REQUEST_BYTES) => return Ok(()),
            Ok(_) | Err(Errno::PIPE | Errno::CONNRESET) => return Err(Error::HungUp(path.into())),
            Err(Errno::INTR) => {}
            Err(error) => return Err(Error::system(path.display().to_string(), error)),
        }
    }
}

/// How many rings, and the descriptors of the reply, as many as there must be. Whatever came otherwise is closed.
fn receive_reply(socket: &OwnedFd, path: &Path, waiting: Waiting) -> Result<(usize, Vec<OwnedFd>), Error> {
    let mut reply = [0; REPLY_BYTES];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let got = loop {
        let mut parts = [IoSliceMut::new(&mut reply)];
        match recvmsg(socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Ok(got) => break got,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Err(Error::NoAnswer(path.into())),
            Err(Errno::CONNRESET) => return Err(Error::HungUp(path.into())),
            Err(error) => return Err(Error::system(path.display().to_string(), error)),
        }
    };
    let mut descriptors = Vec::new();
    let mut foreign = false;
    for message in control.drain() {
        match message {
            RecvAncillaryMessage::ScmRights(rights) => descriptors.extend(rights),
            _ => foreign = true,
        }
    }
    if got.bytes == 0 {
        return Err(Error::HungUp(path.into()));
    }
    if got.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
        return Err(Error::Protocol("it is longer than a reply".into()));
    }
    if foreign {
        return Err(Error::Protocol("it brings something else than descriptors".into()));
    }
    check_reply(&reply[..got.bytes], descriptors.len(), waiting).map(|rings| (rings, descriptors))
}

fn check_reply(reply: &[u8], descriptors: usize, waiting: Waiting) -> Result<usize, Error> {
    if reply.len() != REPLY_BYTES {
        return Err(Error::Protocol(format!("it has {} bytes, wanted {REPLY_BYTES}", reply.len())));
    }
    let word = |offset: usize| u32::from_le_bytes([reply[offset], reply[offset + 1], reply[offset + 2], reply[offset + 3]]);
    let half = |offset: usize| u16::from_le_bytes([reply[offset], reply[offset + 1]]);
    if word(0) != MAGIC || usize::from(half(6)) != REPLY_BYTES {
        return Err(Error::Protocol(format!("magic {:#x}, length {}; wanted {MAGIC:#x}, {REPLY_BYTES}", word(0), half(6))));
    }
    if half(4) != VERSION {
        return Err(Error::Protocol(format!(
            "the handler speaks version {} of the attach protocol, this crate {VERSION}",
            half(4)
        )));
    }
    let status = word(8) as i32;
    if status < 0 {
        let text = &reply[24..];
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        return Err(Error::Refused { status, message: String::from_utf8_lossy(&text[..end]).into_owned() });
    }
    let rings = word(12);
    let wanted = u64::from(rings) * 3 + 1 + u64::from(waiting == Waiting::Eventfd);
    if rings == 0 || rings > WORKERS_MAX || u64::from(word(16)) != wanted || descriptors as u64 != wanted {
        return Err(Error::Protocol(format!(
            "{rings} rings with {descriptors} descriptors, told as {}; wanted {wanted}",
            word(16)
        )));
    }
    Ok(rings as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(rings: u32, descriptors: u32) -> [u8; REPLY_BYTES] {
        let mut reply = [0; REPLY_BYTES];
        reply[..4].copy_from_slice(&MAGIC.to_le_bytes());
        reply[4] = 1;
        reply[6] = 128;
        reply[12..16].copy_from_slice(&rings.to_le_bytes());
        reply[16..20].copy_from_slice(&descriptors.to_le_bytes());
        reply
    }

    #[test]
    fn a_good_reply_is_taken() {
        assert_eq!(check_reply(&reply(2, 7), 7, Waiting::Spin).unwrap(), 2);
        assert_eq!(check_reply(&reply(2, 8), 8, Waiting::Eventfd).unwrap(), 2);
        assert_eq!(check_reply(&reply(64, 193), 193, Waiting::Yield).unwrap(), 64);
    }

    #[test]
    fn a_bad_reply_is_refused_and_told() {
        let told = |reply: &[u8], descriptors, waiting| check_reply(reply, descriptors, waiting).unwrap_err().to_string();
        assert!(told(&reply(0, 1), 1, Waiting::Spin).contains("0 rings"));
        assert!(told(&reply(65, 196), 196, Waiting::Spin).contains("65 rings"));
        assert!(told(&reply(u32::MAX, 1), 1, Waiting::Spin).contains("rings with 1 descriptors"));
        assert!(told(&reply(1, 4), 4, Waiting::Eventfd).contains("wanted 5"), "a handler of minor 0 sends no timer");
        assert!(told(&reply(1, 4), 3, Waiting::Spin).contains("3 descriptors"));
        assert!(told(&reply(1, 4)[..127], 4, Waiting::Spin).contains("127 bytes"));
        for at in [0, 3, 4, 6] {
            let mut wrong = reply(1, 4);
            wrong[at] ^= 0x40;
            assert!(matches!(check_reply(&wrong, 4, Waiting::Spin), Err(Error::Protocol(_))), "byte {at}");
        }
    }

    #[test]
    fn a_refusal_brings_its_reason() {
        let mut refused = reply(0, 0);
        refused[8..12].copy_from_slice(&(-13_i32).to_le_bytes());
        refused[24..].fill(b'x'); // does not end
        let Err(Error::Refused { status, message }) = check_reply(&refused, 0, Waiting::Spin) else { panic!("taken") };
        assert_eq!((status, message.len()), (-13, 104));
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no sockets")]
    fn names_and_paths_are_checked_before_anything_is_sent() {
        let options = AttachOptions::new().socket("/nowhere/at/all.sock");
        assert!(matches!(options.attach("x"), Err(Error::NoHandler(_))));
        assert!(matches!(options.attach(""), Err(Error::Name(_))));
        assert!(matches!(options.attach(&"x".repeat(32)), Err(Error::Name(_))));
        assert!(matches!(AttachOptions::new().socket("/x".repeat(60)).attach("x"), Err(Error::Path(_))));
        assert_eq!(AttachOptions::new().instance("frankfurt").path(), Path::new("/run/headrace/frankfurt.sock"));
    }
}
