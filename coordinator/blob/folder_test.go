package blob

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/sage-network/sage-node/job"
)

func TestFolder(t *testing.T) {
	f, err := OpenFolder(t.TempDir() + "/blobs")
	if err != nil {
		t.Fatal(err)
	}
	content := []byte("some bytes")
	h, err := f.Put(content)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.Put(content); err != nil || again != h {
		t.Fatalf("again: %s, %v", again, err)
	}
	if got, err := f.Get(h, 100); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := f.Get(h, 5); !errors.Is(err, ErrTooLarge) {
		t.Errorf("over the limit: %v", err)
	}
	if _, err := f.Get(job.Hash{1}, 5); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown blob: %v", err)
	}
	info, err := os.Stat(f.path(h))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	// A file that rotted is not served, and not taken for the blob when it is put again.
	if err := os.WriteFile(f.path(h), []byte("some byte"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Get(h, 100); !errors.Is(err, ErrHash) {
		t.Errorf("a rotten blob: %v", err)
	}
	if _, err := f.Put(content); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get(h, 100); err != nil || !bytes.Equal(got, content) {
		t.Errorf("put again: %q, %v", got, err)
	}
}

func TestRead(t *testing.T) {
	f, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h, err := f.Put([]byte("abc"))
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]error{"abc": nil, "abd": ErrHash, "ab": ErrHash, "": ErrHash, "abcd": ErrTooLarge} {
		if _, err := Read(strings.NewReader(body), h, 3); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", body, err, want)
		}
	}
}
