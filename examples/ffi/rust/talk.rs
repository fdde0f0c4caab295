//! Hears a group, or speaks to it. docs/languages.md has the same program in other languages.
//!
//!     talk listen GROUP PORT EXPRESSION [COUNT]   prints what matches, until COUNT or Ctrl-C
//!     talk send GROUP PORT TEXT...                each text as one packet
use std::error::Error;
use std::ffi::{CStr, CString};
use std::fmt::Display;
use std::io::Write;
use std::os::raw::{c_char, c_int, c_void};
use std::str::FromStr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{env, io, process, ptr, slice};

/// The first members of mc_packet. It is never made here, so that it may grow.
#[repr(C)]
struct Packet {
    data: *const u8,
    size: usize,
    wire_size: usize,
    source: [u32; 7], // an mc_address, which is only passed on
}

/// The first members of mc_stats: the library fills as many as it is told there are.
#[repr(C)]
#[derive(Default)]
struct Stats {
    arrived: u64,
    delivered: u64,
    delivered_bytes: u64,
    filtered: u64,
    not_for_us: u64,
    lost: u64,
}

type Handle = *mut c_void;

#[link(name = "multicast")]
extern "C" {
    fn mc_version_number() -> c_int;
    fn mc_last_error() -> *const c_char;
    fn mc_address_format(address: *const [u32; 7], text: *mut c_char, size: usize) -> c_int;
    fn mc_sendto(data: *const u8, size: usize, to: *const c_char, port: u16, ttl: c_int) -> c_int;
    fn mc_default_poller() -> Handle;
    fn mc_poller_stop(poller: Handle) -> c_int;
    fn mc_filter_regex(filter: *mut Handle, pattern: *const u8, size: usize) -> c_int;
    fn mc_filter_free(filter: Handle);
    fn mc_listener_new(listener: *mut Handle, poller: Handle) -> c_int;
    fn mc_listener_free(listener: Handle);
    fn mc_listener_set_filter(listener: Handle, filter: Handle) -> c_int;
    fn mc_listener_add(listener: Handle, group: *const c_char, port: u16) -> c_int;
    fn mc_listener_open(listener: Handle) -> c_int;
    fn mc_listener_next(listener: Handle, packet: *mut *const Packet, timeout: f64) -> c_int;
    fn mc_listener_stats(listener: Handle, stats: *mut Stats, size: usize) -> c_int;
    fn signal(number: c_int, handler: extern "C" fn(c_int)) -> usize; // the C library's
}

/// A negative result as an error, with the library's sentence.
fn check(result: c_int) -> Result<c_int, Box<dyn Error>> {
    if result < 0 {
        let sentence = unsafe { CStr::from_ptr(mc_last_error()) };
        return Err(sentence.to_string_lossy().into());
    }
    Ok(result)
}

/// Hears a group. A raw handle in it keeps it in its thread, to which the library's belongs, too.
struct Listener(Handle);

impl Listener {
    fn new(group: &str, port: u16, pattern: &str) -> Result<Self, Box<dyn Error>> {
        let group = CString::new(group)?;
        let (mut filter, mut handle) = (ptr::null_mut(), ptr::null_mut());
        unsafe {
            check(mc_listener_new(&mut handle, mc_default_poller()))?;
            let listener = Listener(handle); // from here on it is freed in any case
            check(mc_filter_regex(
                &mut filter,
                pattern.as_ptr(),
                pattern.len(),
            ))?;
            let outcome = check(mc_listener_set_filter(handle, filter));
            mc_filter_free(filter); // the listener holds it now
            outcome?;
            check(mc_listener_add(handle, group.as_ptr(), port))?;
            check(mc_listener_open(handle))?;
            Ok(listener)
        }
    }

    /// Waits for the next packet: the address of who sent it, and its bytes, lent until the next
    /// call; None when the poller was stopped.
    fn next(&mut self) -> Result<Option<(String, &[u8])>, Box<dyn Error>> {
        let mut packet = ptr::null();
        let mut text = [0 as c_char; 80]; // MC_ADDRESS_TEXT_SIZE
        unsafe {
            if check(mc_listener_next(self.0, &mut packet, -1.0))? == 0 {
                return Ok(None);
            }
            let packet = &*packet;
            mc_address_format(&packet.source, text.as_mut_ptr(), text.len());
            let source = CStr::from_ptr(text.as_ptr()).to_string_lossy();
            let bytes = slice::from_raw_parts(packet.data, packet.size);
            Ok(Some((source.into_owned(), bytes)))
        }
    }

    fn stats(&self) -> Result<Stats, Box<dyn Error>> {
        let mut stats = Stats::default();
        check(unsafe { mc_listener_stats(self.0, &mut stats, std::mem::size_of::<Stats>()) })?;
        Ok(stats)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        unsafe { mc_listener_free(self.0) }
    }
}

static POLLER: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

extern "C" fn stop(_signal: c_int) {
    unsafe { mc_poller_stop(POLLER.load(Ordering::Relaxed)) }; // allowed in a signal handler
}

fn listen(group: &str, port: u16, expression: &str, count: u64) -> Result<(), Box<dyn Error>> {
    let mut listener = Listener::new(group, port, expression)?;
    unsafe {
        POLLER.store(mc_default_poller(), Ordering::Relaxed);
        signal(2, stop); // SIGINT
        signal(15, stop); // SIGTERM
    }
    eprintln!("listening");
    let mut heard = 0;
    while let Some((source, bytes)) = listener.next()? {
        let mut out = io::stdout();
        write!(out, "{source}: ")?;
        out.write_all(bytes)?;
        writeln!(out)?;
        heard += 1;
        if heard == count {
            break;
        }
    }
    let stats = listener.stats()?;
    eprintln!(
        "{} arrived, {} delivered, {} filtered, {} lost",
        stats.arrived, stats.delivered, stats.filtered, stats.lost
    );
    Ok(())
}

fn send(group: &str, port: u16, texts: &[&str]) -> Result<(), Box<dyn Error>> {
    let group = CString::new(group)?;
    for text in texts {
        check(unsafe { mc_sendto(text.as_ptr(), text.len(), group.as_ptr(), port, 1) })?;
    }
    Ok(())
}

/// The number that a text is; an error names the text.
fn number<T: FromStr>(text: &str) -> Result<T, Box<dyn Error>>
where
    T::Err: Display,
{
    let parsed = text.parse();
    parsed.map_err(|error| format!("{text}: {error}").into())
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    if unsafe { mc_version_number() } < 1_000 {
        return Err("this program needs libmulticast 0.1.0 or later".into());
    }
    match arguments {
        ["listen", group, port, expression] => listen(group, number(port)?, expression, 0),
        ["listen", group, port, expression, count] => {
            listen(group, number(port)?, expression, number(count)?)
        }
        ["send", group, port, _, ..] => send(group, number(port)?, &arguments[3..]),
        _ => {
            eprintln!(
                "usage: talk listen GROUP PORT EXPRESSION [COUNT] | talk send GROUP PORT TEXT..."
            );
            process::exit(2);
        }
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Err(error) = run(&arguments) {
        eprintln!("talk: {error}");
        process::exit(1);
    }
}
