// SPDX-License-Identifier: Apache-2.0
//! bench/ring/hand_over.h for systems in Rust; layout.c checks that it is.

use std::ffi::{c_char, c_int, c_void};

/// As much of it as is used.
#[repr(C)]
pub struct Setting {
    pub end: c_int,
    pub bytes: usize,
    pub tag: *const c_char,
}

#[repr(C)]
pub struct System {
    pub name: *const c_char,
    pub prepare: Option<unsafe extern "C" fn(usize, *const c_char) -> *mut c_void>,
    pub open: unsafe extern "C" fn(*const Setting) -> *mut c_void,
    pub send: unsafe extern "C" fn(*mut c_void, *const u64, usize),
    pub flush: Option<unsafe extern "C" fn(*mut c_void)>,
    pub receive: unsafe extern "C" fn(*mut c_void, *mut u64, usize),
    pub receive_some: Option<unsafe extern "C" fn(*mut c_void, usize, *mut u64) -> usize>,
    pub helper_cpu: Option<unsafe extern "C" fn(*mut c_void) -> f64>,
    pub clean: Option<unsafe extern "C" fn(*const c_char)>,
}

unsafe extern "C" {
    pub fn hand_over_foreign_main(system: *const System, argc: c_int, argv: *mut *mut c_char) -> c_int;
    pub fn hand_over_foreign_take(record: *const u64, bytes: usize, expected: *mut u64);
}
