package blobs

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/sage-network/sage-node/job"
)

func TestStore(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	blob := []byte("a proof")
	h, err := s.Put(blob)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Put(blob); err != nil || again != h {
		t.Fatalf("second Put: %v %v", again, err)
	}
	if got, err := s.Get(h); err != nil || !bytes.Equal(got, blob) {
		t.Fatalf("Get: %q %v", got, err)
	}
	if _, err := s.Published(h); !errors.Is(err, ErrNotFound) {
		t.Errorf("served before it was published: %v", err)
	}
	s.Publish(h)
	if got, err := s.Published(h); err != nil || !bytes.Equal(got, blob) {
		t.Errorf("Published: %q %v", got, err)
	}
	reopened, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reopened.Published(h); !errors.Is(err, ErrNotFound) {
		t.Errorf("published survives a restart by itself: %v", err)
	}
	if _, err := reopened.Get(h); err != nil {
		t.Errorf("after reopening: %v", err)
	}
	if err := s.Remove(h, job.Hash{9}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(h); !errors.Is(err, ErrNotFound) {
		t.Errorf("after Remove: %v", err)
	}
}

func TestCorruptBlobIsNotReturned(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Put([]byte("a proof"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path(h), []byte("a prooF"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(h); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
	if _, err := s.Get(h); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want the corrupt file gone", err)
	}
}

func TestPutRefusesTooLarge(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(make([]byte, MaxBlob+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%v, want ErrTooLarge", err)
	}
}
