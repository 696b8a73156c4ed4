// Package blobs keeps inputs, results and proofs on disk under their BLAKE3 hash until their attempt is
// over, and gives to others only those that were published.
//
// A proof that leaves the machine before its submission is on-chain can be announced by nobody else
// (the statement names the worker), but a result could: so a blob is served only after
// [Store.Publish], which the executor calls once the submission is accepted on L2.
package blobs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// MaxBlob bounds one blob: an input, a result or a proof.
const MaxBlob = wire.MaxInputBlob

var (
	// ErrNotFound: there is no such blob, or it is not published.
	ErrNotFound = errors.New("blobs: no such blob")
	// ErrCorrupt: a file's content does not have the hash in its name. It was removed.
	ErrCorrupt = errors.New("blobs: content does not match its hash")
	// ErrTooLarge: a blob is over MaxBlob.
	ErrTooLarge = errors.New("blobs: blob too large")
)

// Store is a folder of blobs. Its methods may be called from several goroutines.
type Store struct {
	dir string

	mu        sync.RWMutex
	published map[job.Hash]bool
}

// Open opens the folder, creating it (mode 0700) if needed. Nothing is published at first.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	return &Store{dir: dir, published: map[job.Hash]bool{}}, nil
}

// Hash is the content address of a blob.
func Hash(blob []byte) job.Hash { return blake3.Sum256(blob) }

func (s *Store) path(h job.Hash) string { return filepath.Join(s.dir, h.String()) }

// Put stores a blob durably and returns its hash. Storing it again changes nothing.
func (s *Store) Put(blob []byte) (job.Hash, error) {
	h := Hash(blob)
	if len(blob) > MaxBlob {
		return h, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(blob), MaxBlob)
	}
	if err := privatefile.Write(s.path(h), blob); err != nil {
		return h, fmt.Errorf("blobs: %w", err)
	}
	return h, nil
}

// Get reads a blob, published or not, and checks its content.
func (s *Store) Get(h job.Hash) ([]byte, error) {
	f, err := os.Open(s.path(h))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, h)
	}
	if err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	defer f.Close()
	blob, err := io.ReadAll(io.LimitReader(f, MaxBlob+1))
	if err != nil {
		return nil, fmt.Errorf("blobs: %w", err)
	}
	if Hash(blob) != h {
		os.Remove(s.path(h))
		return nil, fmt.Errorf("%w: %s", ErrCorrupt, h)
	}
	return blob, nil
}

// Publish allows blobs to be served.
func (s *Store) Publish(hashes ...job.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range hashes {
		s.published[h] = true
	}
}

// Published reads a blob for others: [ErrNotFound] unless it was published.
func (s *Store) Published(h job.Hash) ([]byte, error) {
	s.mu.RLock()
	ok := s.published[h]
	s.mu.RUnlock()
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, h)
	}
	return s.Get(h)
}

// Remove deletes blobs; those that are not there count as deleted.
func (s *Store) Remove(hashes ...job.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range hashes {
		delete(s.published, h)
		if err := os.Remove(s.path(h)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("blobs: %w", err)
		}
	}
	return nil
}
