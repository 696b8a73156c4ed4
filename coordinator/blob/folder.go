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
	"sync"
	"time"

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

// Folder is a content-addressed folder. It is safe for concurrent use.
type Folder struct {
	dir string
	mu  sync.RWMutex // held for writing while files are removed
}

// OpenFolder makes the folder with mode 0700 if it is missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &Folder{dir: dir}, nil
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

// Put stores content under its hash, durably and at once: a reader sees all of it or nothing. A file that
// is there is written anew: it may have rotted, and is not old any more.
func (f *Folder) Put(content []byte) (job.Hash, error) {
	h := job.Hash(blake3.Sum256(content))
	f.mu.RLock()
	defer f.mu.RUnlock()
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

// Sweep removes files that were last written before a time, and that keep does not name. keep is asked with
// the folder closed to writers: what it answers still holds when the file goes. It returns how many were
// removed. Files that are no blobs stay.
func (f *Folder) Sweep(before time.Time, keep func(job.Hash) (bool, error)) (removed int, err error) {
	shelves, err := os.ReadDir(f.dir)
	if err != nil {
		return 0, fmt.Errorf("blob: %w", err)
	}
	for _, shelf := range shelves {
		files, err := os.ReadDir(filepath.Join(f.dir, shelf.Name()))
		if err != nil {
			continue // a file beside the shelves
		}
		for _, file := range files {
			h, err := job.ParseHash(shelf.Name() + file.Name())
			if err != nil || f.path(h) != filepath.Join(f.dir, shelf.Name(), file.Name()) {
				continue
			}
			gone, err := f.removeOld(h, before, keep)
			if err != nil {
				return removed, err
			}
			if gone {
				removed++
			}
		}
	}
	return removed, nil
}

func (f *Folder) removeOld(h job.Hash, before time.Time, keep func(job.Hash) (bool, error)) (bool, error) {
	if info, err := os.Stat(f.path(h)); err != nil || !info.ModTime().Before(before) {
		return false, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path(h)) // again: it may have been written anew
	if err != nil || !info.ModTime().Before(before) {
		return false, nil
	}
	if kept, err := keep(h); err != nil || kept {
		return false, err
	}
	if err := os.Remove(f.path(h)); err != nil {
		return false, fmt.Errorf("blob: %w", err)
	}
	return true, nil
}
