// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRefusalsSayWhy(t *testing.T) {
	h := newTestHandler(t)
	h.serve(-int32(syscall.EACCES), "user 1000 is not on the allow list")
	_, err := Attach("strategy", Options{Socket: h.path})
	var refused *Refused
	if !errors.As(err, &refused) || refused.Errno != syscall.EACCES || !errors.Is(err, syscall.EACCES) {
		t.Fatalf("%#v", err)
	}
	for _, word := range []string{h.path, `"strategy"`, "user 1000 is not on the allow list"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	if err := <-h.served; err != nil {
		t.Fatal(err)
	}
	if wanted := append([]byte("strategy"), make([]byte, 24)...); !bytes.Equal(h.request[16:48], wanted) {
		t.Errorf("the request's name is %q", h.request[16:48])
	}
}

func TestHandlersThatCannotBeReadAreRefused(t *testing.T) {
	r := newTestRing(t, 64, 64)
	r.header.abiMajor = 2
	h := newTestHandler(t, r)
	h.serve(0, "")
	_, err := Attach("strategy", Options{Socket: h.path})
	var unusable *Unusable
	if !errors.As(err, &unusable) || !strings.Contains(err.Error(), "ABI 2.1, wanted 1.x") {
		t.Fatalf("%v", err)
	}
	if err = <-h.served; err != nil {
		t.Fatal(err)
	}
}

func TestNoHandler(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nobody.sock")
	_, err := Attach("strategy", Options{Socket: path})
	if !errors.Is(err, syscall.ENOENT) || !strings.Contains(err.Error(), path) {
		t.Fatalf("%v", err)
	}
	for _, name := range []string{"", strings.Repeat("n", 32)} {
		if _, err = Attach(name, Options{Socket: path}); err == nil || !strings.Contains(err.Error(), "1 to 31") {
			t.Fatalf("name %q: %v", name, err)
		}
	}
	h := newTestHandler(t)
	h.serve(-2, "")
	if _, err = Attach(strings.Repeat("n", 31), Options{Socket: h.path}); !errors.Is(err, syscall.ENOENT) {
		t.Fatalf("a name of 31 bytes: %v", err)
	}
	<-h.served
	if h.request[16+30] != 'n' || h.request[16+31] != 0 {
		t.Fatalf("a name of 31 bytes went out as %q", h.request[16:48])
	}
}
