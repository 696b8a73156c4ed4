// Package blob keeps inputs, results and proofs in a folder, each under its BLAKE3 hash, and says who
// may upload and download which.
//
// A worker's result and proof are served to others only after its submission is accepted on L2: until
// then nobody could tell a copy from the original.
package blob

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lukechampine.com/blake3"

	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/job"
)

var (
	// ErrNotFound: there is no such blob, or not for who asks, or not yet.
	ErrNotFound = errors.New("blob: not found")
	// ErrHash: the content does not have the announced hash.
	ErrHash = errors.New("blob: content does not match its hash")
	// ErrTooLarge: the content exceeds the limit of its kind.
	ErrTooLarge = errors.New("blob: too large")
	// ErrCommitment: a result's root is not the announced one.
	ErrCommitment = errors.New("blob: the result's root is not the announced commitment")
	// ErrQuota: an attempt has uploaded too many blobs, or may not upload any yet.
	ErrQuota = errors.New("blob: no more uploads for this attempt now")
)

// Folder is a content-addressed folder. It is safe for concurrent use, also by several processes.
type Folder struct{ dir string }

// OpenFolder makes the folder with mode 0700 if it is missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Folder{dir}, nil
}

// path spreads blobs over 256 folders.
func (f *Folder) path(h job.Hash) string {
	name := h.String()
	return filepath.Join(f.dir, name[:2], name[2:])
}

// Read reads a body that must have the given hash and at most max bytes.
func Read(body io.Reader, want job.Hash, max int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(body, max+1))
	if err != nil {
		return nil, fmt.Errorf("blob: read: %w", err)
	}
	if int64(len(content)) > max {
		return nil, fmt.Errorf("%w: at most %d bytes", ErrTooLarge, max)
	}
	if got := job.Hash(blake3.Sum256(content)); got != want {
		return nil, fmt.Errorf("%w: it has %s, announced was %s", ErrHash, got, want)
	}
	return content, nil
}

// Put stores content under its hash, durably and at once: a reader sees all of it or nothing.
func (f *Folder) Put(content []byte) (job.Hash, error) {
	h := job.Hash(blake3.Sum256(content))
	if info, err := os.Stat(f.path(h)); err == nil && info.Size() == int64(len(content)) {
		return h, nil
	}
	if err := privatefile.Write(f.path(h), content); err != nil {
		return h, fmt.Errorf("blob: store %s: %w", h, err)
	}
	return h, nil
}

// Get reads a blob of at most max bytes and checks its hash: a file that rotted is not served.
func (f *Folder) Get(h job.Hash, max int64) ([]byte, error) {
	file, err := os.Open(f.path(h))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, h)
	}
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	defer file.Close()
	return Read(file, h, max)
}
